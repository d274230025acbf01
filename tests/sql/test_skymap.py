"""Sky maps: which sources are in their credible regions, and what images cover of them.

The oracle is astropy-healpix, with the densities of a Fisher distribution, which is a Gaussian on
the sphere: exp(kappa (cos theta - 1)). A circle of it holds a known share.
"""

from datetime import timedelta

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from tests.feeding import START
from tests.sql.catalogue import fit, image, monitor, rows_read, sources
from tests.sql.test_watch import shifted
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.errors import DatabaseError
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here
from trapdb.reference.healpix import WIDTH
from trapdb.watching.sky_map import SkyMap
from trapdb.watching.sky_map_loading import store_sky_map

DAY = timedelta(days=1)
SPHERE = 4 * np.pi
CENTRES = [(45.0, 41.8), (77.0, 90.0), (0.0, 0.0), (180.0, -88.0), (200.0, -41.8)]


@pytest.fixture
def feeder(original):
    return original(name="field", de_ruiter_limit=5.68)


def store(conn, name, order, number, probability, digest=None, **told):
    """Store cells as a sky map."""
    order, number = np.array(order, np.int64), np.array(number, np.int64)
    facts = dict.fromkeys(
        ["event", "event_at", "distance_mean", "distance_std", "origin", "creator"]
    )
    held = SkyMap(order, number * WIDTH[order], np.array(probability, float), **facts | told)
    with conn.transaction():
        return store_sky_map(conn, name, digest or name, f"/{name}.fits", held)


def gaussian(centre, sigma, coarse=3, fine=8):
    """Return cells of several orders, the finer the denser, with the probability of each."""
    kappa = np.radians(sigma) ** -2
    middle = SkyCoord(*centre, unit="deg")

    def density(order, number):
        sky = SkyCoord(*HEALPix(2**order, order="nested").healpix_to_lonlat(number))
        return np.exp(kappa * (np.cos(sky.separation(middle).rad) - 1))

    order, number = coarse, np.arange(12 * 4**coarse)
    orders, numbers, densities = [], [], []
    while len(number):
        dense = density(order, number) > 10.0 ** (order - fine)
        dense &= order < fine
        orders.append(np.full(np.sum(~dense), order))
        numbers.append(number[~dense])
        densities.append(density(order, number[~dense]))
        number, order = (4 * number[dense, None] + np.arange(4)).ravel(), order + 1
    order, number = np.concatenate(orders), np.concatenate(numbers)
    probability = np.concatenate(densities) / (12.0 * 4**order)
    kept = probability > 1e-100
    return order[kept], number[kept], (probability / probability.sum())[kept]


def cell_at(cells, ra, dec):
    """Return for each position which of the cells it is in."""
    order, number, _ = cells
    found = np.full(len(ra), -1)
    for one in np.unique(order):
        mine = HEALPix(2**one, order="nested").lonlat_to_healpix(ra * u.deg, dec * u.deg)
        of_order = np.flatnonzero(order == one)
        of_order = of_order[np.argsort(number[of_order])]
        at = np.searchsorted(number[of_order], mine).clip(max=len(of_order) - 1)
        there = number[of_order[at]] == mine
        found[there] = of_order[at[there]]
    return found


def enclosed(cells):
    """Return for each cell the probability of those that are at least as dense."""
    order, _, probability = cells
    density = probability * 4.0**order
    falling = np.argsort(-density)
    count = np.searchsorted(-density[falling], -density, side="right")
    return np.cumsum(probability[falling])[count - 1] / probability.sum()


def spread(feeder, centre, size, count, seed=5):
    """Have sources about a centre; return their ids and positions, as they are in the catalogue."""
    places = np.random.default_rng(seed).uniform(-size, size, (count, 2))
    ra, dec = np.transpose(shifted(places, centre))
    feeder.step(
        image(fit(ra, dec, ra_err=1e-7, dec_err=1e-7), ra=centre[0], dec=centre[1], radius=80.0),
        force=None,
    )
    there = sources(feeder)
    return (
        np.array([s.source_id for s in there]),
        np.array([s.ra for s in there]),
        np.array([s.dec for s in there]),
    )


def within(conn, *arguments):
    """Return the sources in the region of a sky map."""
    named = ", ".join(["%s"] * len(arguments))
    return conn.execute(f"select * from trap.in_skymap({named})", arguments).fetchall()


