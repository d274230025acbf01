import dataclasses
import math

import numpy as np
import pytest
from synthetic import RMS, SCALE_DEG, image, noise

from extractor import Beam, QualityLimits, check
from extractor.quality import central_rms


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
    assert names == {"no_data", "nan_fraction", "flat", "rms"}
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
    ],
)
def test_beam_shapes(shape, expected):
    limits = QualityLimits(oversampled_px=30.0, max_ellipticity=2.0)
    assert failed(image(noise(128, 0), beam=beam(*shape)), limits)[0] == expected


@pytest.mark.parametrize("axes", [(math.inf, math.inf), (math.inf, 1.0), (1.0, 2.0), (-1.0, -1.0)])
def test_invalid_beams(axes):
    names, _ = failed(dataclasses.replace(image(noise(64, 0)), beam=beam(*axes)))
    assert "beam_invalid" in names


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
