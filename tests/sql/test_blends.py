"""Close sources that are found apart in some images and as one in others."""

from datetime import timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeding import ARCSEC, START, FedImage, Feeder, measurements
from tests.sql.catalogue import close, curve, kinds, sources, variability
from tests.sql.test_properties import examples
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

BEAM = 20 * ARCSEC
DAY = timedelta(days=1)

_numbers = count()

WEST, EAST, BOTH = 0.0, 1.2, 0.5  # in beams; a blend lies between the two
FLUX = {WEST: 0.03, EAST: 0.01, BOTH: 0.04}


def seen(*east: float, errors: float = 0.1, **facts: Any) -> FedImage:
    """Make an image that shows something at so many beams to the east; errors in beams, too."""
    blind = measurements(
        123 + np.array(east) * BEAM,
        np.zeros(len(east)),
        ra_err=errors * BEAM,
        dec_err=errors * BEAM,
        int_flux=[FLUX.get(one, 0.02) for one in east],
    )
    return FedImage(blind, **{"ra": 123.0, "dec": 0.0, "beam_major": BEAM} | facts)


def true(image: FedImage, requests: Any) -> Any:
    """Measure what is there: the western flux to the west of the middle, the eastern one beyond."""
    western = requests.ra < 123 + 0.6 * BEAM
    return measurements(requests.ra, requests.dec, int_flux=np.where(western, 0.03, 0.01))


def verified(feeder: Feeder) -> bool:
    return routines.verify_dataset(feeder.conn, feeder.name) == []


def blended(feeder: Feeder) -> list[tuple[int, int, str]]:
    """For each point that was set aside: its source, its measurement, how it would have come."""
    return [
        tuple(row)
        for row in feeder.conn.execute(
            "select source_id, measurement_id, kind from trap.blended_point"
            " where dataset_id = %s order by measurement_id, source_id",
            [feeder.dataset_id],
        ).fetchall()
    ]


@pytest.fixture
def feeder(new_feeder):
    return new_feeder()


@pytest.mark.parametrize(
    ("place", "kinds_of_two"),
    [
        (WEST, {0: "one_to_one"}),
        (EAST, {1: "one_to_one"}),
        (0.3, {0: "one_to_one"}),
        (0.6, {0: "many_to_one", 1: "many_to_one"}),
    ],
)
def test_what_is_found_of_two_is_set_aside_and_both_are_measured(feeder, place, kinds_of_two):
    feeder.step(seen(WEST, EAST))
    before = sources(feeder)
    (image_id,) = feeder.step(seen(3.0, place), force=true)
    assert sources(feeder)[:2] == [
        s._replace(n_forced=1, last_seen=s.last_seen) for s in before
    ]  # neither has moved
    (requests,) = feeder.requests
    assert requests.source_id.tolist() == [s.source_id for s in before]
    rows = [1 if number in kinds_of_two else -1 for number in range(2)]
    assert requests.blended_row.tolist() == rows
    for source, flux in zip(before, (0.03, 0.01), strict=True):
        assert kinds(feeder, source.source_id) == ["new", "null_detection"]
        assert variability(feeder, source.source_id).int_flux_mean == close(flux)
    assert blended(feeder) == [
        (before[number].source_id, (image_id << 20) + 1, kind)
        for number, kind in kinds_of_two.items()
    ]
    assert verified(feeder)


def test_what_matches_none_of_several_that_are_missing_is_a_blend_of_them(feeder):
    feeder.step(seen(WEST, EAST, errors=0.02))
    feeder.step(seen(0.6, errors=0.02), force=true)
    west, east = (s.source_id for s in sources(feeder))
    (requests,) = feeder.requests
    assert requests.blended_row.tolist() == [0, 0]
    assert kinds(feeder, west) == kinds(feeder, east) == ["new", "null_detection"]
    assert [(source_id, kind) for source_id, _, kind in blended(feeder)] == [
        (west, "many_to_one"),
        (east, "many_to_one"),
    ]
    assert verified(feeder)


@pytest.mark.parametrize("apart", [0.45, 1.55])
def test_nearer_than_half_a_beam_or_farther_than_one_and_a_half_nothing_is_a_blend(feeder, apart):
    feeder.step(seen(0.0, apart, errors=0.02))
    feeder.step(seen(0.0, errors=0.02), force=true)
    west, _ = sources(feeder)
    assert kinds(feeder, west.source_id) == ["new", "one_to_one"]
    assert blended(feeder) == []


def test_images_that_lie_off_leave_nothing_behind_that_blends(feeder):
    """What they found beside each source was never found together with that, nor with another."""
    places = np.array([0.0, 40.0, 80.0])
    for shift in (0.0, 0.0, 1.0, 0.5, 0.0, 0.0):
        feeder.step(seen(*(places + shift), errors=0.02), force=true)
    assert [kinds(feeder, s.source_id) for s in sources(feeder)] == [
        *[["new", "one_to_one", "null_detection", "null_detection", "one_to_one", "one_to_one"]]
        * 3,
        *[["new", "null_detection", "null_detection", "null_detection"]] * 3,
        *[["new", "null_detection", "null_detection"]] * 3,
    ]
    assert blended(feeder) == []


