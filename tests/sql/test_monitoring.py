"""Positions that a user asked to have measured in every image that covers them."""

from datetime import timedelta

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from extractor.flags import Flag
from tests.feeding import START, FedImage, measurements, nothing_there
from tests.sql.catalogue import (
    close,
    curve,
    fill_in,
    fit,
    image,
    kinds,
    monitor,
    monitored,
    sources,
    variability,
)
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import DatabaseError

DAY = timedelta(days=1)
YEAR = timedelta(days=365.25)
NOBODY = fit([], [])
PATH = Jsonb([{"taken_at": f"201{year}-01-01Z", "ra": year, "dec": 2} for year in (2, 3)])


@pytest.fixture
def feeder(new_feeder):
    return new_feeder(expiry=2)


def bright(image, requests):
    """Measure the same flux wherever asked."""
    return measurements(requests.ra, requests.dec, int_flux=0.1, int_flux_err=0.01)


def asked(feeder):
    """Return what was asked for in each image of the last step, as (kind, ra, dec)."""
    return [
        [(str(kind), ra, dec) for kind, ra, dec in zip(r.kind, r.ra, r.dec, strict=True)]
        for r in feeder.requests
    ]


def end(feeder, name, **at):
    (row,) = call(feeder.conn, "end_monitor_position", dataset=feeder.name, name=name, **at)
    return row.end_monitor_position


def delete(feeder, name):
    (row,) = call(feeder.conn, "delete_monitor_position", dataset=feeder.name, name=name)
    return row.delete_monitor_position


def orphans(feeder):
    return feeder.conn.execute(
        "select m.measurement_id from trap_data.measurement as m where m.dataset_id = %s"
        " and not exists (select from trap_data.association as a"
        " where a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id)",
        [feeder.dataset_id],
    ).fetchall()


def test_m1_positions_on_beside_and_far_from_a_source(feeder):
    """The original leaves a blind source and a monitored one on top of it apart, as this does."""
    ids = [
        monitor(feeder, name, ra, 10.0).source_id
        for name, ra in [("on", 123.0), ("beside", 123.001), ("far", 213.0)]
    ]
    for _ in range(3):
        feeder.step(image(fit(123, 10)), force=bright)
        assert asked(feeder) == [[("monitored", 123.0, 10.0), ("monitored", 123.001, 10.0)]]
    (blind,) = [s for s in sources(feeder) if not s.monitored]
    assert (blind.n_blind, blind.n_forced) == (3, 0)
    assert kinds(feeder, blind.source_id) == ["new", "one_to_one", "one_to_one"]
    assert blind.ra_err * 3600 == close(np.hypot(10, 20) / np.sqrt(3))
    for source_id, expected in zip(ids, [3, 3, 0], strict=True):
        (source,) = [s for s in sources(feeder) if s.source_id == source_id]
        assert (source.n_blind, source.n_forced, source.monitored) == (0, expected, True)
        assert (source.ra_err, source.first_seen, source.last_seen) == (None, None, None)
        assert kinds(feeder, source_id) == ["monitored"] * expected
    assert variability(feeder, ids[0]).n == 3
    on, beside, far = (monitored(feeder, name) for name in ("on", "beside", "far"))
    assert on.blind_source_id == beside.blind_source_id == blind.source_id
    assert on.blind_name == blind.name
    assert (on.separation_arcsec, far.blind_source_id) == (pytest.approx(0, abs=1e-6), None)
    assert beside.separation_arcsec == close(3.6 * np.cos(np.radians(10)))
    assert [m.n_points for m in (on, beside, far)] == [3, 3, 0]
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_m2_drifting_pointings_leave_no_orphans(feeder):
    """The original also null-fits a monitored source in each new region, and loses the fit."""
    source_id = monitor(feeder, "target", 123.0, 10.0).source_id
    for east in range(6):
        feeder.step(FedImage(NOBODY, ra=120 + east, radius=2.9), force=bright)
        assert [r.kind.tolist() for r in feeder.requests] == [["monitored"] * (east > 0)]
    assert kinds(feeder, source_id) == ["monitored"] * 5
    assert orphans(feeder) == []
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_p14_two_bands_by_two_epochs(feeder):
    source_id = monitor(feeder, "target", 123.0, 10.0).source_id
    fluxes = {50e6: [2.0, 3.0], 150e6: [1.0, 2.0]}

    for epoch in range(2):

        def force(image, requests, epoch=epoch):
            flux = fluxes[image.freq_eff][epoch]
            return measurements(requests.ra, requests.dec, int_flux=flux, int_flux_err=0.1)

        feeder.step(*[image(NOBODY, freq_eff=freq) for freq in fluxes], force=force)
    (source,) = sources(feeder)
    assert (source.source_id, source.n_forced) == (source_id, 4)
    for freq, mean, v in [(50e6, 2.5, 0.282842712475), (150e6, 1.5, 0.471404520791)]:
        found = variability(feeder, source_id, freq)
        assert (found.n, found.int_flux_mean, found.v_int, found.eta_int) == close((2, mean, v, 50))


