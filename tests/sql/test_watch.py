"""Watch lists and maps: which sources are in them, in every data set, whatever becomes of those."""

import json
from datetime import timedelta

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from tests.feeding import ARCSEC, START
from tests.sql.catalogue import fit, image, monitor, rows_read, sources
from trapdb.database import routines
from trapdb.errors import DatabaseError

NOBODY = fit([], [])
DAY = timedelta(days=1)


@pytest.fixture
def feeder(original):
    return original(name="field", de_ruiter_limit=5.68)


def store(conn, name, rows, kind="list"):
    """Store rows of name, ra, dec, radius ["], and proper motion [mas/yr] and epoch [yr]."""
    filled = [(*row, *[None] * 7)[:7] for row in rows]
    columns = [list(column) for column in zip(*filled, strict=True)]
    conn.execute(
        "select trap.store_watch_list(%s, %s, 'test', %s::text[], %s::float8[], %s::float8[],"
        " %s::float8[], %s::float8[], %s::float8[], %s::float8[])",
        [name, kind, *(columns or [[]] * 7)],
    )


def hits(conn, *arguments):
    """Return the hits, as (entry, right ascension)."""
    named = ", ".join(["%s"] * len(arguments))
    rows = conn.execute(f"select * from trap.watch_hits({named})", arguments).fetchall()
    return [(row.entry, round(row.ra, 3)) for row in rows]


# ---- positions


def test_a_source_within_the_radius_is_a_hit(feeder):
    feeder.see(fit([123, 123.5, 124], [10, 10, 10]))
    conn = feeder.conn
    store(
        conn,
        "stars",
        [
            ("on", 123.0, 10.0, 5.0),
            ("beside", 123.5, 10.0 + 4.9 * ARCSEC, 5.0),
            ("too far", 124.0, 10.0 + 5.1 * ARCSEC, 5.0),
            ("around", 123.5, 10.0, 3600 * 0.6),
        ],
    )
    assert hits(conn, "field", "stars") == [
        ("on", 123.0), ("around", 123.0), ("around", 123.5), ("beside", 123.5), ("around", 124.0),
    ]  # fmt: skip
    (row,) = conn.execute("select * from trap.watch_hit where entry = 'beside'").fetchall()
    assert (row.dataset, row.dataset_id, row.watch) == ("field", feeder.dataset_id, "stars")
    assert row.separation_arcsec == pytest.approx(4.9, abs=1e-6)
    assert (row.first_seen, row.last_seen, row.known_at, row.n_blind) == (START, START, START, 1)


def test_hits_are_those_of_a_plain_search(feeder):
    """Over the pole and RA 0; the oracle is astropy's."""
    rng = np.random.default_rng(3)
    conn = feeder.conn
    for centre in [(0.0, 90.0), (0.0, 0.0), (359.9, -60.0)]:
        ra = (centre[0] + rng.uniform(-2, 2, 300) / max(0.05, np.cos(np.radians(centre[1])))) % 360
        dec = np.clip(centre[1] + rng.uniform(-2, 2, 300), -90, 90)
        feeder.step(image(fit(ra[:200], dec[:200]), ra=centre[0], dec=centre[1]), force=None)
        entries = [
            (f"{n}", *place, radius)
            for n, place, radius in zip(
                range(100), zip(ra[200:].tolist(), dec[200:].tolist(), strict=True),
                rng.uniform(1, 2000, 100).tolist(), strict=True,
            )
        ]  # fmt: skip
        store(conn, "random", entries)
        found = conn.execute("select entry, source_id from trap.watch_hits('field', 'random')")
        there = sources(feeder)
        sky = SkyCoord([s.ra for s in there], [s.dec for s in there], unit="deg")
        expected = {
            (name, there[number].source_id)
            for name, *place, radius in entries
            for number in np.flatnonzero(
                SkyCoord(*place, unit="deg").separation(sky).arcsec < radius
            )
        }
        assert {tuple(row) for row in found} == expected
        assert len(expected) > 100