@pytest.mark.parametrize("first", [(EAST,), (WEST,)])
def test_two_that_were_found_alone_at_first_are_two_once_they_are_found_together(feeder, first):
    for shown in [first, (WEST + EAST - first[0],), (WEST, EAST), (WEST,), (EAST,)]:
        feeder.step(seen(*shown), force=true)
    for source in sources(feeder):
        assert kinds(feeder, source.source_id)[-3:] == ["one_to_one", *["null_detection"] * 2]


def test_a_source_that_is_not_expected_any_more_blends_with_nothing(new_feeder):
    feeder = new_feeder(expiry=2)
    feeder.step(seen(WEST, EAST))
    for _ in range(3):
        feeder.step(seen(WEST), force=true)
    west, east = sources(feeder)
    assert kinds(feeder, west.source_id) == ["new", *["null_detection"] * 2, "one_to_one"]
    assert kinds(feeder, east.source_id) == ["new", *["null_detection"] * 2]


def test_what_the_footprint_does_not_cover_blends_with_nothing(feeder):
    feeder.step(seen(WEST, EAST))
    feeder.step(seen(WEST, ra=123 - 4 * BEAM, radius=4.6 * BEAM), force=true)
    west, _ = sources(feeder)
    assert kinds(feeder, west.source_id) == ["new", "one_to_one"]


def test_without_pixels_what_matches_is_a_point(feeder):
    """It could not be measured again."""
    feeder.step(seen(WEST, EAST, pixels=False))
    feeder.step(seen(0.6, pixels=False), force=None)
    assert [kinds(feeder, s.source_id) for s in sources(feeder)] == [["new", "many_to_one"]] * 2


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (True, [["new", "one_to_one"]] * 2),
        # as the original
        (False, [["new", "fork"], ["new", "many_to_one"], ["new*", "fork"]]),
    ],
)
def test_two_that_are_found_apart_do_not_fork(feeder, pixels, expected):
    """The eastern measurement is a candidate of both, the western one of its own source alone."""
    feeder.step(seen(WEST, EAST, errors=0.15, pixels=pixels))
    feeder.step(seen(-0.3, 1.1, errors=0.15, pixels=pixels))
    assert [kinds(feeder, s.source_id) for s in sources(feeder)] == expected


def test_a_branch_is_a_source_once_it_is_found_apart_again(feeder):
    """Noise may have split one source in two; without a back-fill its history stays."""
    for found, errors in [((0.6,), 0.4), ((WEST, EAST), 0.15), ((0.6,), 0.3)] * 2:
        feeder.step(seen(*found, errors=errors), force=true)
    for source in sources(feeder):
        after_the_fork = kinds(feeder, source.source_id)[2:]
        assert after_the_fork == ["many_to_one"] * 2 + ["one_to_one", "null_detection"]
    assert len(sources(feeder)) == 2
    assert verified(feeder)


def test_the_flare_of_one_is_given_to_it_and_the_other_stays_steady(feeder):
    for _ in range(3):
        feeder.step(seen(WEST, EAST))

    def flaring(image, requests):
        western = requests.ra < 123 + 0.6 * BEAM
        return measurements(requests.ra, requests.dec, int_flux=np.where(western, 0.03, 0.1))

    feeder.step(seen(1.1), force=flaring)
    west, east = (variability(feeder, s.source_id) for s in sources(feeder))
    assert west.eta_int == 0
    assert east.int_flux_mean == close((3 * 0.01 + 0.1) / 4)


# --- the images before ----------------------------------------------------------------------------


def test_what_was_one_before_it_was_found_apart_is_measured_again(new_feeder):
    feeder = new_feeder(backfill=3)
    (first,) = feeder.step(seen(BOTH), force=true)
    (second,) = feeder.step(seen(BOTH), force=true)
    feeder.step(seen(WEST, EAST), force=true)
    for source, place, flux in zip(sources(feeder), (WEST, EAST), (0.03, 0.01), strict=True):
        assert (source.ra - 123) / BEAM == close(place, abs=1e-6)
        assert source.n_blind == 1
        points = curve(feeder, source.source_id)
        assert [p.kind for p in points] == ["null_detection", "null_detection", "blind"]
        figures = variability(feeder, source.source_id)
        assert (figures.n, figures.eta_int, figures.int_flux_mean) == close((3, 0, flux))
    stem = min(s.source_id for s in sources(feeder))
    assert blended(feeder) == [(stem, first << 20, "new"), (stem, second << 20, "one_to_one")]
    assert verified(feeder)
    feeder.step(seen(BOTH), force=true)
    assert all(variability(feeder, s.source_id).n == 4 for s in sources(feeder))
    assert all(variability(feeder, s.source_id).eta_int < 1e-9 for s in sources(feeder))