def test_a_monitored_source_never_expires_and_takes_no_part_in_association(feeder):
    monitor(feeder, "target", 123.0, 10.0)
    for step in range(6):
        feeder.step(image(fit(123, 10) if step in (1, 5) else NOBODY))
        assert ("monitored", 123.0, 10.0) in asked(feeder)[0]
    target, blind = sorted(sources(feeder), key=lambda source: not source.monitored)
    assert kinds(feeder, target.source_id) == ["monitored"] * 6
    # found in the second image, measured by force in two more, expired, and found again
    assert kinds(feeder, blind.source_id) == [
        "new", "null_detection", "null_detection", "one_to_one",
    ]  # fmt: skip


def test_the_source_is_found_by_the_name_that_the_user_gave(feeder):
    source_id = monitor(feeder, "my star", 123.0, 10.0).source_id
    feeder.step(image(NOBODY))
    (row,) = call(feeder.conn, "source_named", dataset=feeder.name, name="my star")
    assert (row.source_id, row.ra, row.dec, row.monitored) == (source_id, 123.0, 10.0, True)


def test_a_failed_fit_is_a_point_without_flux(feeder):
    source_id = monitor(feeder, "target", 123.0, 10.0).source_id

    def failed(image, requests):
        fits = measurements(requests.ra, requests.dec, int_flux=np.nan, usable=False)
        fits.flags[:] = int(Flag.FIT_FAILED)
        return fits

    feeder.step(image(NOBODY), force=failed)
    (point,) = curve(feeder, source_id)
    assert (point.usable, point.flags, point.int_flux) == (False, Flag.FIT_FAILED, None)
    assert monitored(feeder, "target").n_points == 0


# --- motion --------------------------------------------------------------------------------------


def places(feeder, at):
    rows = call(feeder.conn, "apparent_position", dataset_id=feeder.dataset_id, at=at)
    return {row.source_id: row for row in rows}


@pytest.mark.parametrize(
    ("ra", "dec", "pm_ra", "pm_dec"),
    [
        (359.9999, 0.0, 1e4, 0.0),
        (0.0001, -30.0, -1e4, 3e3),
        (200.0, 89.9999, 2e3, 1e4),
        (10.0, 90.0, 0.0, -1e4),
        (10.0, -89.9999, 500.0, -1e4),
    ],
)
def test_proper_motion_is_along_a_great_circle(feeder, ra, dec, pm_ra, pm_dec):
    """Over RA 0 and the poles; compared with the turned unit vector."""
    source_id = monitor(
        feeder, "target", ra, dec, pm_ra_mas_yr=pm_ra, pm_dec_mas_yr=pm_dec, epoch=START
    ).source_id
    a, d = np.radians([ra, dec])
    east = np.array([-np.sin(a), np.cos(a), 0])
    north = np.array([-np.sin(d) * np.cos(a), -np.sin(d) * np.sin(a), np.cos(d)])
    way = (pm_ra * east + pm_dec * north) / np.hypot(pm_ra, pm_dec)
    for years in (-20, 0, 1, 40):
        place = places(feeder, START + years * YEAR)[source_id]
        angle = np.radians(np.hypot(pm_ra, pm_dec) / 3.6e6) * years
        there = vector(ra, dec) * np.cos(angle) + way * np.sin(angle)
        assert 0 <= place.ra < 360
        away = np.linalg.norm(vector(place.ra, place.dec) - there)
        assert np.degrees(away) * 3600 == pytest.approx(0, abs=1e-9)


