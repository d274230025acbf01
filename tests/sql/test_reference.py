"""Reference catalogues in the database: whole or not at all, found by position, at an epoch."""

from pathlib import Path

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import Distance, SkyCoord
from astropy.table import Table
from astropy.time import Time

CATALOGUES = Path(__file__).parents[3] / "shared/data/catalogues"
NAMES = [
    *("name", "version", "kind", "digest", "column_map", "frequency", "bandwidth"),
    *("beam_major", "beam_minor", "epoch_first", "epoch_last", "flux_limit", "completeness"),
    *("systematic_err", "largest_scale", "licence", "origin"),
]


def begin(conn, name="deep", version="1", digest="a", column_map="{}", **properties):
    values = dict(name=name, version=version, digest=digest, column_map=column_map, **properties)
    arguments = ", ".join(f"p_{one} => %({one})s" for one in NAMES)
    return conn.execute(
        f"select * from trap.begin_reference_catalogue({arguments})",
        {one: values.get(one) for one in NAMES},
    ).fetchone()


def load(conn, rows, columns=("reference_id", "ra", "dec"), **properties):
    """Load a catalogue as an operator does; give its id."""
    with conn.transaction():
        catalogue_id, *_ = begin(conn, **properties)
        names = ", ".join(columns)
        with conn.cursor().copy(
            f"copy trap_data.reference_source_{catalogue_id} ({names}) from stdin"
        ) as copy:
            for row in rows:
                copy.write_row(row)
        conn.execute("select trap.finish_reference_catalogue(%s)", [catalogue_id])
    return catalogue_id


def cone(conn, *arguments):
    return conn.execute(
        "select reference_id, separation from trap.reference_cone"
        f"({', '.join(['%s'] * len(arguments))})",
        arguments,
    ).fetchall()


def test_an_operator_loads_and_a_reader_sees_it(operator_db, reader_db):
    catalogue_id = load(
        operator_db,
        [(1, "A", 10.0, 20.0, 1.5), (2, "B", 10.1, 20.0, 0.5)],
        ("reference_id", "designation", "ra", "dec", "flux"),
        frequency=1.4e9,
        epoch_first=1993.0,
        epoch_last=1997.0,
    )
    seen = reader_db.execute(
        "select catalogue, version, reference_id, designation, flux, frequency, epoch"
        " from trap.reference_source order by reference_id"
    ).fetchall()
    assert seen == [
        ("deep", "1", 1, "A", 1.5, 1.4e9, 1995.0),
        ("deep", "1", 2, "B", 0.5, 1.4e9, 1995.0),
    ]
    known = "select catalogue_id, n_sources, loaded_by from trap.reference_catalogue"
    assert reader_db.execute(known).fetchone() == (catalogue_id, 2, "test_operator")


def test_what_is_loaded_cannot_be_written_to(operator_db):
    catalogue_id = load(operator_db, [(1, 10, 20)])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        operator_db.execute(
            f"insert into trap_data.reference_source_{catalogue_id}"
            f" (catalogue_id, reference_id, ra, dec) values ({catalogue_id}, 2, 10, 20)"
        )
    with pytest.raises(psycopg.Error, match="is not being loaded"):
        operator_db.execute("select trap.finish_reference_catalogue(%s)", [catalogue_id])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "it holds no source"),
        ([(1, 10, 20), (2, 11, 20), (3, 10, 20)], "rows 1 and 3 are the same source: at ra 10"),
        ([(1, 360, 20)], "violates check constraint"),
        ([(1, 10, 90.1)], "violates check constraint"),
        ([(1, "NaN", 20)], "violates check constraint"),
    ],
)
def test_a_refused_load_leaves_nothing(db, operator_db, rows, why):
    relations = "select count(*) from pg_class"
    before = db.execute(relations).fetchone()
    with pytest.raises(psycopg.Error, match=why):
        load(operator_db, rows)
    assert db.execute("select count(*) from trap.reference_catalogue").fetchone() == (0,)
    assert db.execute(relations).fetchone() == before