def test_a_position_is_taken_to_the_time_of_the_source(feeder):
    """By 10 arcsec/yr from 2000.0 to the middle of the time in which the source was seen."""
    conn = feeder.conn
    years = (START + 5 * DAY - START.replace(year=2000, hour=12)) / timedelta(days=365.25)
    for _ in range(11):
        feeder.see(fit(123, 10 + 10 * years * ARCSEC))
    still = ("still", 123.0, 10.0, 1.0)
    moved = ("moved", 123.0, 10.0, 1.0, 0.0, 10_000.0, 2000.0)
    too_slow = ("too slow", 123.0, 10.0, 1.0, 0.0, 9_900.0, 2000.0)
    store(conn, "stars", [still, moved, too_slow])
    (row,) = conn.execute("select * from trap.watch_hits('field', 'stars')").fetchall()
    assert (row.entry, row.n_blind) == ("moved", 11)
    assert row.separation_arcsec == pytest.approx(0, abs=1e-3)


def test_a_fast_one_is_found_in_images_from_before_its_epoch_and_before_the_first_run(feeder):
    """What is rewound may be taken again with images that are earlier than any."""
    conn = feeder.conn
    feeder.see(fit(124, 10))
    routines.rewind_dataset(conn, "field", START - DAY)
    early = START.replace(year=1990)
    feeder.step(image(fit(123, 10)), taken_at=early, force=None)
    store(conn, "stars", [("fast", 123.0, 10.0 + 3600 * ARCSEC, 30.0, 0.0, 100_000.0, 2026.0)])
    assert hits(conn, "field", "stars") == [("fast", 123.0)]


def test_monitored_positions_are_no_hits(feeder):
    monitor(feeder, "mine", 123.0, 10.0)
    feeder.see(fit(124, 10))
    store(feeder.conn, "stars", [("all", 123.0, 10.0, 3600.0 * 2)])
    assert hits(feeder.conn) == [("all", 124.0)]


def test_hits_since_a_time_are_of_sources_that_became_known_then(feeder):
    feeder.see(fit(123, 10), fit([123, 124], [10, 10]), fit([123, 124, 125], [10, 10, 10]))
    conn = feeder.conn
    store(conn, "stars", [("all", 124.0, 10.0, 3600.0 * 2)])
    assert hits(conn, "field", None, START + DAY) == [("all", 124.0), ("all", 125.0)]
    assert hits(conn, "field", "stars", START + 2 * DAY) == [("all", 125.0)]
    assert hits(conn, None, None, START + 3 * DAY) == []


def test_a_branch_of_a_fork_is_new_when_it_parts(original):
    feeder = original(name="field", de_ruiter_limit=5.68)
    apart = 20 * ARCSEC
    feeder.see(fit(123, 10), fit([123 - apart, 123 + apart], [10, 10]))
    store(feeder.conn, "stars", [("all", 123.0, 10.0, 600.0)])
    assert len(sources(feeder)) == 2
    (branch,) = feeder.conn.execute(
        "select * from trap.watch_hits('field', 'stars', %s)", [START + DAY]
    ).fetchall()
    assert (branch.first_seen, branch.known_at) == (START, START + DAY)


# ---- maps

WIDTH = 4 ** (29 - np.arange(30, dtype=np.int64))  # of a cell of each order, in cells of order 29


def store_polygon(conn, name, corners):
    ra, dec = [list(column) for column in zip(*corners, strict=True)] if corners else ([], [])
    conn.execute(
        "select trap.store_watch_polygon(%s, 'test', %s::float8[], %s::float8[])", [name, ra, dec]
    )


def store_moc(conn, name, ranges):
    first, last = [list(column) for column in zip(*ranges, strict=True)] if ranges else ([], [])
    conn.execute(
        "select trap.store_watch_moc(%s, 'test', %s::bigint[], %s::bigint[])", [name, first, last]
    )


def cells(order, chosen):
    """Return the ranges of cells of order 29, merged, of some cells of an order."""
    chosen = np.unique(chosen)
    first = chosen[np.diff(chosen, prepend=-2) > 1]
    last = chosen[np.diff(chosen, append=chosen[-1] + 2) > 1]
    return list(zip((first * WIDTH[order]).tolist(), ((last + 1) * WIDTH[order] - 1).tolist(),
                    strict=True))  # fmt: skip