def vector(ra, dec):
    a, d = np.radians([ra, dec])
    return np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])


def test_an_ephemeris_is_followed_along_great_circles(feeder):
    """Over RA 0, and straight over the pole; outside its times the target is nowhere."""
    times = [START, START + DAY, START + 3 * DAY]

    def ephemeris(*entries):
        return Jsonb(
            [
                {"taken_at": at.isoformat(), "ra": ra, "dec": dec}
                for at, (ra, dec) in zip(times, entries, strict=True)
            ]
        )

    over_zero = monitor(
        feeder, "over zero", ephemeris=ephemeris((359.0, 0.0), (1.0, 0.0), (1.0, 20.0))
    ).source_id
    over_pole = monitor(
        feeder, "over pole", ephemeris=ephemeris((30.0, 80.0), (210.0, 80.0), (210.0, 80.0))
    ).source_id
    expected = {
        -1: {},
        0: {over_zero: (359.0, 0.0), over_pole: (30.0, 80.0)},
        0.25: {over_zero: (359.5, 0.0), over_pole: (30.0, 85.0)},
        0.75: {over_zero: (0.5, 0.0), over_pole: (210.0, 85.0)},
        1: {over_zero: (1.0, 0.0), over_pole: (210.0, 80.0)},
        2: {over_zero: (1.0, 10.0), over_pole: (210.0, 80.0)},
        3: {over_zero: (1.0, 20.0), over_pole: (210.0, 80.0)},
        3.5: {},
    }
    for days, there in expected.items():
        found = places(feeder, START + days * DAY)
        assert {key: (row.ra, row.dec) for key, row in found.items()} == {
            key: close(place, abs=1e-9) for key, place in there.items()
        }
    assert monitored(feeder, "over zero").moving
    assert (monitored(feeder, "over pole").ra, monitored(feeder, "over pole").dec) == (30.0, 80.0)


def test_a_moving_target_is_asked_for_where_it_is(feeder):
    """It leaves the field in the fourth step; its points keep the place where they were made."""
    facts = {"pm_ra_mas_yr": 0.0, "pm_dec_mas_yr": 1e6, "epoch": START}
    source_id = monitor(feeder, "target", 123.0, 10.0, **facts).source_id
    beyond = START + 300 * YEAR
    for taken_at in (START, START + YEAR, START + 2 * YEAR, beyond):
        feeder.step(image(NOBODY), taken_at=taken_at)
    assert asked(feeder) == [[]]
    degree = 1e6 / 3.6e6
    points = curve(feeder, source_id)
    assert [p.ra for p in points] == close([123.0] * 3)
    assert [p.dec for p in points] == close([10.0, 10.0 + degree, 10.0 + 2 * degree])
    assert monitored(feeder, "target").moving
    assert monitored(feeder, "target").blind_source_id is None


# --- in time -------------------------------------------------------------------------------------


def test_a_position_is_measured_while_it_is_active(feeder):
    """Both ends included."""
    source_id = monitor(
        feeder, "target", 123.0, 10.0, active_from=START + DAY, active_until=START + 3 * DAY
    ).source_id
    for _ in range(6):
        feeder.step(image(NOBODY))
    assert [p.taken_at for p in curve(feeder, source_id)] == [START + n * DAY for n in (1, 2, 3)]
    assert fill_in(feeder) == {}


def test_a_position_added_later_is_filled_in_on_request(feeder):
    first = feeder.step(image(NOBODY, freq_eff=50e6), image(NOBODY, freq_eff=150e6))
    second = feeder.step(image(NOBODY))
    elsewhere = feeder.step(FedImage(NOBODY, ra=213.0))
    source_id = monitor(feeder, "target", 123.0, 10.0).source_id
    last = feeder.step(image(NOBODY), force=bright)
    measured = fill_in(feeder, [source_id], force=bright)
    assert list(measured) == [*second, *first[::-1]]
    assert not set(measured) & {*elsewhere, *last}
    points = curve(feeder, source_id)
    assert [p.image_id for p in points] == [*first, *second, *last]
    assert [p.backfilled for p in points] == [True, True, True, False]
    assert {p.kind for p in points} == {"monitored"}
    assert monitored(feeder, "target").n_points == 4
    assert fill_in(feeder) == {}
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_a_position_ends_with_the_last_step_or_when_told(feeder):
    for name in ("one", "two"):
        monitor(feeder, name, 123.0, 10.0)
    feeder.step(image(NOBODY))
    assert end(feeder, "one") == START
    assert end(feeder, "two", at=START + DAY) == START + DAY
    for expected in (1, 0):
        feeder.step(image(NOBODY))
        assert [len(r) for r in feeder.requests] == [expected]
    assert [monitored(feeder, name).n_points for name in ("one", "two")] == [1, 2]