# ---- sources


@pytest.mark.parametrize("centre", CENTRES)
def test_the_enclosed_probability_is_that_of_the_oracle(feeder, centre):
    conn = feeder.conn
    ids, ra, dec = spread(feeder, centre, 15, 1500)
    cells = gaussian(centre, 5)
    store(conn, "event", *cells)
    at = cell_at(cells, ra, dec)
    level, (order, _, probability) = enclosed(cells), cells
    density = probability * 12 * 4.0**order / SPHERE
    for wanted in (0.1, 0.5, 0.9, 0.999, 1):
        rows = within(conn, "event", wanted)
        limit = 1 if wanted == 1 else level[level >= wanted].min()
        inside = level[at] <= limit
        assert 5 < inside.sum() <= len(ids)
        assert {row.source_id for row in rows} == set(ids[inside].tolist())
        assert len(rows) == inside.sum()
        expected = dict(zip(ids.tolist(), at.tolist(), strict=True))
        chosen = [expected[row.source_id] for row in rows]
        assert [row.enclosed for row in rows] == pytest.approx(level[chosen], abs=1e-9)
        assert [row.density for row in rows] == pytest.approx(density[chosen], rel=1e-12)
        assert [row.enclosed for row in rows] == sorted(row.enclosed for row in rows)


@pytest.mark.parametrize("sigma", [2, 10])
@pytest.mark.parametrize("centre", [(45.0, 41.8), (77.0, 88.6)])
def test_the_areas_are_those_of_the_circles_that_hold_as_much(conn, centre, sigma):
    cells = gaussian(centre, sigma, fine=9)
    store(conn, "event", *cells)
    (row,) = conn.execute("select * from trap.skymap").fetchall()
    kappa = np.radians(sigma) ** -2
    for area, share in ((row.area_50, 0.5), (row.area_90, 0.9)):
        # 1 - exp(kappa (cos theta - 1)) is enclosed
        exact = np.degrees(np.degrees(2 * np.pi * -np.log(1 - share) / kappa))
        assert area == pytest.approx(exact, rel=0.03)
        level, order = enclosed(cells), cells[0]
        counted = level <= level[level >= share].min()
        area_of = np.degrees(np.degrees(SPHERE / (12 * 4.0**order)))
        assert area == pytest.approx(area_of[counted].sum(), rel=1e-9)
    assert (row.n_cells, row.order_max) == (len(cells[0]), cells[0].max())
    assert row.total == pytest.approx(1, abs=1e-12)


def test_cells_that_are_equally_dense_are_in_the_region_together(feeder):
    """Two of order 1 and eight of order 2: 0.4 in each group."""
    conn = feeder.conn
    order = [1] * 2 + [2] * 8 + [0]
    number = [0, 1, *range(8, 16), 4]
    store(conn, "event", order, number, [0.2] * 2 + [0.05] * 8 + [0.2])
    rows = conn.execute(
        "select healpix_order, healpix_cell, enclosed, density from trap.skymap_cell"
        " where skymap = 'event' order by healpix_order desc, healpix_cell"
    ).fetchall()
    assert [row.healpix_cell for row in rows] == [*range(8, 16), 0, 1, 4]
    assert [row.enclosed for row in rows] == pytest.approx([0.8] * 10 + [1])
    assert rows[0].density == pytest.approx(0.05 / (SPHERE / 192))
    (row,) = conn.execute("select area_50, area_90 from trap.skymap").fetchall()
    whole = np.degrees(np.degrees(SPHERE))
    assert row == pytest.approx((whole * (2 / 48 + 8 / 192), whole * (2 / 48 + 8 / 192 + 1 / 12)))


def test_what_does_not_quite_add_up_to_1_is_divided_by_its_sum(conn):
    store(conn, "event", [0, 0], [0, 1], [0.4, 0.596])
    rows = conn.execute("select probability from trap.skymap_cell order by 1").fetchall()
    assert [row[0] for row in rows] == pytest.approx([0.4 / 0.996, 0.596 / 0.996])
    assert conn.execute("select total from trap.skymap").fetchone()[0] == pytest.approx(0.996)


