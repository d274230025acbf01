"""Pixels that stand for no measurement though they hold a number.

Many programs write 0 where they have no data, and integers know no NaN. Noise does not make
neighbouring pixels exactly equal, unless values were rounded to coarse steps. So connected pixels
of one value are blank, if there are more of them than rounding brings about by chance.
"""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

# So many connected pixels are an area, and at least as many as the beam is wide, since noise is
# flat about its peaks. One or two of 0 occur by chance.
MIN_AREA = 5
# Fewer areas than this are expected by chance in an image.
EXPECTED = 1e-3
# By so much the chance of an area is larger, for each further pixel, than that of two pixels to be
# equal: an area can have many shapes.
SHAPES = 12
# If that makes it likely the steps are coarse. Then only squares of so many beams are blank: noise
# that is flat over that is smaller than a step.
SQUARE_BEAMS = 4
# Equal pixels that are looked at to learn their values.
SAMPLE = 100_000
ROWS_AT_A_TIME = 32


def blank_equal_pixels(data: NDArray[np.float32], beam_px: float) -> None:
    """Blank connected areas of exactly equal pixels, in place.

    Parameters
    ----------
    data : ndarray, shape (ny, nx)
        In the order of C; NaN where blank.
    beam_px : float
        Major axis of the beam, FWHM, pixels.
    """
    if not has_equal_pixels(data):
        return
    across, down = data[:, 1:] == data[:, :-1], data[1:] == data[:-1]  # False for NaN
    growth = SHAPES * _chance(data, across)
    if growth < 1:
        chance_area = 1 + np.log(data.size / EXPECTED) / -np.log(growth + 1e-30)
        blank = _areas(across, down, max(MIN_AREA, beam_px, chance_area))
    else:
        blank = _squares(across, down, int(np.ceil(SQUARE_BEAMS * beam_px)))
    data[blank] = np.nan


def has_equal_pixels(data: NDArray[np.float32]) -> bool:
    """Whether enough neighbours are equal for an area, which few images have; quickly.

    A few rows at a time stay in the processor's cache, which halves the time.
    """
    count = 0
    for first in range(0, len(data), ROWS_AT_A_TIME):
        rows = data[first : first + ROWS_AT_A_TIME + 1]
        own = rows[:ROWS_AT_A_TIME]
        count += int(np.count_nonzero(own[:, 1:] == own[:, :-1]))
        count += int(np.count_nonzero(rows[1:] == rows[:-1]))
        if count >= MIN_AREA - 1:
            return True
    return False


def _chance(data: NDArray[np.float32], across: Mask) -> float:
    """Chance of a pixel to equal the next one, among those that have not the commonest value."""
    equal = data[:, :-1][across]
    step = -(-equal.size // SAMPLE)
    if not step:
        return 0.0
    values, count = np.unique(equal[::step], return_counts=True)
    others = np.count_nonzero(~np.isnan(data)) - np.count_nonzero(data == values[count.argmax()])
    return float(step * (count.sum() - count.max()) / max(others, 1))


def _areas(across: Mask, down: Mask, least: float) -> Mask:
    """Areas of so many equal pixels or more, connected along rows and columns, shape (ny, nx)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = np.pad(across, ((0, 0), (1, 0))), np.pad(across, ((0, 0), (0, 1)))
    equal = left | right
    equal[1:] |= down
    equal[:-1] |= down
    # runs along the rows, of pixels counted row by row
    start, end = np.flatnonzero(equal & ~left), np.flatnonzero(equal & ~right) + 1
    # of the columns that two runs share, the first will do to connect them
    joint = down.copy()
    joint[:, 1:] &= ~(down[:, :-1] & across[:-1] & across[1:])
    upper = np.flatnonzero(joint)
    pair = [np.searchsorted(start, pixel, "right") - 1 for pixel in (upper, upper + left.shape[1])]
    graph = coo_array((np.ones(upper.size, bool), tuple(pair)), shape=(start.size,) * 2)
    _, label = connected_components(graph, directed=False)
    chosen = np.bincount(label, weights=end - start)[label] >= least
    # 1 from where a chosen run begins to where it ends
    change = np.zeros(equal.size + 1, np.int8)
    change[start[chosen]] += 1
    change[end[chosen]] -= 1
    return np.cumsum(change[:-1], dtype=np.int8).astype(bool).reshape(equal.shape)


def _squares(across: Mask, down: Mask, side: int) -> Mask:
    """Pixels of all squares of equal pixels with about this side, shape (ny, nx)."""
    from scipy.ndimage import maximum_filter

    width = 2 * (side // 2) + 1
    uneven = np.pad(~across, ((0, 0), (0, 1)), constant_values=True)
    uneven[:-1] |= ~down
    uneven[-1] = True
    middle = maximum_filter(uneven.view(np.uint8), width, mode="constant", cval=1) == 0
    square = maximum_filter(middle.view(np.uint8), width, mode="constant", cval=0) > 0
    # these equal the next pixel and the one below, which belong to them
    square[:, 1:] |= square[:, :-1]
    square[1:] |= square[:-1]
    return square
