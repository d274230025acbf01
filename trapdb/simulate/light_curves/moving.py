"""A steady source that moves over the sky, such as a satellite, a planet or a meteor trail."""

import numpy as np

from trapdb.simulate.light_curves.changes import STEADY
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
        "rate": images.beam / timescale,
        "angle": float(rng.uniform(0, 360)),
    }


def _offset(_start: Array, t: Array, p: Parameters) -> tuple[Array, Array]:
    """Return where it is: at its place half a `timescale` after `start`.

    It goes `rate` deg/s towards the position `angle` (deg, north through east).
    """
    way = p["rate"] * (t - p["start"] - p["timescale"] / 2)
    angle = np.deg2rad(p["angle"])
    return way * np.sin(angle), way * np.cos(angle)


MOVING = Kind(_draw, STEADY.flux, STEADY.fluence, _offset, longest=0.1)
