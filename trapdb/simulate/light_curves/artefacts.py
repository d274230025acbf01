"""What is no source, or does not do what it seems to."""

import numpy as np

from trapdb.simulate.light_curves.chance import moment, normal, uniform
from trapdb.simulate.light_curves.changes import STEADY
from trapdb.simulate.light_curves.kind import Array, Images, Kind, Parameters, log_uniform
from trapdb.simulate.light_curves.scattering import waves


def _draw_sidelobe(
    rng: np.random.Generator, images: Images, timescales: tuple[float, float]
) -> dict[str, float]:
    first, last = images.span
    return {
        "timescale": log_uniform(rng, *timescales),
        "start": first,
        "modulation": float(rng.uniform(0.3, 1)),
        "rotation": max(last - first, 1.0) * log_uniform(rng, 0.1, 3),
    }


def _sidelobe(t: Array, _frequency: Array, p: Parameters) -> Array:
    """Return a part of a bright source that varies, of either sign as the sidelobes turn."""
    sigma = np.sqrt(np.log1p(p["modulation"] ** 2))
    timescale = np.asarray(p["timescale"])
    bright = np.exp(sigma * waves(t, timescale, p["seed"]) - sigma**2 / 2)
    turn = 2 * np.pi * ((t - p["start"]) / p["rotation"] + uniform(p["seed"], -1))
    return bright * np.cos(turn)


def _draw_edge(
    rng: np.random.Generator, images: Images, _timescales: tuple[float, float]
) -> dict[str, float]:
    return {"start": images.span[0], "scatter": float(rng.uniform(0.15, 0.6))}


def _edge(t: Array, _frequency: Array, p: Parameters) -> Array:
    """Return a steady flux times what is wrong with the beam's edge in each image: lognormal."""
    deviation: Array = p["scatter"] * normal(p["seed"], moment(t))
    return np.exp(deviation)


def _draw_blended(
    rng: np.random.Generator, images: Images, _timescales: tuple[float, float]
) -> dict[str, float]:
    return {
        "start": images.span[0],
        "companion": log_uniform(rng, 0.3, 3),
        "share": float(rng.uniform(0.1, 0.9)),
    }


def _blended(t: Array, _frequency: Array, p: Parameters) -> Array:
    """Return a steady flux to which, in a `share` of the images, that of a neighbour is added."""
    joined = uniform(p["seed"], moment(t)) < p["share"]
    return np.where(joined, 1.0, 1 / (1 + p["companion"]))


def _draw_ionospheric(
    rng: np.random.Generator, images: Images, _timescales: tuple[float, float]
) -> dict[str, float]:
    return {
        "start": images.span[0],
        "share": log_uniform(rng, 0.03, 0.3),
        "jump": images.beam * float(rng.uniform(0.7, 2)),
        "angle": float(rng.uniform(0, 360)),
        "side": float(rng.random() < 0.5),
    }


def _offset(start: Array, t: Array, p: Parameters) -> tuple[Array, Array]:
    """Return where a steady source seems to be.

    In a `share` of the images it is displaced by a `jump` (deg) towards `angle` (deg, north through
    east). The place is where it belongs (`side` 0), or where it jumps to (`side` 1).
    """
    jumped = uniform(p["seed"], moment(start)) < p["share"]
    away = jumped if p["side"] == 0 else ~jumped
    sign = 1 if p["side"] == 0 else -1
    way = np.where(away, sign * p["jump"], 0.0) + np.zeros_like(t)
    angle = np.deg2rad(p["angle"])
    return way * np.sin(angle), way * np.cos(angle)


def _draw_bad_scale(
    rng: np.random.Generator, images: Images, _timescales: tuple[float, float]
) -> dict[str, float]:
    factor = log_uniform(rng, 1.2, 3)
    return {
        "start": float(rng.choice(images.start)),
        "factor": factor if rng.random() < 0.5 else 1 / factor,
    }


def _bad_scale(t: Array, _frequency: Array, p: Parameters) -> Array:
    """Return a steady flux that in the images of one moment is off by a factor."""
    wrong = moment(t) == moment(p["start"])
    return np.where(wrong, p["factor"], 1.0) / max(p["factor"], 1.0)


SIDELOBE = Kind(_draw_sidelobe, _sidelobe)
EDGE = Kind(_draw_edge, _edge, is_of_images=True)
BLENDED = Kind(_draw_blended, _blended, is_of_images=True)
IONOSPHERIC = Kind(_draw_ionospheric, STEADY.flux, STEADY.fluence, _offset)
BAD_SCALE = Kind(_draw_bad_scale, _bad_scale, is_of_images=True)
