"""Numbers of HEALPix cells: from the ring scheme, which counts along parallels, to the nested one.

Source: Gorski et al. 2005, ApJ 622, 759, section 4; Calabretta & Roukema 2007, MNRAS 381, 865, for
the plane in which the twelve base cells are squares that stand on a corner.
"""

import numpy as np

from trapdb.reference.healpix import Cells


def nested_of_ring(order: int) -> Cells:
    """Return the nested number of each cell of an order, in the order of the ring scheme."""
    side = 2**order
    ring, place = _rings(side)
    # Centres in the plane of the projection: `across` to the east and `up` from the equator, in
    # units in which cells are 2 from corner to corner. In a cap each of its four base cells has
    # its share of a ring, about the meridian through its own centre.
    up = 2 * side - ring
    share = np.minimum(np.minimum(ring, 4 * side - ring), side)
    quarter, within = np.divmod(place, share)
    cap = side * (2 * quarter + 1) + 2 * within + 1 - share
    belt = 2 * place + (ring - side + 1) % 2
    across = np.where(np.abs(up) > side, cap, belt)
    # Turned by 45 deg, base cells and cells are squares on a grid.
    east, x = np.divmod((up + across + side - 1) // 2, side)
    west, y = np.divmod((up - across + side - 1) // 2, side)
    base = 4 * (1 - east - west) + (east - west) % 8 // 2
    return base * side**2 + _interleaved(x, y, order)


def _rings(side: int) -> tuple[Cells, Cells]:
    """Return the ring of each cell, from 1 at the north pole, and its place in it, from 0."""
    number = np.arange(1, 4 * side, dtype=np.int64)
    length = 4 * np.minimum(np.minimum(number, 4 * side - number), side)
    first = np.cumsum(length) - length
    ring = np.repeat(number, length)
    return ring, np.arange(12 * side**2, dtype=np.int64) - np.repeat(first, length)


def _interleaved(x: Cells, y: Cells, order: int) -> Cells:
    """Return numbers that have the bits of x in even places, and those of y in odd ones."""
    number = np.zeros_like(x)
    for bit in range(order):
        number |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
    return number
