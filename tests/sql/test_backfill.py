"""Sources are measured in images from before they were known, or that passed them over."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.flags import Flag
from tests.feeding import ARCSEC, START, FedImage, Feeder, measurements
from tests.oracle import separation
from tests.sql.catalogue import (
    close,
    curve,
    fill_in,
    fit,
    image,
    kinds,
    monitor,
    sources,
    variability,
)
from tests.sql.test_properties import examples
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.errors import DatabaseError
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

DAY = timedelta(days=1)
NOBODY = fit([], [])
FAILED_CHECK = {
    "name": "rms", "value": 1.0, "low": None, "high": 0.5, "passed": False, "detail": "too noisy",
}  # fmt: skip

_numbers = count()


@pytest.fixture
def feeder(new_feeder):
    return new_feeder(expiry=2)


def faint(image, requests):
    """Measure fluxes that differ from place to place, with errors that differ, too."""
    x = np.modf(1234.567 * requests.ra)[0]
    return measurements(
        requests.ra,
        requests.dec,
        int_flux=1e-3 * x,
        int_flux_err=1e-3 * (1 + x),
        peak_flux=2e-3 * x,
    )


def verified(feeder):
    return routines.verify_dataset(feeder.conn, feeder.name) == []


def discovery(feeder, source_id):
    (row,) = feeder.conn.execute(
        "select * from trap_data.new_source where source_id = %s", [source_id]
    ).fetchall()
    return row


def test_a_new_source_is_measured_where_it_was_not_known(feeder):
    """In every band and in the other images of its own step; what others found stays theirs."""
    early = feeder.step(image(fit(124, 10), freq_eff=50e6), image(NOBODY, freq_eff=150e6))
    elsewhere = feeder.step(FedImage(NOBODY, ra=213.0, freq_eff=50e6))
    late = feeder.step(image(fit(123, 10), freq_eff=50e6), image(NOBODY, freq_eff=150e6))
    (new,) = routines.founded_since(feeder.conn, feeder.dataset_id, late[0])
    assert fill_in(feeder, [new], force=faint) == {late[1]: [new], early[1]: [new], early[0]: [new]}
    points = curve(feeder, new)
    assert [(p.image_id, p.kind, p.backfilled) for p in points] == [
        (early[0], "null_detection", True),
        (early[1], "null_detection", True),
        (late[0], "blind", False),
        (late[1], "null_detection", True),
    ]
    assert elsewhere[0] not in {p.image_id for p in points}
    assert variability(feeder, new, 50e6).n == variability(feeder, new, 150e6).n == 2
    (source,) = [s for s in sources(feeder) if s.source_id == new]
    assert (source.n_blind, source.n_forced) == (1, 3)
    assert fill_in(feeder, [new]) == {}
    assert verified(feeder)


def test_what_was_there_before_the_discovery_is_summed_up(feeder):
    """Of the band of the discovery, from before it: not of another band, nor of later images."""
    feeder.step(image(NOBODY, freq_eff=50e6), image(NOBODY, freq_eff=150e6))
    feeder.step(image(NOBODY, freq_eff=50e6))
    feeder.step(image(fit(123, 10), freq_eff=50e6))
    for _ in range(4):
        feeder.step(image(NOBODY, freq_eff=50e6))
    (new,) = (s.source_id for s in sources(feeder))
    assert discovery(feeder, new).before_n == 0
    fluxes = iter([9.0, 9.0, 0.1, 9.0, 0.4])

    def force(row, requests):
        flux = next(fluxes)
        return measurements(requests.ra, requests.dec, int_flux=flux, int_flux_err=np.sqrt(flux))

    # two images after the expiry, one before the discovery, and the first step in both bands
    assert len(fill_in(feeder, force=force)) == 5
    found = discovery(feeder, new)
    assert (found.before_n, found.before_weight, found.before_flux) == close((2, 12.5, 0.16))
    assert verified(feeder)


def test_gaps_that_expiry_left_are_filled(feeder):
    for step in range(8):
        feeder.step(image(fit(123, 10) if step in (0, 7) else NOBODY))
    (source,) = sources(feeder)
    assert len(curve(feeder, source.source_id)) == 4
    assert len(fill_in(feeder)) == 4
    points = curve(feeder, source.source_id)
    assert [p.backfilled for p in points] == [False] * 3 + [True] * 4 + [False]
    # back-filled points do not count for the expiry
    for expected in (1, 1, 0):
        feeder.step(image(NOBODY))
        assert [len(r) for r in feeder.requests] == [expected]


def test_back_filled_points_do_not_make_a_source_expire(feeder):
    for _ in range(5):
        feeder.step(image(NOBODY))
    feeder.step(image(fit(123, 10)))
    assert len(fill_in(feeder)) == 5
    feeder.step(image(NOBODY))
    assert [len(r) for r in feeder.requests] == [1]
    assert verified(feeder)


def test_a_fit_that_failed_is_a_point(feeder):
    feeder.step(image(NOBODY))
    feeder.step(image(fit(123, 10)))

    def failed(row, requests):
        fits = measurements(requests.ra, requests.dec, int_flux=np.nan, usable=False)
        fits.flags[:] = int(Flag.FIT_FAILED)
        return fits

    assert len(fill_in(feeder, force=failed)) == 1
    assert fill_in(feeder) == {}
    (source,) = sources(feeder)
    first = curve(feeder, source.source_id)[0]
    assert (first.usable, first.flags, first.backfilled) == (False, Flag.FIT_FAILED, True)
    assert (source.n_forced, discovery(feeder, source.source_id).before_n) == (0, 0)
    assert verified(feeder)


def test_sources_to_fill_in_are_all_or_the_new_ones(feeder):
    feeder.step(image(fit(123, 10)))
    feeder.step(image(fit([123, 124], [10, 10])))
    target = monitor(feeder, "target", 125.0, 10.0).source_id
    old, new = (s.source_id for s in sources(feeder) if not s.monitored)
    for only_new, expected in [(False, [target, old, new]), (True, [new])]:
        assert routines.backfill_sources(feeder.conn, feeder.dataset_id, only_new) == expected


def test_rejected_and_rewound_images_are_left_alone(feeder):
    feeder.step(image(NOBODY), FedImage(NOBODY, freq_eff=900e6, checks=[FAILED_CHECK]))
    (first,) = feeder.step(image(fit(123, 10)))
    feeder.step(image(NOBODY), force=None)
    routines.rewind_dataset(feeder.conn, feeder.name, START + DAY)
    (source,) = sources(feeder)
    assert list(fill_in(feeder)) == [first - 2]
    # an image that was taken back after it was listed asks for nothing
    with feeder.conn.transaction():
        routines.begin_backfill(feeder.conn, feeder.dataset_id)
        assert len(routines.backfill_requests(feeder.conn, first + 1, [source.source_id])) == 0
        with pytest.raises(DatabaseError, match="not an accepted image"):
            routines.add_backfill(feeder.conn, first + 1)


def test_during_a_time_step_the_last_few_images_are_filled(feeder):
    """And those of the step, but not what was known before."""
    earlier = [feeder.step(image(fit(124, 10)))[0] for _ in range(4)]
    conn, dataset_id = feeder.conn, feeder.dataset_id
    listed = {}

    def look(image, requests):
        (new,) = routines.founded_since(conn, dataset_id, earlier[-1] + 1)
        for last in (0, 1, 3):
            listed[last] = [
                r.image_id for r in routines.backfill_images(conn, dataset_id, [new], last)
            ]
        return measurements(requests.ra, requests.dec)

    here = feeder.step(
        image(fit(123, 10), freq_eff=50e6), image(NOBODY, freq_eff=150e6), force=look
    )
    assert listed == {n: [here[1], *earlier[::-1][:n]] for n in (0, 1, 3)}


def test_footprints_are_polygons_widened_by_half_a_beam(feeder):
    """The same places as those of null detections."""
    square = [(122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)]
    limits = {"radius": 1.5, "vertices": square, "beam_major": 0.06}
    feeder.step(FedImage(NOBODY, **limits))
    north = 11.0 + 1.5e-4  # where the great circle between the upper corners passes
    dec = [10.0, north + 0.025, north + 0.035]
    feeder.step(image(fit([123.0] * 3, dec)))
    inside, at_edge, _ = (s.source_id for s in sources(feeder))
    assert list(fill_in(feeder).values()) == [[inside, at_edge]]
    feeder.step(FedImage(NOBODY, **limits))
    assert feeder.requests[0].source_id.tolist() == [inside, at_edge]


# --- forks and rewinds ---------------------------------------------------------------------------


def pair(east=40):
    return fit([123 - east * ARCSEC, 123 + east * ARCSEC], [10.0, 10.0])


def test_a_branch_inherits_what_was_filled_in_before_the_fork(new_feeder):
    feeder = new_feeder(expiry=0)
    feeder.step(image(NOBODY))
    feeder.step(image(fit(123, 10)))
    assert len(fill_in(feeder, force=faint)) == 1
    feeder.step(image(pair()))
    stem, branch = (s.source_id for s in sources(feeder))
    assert kinds(feeder, branch) == ["null_detection*", "new*", "fork"]
    assert [p.backfilled for p in curve(feeder, branch)] == [True, False, False]
    assert fill_in(feeder) == {}
    assert discovery(feeder, stem).before_n == 1
    assert verified(feeder)


def test_after_a_fork_stem_and_branch_are_filled_in_each_for_itself(new_feeder):
    feeder = new_feeder(expiry=0)
    (gap,) = feeder.step(image(NOBODY))
    feeder.step(image(fit(123, 10)))
    feeder.step(image(pair()))
    stem, branch = (s.source_id for s in sources(feeder))
    assert fill_in(feeder, force=faint) == {gap: [stem, branch]}
    assert kinds(feeder, branch) == ["null_detection", "new*", "fork"]
    assert fill_in(feeder) == {}
    assert verified(feeder)


def test_a_rewind_undoes_what_was_filled_in_later(feeder):
    """And keeps what was filled in before, with its place in the sums."""
    (first,) = feeder.step(image(NOBODY))
    (second,) = feeder.step(image(fit(123, 10)))
    (source,) = sources(feeder)
    assert list(fill_in(feeder, force=faint)) == [first]
    new, found = discovery(feeder, source.source_id), variability(feeder, source.source_id)
    for _ in range(4):
        feeder.step(image(NOBODY))
    feeder.step(image(fit([123, 124], [10, 10])))
    assert len(fill_in(feeder)) == 6
    routines.rewind_dataset(feeder.conn, feeder.name, START + DAY)
    assert [p.image_id for p in curve(feeder, source.source_id)] == [first, second]
    again, anew = discovery(feeder, source.source_id), variability(feeder, source.source_id)
    assert (again.before_n, again.before_flux) == close((new.before_n, new.before_flux))
    assert (anew.n, anew.int_flux_mean, anew.eta_int) == close(
        (found.n, found.int_flux_mean, found.eta_int)
    )
    assert verified(feeder)


def test_what_is_filled_in_while_images_wait_to_be_replayed_is_known_then(feeder):
    (first,) = feeder.step(image(NOBODY))
    feeder.step(image(fit(123, 10)))
    feeder.step(image(NOBODY))
    routines.rewind_dataset(feeder.conn, feeder.name, START + DAY)
    assert list(fill_in(feeder)) == [first]
    undone = routines.rewind_dataset(feeder.conn, feeder.name, START + DAY)
    assert undone.restored_sources == 0
    assert verified(feeder)


def test_a_replay_takes_monitored_and_null_detections_from_before(feeder):
    """Without the pixels; what was back-filled is filled in again."""
    target = monitor(feeder, "target", 123.5, 10.0).source_id
    for step in range(5):
        feeder.step(image(fit(123, 10) if step == 2 else NOBODY), force=faint)
    fill_in(feeder, force=faint)
    before = (
        kinds(feeder, target),
        kinds(feeder, max_id(feeder)),
        variability(feeder, target).eta_int,
    )
    routines.rewind_dataset(feeder.conn, feeder.name, START)
    assert verified(feeder)
    images = routines.replayable_images(feeder.conn, feeder.dataset_id, "rewound")
    with Run(feeder.conn, feeder.name, Configuration(), "test") as run:
        steps = list(rebuild.replay(run, images, Here()))
    assert [step.forced for step in steps] == [1, 1, 2, 2]
    assert verified(feeder)
    assert list(fill_in(feeder, force=faint).values()) == [[max_id(feeder)]] * 2
    after = (
        kinds(feeder, target),
        kinds(feeder, max_id(feeder)),
        variability(feeder, target).eta_int,
    )
    assert after[:2] == before[:2]
    assert after[2] == close(before[2])
    assert verified(feeder)


def max_id(feeder):
    return max(s.source_id for s in sources(feeder))


@pytest.mark.parametrize(
    "damage",
    [
        "update trap_data.new_source set before_n = before_n + 1",
        "update trap_data.new_source set before_flux = before_flux * 1.001",
        "update trap_data.new_source set before_weight = before_weight * 1.001",
        "delete from trap_data.monitor_position",
        "delete from trap_data.source where monitored",
    ],
)
def test_damage_is_found(feeder, damage):
    monitor(feeder, "target", 123.0, 10.0)
    feeder.step(image(NOBODY))
    feeder.step(image(fit(123.001, 10)))
    fill_in(feeder, force=faint)
    assert verified(feeder)
    feeder.conn.execute(damage)
    assert not verified(feeder)


# --- whatever the sky ----------------------------------------------------------------------------


class Pointing(NamedTuple):
    """An image: where it looks (arcmin), its band, whether it is good, which sources it shows."""

    east: int
    north: int
    radius: int
    freq_eff: float
    good: bool
    shown: int
    split: bool


POINTINGS = st.builds(
    Pointing,
    east=st.integers(-30, 30),
    north=st.integers(-30, 30),
    radius=st.sampled_from([20, 40, 90]),
    freq_eff=st.sampled_from([50e6, 150e6]),
    good=st.integers(0, 5).map(bool),
    shown=st.integers(0, 63),
    split=st.booleans(),
)
STEPS = st.lists(
    st.lists(POINTINGS, min_size=1, max_size=2, unique_by=lambda p: p.freq_eff),
    min_size=2,
    max_size=6,
)
EAST = np.array([-45, -20, -8, 4, 16, 50]) / 60
NORTH = np.array([10, -25, 3, -6, 30, 0]) / 60


def drawn(pointing: Pointing, ra: float, dec: float, number: int) -> FedImage:
    """Make an image that shows some of six sources, where its footprint covers them."""
    centre_ra, centre_dec = ra + pointing.east / 60 / np.cos(np.radians(dec)), dec
    centre_dec += pointing.north / 60
    scatter = np.random.default_rng(number).normal(0, 5 * ARCSEC, (2, 6))
    there = ra + (EAST + scatter[0]) / np.cos(np.radians(dec)), dec + NORTH + scatter[1]
    if pointing.split:
        there = tuple(np.concatenate([x, x + 25 * ARCSEC]) for x in there)
    on = (pointing.shown >> np.arange(6)) & 1 == 1
    on = np.resize(on, len(there[0]))
    covered = np.array(
        [separation(centre_ra, centre_dec, *at) < pointing.radius / 60 for at in zip(*there)]  # noqa: B905
    )
    blind = measurements(there[0][on & covered], there[1][on & covered])
    return FedImage(
        blind,
        ra=centre_ra,
        dec=centre_dec,
        radius=pointing.radius / 60,
        freq_eff=pointing.freq_eff,
        checks=[] if pointing.good else [FAILED_CHECK],
    )


def complete(feeder: Feeder) -> bool:
    """Return whether each source has one point in each image that covers it, and no two in any."""
    conn = feeder.conn
    places = {(s.source_id): (s.ra, s.dec) for s in sources(feeder)}
    points = {source_id: [p.image_id for p in curve(feeder, source_id)] for source_id in places}
    images = conn.execute(
        "select i.image_id, i.beam_major / 2 as edge, r.ra, r.dec, r.radius"
        " from trap_data.image as i"
        " inner join trap_data.sky_region as r using (dataset_id, sky_region_id)"
        " where i.dataset_id = %s and i.status = 'accepted'",
        [feeder.dataset_id],
    ).fetchall()
    for source_id, place in places.items():
        covering = {
            i.image_id for i in images if separation(i.ra, i.dec, *place) < i.radius + i.edge
        }
        if not covering <= set(points[source_id]):
            return False
        if len(points[source_id]) != len(set(points[source_id])):
            return False
    return True


@examples(8)
@given(
    steps=STEPS,
    place=st.sampled_from([(123.0, 10.0), (0.0, -45.0), (200.0, 88.5)]),
    pause=st.integers(0, 5),
    back=st.integers(0, 5),
)
def test_light_curves_are_complete_after_a_back_fill(
    conn: psycopg.Connection[Any],
    steps: Sequence[Sequence[Pointing]],
    place: tuple[float, float],
    pause: int,
    back: int,
) -> None:
    """With a monitored position, a back-fill midway, and a rewind after the end."""
    feeder = Feeder(conn, f"filled {next(_numbers)}", expiry=1000)
    numbers = count()
    monitor(feeder, "target", place[0], place[1] + 0.05)
    for time, step in enumerate(steps):
        images = [drawn(p, *place, next(numbers)) for p in step]
        feeder.step(*images, taken_at=START + time * DAY, force=faint)
        if time == pause:
            fill_in(feeder, force=faint)
    fill_in(feeder, force=faint)
    assert complete(feeder)
    assert fill_in(feeder) == {}
    assert verified(feeder)
    routines.rewind_dataset(conn, feeder.name, START + back * DAY)
    assert verified(feeder)
    fill_in(feeder, force=faint)
    assert complete(feeder)
    assert verified(feeder)


# --- order, rights of others, plans --------------------------------------------------------------


def test_calls_out_of_order_are_refused(feeder, new_feeder):
    (image_id,) = feeder.step(image(fit(123, 10)))
    other = new_feeder(name="other")
    (stranger,) = other.step(image(fit(123, 10)))
    conn = feeder.conn
    with pytest.raises(DatabaseError, match="no time step is open"):
        routines.add_backfill(conn, image_id)
    with pytest.raises(DatabaseError, match="no time step is open"):
        routines.backfill_requests(conn, image_id, [])
    with pytest.raises(DatabaseError, match="no data set with id 99"):
        routines.begin_backfill(conn, 99)
    with conn.transaction(force_rollback=True):
        routines.begin_backfill(conn, feeder.dataset_id)
        with pytest.raises(DatabaseError, match="not an accepted image of the data set"):
            routines.add_backfill(conn, stranger)
    with conn.transaction(force_rollback=True):
        routines.begin_backfill(conn, feeder.dataset_id)
        with pytest.raises(DatabaseError, match="of the open time step"):
            routines.forced_requests(conn, image_id)
    assert routines.backfill_images(conn, feeder.dataset_id, []) == []


def test_a_back_fill_waits_for_the_open_time_step(feeder, module_url):
    with psycopg.connect(module_url) as other:
        other.execute("select trap.begin_time_step(%s, now())", [feeder.dataset_id])
        feeder.conn.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            routines.begin_backfill(feeder.conn, feeder.dataset_id)
        feeder.conn.execute("reset lock_timeout")


@contextmanager
def rows_read(conn: Any) -> Iterator[Counter[str]]:
    """Count the rows of each partition that are read meanwhile."""

    def now() -> Counter[str]:
        rows = conn.execute(
            "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as n"
            " from pg_stat_xact_user_tables"
            " where schemaname = 'trap_data' and relname ~ '_[0-9]+$'"
        )
        return Counter({row.relname: row.n for row in rows})

    before, found = now(), Counter[str]()
    yield found
    found.update(now() - before)


def test_requests_read_what_they_need(feeder, new_feeder):
    """Of 3000 sources a small image reads those around it, and a back-fill those it is about."""
    new_feeder(name="other").step(image(fit(123 + np.arange(20) / 10, [10.0] * 20)))
    ra, dec = np.meshgrid(120 + np.arange(60) / 10, 7 + np.arange(50) / 10)
    for _ in range(3):
        (last,) = feeder.step(image(fit(ra.ravel(), dec.ravel())))
    monitor(feeder, "target", 123.0, 10.0)
    monitor(feeder, "away", 121.0, 8.0)
    conn, dataset_id = feeder.conn, feeder.dataset_id
    conn.execute("analyze")

    with conn.transaction(force_rollback=True):
        routines.begin_time_step(conn, dataset_id, feeder.next_at)
        image_id = feeder._register(FedImage(NOBODY, radius=0.35), feeder.next_at)
        with rows_read(conn) as found:
            routines.associate_image(conn, image_id)
        assert f"source_{dataset_id}" not in found  # there was nothing to look for
        with rows_read(conn) as found:
            requests = routines.forced_requests(conn, image_id)
        assert 40 < len(requests) < 50
        assert requests.kind.tolist().count("monitored") == 1
        assert set(found) == {f"source_{dataset_id}", f"sky_region_{dataset_id}"}
        assert found[f"source_{dataset_id}"] < 2 * len(requests)

    few = [s.source_id for s in sources(feeder) if not s.monitored][:2]
    with conn.transaction():
        routines.begin_backfill(conn, dataset_id)
        with rows_read(conn) as found:
            assert routines.backfill_images(conn, dataset_id, few, 3) == []
            assert len(routines.backfill_requests(conn, last, few)) == 0
        # the two sources, twice; their points in three images and in the last one
        assert found.pop(f"source_{dataset_id}") == 4
        assert found.pop(f"association_{dataset_id}") == 8
        assert set(found) == {f"sky_region_{dataset_id}"}