def test_adding_again_by_name_changes_a_position_and_leaves_its_points(feeder):
    added = monitor(feeder, "target", 123.0, 10.0)
    feeder.step(image(NOBODY))
    assert monitor(feeder, "target", 123.0, 10.0) == (added.source_id, "unchanged")
    assert monitor(feeder, "target", 124.0, 11.0) == (added.source_id, "changed")
    feeder.step(image(NOBODY))
    assert (added.change, asked(feeder)) == ("added", [[("monitored", 124.0, 11.0)]])
    assert [(p.ra, p.dec) for p in curve(feeder, added.source_id)] == [(123.0, 10.0), (124.0, 11.0)]
    (row,) = sources(feeder)
    assert (row.ra, row.dec) == (124.0, 11.0)
    (found,) = call(
        feeder.conn, "cone", dataset=feeder.name, ra=124.0, dec=11.0, radius=0.001
    )  # by the index
    assert found.source_id == added.source_id
    for expected in ("changed", "unchanged"):
        assert monitor(feeder, "target", ephemeris=PATH).change == expected
    assert monitor(feeder, "target", 124.0, 11.0).change == "changed"
    assert not monitored(feeder, "target").moving


def test_deleting_a_position_leaves_nothing_of_it(feeder):
    kept = monitor(feeder, "kept", 123.0, 10.0).source_id
    gone = monitor(feeder, "gone", 123.0, 10.0).source_id
    for _ in range(2):
        feeder.step(image(fit(123, 10)))
    assert delete(feeder, "gone") == 2
    assert curve(feeder, gone) == []
    assert len(curve(feeder, kept)) == 2
    assert len(sources(feeder)) == 2
    assert orphans(feeder) == []
    assert routines.verify_dataset(feeder.conn, feeder.name) == []
    # an id is never used again
    assert monitor(feeder, "gone", 123.0, 10.0).source_id == gone + 1


def test_deleting_a_data_set_takes_its_positions_along(conn, new_feeder):
    feeder = new_feeder()
    monitor(feeder, "moving", ephemeris=PATH)
    monitor(feeder, "target", 123.0, 10.0)
    feeder.step(image(NOBODY))
    routines.delete_dataset(conn, feeder.name)
    for table in ("monitor_position", "monitor_ephemeris", "source", "measurement"):
        assert conn.execute(f"select count(*) from trap_data.{table}").fetchone() == (0,)


# --- rewinding -----------------------------------------------------------------------------------


