"""What the interstellar medium makes of a steady source."""

import numpy as np

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

_WAVES = 64  # of which a random process is made
_RAYS = 20_001
_STRONGEST = 1e4  # of a lens, at any frequency: it needs as many rays
_EDGE = 6.0  # lens radii: a ray further out is not refracted, exp(-36)


def _draw_lens(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    timescale = log_uniform(rng, *timescales)
    return {
        "timescale": timescale,
        "start": draw_start(rng, images, timescale),
        "lens_strength": log_uniform(rng, 2, 30),
        "source_size": log_uniform(rng, 0.05, 0.5),
    }


def _lens_fluence(t: Array, frequency: Array, p: Parameters) -> Array:
    """Return the antiderivative of the gain of a Gaussian plasma lens, s.

    Clegg, Fey and Lazio 1998 (doi:10.1086/305344): a ray at u, in radii of the lens, arrives at
    u (1 + alpha exp(-u^2)), with alpha as the square of the wavelength (`lens_strength` at the
    reference frequency). The gain is the density of the rays, averaged over the source
    (`source_size`, in radii, to each side). The lens is two radii wide and passes in a
    `timescale` from `start`.
    """
    radius = p["timescale"] / 2
    at = (t - p["start"]) / radius - 1
    size = p["source_size"]
    fluence = np.empty(np.broadcast(t, frequency).shape)
    at, frequency = np.broadcast_arrays(at, frequency)
    for one in np.unique(frequency):
        alpha = p["lens_strength"] * (p["frequency"] / one) ** 2
        of_this = frequency == one
        place, more = _more_rays(float(alpha))
        x = at[of_this]
        smoothed = np.interp(x + size, place, more) - np.interp(x - size, place, more)
        fluence[of_this] = radius * (x + smoothed / (2 * size))
    return fluence


def _more_rays(alpha: float) -> tuple[Array, Array]:
    """Return places, and the twice integrated density of rays there beyond that without a lens."""
    require(
        alpha <= _STRONGEST,
        f"a lens has strength {alpha:.3g} at one of the frequencies: give less than {_STRONGEST:g}",
    )
    # the furthest that a ray of the lens goes: at 1 / sqrt(2) it is bent by alpha exp(-1/2) u
    edge = _EDGE + 0.5 * alpha
    count = int(_RAYS * edge / _EDGE)
    rays = np.linspace(-edge, edge, count)
    arrived = np.sort(rays * (1 + alpha * np.exp(-(rays**2))))
    place = np.linspace(-edge, edge, count)
    step = place[1] - place[0]
    beyond = np.interp(place, arrived, rays) - place
    summed = np.concatenate([[0.0], np.cumsum((beyond[1:] + beyond[:-1]) / 2) * step])
    return place, summed - summed[-1] * np.linspace(0, 1, count)


def _lens(t: Array, frequency: Array, p: Parameters) -> Array:
    step = p["timescale"] * 1e-4
    rays = _lens_fluence(t + step, frequency, p) - _lens_fluence(t - step, frequency, p)
    return rays / (2 * step)


def _draw_scintillation(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    return {
        "timescale": log_uniform(rng, *timescales),
        "start": images.span[0],
        "modulation": float(rng.uniform(0.2, 0.8)),
    }


def waves(t: Array, timescale: Array, seed: float) -> Array:
    """Return a stationary Gaussian process of mean 0 and variance 1.

    Parameters
    ----------
    t
        Times, s.
    timescale
        Its autocorrelation is a Gaussian that is 1 / e at this lag, s.
    seed
        Another one makes another process.
    """
    x = t / timescale
    turns = np.sqrt(2) * normal(seed, np.arange(_WAVES))
    phases = 2 * np.pi * uniform(seed, np.arange(_WAVES, 2 * _WAVES))
    total = np.zeros(np.shape(x))
    for turn, phase in zip(turns, phases, strict=True):
        total += np.cos(turn * x + phase)
    return total * np.sqrt(2 / _WAVES)


def _scintillation(t: Array, frequency: Array, p: Parameters) -> Array:
    """Return the flux of a source that scintillates refractively, in its mean.

    In strong scattering the modulation goes as the frequency to the 17/30, the timescale as its
    -11/5 (Walker 1998, doi:10.1046/j.1365-8711.1998.01238.x); the same clouds are seen at all
    frequencies. Lognormal, so that it never is negative.
    """
    ratio = frequency / p["frequency"]
    modulation = np.minimum(p["modulation"] * ratio ** (17 / 30), 1.0)
    sigma = np.sqrt(np.log1p(modulation**2))
    timescale = p["timescale"] * ratio**-2.2
    return np.exp(sigma * waves(t, timescale, p["seed"]) - sigma**2 / 2)


EXTREME_SCATTERING = Kind(_draw_lens, _lens, _lens_fluence)
SCINTILLATION = Kind(_draw_scintillation, _scintillation)