def test_one_cell_may_hold_it_all_and_be_as_small_as_there_are(feeder):
    conn = feeder.conn
    feeder.see(fit([123, 123.001], [10, 10], ra_err=1e-7, dec_err=1e-7))
    first, _ = sources(feeder)
    (cell,) = conn.execute("select trap.healpix_cell(29, %s, %s)", [first.ra, first.dec]).fetchone()
    store(conn, "event", [29], [cell], [1.005])
    (row,) = within(conn, "event")
    assert (row.source_id, row.enclosed) == (first.source_id, 1)


def test_sources_of_one_data_set_or_of_all_and_since_a_time(original):
    feeders = [original(name=name, de_ruiter_limit=5.68) for name in ("one", "two")]
    conn = feeders[0].conn
    for feeder in feeders:
        monitor(feeder, "mine", 123.2, 10.0)  # monitored positions are none
        feeder.see(fit(123, 10), fit([123, 123.5], [10, 10]))
    store(conn, "event", *gaussian((123.0, 10.0), 3))
    assert [row.dataset for row in within(conn, "event")] == ["one", "two"] * 2
    rows = within(conn, "event", 0.9, "two")
    assert [(row.dataset, round(row.ra, 3)) for row in rows] == [("two", 123), ("two", 123.5)]
    assert (rows[0].first_seen, rows[0].last_seen, rows[0].n_blind) == (START, START + DAY, 2)
    (late,) = within(conn, "event", 0.9, "two", START + DAY)
    assert round(late.ra, 3) == 123.5
    assert within(conn, "event", 0.9, None, START + 2 * DAY) == []


# ---- images


def drawn(cells, count):
    """Return positions as probable as a sky map has them."""
    order, number, probability = cells
    rng = np.random.default_rng(7)
    chosen = rng.choice(len(order), count, p=probability)
    ra, dec = np.empty(count), np.empty(count)
    for one in np.unique(order[chosen]):
        mine = np.flatnonzero(order[chosen] == one)
        lon, lat = HEALPix(2**one, order="nested").healpix_to_lonlat(
            number[chosen[mine]], *rng.uniform(0, 1, (2, len(mine)))
        )
        ra[mine], dec[mine] = lon.deg, lat.deg
    return ra, dec


SQUARE = [(-6, -6), (6, -6), (6, 6), (-6, 6)]
WEDGE = [(-6, -6), (6, -2), (0, 6)]


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize(("sigma", "fine"), [(0.7, 9), (5, 8), (30, 7)])
def test_an_image_covers_the_probability_in_its_footprint(feeder, centre, sigma, fine):
    """Of maps whose cells are smaller than those at the footprint's border, and larger."""
    conn = feeder.conn
    east = shifted([(3, 2)], centre)[0]
    away = shifted([(70, 0)], centre)[0]
    facts = [
        {"ra": centre[0], "dec": centre[1], "radius": 5.0},
        {"ra": east[0], "dec": east[1], "radius": 9.0, "vertices": shifted(SQUARE, east)},
        {"ra": centre[0], "dec": centre[1], "radius": 9.0, "vertices": shifted(WEDGE, centre)},
        {"ra": away[0], "dec": away[1], "radius": 1.0},
    ]
    ids = [feeder.see(fit([], []), **one)[0] for one in facts]
    cells = gaussian(centre, sigma, fine=fine)
    store(conn, "event", *cells)
    rows = {
        row.image_id: row
        for row in conn.execute("select * from trap.skymap_image('event', 'field')").fetchall()
    }
    ra, dec = drawn(cells, 40_000)
    inside = dict(
        conn.execute(
            "select i.image_id, avg(trap.region_covers(r.ra, r.dec, r.radius, r.polygon,"
            " p.ra, p.dec)::int)::float8 from unnest(%s::float8[], %s::float8[]) as p (ra, dec),"
            " trap_data.sky_region as r inner join trap_data.image as i using (sky_region_id)"
            " group by i.image_id",
            [ra.tolist(), dec.tolist()],
        ).fetchall()
    )
    for image_id, one in zip(ids, facts, strict=True):
        told = rows[image_id].probability if image_id in rows else 0
        assert told == pytest.approx(inside[image_id], abs=0.02), one


