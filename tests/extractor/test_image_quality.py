import dataclasses
import math
from datetime import UTC, datetime

import numpy as np
import pytest
from synthetic import RMS, SCALE_DEG, image, noise

from extractor import Beam, QualityLimits, check, check_rms_history
from extractor.geometry.sky import separation
from extractor.image.stations import Stations, thermal_noise
from extractor.quality.bright_sources import A_TEAM, bright_sources
from extractor.quality.checks import central_rms


def failed(picture, limits=None):
    checks = check(picture, limits or QualityLimits())
    return {c.name for c in checks if not c.passed}, checks


def beam(major_px, minor_px):
    return Beam(major_px * SCALE_DEG, minor_px * SCALE_DEG, 20.0)


def test_a_good_image_passes_all_checks():
    names, checks = failed(image(noise(128, 0)))
    assert not names
    assert next(c.value for c in checks if c.name == "rms") == pytest.approx(RMS, rel=0.2)


def test_all_checks_are_made_whatever_fails():
    good = [c.name for c in check(image(noise(128, 0)), QualityLimits())]
    for data in (np.full((64, 64), np.nan), np.ones((64, 64)), np.ones((1, 1))):
        assert [c.name for c in check(image(data), QualityLimits())] == good


def test_no_data():
    names, checks = failed(image(np.full((64, 64), np.nan)))
    assert names == {"no_data", "nan_fraction", "flat", "rms", "few_beams"}
    assert math.isnan(next(c.value for c in checks if c.name == "rms"))


def test_flat():
    assert failed(image(np.full((64, 64), 3.0)))[0] == {"flat", "rms"}


def test_share_of_blanks():
    data = noise(64, 0)
    data[:32] = np.nan
    assert failed(image(data), QualityLimits(max_nan_fraction=0.5))[0] == set()
    assert failed(image(data), QualityLimits(max_nan_fraction=0.49))[0] == {"nan_fraction"}


def test_rms_limits_are_strict_and_the_users():
    data = image(noise(128, 0))
    rms = central_rms(data.data)
    assert failed(data, QualityLimits(rms_min=rms))[0] == {"rms"}
    assert failed(data, QualityLimits(rms_max=rms))[0] == {"rms"}
    assert failed(data, QualityLimits(rms_min=rms * 0.99, rms_max=rms * 1.01))[0] == set()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((10, 5), set()),
        ((10.01, 5), {"beam_elliptical"}),
        ((59.9, 40), set()),
        ((60.1, 40), {"beam_oversampled"}),
        ((1.0, 1.0), {"beam_undersampled"}),
        ((1.01, 1.01), set()),
        ((1.5, 1.0), {"beam_undersampled"}),
        ((60.1, 59), {"beam_oversampled"}),
    ],
)
def test_beam_shapes(shape, expected):
    limits = QualityLimits(oversampled_px=30.0, max_ellipticity=2.0)
    assert failed(image(noise(256, 0), beam=beam(*shape)), limits)[0] == expected


def test_an_image_of_a_few_beams_is_too_small_to_have_a_noise():
    small = noise(64, 0)[20:23, 20:23]
    assert failed(image(small))[0] == {"few_beams"}
    side = int(np.ceil(np.sqrt(10 * np.pi / (4 * np.log(2)) * 4.6 * 3.7)))  # of ten beams
    assert failed(image(noise(64, 0)[:side, :side]))[0] == set()
    mostly_blank = noise(64, 0)
    mostly_blank[side:] = np.nan
    mostly_blank[:, side - 1 :] = np.nan
    assert "few_beams" in failed(image(mostly_blank))[0]


@pytest.mark.parametrize(
    "axes",
    [
        *((math.inf, math.inf), (math.inf, 1.0), (1e9, 1e9)),
        *((1.0, 2.0), (1.0, 0.0), (1.0, -1.0), (-1.0, -1.0)),
    ],
)
def test_invalid_beams(axes):
    names, _ = failed(dataclasses.replace(image(noise(64, 0)), beam=beam(*axes)))
    assert names == {"beam_invalid"}  # nothing else can be said of it


def test_a_beam_so_thin_that_its_width_is_lost_in_rounding_fails():
    names, _ = failed(image(noise(64, 0), beam=Beam(4 * SCALE_DEG, 1e-320, 20.0)))
    assert names == {"beam_undersampled", "beam_elliptical"}


