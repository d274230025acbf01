"""Flares of a star."""

import numpy as np

from trapdb.simulate.light_curves.chance import uniform
from trapdb.simulate.light_curves.kind import (
    Array,
    Images,
    Kind,
    Parameters,
    draw_start,
    log_uniform,
)

# Davenport et al. 2014 (doi:10.1088/0004-637X/797/2/122), their equations 1 and 4: the rise as a
# polynomial over one FWHM, the decay as two exponentials, times in FWHM from the peak.
_RISE = np.polynomial.Polynomial([1.0, 1.941, -0.175, -2.246, -1.125])
_RISEN = _RISE.integ(lbnd=-1)
_DECAYS = ((0.6890, 1.600), (0.3030, 0.2783))

# The energies of flares go as their number to the power of -2, over this range of peaks.
_FAINTEST = 0.05
_MOST = 10_000


def _draw(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    timescale = log_uniform(rng, *timescales)
    first, last = images.span
    return {
        "timescale": timescale,
        "start": draw_start(rng, images, timescale),
        "quiescent": float(rng.uniform(0, 0.1)),
        "recurrence": max(10 * timescale, (last - first) * log_uniform(rng, 0.1, 3)),
        "circular": float(rng.choice([-1, 1]) * rng.uniform(0.3, 1)),
    }


def _flare(x: Array) -> Array:
    decay = sum((a * np.exp(-b * np.maximum(x, 0)) for a, b in _DECAYS), np.zeros_like(x))
    return np.where(x < -1, 0.0, np.where(x < 0, _RISE(np.clip(x, -1, 0)), decay))


def _flare_fluence(x: Array) -> Array:
    decayed = sum((a / b * -np.expm1(-b * np.maximum(x, 0)) for a, b in _DECAYS), np.zeros_like(x))
    risen: Array = _RISEN(np.clip(x, -1, 0))
    return risen + decayed


def _flares(t: Array, p: Parameters) -> list[tuple[float, float]]:
    """Return peaks (s) and strengths of those that matter at times t.

    The first one begins at `start`, with strength 1; another one follows in each `recurrence`,
    somewhere in it.
    """
    every, seed = p["recurrence"], p["seed"]
    begin = p["start"]
    # after 40 FWHM a flare is below 1e-5 of its peak
    first = int(np.floor((t.min() - begin - 40 * p["timescale"]) / every))
    last = int(np.ceil((t.max() - begin + p["timescale"]) / every))
    numbers = np.arange(max(first, 1), min(last, max(first, 1) + _MOST) + 1)
    numbers = np.concatenate([[0], numbers])
    place = np.where(numbers == 0, 0.0, uniform(seed, 2 * numbers))
    drawn = uniform(seed, 2 * numbers + 1)
    strength = np.where(numbers == 0, 1.0, _FAINTEST / (1 - drawn * (1 - _FAINTEST)))
    peaks = begin + p["timescale"] + (numbers + place) * every
    return list(zip(peaks.tolist(), strength.tolist(), strict=True))


def _flux(t: Array, _frequency: Array, p: Parameters) -> Array:
    flares = np.zeros_like(t)
    for peak, strength in _flares(t, p):
        flares += strength * _flare((t - peak) / p["timescale"])
    return p["quiescent"] + (1 - p["quiescent"]) * flares


def _fluence(t: Array, _frequency: Array, p: Parameters) -> Array:
    width = p["timescale"]
    flares = np.zeros_like(t)
    for peak, strength in _flares(t, p):
        flares += strength * width * _flare_fluence((t - peak) / width)
    return p["quiescent"] * t + (1 - p["quiescent"]) * flares


FLARE_STAR = Kind(_draw, _flux, _fluence, spectral_index=(-0.2, 0.5))