def within(polygon, centre, ra, dec):
    """Whether positions are in a polygon, by winding in the gnomonic projection about a centre."""

    def project(ra, dec):
        away = SkyCoord(ra, dec, unit="deg").transform_to(
            SkyCoord(*centre, unit="deg").skyoffset_frame()
        )
        return np.tan(away.lon.rad) + 1j * np.tan(away.lat.rad) / np.cos(away.lon.rad)

    corners = project(*np.transpose(polygon))
    seen = corners[:, None] - project(ra, dec)
    turned = np.angle(np.roll(seen, -1, axis=0) / seen).sum(axis=0)
    return np.abs(turned) > np.pi


L_SHAPE = [(-8, -8), (8, -8), (8, -4), (-4, -4), (-4, 8), (-8, 8)]
TRIANGLE = [(-9, -9), (9, -3), (0, 9)]
SLIVER = [(-9, 0), (9, 0), (9, 2)]
SMALL = [(0, 0), (0.01, 0), (0, 0.01)]


def shifted(polygon, centre):
    """Return a polygon of offsets to the east and north [deg], about a centre on the sky."""
    frame = SkyCoord(*centre, unit="deg").skyoffset_frame()
    sky = SkyCoord(*np.transpose(polygon), unit="deg", frame=frame).icrs
    return list(zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True))


@pytest.mark.parametrize("centre", [(123.0, 10.0), (0.0, 0.0), (77.0, 90.0), (180.0, -88.0)])
def test_a_polygon_holds_what_is_within_it_and_no_more(feeder, centre):
    conn = feeder.conn
    rng = np.random.default_rng(5)
    places = rng.uniform(-10, 10, (500, 2))
    places[:50] = rng.uniform(-0.002, 0.012, (50, 2))
    sky = SkyCoord(*np.transpose(shifted(places, centre)), unit="deg")
    feeder.step(
        image(fit(sky.ra.deg, sky.dec.deg, ra_err=1e-7, dec_err=1e-7), ra=centre[0],
              dec=centre[1], radius=20.0), force=None,
    )  # fmt: skip
    there = sources(feeder)
    assert len(there) == 500
    ra, dec = np.array([s.ra for s in there]), np.array([s.dec for s in there])
    for shape in (L_SHAPE, TRIANGLE, SLIVER, SMALL):
        polygon = shifted(shape, centre)
        store_polygon(conn, "map", polygon)
        rows = conn.execute("select * from trap.watch_hits('field', 'map')").fetchall()
        inside = within(polygon, centre, ra, dec)
        assert inside.sum() > 0
        assert [row.source_id for row in rows] == [
            s.source_id for s, is_in in zip(there, inside, strict=True) if is_in
        ]
        assert {(row.entry, row.separation_arcsec) for row in rows} == {(None, None)}
        (cover,) = conn.execute("select count(*) from trap_data.watch_cover").fetchone()
        assert cover < 250


def test_a_moc_holds_what_is_in_its_cells_and_no_more(feeder):
    """Over base cells, the pole and RA 0; the oracle is astropy-healpix."""
    conn = feeder.conn
    rng = np.random.default_rng(6)
    for centre in [(45.0, 42.0), (0.0, 90.0), (0.0, 0.0), (200.0, -41.8)]:
        ra, dec = np.transpose(shifted(rng.uniform(-5, 5, (400, 2)), centre))
        feeder.step(image(fit(ra, dec), ra=centre[0], dec=centre[1]), force=None)
    there = sources(feeder)
    ra, dec = (np.array([getattr(s, name) for s in there]) * u.deg for name in ("ra", "dec"))
    for order, share in [(0, 0.3), (3, 0.5), (6, 0.5), (9, 0.3), (12, 0.5)]:
        healpix = HEALPix(2**order, order="nested")
        mine = healpix.lonlat_to_healpix(ra, dec)
        held = np.unique(mine)
        chosen = rng.choice(held, max(1, int(share * held.size)), replace=False)
        store_moc(conn, "map", cells(order, chosen))
        rows = conn.execute("select source_id from trap.watch_hits('field', 'map')").fetchall()
        expected = {s.source_id for s, cell in zip(there, mine, strict=True) if cell in chosen}
        assert [row.source_id for row in rows] == sorted(expected)
        (cover,) = conn.execute("select count(*) from trap_data.watch_cover").fetchone()
        assert 0 < cover <= 512


