"""Parameters of light curves, and the flux densities that follow from them."""

from collections.abc import Callable

import numpy as np

from trapdb.simulate.errors import require
from trapdb.simulate.light_curves.artefacts import (
    BAD_SCALE,
    BLENDED,
    EDGE,
    IONOSPHERIC,
    SIDELOBE,
)
from trapdb.simulate.light_curves.bounds import require_bounds
from trapdb.simulate.light_curves.changes import SINGLE_BURST, STEADY, STEP
from trapdb.simulate.light_curves.expanding import SYNCHROTRON
from trapdb.simulate.light_curves.flares import FLARE_STAR
from trapdb.simulate.light_curves.kind import Array, Images, Kind, Parameters
from trapdb.simulate.light_curves.moving import MOVING
from trapdb.simulate.light_curves.periodic import ECLIPSING, LONG_PERIOD, ROTATING
from trapdb.simulate.light_curves.scattering import EXTREME_SCATTERING, SCINTILLATION

_ASTROPHYSICAL = {
    "steady": STEADY,
    "flare_star": FLARE_STAR,
    "synchrotron": SYNCHROTRON,
    "extreme_scattering": EXTREME_SCATTERING,
    "scintillation": SCINTILLATION,
    "eclipsing": ECLIPSING,
    "single_burst": SINGLE_BURST,
    "step": STEP,
    "rotating": ROTATING,
    "long_period": LONG_PERIOD,
    "moving": MOVING,
}
_OF_OBSERVING = {
    "sidelobe": SIDELOBE,
    "edge": EDGE,
    "blended": BLENDED,
    "ionospheric": IONOSPHERIC,
    "bad_scale": BAD_SCALE,
}
_KINDS = _ASTROPHYSICAL | _OF_OBSERVING

CLASSES = tuple(_ASTROPHYSICAL)
ARTEFACTS = tuple(_OF_OBSERVING)
KINDS = CLASSES + ARTEFACTS

# Without a closed form an image is the mean of so many moments a timescale, of so many in all.
_MOMENTS, _FEWEST, _MOST = 16, 32, 512
_BLOCK = 2048  # images at a time
# Timescales are drawn from this part of an image on.
_SHORTEST = 0.3


def draw_parameters(
    name: str,
    rng: np.random.Generator,
    images: Images,
    timescales: tuple[float, float] | None = None,
) -> dict[str, float]:
    """Draw a light curve that something is seen of in these images.

    Parameters
    ----------
    name : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Source of the random numbers.
    images : Images
        When it is observed.
    timescales : (float, float), optional
        Range of what is drawn from evenly in the logarithm, s: duration above half of the peak,
        period, time of crossing or of correlation. By default from 0.3 of the shortest image to
        the part of the whole time in which the kind shows what it is, mostly 0.4.

    Returns
    -------
    dict
        Numbers by name: `peak_flux` (1) at the reference `frequency` (Hz, the median of those of
        the images), which the source reaches, or has in the mean if it scintillates, is lensed or
        a sidelobe;
        `spectral_index`; `seed`; `circular` (V / I); `start` (s, as those of the images) and, but
        for what has none, `timescale` (s); and what is particular to the kind.

    Raises
    ------
    SimulationError
        There is no such kind, or no such timescale.
    """
    kind = _kind(name)
    low, high = timescales or _usual(kind, images)
    require(0 < low <= high < np.inf, f"timescales are {low} to {high} s: give a range above 0")
    mean, scatter = kind.spectral_index
    drawn: dict[str, float] = {
        "peak_flux": 1.0,
        "frequency": float(np.median(images.frequency)),
        "spectral_index": float(rng.normal(mean, scatter)),
        "seed": float(rng.integers(2**31)),
        "circular": 0.0,
    }
    return drawn | kind.draw(rng, images, (low, high))


def light_curve(name: str, parameters: Parameters, images: Images) -> Array:
    """Return what is seen at the place of a source: flux densities, means over the images.

    Parameters
    ----------
    name : str
        One of `KINDS`.
    parameters : mapping of float
        As `draw_parameters` returns them.
    images : Images
        When, for how long and at which frequencies; the beam, for what moves.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the parameter `peak_flux`.

    Raises
    ------
    SimulationError
        There is no such kind, a parameter lies beyond its bounds, or there are too many periods.
    """
    flux = own_flux(name, parameters, images)
    kind = _kind(name)
    if kind.offset is None:
        return flux

    def seen(start: Array, t: Array, _frequency: Array) -> Array:
        east, north = displacement(name, parameters, start, t)
        return np.exp(-4 * np.log(2) * (east**2 + north**2) / images.beam**2)

    return flux * _mean(seen, parameters, images)


def own_flux(name: str, parameters: Parameters, images: Images) -> Array:
    """Return what a source itself has, wherever it is then; else as `light_curve`."""
    kind = _kind(name)
    require_bounds(name, parameters)
    if kind.is_of_images:
        shape = kind.flux(images.start, images.frequency, parameters)
    elif kind.fluence is not None:
        shape = _integrated(kind, parameters, images)
    else:
        shape = _mean(lambda _, t, nu: kind.flux(t, nu, parameters), parameters, images)
    ratio = images.frequency / parameters["frequency"]
    return parameters["peak_flux"] * ratio ** parameters["spectral_index"] * shape


def displacement(name: str, parameters: Parameters, start: Array, t: Array) -> tuple[Array, Array]:
    """Return how far from its place a source is: east and north, deg.

    Parameters
    ----------
    name, parameters
        As `light_curve` takes them.
    start : ndarray
        Starts of images, s.
    t : ndarray
        Moments within these images, s; of a shape that broadcasts with it.
    """
    offset = _kind(name).offset
    if offset is None:
        nowhere = np.zeros(np.broadcast(start, t).shape)
        return nowhere, nowhere
    return offset(start, t, parameters)


def _kind(name: str) -> Kind:
    require(name in _KINDS, f"no kind of light curve {name!r}: give one of {', '.join(KINDS)}")
    return _KINDS[name]


def _usual(kind: Kind, images: Images) -> tuple[float, float]:
    first, last = images.span
    longest = kind.longest * max(last - first, 1.0)
    seen = images.duration[images.duration > 0]
    return min(_SHORTEST * float(seen.min()) if seen.size else longest, longest), longest


def _integrated(kind: Kind, parameters: Parameters, images: Images) -> Array:
    assert kind.fluence is not None
    start, end = images.start, images.start + images.duration
    both = kind.fluence(
        np.concatenate([start, end]), np.tile(images.frequency, 2), parameters
    ).reshape(2, -1)
    at = kind.flux(start, images.frequency, parameters)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(images.duration > 0, (both[1] - both[0]) / (end - start), at)


def _mean(
    of: Callable[[Array, Array, Array], Array], parameters: Parameters, images: Images
) -> Array:
    """Return means over images of a function of starts, moments and frequencies."""
    timescale = parameters.get("timescale", np.inf)
    longest = float(images.duration.max())
    count = int(np.clip(np.ceil(_MOMENTS * longest / timescale), _FEWEST, _MOST))
    part = (np.arange(count) + 0.5) / count
    means = np.empty(len(images.start))
    for begin in range(0, len(means), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        start = images.start[rows, None]
        t = start + images.duration[rows, None] * part
        frequency = np.broadcast_to(images.frequency[rows, None], t.shape)
        means[rows] = of(start, t, frequency).mean(axis=1)
    return means
