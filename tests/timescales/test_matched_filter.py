"""Matched filters over planes, against the plain formula; what they make of pure noise."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter

from trapdb.errors import InputError
from trapdb.simulate import Field
from trapdb.simulate.noise import draw_noise, noise_filter
from trapdb.timescales.expected_peaks import expected_peaks, level_of
from trapdb.timescales.ladder import Ladder
from trapdb.timescales.matched_filter import WIDTHS, MatchedFilter


def filtered(planes, sigma, widths, subtract=True):
    """Planes through the filter, each less the mean of all and over the noise that it then has."""
    weight = 1 / sigma**2
    total = weight.sum() if subtract else math.inf
    mean = np.tensordot(weight, planes, 1) / weight.sum() if subtract else 0.0
    found = MatchedFilter(planes.shape[1:], widths, total)
    for plane, w in zip(planes, weight, strict=True):
        found.add(((plane - mean) / math.sqrt(1 / w - 1 / total)).astype(np.float32), w)
    return found


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(3, 9),
    widths=st.sets(st.integers(1, 8), min_size=1),
    subtract=st.booleans(),
)
def test_the_best_run_is_that_of_the_least_squares_fit(seed, n, widths, subtract):
    """A constant and a box are fitted to each pixel: the significance is that of the box."""
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(0.5, 2.0, n)
    planes = rng.normal(size=(n, 2, 3)) * sigma[:, None, None]
    found = filtered(planes, sigma, widths, subtract)
    best = np.full((2, 3), -np.inf)
    for width in widths:
        for first in range(n - width + 1):
            if width == n and subtract:
                continue
            box = (np.arange(n) >= first) & (np.arange(n) < first + width)
            columns = [box.astype(float), np.ones(n)] if subtract else [box.astype(float)]
            design = np.stack(columns, 1) / sigma[:, None]
            covariance = np.linalg.inv(design.T @ design)
            fit = covariance @ design.T @ (planes / sigma[:, None, None]).reshape(n, -1)
            best = np.maximum(best, (fit[0] / math.sqrt(covariance[0, 0])).reshape(2, 3))
    assert found.snr == pytest.approx(best, rel=1e-4, abs=1e-4)
    mean = np.tensordot(1 / sigma**2, planes, 1) / (1 / sigma**2).sum() if subtract else 0.0
    chi2 = np.square((planes - mean) / sigma[:, None, None]).sum(0)
    assert found.chi2 == pytest.approx(chi2, rel=1e-4)


def test_blank_planes_neither_help_nor_harm():
    planes = np.random.default_rng(1).normal(size=(20, 8, 8))
    planes[5:8, 3, 3] += 6
    planes[12] = np.nan
    found = MatchedFilter((8, 8), WIDTHS)
    for plane in planes:
        found.add(plane.astype(np.float32), 1.0)
    assert (found.last[3, 3], found.width[3, 3]) == (7, 3)
    assert (found.n == 19).all()
    assert np.isfinite(found.snr).all()


def test_as_many_peaks_are_in_noise_as_are_expected():
    """Six stacks of noise, at three levels; the number is Poisson's."""
    field = Field(size=192, rms=1.0)
    factors = noise_filter(field)
    elements = field.size**2 / (field.beam[0] * field.beam[1] / field.pixel**2)
    n, levels, seen = 60, (4.4, 4.7, 5.0), np.zeros(3)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        sigma = np.exp(rng.normal(0, 0.2, n))
        planes = np.stack([draw_noise(rng, field.size, factors) * s for s in sigma])
        snr = filtered(planes, sigma, WIDTHS).snr
        highest = maximum_filter(snr, 7) == snr
        seen += [(highest & (snr >= level)).sum() for level in levels]
    expected = np.array(
        [6 * expected_peaks(level, n, WIDTHS, elements, field.size**2) for level in levels]
    )
    assert expected[-1] > 10
    # a tenth of what is expected may be wrong with it, beside the Poisson noise
    assert (abs(seen - expected) < 3 * np.sqrt(expected) + 0.1 * expected).all()


def test_a_single_plane_is_a_single_image(db):
    for level in (3.5, 5.0, 7.0):
        (known,) = db.execute("select trap.noise_peak_pixels(1e4, 2e5, %s)", [level]).fetchone()
        assert expected_peaks(level, 1, [1], 1e4, 2e5) == pytest.approx(known, rel=1e-6)


def test_the_level_is_that_of_the_number():
    searched = 3600, WIDTHS, 1e4, 2e5
    level = level_of(1.0, *searched)
    assert expected_peaks(level, *searched) == pytest.approx(1.0, rel=1e-2)
    with pytest.raises(InputError, match="give a threshold"):
        level_of(1e12, *searched)


@given(n=st.integers(0, 200), rungs=st.integers(1, 7))
def test_the_ladder_adds_up_neighbours_and_keeps_few(n, rungs):
    ladder = Ladder(lambda a, b: a + b, rungs)
    sums = [done for i in range(n) for done in ladder.push([i])]
    for rung in range(1, rungs + 1):
        size = 2**rung
        whole = [list(range(i, i + size)) for i in range(0, n - size + 1, size)]
        assert [total for count, total in sums if count == size] == whole
    assert sum(one is not None for one in ladder._open) <= rungs