def test_a_moc_of_many_cells_is_covered_by_few_circles(conn):
    chosen = np.arange(5_000_000, 5_400_000, 2)  # every other cell, order 11: 164 square degrees
    store_moc(conn, "map", cells(11, chosen))
    (cover,) = conn.execute("select count(*) from trap_data.watch_cover").fetchone()
    assert 20 < cover < 200
    (row,) = conn.execute("select kind, area, n_entries from trap.watch_list").fetchall()
    assert row == ("moc", pytest.approx(200_000 * 41252.96125 / (12 * 4**11)), None)


def test_the_area_of_a_map_is_told(conn):
    store(conn, "cone", [("cone", 150.0, 30.0, 3600.0 * 60)], "cone")
    store_polygon(conn, "octant", [(0, 0), (90, 0), (0, 90)])
    store_moc(conn, "all", [(0, 12 * 4**29 - 1)])
    areas = dict(conn.execute("select watch, area from trap.watch_list").fetchall())
    sphere = 129600 / np.pi
    assert areas == pytest.approx({"cone": sphere / 4, "octant": sphere / 8, "all": sphere})


@pytest.mark.parametrize(
    ("corners", "complaint"),
    [
        ([], "less than three corners"),
        ([(1, 2), (3, 4)], "less than three corners"),
        ([(1, 2), (3, 400), (5, 2)], "corners that are no positions"),
        ([(1.0, 2.0), (3.0, float("nan")), (5.0, 2.0)], "corners that are no positions"),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], "make no polygon"),
        ([(0, 0), (5, 0), (10, 0)], "make no polygon"),
        ([(0, 0), (0, 0), (0, 0)], "make no polygon"),
        ([(0, 0), (120, 0), (240, 10)], "make no polygon"),
        ([(0, 0), (85, 0), (170, 0), (85, 40)], "within 80 deg of its middle"),
    ],
)
def test_what_is_no_polygon_is_refused(conn, corners, complaint):
    with pytest.raises(psycopg.Error, match=complaint) as refused:
        store_polygon(conn, "map", corners)
    assert refused.value.sqlstate == "TR004"


@pytest.mark.parametrize(
    ("ranges", "complaint"),
    [
        ([], "holds no cell"),
        ([(-1, 5)], "make no sense"),
        ([(5, 4)], "make no sense"),
        ([(0, 12 * 4**29)], "make no sense"),
        ([(0, 5), (5, 6)], "make no sense"),
        ([(0, 5), (6, 7)], "make no sense"),
        ([(8, 9), (0, 5)], "make no sense"),
        ([(0, 5), (None, 7)], "make no sense"),
    ],
)
def test_what_is_no_moc_is_refused(conn, ranges, complaint):
    with pytest.raises(psycopg.Error, match=complaint) as refused:
        store_moc(conn, "map", ranges)
    assert refused.value.sqlstate == "TR004"


def test_a_map_takes_the_place_of_a_list(conn):
    store(conn, "mine", [("A", 1, 2, 3)])
    store_polygon(conn, "mine", [(0, 0), (10, 0), (0, 10)])
    store_moc(conn, "mine", [(0, 5)])
    tables = ("watch_list", "watch_entry", "watch_cell", "watch_cover")
    counts = [conn.execute(f"select count(*) from trap_data.{t}").fetchone()[0] for t in tables]
    assert counts == [1, 0, 1, 1]
    store(conn, "mine", [("A", 1, 2, 3)], "cone")
    counts = [conn.execute(f"select count(*) from trap_data.{t}").fetchone()[0] for t in tables]
    assert counts == [1, 1, 0, 0]


