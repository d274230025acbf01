"""Sources of either sign, as Stokes Q, U and V have them."""

import numpy as np
import pytest

from tests.feeding import FedImage
from tests.sql.catalogue import close, fit, sources, variability
from trapdb.database import routines

FACTS = {"rms_min": 1e-3, "rms_max": 2e-3, "detection_threshold": 8.0, "searched_area": 40.0}


def seen(flux, *, ra=123.0, err=1e-3, **facts):
    """An image in which a source was found."""
    blind = fit(ra, 10, int_flux=flux, int_flux_err=err)
    blind.snr[:] = np.asarray(flux) / err
    return FedImage(blind, **FACTS, **{"stokes": "V"} | facts)


@pytest.mark.parametrize(
    "facts", [{"stokes": "V"}, {"stokes": "I", "is_difference": True}], ids=["V", "difference"]
)
def test_a_negative_source_is_founded_and_judged_by_its_size(original, facts):
    """It mirrors a positive one in every figure but the fluxes themselves."""
    feeder = original()
    for flux in (None, 0.02, 0.05, 0.021):
        both = [] if flux is None else [flux, -flux]
        feeder.step(seen(both, ra=[122.0, 124.0][: len(both)], **facts), force=None)
    up, down = sources(feeder)
    assert (up.ra, down.ra) == close((122.0, 124.0))
    above, below = (variability(feeder, one.source_id) for one in (up, down))
    mirrored = {"int_flux_mean", "int_flux_weighted_mean", "peak_flux_mean", "peak_flux_max",
                "peak_flux_weighted_mean", "trend", "trend_significance",
                "trend_scaled_significance"}  # fmt: skip
    same = set(above._fields) - mirrored - {"source_id", "max_measurement_id"}
    assert {name: getattr(above, name) for name in same} == {
        name: getattr(below, name) for name in same
    }
    assert {name: getattr(above, name) for name in mirrored} == {
        name: -getattr(below, name) for name in mirrored
    }
    assert (below.snr_max, below.peak_flux_max) == close((50, -0.05))
    assert below.max_significance > 20
    assert below.v_int > 0
    new = feeder.conn.execute(
        "select margin_best, margin_worst, -peak_flux as peak from trap.new_source order by 3"
    ).fetchall()
    assert [row.peak for row in new] == close([-0.02, 0.02])
    assert new[0][:2] == new[1][:2] == close((12, 2))
    assert routines.verify_dataset(feeder.conn, "fed") == []


@pytest.mark.parametrize("sign", [1, -1])
def test_definitions_list_what_faded_in_differences_as_what_appeared(original, sign):
    """Steady for two images, then a single point far off, of either sign."""
    feeder = original(backfill=3)
    facts = {"stokes": "I", "is_difference": True}
    for flux in ([], [], [sign * 0.03], []):
        feeder.step(seen(flux, ra=[123.0][: len(flux)], **facts))
    for definition in ("single_epoch", "appearing"):
        listed = feeder.conn.execute(
            "select peak_flux_max, max_significance, before_significance"
            " from trap.transient_by_definition(%s, 'fed')",
            [definition],
        ).fetchall()
        assert [row.peak_flux_max for row in listed] == [sign * 0.03]
        assert min(listed[0][1:]) > 10
    (listed,) = feeder.conn.execute("select * from trap.transient('fed')").fetchall()
    assert "new" in listed.reason
    assert routines.verify_dataset(feeder.conn, "fed") == []
    (brighter,) = feeder.conn.execute(
        "select trap.brightness(either_sign, peak_flux_max) as flux from trap.variability"
    ).fetchall()
    assert brighter.flux == 0.03


def test_it_is_of_the_source_that_stokes_i_shows(original):
    feeder = original()
    feeder.step(seen(0.1, stokes="I"), seen(-0.03), force=None)
    assert [one.n_blind for one in sources(feeder)] == [2]
    # and one that changes its sign stays one source
    feeder.step(seen(0.1, stokes="I"), seen(0.03), force=None)
    assert [one.n_blind for one in sources(feeder)] == [4]


def test_the_earliest_of_equals_of_either_sign_is_brightest(original):
    feeder = original()
    for flux in (0.02, -0.03, 0.03):
        feeder.step(seen(flux), force=None)
    row = variability(feeder, sources(feeder)[0].source_id)
    assert row.peak_flux_max == -0.03
    assert routines.verify_dataset(feeder.conn, "fed") == []


@pytest.mark.parametrize(("stokes", "signs"), [("I", 1), ("Q", 2), ("U", 2), ("V", 2)])
def test_noise_makes_twice_as_many_where_both_signs_are_searched(original, stokes, signs):
    feeder = original()
    feeder.step(FedImage(**FACTS, stokes="I"), force=None)
    (one,) = feeder.conn.execute("select * from trap.searched_image").fetchall()
    feeder.step(FedImage(**FACTS, stokes=stokes), force=None)
    feeder.step(seen(0.009, stokes=stokes), force=None)
    rows = feeder.conn.execute("select * from trap.searched_image order by image_id").fetchall()
    assert rows[1].signs == signs
    assert rows[1].expected_false == signs * one.expected_false
    query = "select * from trap.expected_false_detections('fed', 9) where stokes = %s"
    (row,) = feeder.conn.execute(query, [stokes]).fetchall()
    (first,) = feeder.conn.execute(
        "select trap.noise_peaks_detected(elements, pixels, 8, 9) from trap.searched_image limit 1"
    ).fetchall()
    assert row.expected_false == close((3 if stokes == "I" else 2 * signs) * first[0])
    (listed,) = feeder.conn.execute("select * from trap.false_alarm('fed')").fetchall()
    (peaks,) = feeder.conn.execute(
        "select trap.noise_peaks(sum(signs * elements), 9) from trap.searched_image"
    ).fetchone()
    assert listed.expected_false == close(peaks)


def test_the_brightest_stamp_may_be_negative(original):
    feeder = original(stamps={"of": ["new"], "size_beams": 5.0, "mb_per_day": 20.0})
    feeder.step(FedImage(**FACTS, stokes="V"), force=None)
    for flux in (-0.02, -0.05, 0.04):
        feeder.step(seen(flux), force=None)
    rows = feeder.conn.execute(
        "select peak_flux from trap.stamp where occasion = 'brightest' order by 1"
    ).fetchall()
    assert [row.peak_flux for row in rows] == [-0.05]


def test_forced_fits_are_asked_for_in_every_stokes_parameter(original):
    """In V and Q of a source that I shows, and in I of one that V shows, of either sign."""
    feeder = original(expiry=10)
    feeder.step(seen([0.1], stokes="I", ra=[122.0]), seen([-0.05], ra=[124.0]))
    feeder.step(
        seen([0.1], stokes="I", ra=[122.0]),
        FedImage(**FACTS, stokes="Q"),
        seen([-0.05], ra=[124.0]),
    )
    asked = [sorted(np.round(request.ra, 3)) for request in feeder.requests]
    assert asked == [[124.0], [122.0, 124.0], [122.0]]