def test_an_invalid_beam_is_told_in_degrees():
    picture = dataclasses.replace(image(noise(64, 0)), beam=Beam(-0.01, -0.01, 5.0))
    (told,) = (one.detail for one in check(picture, QualityLimits()) if one.name == "beam_invalid")
    assert told.startswith("a beam of -0.01 by -0.01 deg (FWHM) at 5 deg has an axis that is not")


@pytest.mark.parametrize("left", [0, 1, 20])
def test_a_hole_in_the_middle_leaves_the_noise_of_the_image(left):
    """A pixel or two that are left in the middle have no noise."""
    data = np.random.default_rng(8).standard_normal((160, 160)).astype("f4")
    data[60:100, 60:100] = np.nan
    data[70, 70 : 70 + left] = 5.0
    assert central_rms(data) == pytest.approx(1, abs=0.03)


def test_central_rms_uses_the_central_sixteenth_and_clips():
    data = np.random.default_rng(0).normal(size=(800, 800)).astype("f4")
    expected = central_rms(data)
    data[:250] = 1e6
    data[:, :250] = np.nan
    assert central_rms(data) == expected
    assert central_rms(np.full((80, 80), 7.0, "f4")) == 0
    ones = np.full((50, 50), 10.0, "f4")
    ones[25, 25] = 20
    assert central_rms(ones) == 0


def test_the_central_part_and_its_clipping_can_be_chosen():
    data = np.random.default_rng(0).normal(size=(400, 400)).astype("f4")
    data[:100] = data[300:] = 1e3
    assert central_rms(data) == pytest.approx(1, abs=0.02)
    assert central_rms(data, side=0.5, clip=20.0) == pytest.approx(1, abs=0.02)
    assert central_rms(data, side=1.0, clip=20.0) > 100
    assert central_rms(data, clip=2.0) < central_rms(data, clip=3.0) < central_rms(data)
    whole = QualityLimits(rms_max=2.0, rms_side=1.0)
    picture = image(data)
    by_name = [
        {one.name: one.passed for one in check(picture, limits)}
        for limits in (QualityLimits(rms_max=2.0), whole)
    ]
    assert [checks["rms"] for checks in by_name] == [True, False]


def of_lofar(**changes):
    """An image of LOFAR, and the thermal noise that it has to have."""
    facts = {"telescope": "LOFAR", "bandwidth": 2e5, "duration": 3600.0, "freq_eff": 6e7}
    stations = Stations("LBA_OUTER", 20, 8, 2)
    picture = dataclasses.replace(image(noise(128, 0)), stations=stations, **facts | changes)
    return picture, thermal_noise(stations, 6e7, 2e5, 3600.0)


def named(checks, name):
    return next((c for c in checks if c.name == name), None)


def test_lofars_rms_is_held_against_its_thermal_noise():
    picture, thermal = of_lofar()
    ratio = central_rms(picture.data) / thermal
    passing = QualityLimits(thermal_min=ratio * 0.99, thermal_max=ratio * 1.01)
    names, checks = failed(picture, passing)
    assert names == set()
    assert named(checks, "thermal_noise").value == pytest.approx(ratio)
    for bad in ({"thermal_min": ratio * 1.01}, {"thermal_max": ratio * 0.99, "thermal_min": 0}):
        assert failed(picture, QualityLimits(**bad))[0] == {"thermal_noise"}


def test_without_stations_there_is_no_thermal_noise_to_hold_against():
    assert named(check(image(noise(64, 0)), QualityLimits()), "thermal_noise") is None


@pytest.mark.parametrize("unknown", ["bandwidth", "duration"])
def test_a_thermal_noise_that_is_not_known_rejects_nothing(unknown):
    picture, _ = of_lofar(**{unknown: math.nan})
    names, checks = failed(picture)
    assert names == set()
    assert math.isnan(named(checks, "thermal_noise").value)


def test_no_duration_at_all_rejects():
    assert failed(of_lofar(duration=0.0)[0])[0] == {"duration"}


@pytest.mark.parametrize(
    ("antenna_set", "mhz", "area"),
    # the table of effective areas of 48 dipoles on ASTRON's page on the sensitivity of LOFAR
    [("LBA_OUTER", 30, 1343.5), ("LBA_OUTER", 45, 693.61), ("LBA_OUTER", 60, 398.18)],
)
def test_effective_areas_are_those_published(antenna_set, mhz, area):
    sky = 60 * (299.792458 / mhz) ** 2.55
    share = np.interp(mhz, [10, 40, 50, 55, 60], [0.1, 0.7, 0.85, 0.9, 0.85])
    flux = 2 * 1.380649e-23 * sky * (1 + share) / area * 1e26
    # two stations, one baseline
    expected = flux / math.sqrt(4 * 1e6 * 100)
    assert thermal_noise(Stations(antenna_set, 2, 0, 0), mhz * 1e6, 1e6, 100) == pytest.approx(
        expected, rel=2e-3
    )


