"""What a reference catalogue has in the footprints of a data set, found or not."""

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.feeding import ARCSEC, FedImage, Feeder, measurements
from tests.sql.test_reference import load
from tests.sql.test_reference_matching import known, match

BEAM = 0.06


@pytest.fixture
def feeder(conn):
    return Feeder(conn)


def in_field(conn, catalogue_id, count=None):
    return conn.execute(
        "select * from trap.reference_in_field('fed', %s, %s)", [catalogue_id, count]
    ).fetchall()


def listed(rows):
    return [row.reference_id for row in rows]


def test_what_was_found_and_what_was_not_brightest_first(conn, feeder):
    rows = [
        (1, 123.0, 10.0, ARCSEC, ARCSEC, 0.5, 0.1),
        (2, 123.0, 10.0 + 0.7 * BEAM, ARCSEC, ARCSEC, 3.0, 0.1),
        (3, 124.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1),
        (4, 124.0, 10.5, ARCSEC, ARCSEC, None, None),
        (5, 123.0, 20.1, ARCSEC, ARCSEC, 9.0, 0.1),
    ]
    catalogue_id = known(conn, rows)
    feeder.blind([123.0, 123.0], [10.0, 10.0 - 0.5 * BEAM])
    match(conn, catalogue_id)
    found = in_field(conn, catalogue_id)
    assert listed(found) == [2, 3, 1, 4]
    one = {row.reference_id: row for row in found}[1]
    at = dict(conn.execute("select source_id, dec from trap.running_catalogue").fetchall())
    # of the two sources near it the nearer one
    assert at[one.source_id] == pytest.approx(10.0)
    assert one.separation_arcsec < 1e-3
    assert one.counterpart
    assert (found[0].source_id, found[0].counterpart) == (one.source_id, False)
    assert found[0].separation_arcsec == pytest.approx(0.7 * BEAM * 3600, rel=1e-6)
    assert found[1][-3:] == (None, None, False)
    assert listed(in_field(conn, catalogue_id, 2)) == [2, 3]


def test_a_star_is_in_the_field_where_it_is_then(conn):
    # the one comes in at 30 arcsec a year, as the other goes out
    columns = ("reference_id", "ra", "dec", "pm_ra", "pm_dec", "epoch")
    north = 10.5
    rows = [
        (1, 123.0, north + 100 * ARCSEC, 0.0, -30e3, 2002.0),
        (2, 123.1, north - 100 * ARCSEC, 0.0, 30e3, 2002.0),
    ]
    catalogue_id = load(conn, rows, columns)
    feeder = Feeder(conn)
    feeder.step(FedImage(measurements(123.0, 10.0), radius=0.5))
    match(conn, catalogue_id)
    (star,) = in_field(conn, catalogue_id)
    assert star.reference_id == 1
    # the image is of the beginning of 2012
    assert star.dec == pytest.approx(north - 200 * ARCSEC, abs=0.1 * ARCSEC)


def test_footprints_are_polygons_several_or_half_the_sky(conn):
    rows = [
        (n + 1, ra, dec, ARCSEC, ARCSEC, 10.0 - n, 0.1)
        for n, (ra, dec) in enumerate([(122.1, 9.1), (123, 10), (302, -9), (300, 80), (303, 9)])
    ]
    catalogue_id = known(conn, rows)
    feeder = Feeder(conn)
    square = [(122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)]
    feeder.step(FedImage(measurements(123.0, 10.0), radius=1.5, vertices=square))
    match(conn, catalogue_id)
    assert listed(in_field(conn, catalogue_id)) == [1, 2]
    # the other side of the sky, and around the pole: one circle cannot hold them
    feeder.step(FedImage(measurements(302.0, -9.0), ra=302.0, dec=-9.0, radius=1.0))
    assert listed(in_field(conn, catalogue_id)) == [1, 2, 3]
    feeder.step(FedImage(measurements(300.0, 80.0), ra=0.0, dec=90.0, radius=90.0))
    assert listed(in_field(conn, catalogue_id)) == [1, 2, 3, 4, 5]


def test_where_a_footprint_is_blank_nothing_is_expected(conn, feeder):
    catalogue_id = known(conn, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)])
    cell = conn.execute("select trap.grid_cell(123, 10, %s, 123, 10)", [BEAM]).fetchone()[0]
    blank = f"{{[{cell},{cell + 1})}}"
    found = measurements(124.0, 10.0)
    feeder.step(FedImage(found, blank_size=BEAM, blank=blank, near_blank=blank))
    match(conn, catalogue_id)
    assert in_field(conn, catalogue_id) == []


def test_a_data_set_that_is_not_matched_is_refused(conn, feeder):
    catalogue_id = known(conn, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)])
    feeder.blind(123.0, 10.0)
    with pytest.raises(psycopg.Error, match='"fed" is not matched with reference catalogue'):
        in_field(conn, catalogue_id)


def test_readers_may_ask(operator_db, reader_db):
    operator_db.row_factory = namedtuple_row
    catalogue_id = known(operator_db, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)])
    Feeder(operator_db).blind(123.0, 10.0)
    match(operator_db, catalogue_id)
    query = "select count(source_id) from trap.reference_in_field('fed', %s)"
    assert reader_db.execute(query, [catalogue_id]).fetchone()[0] == 1
