"""Whatever the planner believes about the tables, a time step handles the rows of its image only.

Statistics are missing until autovacuum first comes by, and old until it comes by again; a plan that
is good by them reads whole partitions, or one row of the image for each other one.
"""

import json
import re

import numpy as np
import psycopg
import pytest

from tests.feeding import ARCSEC, FedImage, measurements
from trapdb.database.connection import call

BEAM = 20 * ARCSEC
SPACING = 4 * BEAM
RADIUS = 8.5 * SPACING  # of an image
EARLIER = 40  # images, each of another sky region

AUTO_EXPLAIN = {
    "log_min_duration": "0",
    "log_nested_statements": "on",
    "log_analyze": "on",
    "log_timing": "off",
    "log_format": "json",
    "log_level": "notice",
}


@pytest.fixture
def plans(conn):
    """Every plan that this connection has executed, with the routine and line that it is of."""
    try:
        conn.execute("load 'auto_explain'")
    except psycopg.errors.UndefinedFile:
        pytest.skip("PostgreSQL's auto_explain is not installed")
    for name, value in AUTO_EXPLAIN.items():
        conn.execute(f"set auto_explain.{name} = '{value}'")
    taken = []

    def take(notice):
        _, is_plan, plan = notice.message_primary.partition("plan:")
        place = re.search(r"function (?:trap\.)?(\w+)\(.*?\) line (\d+)", notice.context or "")
        if is_plan and place:
            taken.append((":".join(place.groups()), json.loads(plan)["Plan"]))

    conn.add_notice_handler(take)
    return taken


@pytest.fixture
def feeder(new_feeder):
    """A data set of 3,600 sources, most of them outside the images that follow."""
    stamps = {"of": ["new", "single_epoch"], "size_beams": 1.0, "mb_per_day": 1000.0}
    made = new_feeder(name="wide", stamps=stamps)
    made.step(FedImage(_at(*_grid()), dec=0, radius=30 * SPACING * 2**0.5, beam_major=BEAM))
    call(
        made.conn, "set_monitor_position", dataset="wide", name="one", ra=123.0, dec=0.02,
        pm_ra_mas_yr=None, pm_dec_mas_yr=None, epoch=None, active_from=None, active_until=None,
        ephemeris=None,
    )  # fmt: skip
    for number in range(EARLIER):
        made.step(_small(_at([123.0], [0.0]), 0.3 * BEAM * number), force=None)
    return made


def _grid():
    steps = (np.arange(60) - 30) * SPACING
    ra, dec = np.meshgrid(123 + steps, steps)
    return ra.ravel(), dec.ravel()


def _at(ra, dec):
    return measurements(ra, dec, ra_err=1.5 * ARCSEC, dec_err=1.5 * ARCSEC)


def _small(blind, east):
    return FedImage(blind, ra=123 + east, dec=0, radius=RADIUS, beam_major=BEAM)


def _image():
    """Half of the sources of a small field; some fork, some are new, some share an island."""
    ra, dec = _grid()
    inside = np.flatnonzero(np.hypot(ra - 123, dec) < RADIUS - BEAM)[::2]
    fork, beside = inside[:10], inside[10:20]
    blind = _at(
        np.concatenate([ra[inside], ra[fork] + 3 * ARCSEC, ra[beside] + 2 * BEAM]),
        np.concatenate([dec[inside], dec[fork], dec[beside] + 2 * BEAM]),
    )
    blind.island[:10] = blind.island[len(inside) : len(inside) + 10] = np.arange(10)
    return _small(blind, 0.3 * BEAM * EARLIER)


def _believe(conn, rows):
    """Make the planner believe in so many rows of each table; in none of the figures if None."""
    conn.execute("analyze")
    if rows is None:
        conn.execute(
            "delete from pg_statistic as s using pg_class as c"
            " where s.starelid = c.oid and c.relnamespace = 'trap_data'::regnamespace"
        )
    conn.execute(
        "update pg_class set reltuples = %s,"
        " relpages = case when %s < 0 then 0 else greatest(1, pg_relation_size(oid) / 8192) end"
        " where relnamespace = 'trap_data'::regnamespace and relkind = 'r'",
        [-1 if rows is None else rows] * 2,
    )


def _tables_of_a_page(conn):
    rows = conn.execute(
        "select relname from pg_class where pg_relation_size(oid) <= 8192"
        " and relnamespace = 'trap_data'::regnamespace and relkind = 'r'"
    )
    return {row.relname for row in rows.fetchall()}


def _handled(plan, spared):
    """Return the largest number of rows that a node of a plan gave or threw away."""
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = plan["Actual Rows"] + sum(plan.get(name, 0) for name in removed)
    if plan.get("Relation Name") in spared:
        rows = 0
    within = [_handled(part, spared) for part in plan.get("Plans", [])]
    return max([rows * plan["Actual Loops"], *within])


def test_a_time_step_handles_the_rows_of_its_image_only(feeder, plans):
    image = _image()
    # a page is read as a whole
    spared = _tables_of_a_page(feeder.conn)
    too_many = {}
    for believed in (None, 10, 1_000_000):
        with feeder.conn.transaction(force_rollback=True):
            _believe(feeder.conn, believed)
            plans.clear()
            feeder.step(image, taken_at=feeder.next_at)
        routines = {place.partition(":")[0] for place, _ in plans}
        assert {"group_detections", "fork_sources", "limit_new_sources", "take_forced"} <= routines
        assert {"stamp_request", "transient_by_definition", "add_stamps"} <= routines
        for place, plan in plans:
            # each measurement in five cells at most, and what is around the edge of the image
            rows = _handled(plan, spared)
            if rows > 8 * len(image.blind):
                too_many[place, believed] = rows
    assert not too_many


@pytest.mark.parametrize("believed", [None, 10, 1_000_000])
def test_nor_does_a_data_set_that_begins_handle_the_square_of_its_sources(
    new_feeder, plans, believed
):
    made = new_feeder(name="begun", backfill=1)
    made.step(FedImage(_at([123.0], [0.0]), ra=123, dec=0, radius=RADIUS, beam_major=BEAM))
    _believe(made.conn, believed)
    plans.clear()
    survey = _at(*_grid())
    made.step(FedImage(survey, ra=123, dec=0, radius=30 * SPACING * 2**0.5, beam_major=BEAM))
    assert "part_blends" in {place.partition(":")[0] for place, _ in plans}
    handled = {place: _handled(plan, set()) for place, plan in plans}
    assert {place: rows for place, rows in handled.items() if rows > 30 * len(survey)} == {}
