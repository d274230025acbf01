"""Random places that keep their distance."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from trapdb.simulate.errors import SimulationError

_ROUNDS = 200


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
    for _ in range(_ROUNDS):
        missing = count - len(placed)
        if missing == 0 or high < low:
            break
        trial = np.vstack([placed, rng.uniform(low, high, (missing, 2))])
        # Of two that are too close the later one goes; those already placed are the earliest.
        close = cKDTree(trial).query_pairs(distance, output_type="ndarray")
        placed = np.delete(trial, close.max(axis=1), axis=0)
    if len(placed) < count:
        raise SimulationError(
            f"cannot place {count} sources {distance:.0f} px apart in {size} x {size} px "
            f"({len(placed)} fit): ask for fewer sources, a larger image or less separation"
        )
    return placed