def test_a_monitored_source_survives_a_rewind_with_the_sums_of_its_time(feeder):
    early = monitor(feeder, "early", 123.0, 10.0).source_id
    for _ in range(2):
        feeder.step(image(NOBODY), force=bright)
    before = variability(feeder, early)
    late = monitor(feeder, "late", 123.0, 10.0).source_id
    for _ in range(2):
        feeder.step(image(NOBODY), force=bright)
    assert set(fill_in(feeder, force=bright)) == {p.image_id for p in curve(feeder, early)[:2]}

    routines.rewind_dataset(feeder.conn, feeder.name, START + DAY)
    assert variability(feeder, early) == before
    assert (monitored(feeder, "early").n_points, monitored(feeder, "late").n_points) == (2, 0)
    assert curve(feeder, late) == []
    rows = feeder.conn.execute(
        "select count(*) from trap_data.source_flux where source_id = %s", [late]
    )
    assert rows.fetchone() == (0,)
    assert routines.verify_dataset(feeder.conn, feeder.name) == []

    routines.rewind_dataset(feeder.conn, feeder.name, START - DAY)
    assert [monitored(feeder, name).n_points for name in ("early", "late")] == [0, 0]
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_forced_fits_stay_when_the_last_image_of_their_step_was_rejected(feeder):
    """They became known with that image, and a rewind to their time must not undo them."""
    bad = [
        {"name": "rms", "value": 1.0, "low": None, "high": 0.5, "passed": False, "detail": "rms"}
    ]
    monitor(feeder, "target", 123.0, 10.0)
    feeder.step(image(NOBODY), FedImage(NOBODY, freq_eff=900e6, checks=bad), force=bright)
    feeder.step(image(NOBODY), force=bright)
    routines.rewind_dataset(feeder.conn, feeder.name, START)
    assert monitored(feeder, "target").n_points == 1


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"name": ""}, "needs a name"),
        ({"ra": 360.0}, "ra 360, dec 10"),
        ({"ra": np.nan}, "ra NaN"),
        ({"dec": -90.5}, "dec -90.5"),
        ({"ra": None}, "ra unknown"),
        ({"pm_ra_mas_yr": 10.0}, "no epoch"),
        ({"pm_dec_mas_yr": np.inf, "epoch": START}, "proper motion of 0, Infinity"),
        ({"active_from": START + DAY, "active_until": START}, "earlier"),
        ({"ephemeris": [{"taken_at": "2012-01-01Z", "ra": 400, "dec": 0}]}, "entry 1 of the eph"),
        ({"ephemeris": [{"ra": 1, "dec": 0}]}, "time unknown"),
        (
            {"ephemeris": [{"taken_at": "2012-01-01Z", "ra": ra, "dec": 0} for ra in (1, 2)]},
            "from 2012-01-01 00:00:00\\+00 to 2012-01-01",
        ),
        (
            {"ephemeris": [{"taken_at": f"201{n}-01-01Z", "ra": 91 * n, "dec": 0} for n in (1, 2)]},
            "moves by 91.000 deg",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(feeder, facts, message):
    given = {"name": "target", "ra": 123.0, "dec": 10.0} | facts
    if "ephemeris" in given:
        given["ephemeris"] = Jsonb(given["ephemeris"])
    with pytest.raises(DatabaseError, match=message) as refused:
        monitor(feeder, **given)
    assert "\n" not in str(refused.value)
    assert sources(feeder) == []


def test_unknown_names_are_refused(feeder):
    for routine in ("end_monitor_position", "delete_monitor_position"):
        with pytest.raises(DatabaseError, match='monitors no position named "nobody"'):
            call(feeder.conn, routine, dataset=feeder.name, name="nobody")
        with pytest.raises(DatabaseError, match='no data set named "nothing"'):
            call(feeder.conn, routine, dataset="nothing", name="nobody")
    feeder.name = "nothing"
    with pytest.raises(DatabaseError, match="no data set named"):
        monitor(feeder, "target", 123.0, 10.0)


def test_a_position_cannot_end_before_it_begins(feeder):
    monitor(feeder, "target", 123.0, 10.0, active_from=START)
    with pytest.raises(DatabaseError, match="of which there is none"):
        end(feeder, "target")
    with pytest.raises(DatabaseError, match="cannot end at 2011-12-31"):
        end(feeder, "target", at=START - DAY)


def test_monitoring_waits_for_the_open_time_step(feeder, module_url):
    with psycopg.connect(module_url) as other:
        other.execute("select trap.begin_time_step(%s, now())", [feeder.dataset_id])
        feeder.conn.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            monitor(feeder, "target", 123.0, 10.0)
        feeder.conn.execute("reset lock_timeout")


def test_readers_see_positions_and_operators_keep_them(feeder, cluster):
    monitor(feeder, "target", 123.0, 10.0)
    feeder.step(image(fit(123, 10)), force=nothing_there)
    with psycopg.connect(cluster.url("module", "test_reader")) as reader:
        (row,) = reader.execute("select name, blind_name from trap.monitor_position").fetchall()
        assert row == ("target", "J081200.0+100000")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select trap.delete_monitor_position('fed', 'target')")
    with psycopg.connect(cluster.url("module", "test_operator")) as operator:
        (row,) = operator.execute("select trap.delete_monitor_position('fed', 'target')").fetchall()
        assert row == (1,)