@pytest.mark.parametrize("order", range(8))
def test_a_cell_is_within_its_circle(conn, order):
    """And the circle of some cell of the order is no larger than needed."""
    healpix = HEALPix(2**order, order="nested")
    chosen = np.random.default_rng(order).integers(0, healpix.npix, 200)
    lon, lat = healpix.boundaries_lonlat(np.arange(healpix.npix), step=2)
    centre = SkyCoord(*healpix.healpix_to_lonlat(np.arange(healpix.npix)))
    reach = SkyCoord(lon, lat).separation(centre[:, None]).deg
    rows = conn.execute(
        "select degrees(long(center(c))) as ra, degrees(lat(center(c))) as dec,"
        " degrees(radius(c)) as radius"
        " from unnest(%s::bigint[]) with ordinality as n (cell, number),"
        " lateral (select trap.healpix_circle(%s, n.cell, 0) as c) as x order by number",
        [chosen.tolist(), order],
    ).fetchall()
    ra, dec, radius = np.transpose(rows)
    assert SkyCoord(ra, dec, unit="deg").separation(centre[chosen]).deg.max() < 1e-10
    assert radius == pytest.approx(reach.max(), rel=1e-12)


# ---- the archive


def test_a_list_outlives_data_sets_and_finds_its_sources_again(original):
    feeder = original(name="field")
    conn = feeder.conn
    store(conn, "stars", [("A", 123.0, 10.0, 60.0)])
    feeder.see(fit(123, 10), fit([123, 124], [10, 10]))
    routines.rewind_dataset(conn, "field", START)
    assert hits(conn) == [("A", 123.0)]
    routines.rewind_dataset(conn, "field", START - DAY)
    assert hits(conn) == []
    other = original(name="other")
    other.see(fit(123, 10))
    assert hits(conn) == [("A", 123.0)]
    routines.delete_dataset(conn, "field")
    routines.delete_dataset(conn, "other")
    assert hits(conn) == []
    assert conn.execute("select watch, n_entries from trap.watch_list").fetchall() == [("stars", 1)]


def test_hits_are_of_one_data_set_or_of_all(original):
    for name in ("one", "two"):
        original(name=name).see(fit(123, 10))
    conn = original(name="two").conn
    store(conn, "stars", [("A", 123.0, 10.0, 60.0)])
    rows = conn.execute("select dataset from trap.watch_hits()").fetchall()
    assert [row.dataset for row in rows] == ["one", "two"]
    rows = conn.execute("select dataset from trap.watch_hits('two')").fetchall()
    assert [row.dataset for row in rows] == ["two"]


def test_a_list_is_replaced_and_removed_by_its_owner(db, operator_db, reader_db, cluster):
    operator_db.row_factory = psycopg.rows.namedtuple_row
    store(operator_db, "stars", [("A", 123.0, 10.0, 60.0), ("B", 123.0, 10.0, 60.0)])
    store(operator_db, "stars", [("C", 123.0, 10.0, 60.0)])
    assert reader_db.execute("select watch, entry from trap.watch_entry").fetchall() == [
        ("stars", "C")
    ]
    owners = "select watch, owner from trap.watch_list order by watch"
    assert reader_db.execute(owners).fetchall() == [("stars", "test_operator")]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader_db.execute("select trap.remove_watch_list('stars')")
    store(db, "planets", [("Mars", 1.0, 2.0, 60.0)])
    for attempt in (
        lambda: operator_db.execute("select trap.remove_watch_list('planets')"),
        lambda: store(operator_db, "planets", [("Venus", 1.0, 2.0, 60.0)]),
    ):
        with pytest.raises(psycopg.Error, match='"planets" belongs to trapdb, who alone may'):
            attempt()
    # an administrator may
    store(db, "stars", [("D", 123.0, 10.0, 60.0)])
    assert reader_db.execute(owners).fetchall() == [("planets", "trapdb"), ("stars", "trapdb")]
    db.execute("select trap.remove_watch_list('stars'), trap.remove_watch_list('planets')")
    assert reader_db.execute("select * from trap.watch_entry").fetchall() == []