def test_sources_of_one_place_and_two_names_or_fluxes_are_two(operator_db):
    columns = ("reference_id", "designation", "ra", "dec", "flux")
    rows = [(1, "A", 10, 20, 1), (2, "B", 10, 20, 1), (3, None, 10, 20, 1), (4, None, 10, 20, 2)]
    load(operator_db, rows, columns)


def test_the_same_file_is_recognised(operator_db):
    catalogue_id = load(operator_db, [(1, 10, 20)], digest="d", column_map='{"ra": "RA"}')
    again = begin(operator_db, name="other", digest="d", column_map='{"ra":"RA"}')
    assert again == (catalogue_id, False, "deep", "1")
    other = load(operator_db, [(1, 10, 20)], name="other", digest="d", column_map="{}")
    assert other != catalogue_id


def test_another_file_needs_another_version(operator_db):
    load(operator_db, [(1, 10, 20)])
    with pytest.raises(psycopg.Error, match="there is a reference catalogue deep in version 1"):
        begin(operator_db, digest="b")
    load(operator_db, [(1, 10, 20)], digest="b", version="2")
    with pytest.raises(psycopg.Error, match='"deep" is there in versions 1, 2: say which'):
        operator_db.execute("select trap.reference_catalogue_id_of('deep')")


def test_removing_takes_all_of_one_and_nothing_of_others(db, operator_db):
    gone = load(operator_db, [(1, 10, 20)])
    kept = load(operator_db, [(1, 10, 20)], name="kept", digest="b")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        operator_db.execute("select trap.remove_reference_catalogue('deep', null)")
    db.execute("select trap.remove_reference_catalogue('deep', null)")
    assert db.execute("select trap.drop_empty_partitions()").fetchone() == (True,)
    partitions = db.execute(
        "select relname from pg_class where relname like 'reference_source%' and relkind = 'r'"
    ).fetchall()
    assert partitions == [(f"reference_source_{kept}",)]
    assert db.execute("select catalogue_id from trap.reference_source").fetchall() == [(kept,)]
    again = load(operator_db, [(1, 10, 20)])
    assert again not in (gone, kept)


def test_a_catalogue_outlives_data_sets(original):
    """Their partitions are told apart by table, although the numbers are the same."""
    feeder = original(name="one")
    catalogue_id = load(feeder.conn, [(1, 10, 20)])
    assert catalogue_id == feeder.dataset_id
    feeder.conn.execute("select trap.delete_dataset('one')")
    assert feeder.conn.execute("select trap.drop_empty_partitions()").fetchone() == (True,)
    count = "select count(*) from trap_data.reference_source where catalogue_id = %s"
    assert feeder.conn.execute(count, [catalogue_id]).fetchone() == (1,)


# ---- where a source is at another epoch


def moved(conn, ra, dec, pm_ra, pm_dec, start, end):
    return np.array(
        conn.execute(
            "select p.ra, p.dec from unnest(%s::float8[], %s::float8[], %s::float8[],"
            " %s::float8[], %s::float8[]) with ordinality as s (ra, dec, pm_ra, pm_dec, epoch, n),"
            " trap.epoch_position(s.ra, s.dec, s.pm_ra, s.pm_dec, s.epoch, %s) as p order by s.n",
            [*(np.broadcast_to(v, len(ra)).tolist() for v in (ra, dec, pm_ra, pm_dec, start)), end],
        ).fetchall()
    ).T


def by_astropy(ra, dec, pm_ra, pm_dec, start, end):
    """By ERFA's starpm, of sources at 1 pc that neither come nor go."""
    there = SkyCoord(
        ra=np.array(ra) * u.deg,
        dec=np.array(dec) * u.deg,
        pm_ra_cosdec=np.array(pm_ra) * u.mas / u.yr,
        pm_dec=np.array(pm_dec) * u.mas / u.yr,
        distance=Distance(np.ones(len(ra)) * u.pc),
        radial_velocity=np.zeros(len(ra)) * u.km / u.s,
        obstime=Time(np.broadcast_to(start, len(ra)).astype(float), format="jyear", scale="tcb"),
    )
    return there.apply_space_motion(Time(end, format="jyear", scale="tcb"))