def test_what_is_blank_is_not_covered(feeder):
    """Cells of 1 deg, half a row through the middle of a circle of 10 deg, of an even map."""
    conn = feeder.conn
    store(conn, "event", [0] * 12, range(12), [1 / 12] * 12)
    size = float(np.radians(1))
    (middle,) = conn.execute("select trap.grid_cell(123, 10, %s, 123.1, 10.1)", [size]).fetchone()
    ids = feeder.see(fit([], []))
    ids += feeder.see(fit([], []), blank_size=size, blank=f"{{[{middle},{middle + 9})}}")
    rows = conn.execute("select * from trap.skymap_image('event')").fetchall()
    assert [row.image_id for row in rows] == ids
    whole, less = [row.probability for row in rows]
    assert whole == pytest.approx((1 - np.cos(np.radians(10))) / 2, rel=0.01)
    assert whole - less == pytest.approx(9 * size**2 / SPHERE, rel=0.1)


def test_images_that_were_not_accepted_cover_nothing(feeder):
    conn = feeder.conn
    store(conn, "event", [0] * 12, range(12), [1 / 12] * 12)
    bad = {"name": "rms", "value": 1.0, "high": 0.5, "passed": False, "detail": "too noisy"}
    feeder.step(image(fit([], []), checks=[bad]), force=None)
    assert conn.execute("select * from trap.skymap_image('event')").fetchall() == []


# ---- the archive


def test_a_sky_map_outlives_rewinds_and_data_sets_and_finds_the_same_again(new_feeder):
    feeder = new_feeder(name="field")
    conn = feeder.conn
    store(conn, "event", *gaussian((123.0, 10.0), 3))
    for blind in (fit(123, 10), fit([123, 123.5], [10, 10])):
        feeder.step(image(blind))
    before = within(conn, "event")
    covered = "select taken_at, probability from trap.skymap_image('event')"
    images = conn.execute(covered).fetchall()
    assert (len(before), len(images)) == (2, 2)
    routines.rewind_dataset(conn, "field", START)
    (left,) = within(conn, "event")
    assert left.source_id == before[0].source_id
    waiting = routines.replayable_images(conn, feeder.dataset_id, "rewound")
    with Run(conn, "field", Configuration(), "test") as run:
        list(rebuild.replay(run, waiting, Here()))
    again = within(conn, "event")
    for name in ("name", "ra", "dec", "n_blind", "first_seen", "last_seen", "enclosed", "density"):
        assert [getattr(row, name) for row in again] == [getattr(row, name) for row in before]
    assert conn.execute(covered).fetchall() == images
    assert routines.verify_dataset(conn, "field") == []
    routines.delete_dataset(conn, "field")
    assert within(conn, "event") == []
    assert conn.execute("select skymap from trap.skymap").fetchall() == [("event",)]


def test_the_same_file_is_recognised(conn):
    cells = ([0], [3], [1.0])
    first = store(conn, "event", *cells, digest="abc", event="S1", event_at=START)
    assert first.is_new
    again = store(conn, "other", *cells, digest="abc")
    assert (again.is_new, again.name, again.skymap_id) == (False, "event", first.skymap_id)
    with pytest.raises(DatabaseError, match='a sky map named "event" already, of another file'):
        store(conn, "event", *cells, digest="def")
    (row,) = conn.execute("select * from trap.skymap").fetchall()
    assert (row.skymap, row.event, row.event_at, row.path) == ("event", "S1", START, "/event.fits")


