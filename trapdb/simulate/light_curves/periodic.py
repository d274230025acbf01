"""What comes back: pulses of what rotates, and eclipses."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from trapdb.simulate.ellipse import FWHM_PER_SIGMA
from trapdb.simulate.errors import require
from trapdb.simulate.light_curves.chance import normal, uniform
from trapdb.simulate.light_curves.kind import (
    Array,
    Images,
    Kind,
    Parameters,
    draw_start,
    log_uniform,
)

_MOST_PULSES = 10_000_000
# Pulses in a row that are there, or are not, together.
_TOGETHER = 10
_WIDTH_PER_FREQUENCY = -0.4  # power of the frequency by which the width of an eclipse goes


def _draw_rotating(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    period, duty = log_uniform(rng, *timescales), log_uniform(rng, 0.05, 0.3)
    return {
        "timescale": period,
        "start": draw_start(rng, images, 0.5 * duty * period),
        "duty": duty,
        "scatter": 0.0,
        "active": 1.0,
        "circular": float(rng.uniform(-1, 1)),
    }


def _draw_long_period(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    period, duty = log_uniform(rng, *timescales), log_uniform(rng, 0.01, 0.1)
    return {
        "timescale": period,
        "start": draw_start(rng, images, 0.5 * duty * period),
        "duty": duty,
        "scatter": float(rng.uniform(0.3, 1)),
        "active": float(rng.uniform(0.3, 1)),
        "circular": float(rng.uniform(-0.5, 0.5)),
    }


def _phase(t: Array, p: Parameters) -> tuple[Array, Array]:
    """Return the number of the period, in the middle of which is the pulse, and where in it t is.

    The pulse of period 0 is brightest at `start`.
    """
    x = (t - p["start"]) / p["timescale"] + 0.5
    number = np.floor(x)
    return number, x - number


def _strength(number: NDArray[Any], p: Parameters) -> Array:
    """Return how strong each pulse is; the one at `start` is of strength 1 at most."""
    number = number.astype(np.int64)
    strong = np.exp(p["scatter"] * np.minimum(normal(p["seed"], number), 0))
    on = uniform(p["seed"] + 1, number // _TOGETHER) < p["active"]
    return np.where(number == 0, 1.0, np.where(on, strong, 0.0))


def _pulses(t: Array, _frequency: Array, p: Parameters) -> Array:
    """Return Gaussian pulses: FWHM `duty` periods, a lognormal `scatter` of their strengths.

    Runs of ten are there with the probability `active`.
    """
    number, phase = _phase(t, p)
    sigma = p["duty"] / FWHM_PER_SIGMA
    return _strength(number, p) * np.exp(-0.5 * ((phase - 0.5) / sigma) ** 2)


def _pulses_fluence(t: Array, _frequency: Array, p: Parameters) -> Array:
    number, phase = _phase(t, p)
    sigma = p["duty"] / FWHM_PER_SIGMA
    area = np.sqrt(2 * np.pi) * sigma * erf(0.5 / (np.sqrt(2) * sigma))
    part = np.sqrt(np.pi / 2) * sigma * erf((phase - 0.5) / (np.sqrt(2) * sigma)) + area / 2
    if p["scatter"] == 0 and p["active"] == 1:
        return p["timescale"] * (number * area + part)
    first, last = int(number.min()), int(number.max())
    require(
        last - first < _MOST_PULSES,
        f"{last - first} pulses in the time of the images: give a period above "
        f"{p['timescale'] * (last - first) / _MOST_PULSES:.3g} s",
    )
    strength = _strength(np.arange(first, last + 1), p)
    before = np.concatenate([[0.0], np.cumsum(strength)])
    at = number.astype(int) - first
    return p["timescale"] * (before[at] * area + strength[at] * part)


def _draw_eclipsing(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    period, duty = log_uniform(rng, *timescales), log_uniform(rng, 0.05, 0.3)
    return {
        "timescale": period,
        "start": draw_start(rng, images, 0.5 * duty * period),
        "duty": duty,
        "depth": float(rng.uniform(0.5, 1)),
    }


def _width(frequency: Array, p: Parameters) -> Array:
    return np.minimum(p["duty"] * (frequency / p["frequency"]) ** _WIDTH_PER_FREQUENCY, 0.7)


def _eclipse(t: Array, frequency: Array, p: Parameters) -> Array:
    """Return a steady flux with eclipses: the middle of one at `start`, `duty` periods long.

    At lower frequencies they last longer, as those of pulsars by the winds of their companions do
    (Polzin et al. 2018, doi:10.1093/mnras/sty349).
    """
    _, phase = _phase(t, p)
    width = _width(frequency, p)
    soft = 0.05 * width
    covered = erf((phase - 0.5 + width / 2) / soft) - erf((phase - 0.5 - width / 2) / soft)
    return 1 - p["depth"] * covered / 2


def _eclipse_fluence(t: Array, frequency: Array, p: Parameters) -> Array:
    number, phase = _phase(t, p)
    width = _width(frequency, p)
    soft = 0.05 * width

    def summed(x: Array) -> Array:
        """Return the antiderivative of erf(x / soft)."""
        return x * erf(x / soft) + soft / np.sqrt(np.pi) * np.exp(-((x / soft) ** 2))

    def covered(at: Array) -> Array:
        return (summed(at - 0.5 + width / 2) - summed(at - 0.5 - width / 2)) / 2

    begun = covered(np.zeros_like(phase))
    lost = number * (covered(np.ones_like(phase)) - begun) + covered(phase) - begun
    return p["timescale"] * (number + phase - p["depth"] * lost)


ROTATING = Kind(_draw_rotating, _pulses, _pulses_fluence, spectral_index=(-1.6, 0.5))
LONG_PERIOD = Kind(_draw_long_period, _pulses, _pulses_fluence, spectral_index=(-1.6, 0.5))
ECLIPSING = Kind(_draw_eclipsing, _eclipse, _eclipse_fluence)
