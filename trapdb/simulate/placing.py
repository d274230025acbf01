"""Random places that keep their distance."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from trapdb.simulate.errors import SimulationError

_ROUNDS = 200

# Discs thrown at random, none on another, jam when they cover 0.547 of the area; a little more
# in a small one.
_JAMMED = 0.6


def place(
    rng: np.random.Generator, count: int, size: int, margin: float, distance: float
) -> NDArray[np.float64]:
    """Return random positions that are at least `distance` apart and `margin` from the edges.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the random numbers.
    count : int
        Number of positions.
    size, margin, distance
        Width of the image, width of its empty border, least separation, px.

    Returns
    -------
    ndarray, shape (count, 2)
        x, y, px, counted from 0.

    Raises
    ------
    SimulationError
        If they do not fit.
    """
    low, high = margin, size - 1 - margin
    placed = np.empty((0, 2))
    crowded = count * np.pi / 4 * distance**2 > _JAMMED * (high - low + distance) ** 2
    for _ in range(_ROUNDS):
        if len(placed) == count or high < low or crowded:
            break
        trial = np.vstack([placed, rng.uniform(low, high, (count, 2))])
        # Of two that are too close the later one goes; those already placed are the earliest.
        close = cKDTree(trial).query_pairs(distance, output_type="ndarray")
        placed = np.delete(trial, close.max(axis=1), axis=0)[:count]
    if len(placed) < count:
        raise SimulationError(
            f"cannot place {count} sources {distance:.0f} px apart in {size} x {size} px with a "
            f"border of {margin:.0f} px: ask for fewer sources, a larger image or less separation"
        )
    return placed