def test_operators_load_and_remove_their_own(db, operator_db, reader_db):
    for conn in (db, operator_db, reader_db):
        conn.row_factory = psycopg.rows.namedtuple_row
    store(operator_db, "mine", [0], [3], [1.0])
    store(db, "others", [0], [4], [1.0])
    assert len(within(reader_db, "mine")) == 0
    assert reader_db.execute("select count(*) from trap.skymap_cell").fetchone() == (2,)
    assert reader_db.execute("select * from trap.skymap_image('mine')").fetchall() == []
    for routine in ("begin_skymap('a', 'b', 'c', null, null, null, null, null, null)",
                    "finish_skymap(1)", "remove_skymap('mine')"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader_db.execute(f"select trap.{routine}")
    with pytest.raises(psycopg.Error, match='"others" belongs to trapdb, who alone may'):
        operator_db.execute("select trap.remove_skymap('others')")
    operator_db.execute("select trap.remove_skymap('mine')")
    db.execute("select trap.remove_skymap('others')")
    assert db.execute("select count(*) from trap_data.skymap_cell").fetchone() == (0,)


# ---- refusals


@pytest.mark.parametrize(
    ("order", "number", "probability", "complaint"),
    [
        ([], [], [], "its probabilities add up to 0.000000, not to 1"),
        ([0, 0], [0, 1], [0.5, 0.48], "its probabilities add up to 0.980000, not to 1"),
        ([0, 0], [0, 1], [1.0, 1.0], "add up to 2.000000, not to 1"),
        ([0, 0], [1, 1], [0.5, 0.5], "cell 1 of order 0 is part of another one, or there twice"),
        ([0, 2], [1, 31], [0.5, 0.5], "cell 31 of order 2 is part of another one"),
        ([2, 0, 1], [31, 1, 4], [0.3, 0.3, 0.4], "cell 4 of order 1 is part of another one"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_left(
    conn, order, number, probability, complaint
):
    with pytest.raises(DatabaseError, match=complaint):
        store(conn, "event", order, number, probability)
    for table in ("skymap", "skymap_cell"):
        assert conn.execute(f"select count(*) from trap_data.{table}").fetchone() == (0,)


@pytest.mark.parametrize(
    "row",
    ["-1, 29, 1", "3458764513820540928, 29, 1", "1, 28, 1", "0, 30, 1", "0, -1, 1", "0, 0, 0",
     "0, 0, -1", "0, 0, 'NaN'", "0, 0, 'inf'", "0, 0, 2", "0, 0, 1e-201", "0, 0, null"],
)  # fmt: skip
def test_cells_that_are_none_are_refused(conn, row):
    with conn.transaction(force_rollback=True):
        conn.execute("select trap.begin_skymap('a', 'b', 'c', null, null, null, null, null, null)")
        with pytest.raises(psycopg.errors.IntegrityError):
            conn.execute(f"insert into pg_temp.loaded_cell values ({row})")


def test_calls_out_of_order_are_refused(conn):
    store(conn, "event", [0], [3], [1.0])
    for skymap_id in (
        7_000_000,
        conn.execute("select skymap_id from trap_data.skymap").fetchone()[0],
    ):
        with pytest.raises(psycopg.Error, match="is not being loaded") as refused:
            conn.execute("select trap.finish_skymap(%s)", [skymap_id])
        assert refused.value.sqlstate == "TR003"
    with pytest.raises(psycopg.Error, match="a sky map needs a name"):
        conn.execute("select trap.begin_skymap('', 'b', 'c', null, null, null, null, null, null)")


def test_a_table_of_the_caller_is_not_taken_for_that_of_the_cells(operator_db):
    operator_db.row_factory = psycopg.rows.namedtuple_row
    operator_db.execute("create temporary table loaded_cell (a integer)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        store(operator_db, "event", [0], [3], [1.0])


@pytest.mark.parametrize("share", [0, -0.1, 1.1, float("nan"), None])
def test_a_region_holds_more_than_nothing_and_no_more_than_all(conn, share):
    store(conn, "event", [0], [3], [1.0])
    with pytest.raises(psycopg.Error, match="no region holds a probability of"):
        within(conn, "event", share)


def test_names_that_there_are_not(feeder):
    for routine in ("in_skymap('none')", "skymap_image('none')", "remove_skymap('none')"):
        with pytest.raises(psycopg.Error, match='no sky map named "none"'):
            feeder.conn.execute(f"select trap.{routine}")
    store(feeder.conn, "event", [0], [3], [1.0])
    for routine in ("in_skymap('event', 0.9, 'none')", "skymap_image('event', 'none')"):
        with pytest.raises(psycopg.Error, match='no data set named "none"'):
            feeder.conn.execute(f"select trap.{routine}")


@pytest.mark.parametrize("analysed", [True, False])
def test_a_region_reads_the_sources_near_it_only(crowd, analysed):
    feeder = crowd[1]
    conn = feeder.conn
    store(conn, "event", *gaussian((120.0, 8.0), 1))
    if analysed:
        conn.execute("analyze")
    else:
        conn.execute(
            "delete from pg_statistic where starelid in"
            " (select oid from pg_class where relname like 'skymap%' or relname like 'source%')"
        )
    before = rows_read(conn)
    found = within(conn, "event", 0.9, "two")
    read = {name: n - before[name] for name, n in rows_read(conn).items()}
    assert len(found) > 300
    assert {name for name, n in read.items() if n} == {f"source_{feeder.dataset_id}"}
    assert sum(read.values()) < 8 * len(found)