# ---- refusals


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "has 0 positions"),
        ([("", 1, 2, 3)], "row 1 \\(\\): it has no name"),
        ([("A", 1, 2, 3), ("A", 2, 3, 4)], "row 2 \\(A\\): that name stands there"),
        ([("A", 1, 2, 3), ("B", 360, 3, 4)], "row 2 \\(B\\): ra 360, dec 3: expected"),
        ([("A", 1, float("nan"), 3)], "dec NaN"),
        ([("A", None, 1, 3)], "row 1 \\(A\\): ra"),
        ([("A", 1, 2, 0)], "a radius of 0 arcsec"),
        ([("A", 1, 2, None)], "a radius of  arcsec"),
        ([("A", 1, 2, float("inf"))], "a radius of Infinity arcsec"),
        ([("A", 1, 2, 3, 5.0, None, 2000.0)], "in one coordinate only"),
        ([("A", 1, 2, 3, 5.0, 6.0)], "but no epoch"),
        ([("A", 1, 2, 3, 5e6, 6.0, 2000.0)], "a proper motion of 5000000, 6 mas/yr"),
        ([("A", 1, 2, 3, 5.0, 6.0, 51544.0)], "an epoch of 51544: expected a Julian year"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(conn, rows, complaint):
    store(conn, "kept", [("A", 1, 2, 3)])
    for name in ("new", "kept"):
        with pytest.raises(psycopg.Error, match=complaint) as refused:
            store(conn, name, rows)
        assert refused.value.sqlstate == "TR004"
        assert "\n" not in refused.value.diag.message_primary
    assert conn.execute("select watch from trap.watch_entry").fetchall() == [("kept",)]


def test_names_that_there_are_not(feeder):
    for call in (
        "trap.watch_hits(null, 'none')",
        "trap.remove_watch_list('none')",
    ):
        with pytest.raises(psycopg.Error, match='no watch list named "none"'):
            feeder.conn.execute(f"select {call}")
    with pytest.raises(psycopg.Error, match='no data set named "none"'):
        feeder.conn.execute("select * from trap.watch_hits('none')")


# ---- plans


def plan_of(conn, query):
    ((plan,),) = conn.execute(f"explain (format json) {query}").fetchall()
    return json.dumps(plan)


# Who wants the entries of a list asks in one of these ways, which are shown one after the other:
# to make the crowd takes longer.
WAYS = (
    "trap.watch_hits('two')",
    "trap.watch_hits('two', 'stars')",
    "trap.watch_hit where dataset_id = {dataset_id}",
    "trap.watch_hit where dataset = 'two'",
    "trap.watch_hit where dataset = 'two' and watch = 'stars'",
    "trap.watch_hits('two', 'polygon')",
    "trap.watch_hit where dataset_id = {dataset_id} and watch = 'moc'",
)


@pytest.mark.parametrize("analysed", [True, False])
def test_a_short_list_reads_the_sources_near_it_only(crowd, analysed):
    feeder = crowd[1]
    conn = feeder.conn
    store(conn, "stars", [(f"{n}", 114.0 + n, 10.0, 600.0) for n in range(10)])
    store_polygon(conn, "polygon", [(120, 5), (123, 5), (123, 8), (120, 8)])
    healpix = HEALPix(2**5, order="nested")
    store_moc(conn, "moc", cells(5, healpix.cone_search_lonlat(118 * u.deg, 5 * u.deg, 2 * u.deg)))
    if analysed:
        conn.execute("analyze")
    for way in WAYS:
        if not analysed:
            conn.execute(
                "delete from pg_statistic where starelid in"
                " (select oid from pg_class where relname like 'watch%' or relname like 'source%')"
            )
        query = f"select * from {way.format(dataset_id=feeder.dataset_id)}"
        if "hits" not in query:
            assert "Seq Scan on trap_data.source" not in plan_of(conn, query)
        before = rows_read(conn)
        found = conn.execute(query).fetchall()
        read = {name: n - before[name] for name, n in rows_read(conn).items()}
        assert len(found) > 10, way
        assert {name for name, n in read.items() if n} == {f"source_{feeder.dataset_id}"}, way
        assert sum(read.values()) < 8 * len(found), way


def test_routine_errors_reach_python_in_one_line(conn):
    from trapdb.database.connection import call

    with pytest.raises(DatabaseError, match="no watch list named"):
        call(conn, "remove_watch_list", name="none")