def assert_same_places(conn, *stars, end):
    ra, dec = moved(conn, *stars, end)
    expected = by_astropy(*stars, end)
    apart = SkyCoord(ra * u.deg, dec * u.deg).separation(expected)
    assert len(ra) == len(stars[0])
    assert ((ra >= 0) & (ra < 360)).all()
    assert apart.to_value(u.mas).max() < 1


STARS = np.array(
    [  # ra, dec, pm_ra, pm_dec, epoch
        (269.4520750, 4.6933649, -802.803, 10362.542, 2016.0),  # Barnard's star
        (217.3920953, -62.6760751, -3781.741, 769.465, 2016.0),  # Proxima Centauri
        (69.3158, -47.2530917, 121.4385, -71.4754, 2014.0),  # PSR J0437-4715
        (0.00001, -30.0, -5000.0, 100.0, 2000.0),  # across ra 0, both ways
        (359.99999, 60.0, 5000.0, 100.0, 2000.0),
        (120.0, 89.99999, 3000.0, 4000.0, 2000.0),  # across the poles
        (120.0, -89.99999, 0.0, -8000.0, 2000.0),
        (33.0, 90.0, 1000.0, 2000.0, 2000.0),
        (33.0, -90.0, 1000.0, 2000.0, 2000.0),
        (150.0, 30.0, 0.0, 0.0, 2000.0),
    ]
).T


@pytest.mark.parametrize("years", [-50, 1, 50])
def test_epoch_position_is_that_of_space_motion(db, years):
    for star in STARS.T:
        assert_same_places(db, *(np.array([v]) for v in star), end=star[4] + years)


def test_what_has_no_proper_motion_or_epoch_stays(db):
    assert (
        db.execute(
            "select * from trap.epoch_position(10, 20, null, null, 2000, 2050)"
            " union all select * from trap.epoch_position(10, 20, 1000, 1000, null, 2050)"
            " union all select * from trap.epoch_position(10, 20, 1000, 1000, 2000, null)"
        ).fetchall()
        == [(pytest.approx(10, abs=1e-12), pytest.approx(20, abs=1e-12))] * 3
    )


# ---- cones


def test_a_cone_holds_what_is_within_it_and_no_more(db):
    rng = np.random.default_rng(12)
    ra = rng.uniform(0, 360, 20_000)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 20_000)))
    catalogue_id = load(db, zip(range(20_000), ra.tolist(), dec.tolist(), strict=True))
    sky = SkyCoord(ra * u.deg, dec * u.deg)
    for centre in [(0.0, 0.0), (123.0, 90.0), (359.9, -60.0), (77.0, -90.0), (200.0, 45.0)]:
        away = SkyCoord(*centre, unit="deg").separation(sky).deg
        found = cone(db, catalogue_id, *centre, 3.0)
        assert {row for row, _ in found} == set(np.flatnonzero(away <= 3.0).tolist())
        assert [s for _, s in found] == pytest.approx(np.sort(away[away <= 3.0]), abs=1e-9)


def test_a_cone_at_an_epoch_finds_what_moved_into_it(db):
    columns = ("reference_id", "ra", "dec", "pm_ra", "pm_dec", "epoch")
    fast = (1, 150.0, 30.0, 0.0, 10_000.0, 2000.0)  # 500 arcsec to the north in 50 years
    slow = (2, 150.0, 30.0 + 500 / 3600 - 4 / 3600, 0.0, 80.0, 2000.0)  # 4 arcsec
    still = (3, 150.0, 30.0 + 501 / 3600, None, None, None)
    catalogue_id = load(db, [fast, slow, still], columns)
    north = (150.0, 30.0 + 500 / 3600, 1.5 / 3600)
    assert [row for row, _ in cone(db, catalogue_id, *north)] == [3]
    then = cone(db, catalogue_id, *north, 2050.0)
    assert sorted(row for row, _ in then) == [1, 2, 3]
    assert cone(db, catalogue_id, 150.0, 30.0, 1 / 3600, 2050.0) == []


