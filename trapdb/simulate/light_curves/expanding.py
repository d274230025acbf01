"""A cloud of relativistic electrons that expands: synchrotron bursts."""

import numpy as np
from scipy.optimize import brentq

from trapdb.simulate.light_curves.kind import (
    Array,
    Images,
    Kind,
    Parameters,
    draw_start,
    log_uniform,
)


def _draw(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    timescale = log_uniform(rng, *timescales)
    return {
        "timescale": timescale,
        "start": draw_start(rng, images, timescale),
        "electron_index": float(rng.uniform(2, 3)),
    }


def _flux(t: Array, frequency: Array, p: Parameters) -> Array:
    """Return the flux density after van der Laan 1966 (doi:10.1038/2111131a0).

    The source is a sphere that expands at a constant velocity from `start`; at the reference
    frequency it is brightest a `timescale` after that, and at lower ones later and fainter. With
    the electrons' energies as E^-p, the radius in that of the peak r and the frequency in the
    reference one n, the optical depth is tau = tau_m n^(-(p + 4) / 2) r^-(2 p + 3), and
    S / S_m = n^(5/2) r^3 (1 - exp(-tau)) / (1 - exp(-tau_m)), where tau_m solves
    exp(tau) = 1 + (2 p / 3 + 1) tau.
    """
    index = p["electron_index"]
    depth = brentq(lambda tau: np.expm1(tau) - (2 * index / 3 + 1) * tau, 0.1, 5)
    # before a thousandth of the time it is below 1e-9 of the peak
    radius = np.maximum((t - p["start"]) / p["timescale"], 1e-3)
    ratio = frequency / p["frequency"]
    tau = depth * ratio ** (-(index + 4) / 2) * radius ** -(2 * index + 3)
    flux = ratio**2.5 * radius**3 * np.expm1(-tau) / np.expm1(-depth)
    return np.where(t < p["start"], 0.0, flux)


# the spectrum follows from the optical depth
SYNCHROTRON = Kind(_draw, _flux, spectral_index=(0.0, 0.0))