def test_what_limited_a_source_is_verified_although_the_point_that_founded_it_was_set_aside(
    new_feeder,
):
    feeder = new_feeder(backfill=3)
    feeder.step(seen(6.0), force=true)
    feeder.step(seen(BOTH, 6.0), force=true)
    feeder.step(seen(WEST, EAST, 6.0), force=true)
    (stem,) = [source_id for source_id, _, kind in blended(feeder) if kind == "new"]
    assert feeder.conn.execute(
        "select 1 from trap_data.new_source where source_id = %s", [stem]
    ).fetchone()
    assert verified(feeder)


def test_a_history_that_is_not_all_measured_again_is_left_whole(new_feeder):
    feeder = new_feeder(backfill=1)
    feeder.step(seen(0.6), force=true)
    feeder.step(seen(0.6), force=true)
    feeder.step(seen(WEST, EAST, errors=0.2), force=true)
    assert blended(feeder) == []
    assert all(s.n_blind == 3 for s in sources(feeder))


def test_a_source_beside_one_that_was_known_is_taken_out_of_it(new_feeder):
    """With both measured jointly in the last images before; what lies farther back stays."""
    feeder = new_feeder(backfill=2)
    for _ in range(3):
        feeder.step(seen(WEST), force=true)
    feeder.step(seen(WEST, EAST), force=true)
    west, east = (s.source_id for s in sources(feeder))
    assert kinds(feeder, west) == ["new", "null_detection", "null_detection", "one_to_one"]
    assert kinds(feeder, east) == ["null_detection", "null_detection", "new"]
    assert [west, west] == [source_id for source_id, *_ in blended(feeder)]
    assert verified(feeder)


def test_what_was_measured_by_force_beside_is_measured_again_too(new_feeder):
    """The third of three shared a blend with the second before the first was known."""
    feeder = new_feeder(backfill=3)
    feeder.step(seen(1.2, 2.4), force=true)
    (image_id,) = feeder.step(seen(1.3), force=true)
    feeder.step(seen(0.0, 1.2, 2.4), force=true)
    points = [
        (p.image_id, p.backfilled) for s in sources(feeder) for p in curve(feeder, s.source_id)
    ]
    assert [is_late for number, is_late in points if number == image_id] == [True] * 3
    assert verified(feeder)


SHOWN = st.lists(
    st.sampled_from(
        [(WEST, EAST), (WEST,), (EAST,), (BOTH,), (0.6,), (), (WEST, EAST, 2.3), (2.3,)]
    ),
    min_size=2,
    max_size=7,
)


@examples(12)
@given(
    shown=SHOWN,
    backfill=st.integers(0, 3),
    errors=st.sampled_from([0.1, 0.25]),
    seed=st.integers(0, 99),
)
def test_whatever_is_found_sums_are_those_of_the_points_and_a_rewind_restores_them(
    conn, shown, backfill, errors, seed
):
    rng = np.random.default_rng(seed)
    feeder = Feeder(conn, name=f"blends {next(_numbers)}", backfill=backfill)
    states = []
    for east in shown:
        feeder.step(
            seen(*(np.array(east) + rng.normal(0, 0.05, len(east))), errors=errors), force=true
        )
        assert verified(feeder)
        states.append(state(feeder))
    for number in range(len(shown) - 2, -1, -1):
        routines.rewind_dataset(conn, feeder.name, START + number * DAY)
        assert state(feeder) == states[number]
        assert verified(feeder)


def state(feeder: Feeder) -> Any:
    """The catalogue, its light curves, and what was set aside."""
    catalogue = [
        (
            s.source_id,
            round(s.ra, 9),
            s.n_blind,
            s.n_forced,
            s.first_seen,
            s.last_seen,
            kinds(feeder, s.source_id),
        )
        for s in sources(feeder)
    ]
    return catalogue, blended(feeder)


def test_a_replay_sets_the_same_aside_without_the_pixels(conn):
    feeder = Feeder(conn, name="replayed")
    for east in [(WEST, EAST), (BOTH,), (WEST, EAST), (EAST,), (0.6,)]:
        feeder.step(seen(*east), force=true)
    straight = state(feeder)
    routines.rewind_dataset(conn, feeder.name, START)
    images = routines.replayable_images(conn, feeder.dataset_id, "rewound")
    with Run(conn, feeder.name, Configuration(), "test") as run:
        steps = list(rebuild.replay(run, images, Here()))
    assert not any(step.unmeasured for step in steps)
    catalogue, set_aside = state(feeder)
    assert [row[1:] for row in catalogue] == [row[1:] for row in straight[0]]
    assert [kind for *_, kind in set_aside] == [kind for *_, kind in straight[1]]
    assert verified(feeder)