def test_thermal_noise_of_trap():
    stations = Stations("LBA_INNER", 23, 8, 0)
    assert thermal_noise(stations, 66.30859375e6, 200e3, 18654.3) == pytest.approx(
        0.01590154516819521, rel=1e-6
    )


def test_thermal_noise_falls_with_stations_time_and_bandwidth():
    few, many = (Stations("HBA_DUAL", n, 14, 0) for n in (24, 48))
    reference = thermal_noise(few, 1.5e8, 1e6, 100)
    assert thermal_noise(few, 1.5e8, 4e6, 100) == pytest.approx(reference / 2)
    assert thermal_noise(few, 1.5e8, 1e6, 400) == pytest.approx(reference / 2)
    assert thermal_noise(many, 1.5e8, 1e6, 100) < reference
    joined = dataclasses.replace(few, antenna_set="HBA_JOINED")
    assert thermal_noise(joined, 1.5e8, 1e6, 100) < reference


def test_bright_sources_move_as_they_should():
    # The Sun at the equinox and at the solstice of 2024; Jupiter by JPL's DE440.
    sun = bright_sources(datetime(2024, 3, 20, 3, 6, tzinfo=UTC))["Sun"]
    assert separation(*sun, 0, 0) < 0.4  # precession since J2000 and aberration
    sun = bright_sources(datetime(2024, 6, 20, 20, 51, tzinfo=UTC))["Sun"]
    assert separation(*sun, 90, 23.44) < 0.4
    at = bright_sources(datetime(2020, 12, 21, 18, tzinfo=UTC))
    assert separation(*at["Jupiter"], 302.25, -20.54) < 0.4  # the great conjunction with Saturn


def test_a_bright_source_nearby_rejects_an_image_of_lofar():
    ra, dec = A_TEAM["Cas A"]
    near = dataclasses.replace(image(noise(64, 0)), ra=ra, dec=dec - 9.9)
    of_lofar = dataclasses.replace(near, telescope="LOFAR")
    names, checks = failed(of_lofar)
    assert names == {"bright_source"}
    found = named(checks, "bright_source")
    assert (found.value, found.low) == (pytest.approx(9.9), 10)
    assert "Cas A" in found.detail
    assert failed(dataclasses.replace(of_lofar, dec=dec - 10.1))[0] == set()
    assert failed(near)[0] == set()
    assert failed(near, QualityLimits(bright_source_separation=10))[0] == {"bright_source"}
    sun = bright_sources(near.taken_at)["Sun"]
    assert failed(dataclasses.replace(of_lofar, ra=sun[0], dec=sun[1]))[0] == {"bright_source"}


def test_history_of_copies_has_room_for_one_more():
    """Limits that are equal do not turn down what all before it had."""
    for rms in np.random.default_rng(4).uniform(1e-4, 1e-2, 200):
        assert check_rms_history(rms, [rms] * 100).passed
        assert not check_rms_history(rms * 1.001, [rms] * 100).passed


def test_history_judges_whatever_the_order():
    earlier = 10 ** np.random.default_rng(1).normal(-3, 0.05, 100)
    limits = check_rms_history(1e-3, earlier)
    assert limits.passed
    assert limits.low == pytest.approx(10**-3.15, rel=0.1)
    assert limits.high == pytest.approx(10**-2.85, rel=0.1)
    assert check_rms_history(1e-3, earlier[::-1]) == limits
    assert not check_rms_history(limits.high * 1.001, earlier).passed
    assert not check_rms_history(limits.low * 0.999, earlier).passed


def test_bad_images_in_the_history_hardly_move_the_limits():
    earlier = 10 ** np.random.default_rng(1).normal(-3, 0.05, 100)
    spoilt = earlier.copy()
    spoilt[::10] = 50.0
    assert check_rms_history(1e-3, spoilt).high < 1.2 * check_rms_history(1e-3, earlier).high


def test_a_short_history_judges_nothing():
    for earlier in ([], [1e-3] * 99, [1e-3] * 50 + [math.nan, 0.0] * 25):
        verdict = check_rms_history(50.0, earlier)
        assert verdict.passed
        assert math.isnan(verdict.low)
    for earlier in ([1e-3] * 100, [1e-3] * 98 + [math.nan, 0.0]):
        assert not check_rms_history(50.0, earlier).passed
        assert not check_rms_history(math.nan, earlier).passed