@pytest.mark.parametrize("bad", [(-1, 0, 1), (360, 0, 1), (0, 91, 1), (0, 0, 90), (0, 0, -1)])
def test_no_cone(db, bad):
    catalogue_id = load(db, [(1, 10, 20)])
    with pytest.raises(psycopg.Error, match="no cone at"):
        cone(db, catalogue_id, *bad)
    with pytest.raises(psycopg.Error, match="there is no reference catalogue 77"):
        cone(db, 77, 10, 20, 1)


def test_a_cone_reads_pages_near_it_only(db):
    """Also where the fast movers make the search wide: of those there are few."""
    with db.transaction():
        catalogue_id, *_ = begin(db, epoch_first=2000, epoch_last=2000)
        db.execute(
            f"insert into trap_data.reference_source_{catalogue_id}"
            " (reference_id, ra, dec, pm_ra, pm_dec)"
            " select n, 360 * random(), degrees(asin(2 * random() - 1)),"
            " case when n % 1000 = 0 then 10000 else 10 end, 0"
            " from generate_series(1, 100000) as n",
        )
        db.execute("select trap.finish_reference_catalogue(%s)", [catalogue_id])
    table = "select seq_scan, idx_scan from pg_stat_user_tables where relname = %s"
    scans = (table, [f"reference_source_{catalogue_id}"])
    for epoch, indexes in [(None, 1), (2050.0, 2)]:
        query = (
            f"select * from trap.reference_cone({catalogue_id}, 150, 30, 0.01, {epoch or 'null'})"
        )
        db.execute(query)  # the server reads its own catalogues the first time
        before = now(db, *scans)
        ((plan,),) = db.execute(f"explain (analyze, buffers, format json) {query}").fetchall()
        assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 40
        after = now(db, *scans)
        assert [b - a for a, b in zip(before, after, strict=True)] == [0, indexes]


def now(conn, query, parameters):
    conn.execute("select pg_stat_force_next_flush()")
    conn.execute("select pg_stat_clear_snapshot()")
    return conn.execute(query, parameters).fetchone()


# ---- the real lists, where they are


def test_epoch_position_of_every_pulsar(db):
    path = CATALOGUES / "psr_catalog.txt"
    if not path.exists():
        pytest.skip(f"{path.name} is not part of the project")
    lines = [line.split(";") for line in path.read_text().splitlines()[2:]]
    known = [line for line in lines if "*" not in (line[11], line[14], line[20])]
    place = SkyCoord(
        [line[5] for line in known], [line[8] for line in known], unit=(u.hourangle, u.deg)
    )
    motion = np.array([[line[11], line[14]] for line in known], float).T
    epoch = 2000 + (np.array([line[20] for line in known], float) - 51544.5) / 365.25
    assert len(known) > 300
    assert_same_places(db, place.ra.deg, place.dec.deg, *motion, epoch, end=2050.0)


def test_epoch_position_of_the_nearest_stars(db):
    path = CATALOGUES / "gaia-edr3.vot"
    if not path.exists():
        pytest.skip(f"{path.name} is not part of the project")
    table = Table.read(path, format="votable")
    stars = [np.ma.filled(table[name].astype(float), np.nan) for name in
             ("ra", "dec", "pmra", "pmdec", "ref_epoch")]  # fmt: skip
    known = np.isfinite(stars).all(axis=0)
    assert known.sum() > 1000
    assert_same_places(db, *(column[known] for column in stars), end=2066.0)
