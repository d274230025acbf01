"""What does not change, what is there once, and what begins or ends."""

import numpy as np
from scipy.special import erf

from trapdb.simulate.ellipse import FWHM_PER_SIGMA
from trapdb.simulate.light_curves.kind import (
    Array,
    Images,
    Kind,
    Parameters,
    draw_start,
    log_uniform,
)


def gaussian_fluence(t: Array, centre: float, fwhm: float) -> Array:
    """Return the antiderivative of a Gaussian in time of peak 1, s."""
    sigma = fwhm / FWHM_PER_SIGMA
    return np.sqrt(np.pi / 2) * sigma * erf((t - centre) / (np.sqrt(2) * sigma))


def _steady(t: Array, _frequency: Array, _p: Parameters) -> Array:
    return np.ones_like(t)


def _steady_fluence(t: Array, _frequency: Array, _p: Parameters) -> Array:
    return t


def _draw_burst(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    timescale = log_uniform(rng, *timescales)
    return {"timescale": timescale, "start": draw_start(rng, images, timescale)}


def _centre(p: Parameters) -> float:
    """Return when a burst is brightest: it is above half of that for `timescale` from `start`."""
    return p["start"] + p["timescale"] / 2


def _burst(t: Array, _frequency: Array, p: Parameters) -> Array:
    return np.exp(-4 * np.log(2) * ((t - _centre(p)) / p["timescale"]) ** 2)


def _burst_fluence(t: Array, _frequency: Array, p: Parameters) -> Array:
    return gaussian_fluence(t, _centre(p), p["timescale"])


def _draw_step(
    rng: np.random.Generator, images: Images, _timescales: tuple[float, float]
) -> dict[str, float]:
    first, last = images.span
    start = float(rng.uniform(first, last))
    low = float(rng.uniform(0, 0.5)) if rng.random() < 0.5 else 0.0
    ends = rng.random() < 0.3
    return {
        "timescale": start - first if ends else last - start,
        "start": start,
        "before": 1.0 if ends else low,
        "after": low if ends else 1.0,
    }


def _step(t: Array, _frequency: Array, p: Parameters) -> Array:
    return np.where(t < p["start"], p["before"], p["after"])


def _step_fluence(t: Array, _frequency: Array, p: Parameters) -> Array:
    since = t - p["start"]
    return np.where(since < 0, p["before"], p["after"]) * since


STEADY = Kind(lambda _rng, images, _t: {"start": images.span[0]}, _steady, _steady_fluence)
SINGLE_BURST = Kind(_draw_burst, _burst, _burst_fluence)
STEP = Kind(_draw_step, _step, _step_fluence)
