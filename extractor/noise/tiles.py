"""Arithmetic on the tiles into which an image is cut."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

CLIP = 3.0
# Standard deviation of a normal distribution cut at plus and minus CLIP.
CLIPPED_DEVIATION = 0.986578
MAX_ROUNDS = 10


def cut(samples: NDArray[np.float32], counts: tuple[int, int]) -> NDArray[np.float32]:
    """Cut an image, or samples of it, into so many equal tiles.

    The tiles tile the image exactly, so their size is no whole number; where they would begin
    within a pixel, neighbours share it.

    Returns
    -------
    ndarray, shape (n_y, n_x, samples)
    """
    chosen = []
    for n, count in zip(samples.shape, counts, strict=True):
        start = np.arange(count) * n // count
        chosen.append((start[:, None] + np.arange(-(-n // count))).ravel())
    picked = samples.take(chosen[0], axis=0).take(chosen[1], axis=1)
    tiles = picked.reshape(counts[0], -1, counts[1], len(chosen[1]) // counts[1]).swapaxes(1, 2)
    return tiles.reshape(*counts, -1)


def beyond(data: NDArray[np.float32], high: Array, low: Array | None = None) -> tuple[Index, Index]:
    """Pixels above one bound, or below another, with a bound for each tile, row by row.

    Returns
    -------
    y, x : ndarray of int
    """
    n_y, n_x = high.shape
    ny, nx = data.shape
    column = ((np.arange(nx) + 0.5) * n_x / nx).astype(np.intp)
    edges = np.rint(np.arange(n_y + 1) * ny / n_y).astype(np.intp)
    found = []
    with np.errstate(over="ignore"):
        above = high.astype(np.float32)
        below = (-high if low is None else low).astype(np.float32)
    for row, (first, last) in enumerate(pairwise(edges)):
        pixels = data[first:last]
        chosen = pixels > above[row, column]
        if low is not None:
            chosen |= pixels < below[row, column]
        found.append(np.flatnonzero(chosen) + first * nx)
    return np.divmod(np.concatenate(found), nx)


def widen(chosen: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Choose all within so many rows and columns, the last two axes, of what is chosen."""
    for axis in (-2, -1):
        done = 0
        while done < reach:
            step = min(done + 1, reach - done)  # what was done so far doubles
            wider = chosen.copy()
            before, after = chosen.swapaxes(axis, -1), wider.swapaxes(axis, -1)
            after[..., step:] |= before[..., :-step]
            after[..., :-step] |= before[..., step:]
            chosen, done = wider, done + step
    return chosen


def clipped_statistics(tiles: NDArray[np.float32]) -> tuple[Array, Array, Array]:
    """Median and deviation of each tile after iterative clipping, and the share of valid pixels.

    The pixels are sorted once; clipping then only moves the two ends of a range, and running sums
    give the moments of any range.
    """
    shape, n = tiles.shape[:-1], tiles.shape[-1]
    values = np.sort(tiles.reshape(-1, n), axis=1)  # NaN last
    n_valid = np.count_nonzero(~np.isnan(values), axis=1)
    row = np.arange(len(values))
    # Moments about the middle value, for the sake of precision. NaN come after all that is used.
    middle = values[row, np.maximum(n_valid - 1, 0) // 2].astype(np.float64)
    centred = values - middle[:, None]
    sums = np.empty((2, len(values), n + 1))
    sums[..., 0] = 0
    np.cumsum(centred, axis=1, out=sums[0, :, 1:])
    squares = np.square(centred, out=sums[1, :, 1:])
    np.cumsum(squares, axis=1, out=squares)
    low, high = np.zeros_like(n_valid), n_valid
    for _ in range(MAX_ROUNDS):
        count = np.maximum(high - low, 1)
        last = np.minimum(low + count // 2, n - 1)
        first = np.minimum(low + (count - 1) // 2, n - 1)
        median = (centred[row, first] + centred[row, last]) / 2
        mean, square = ((total[row, high] - total[row, low]) / count for total in sums)
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        reach = CLIP * deviation / CLIPPED_DEVIATION
        new_low = _search(centred, n_valid, median - reach, np.less)
        new_high = _search(centred, n_valid, median + reach, np.less_equal)
        if np.array_equal(new_low, low) and np.array_equal(new_high, high):
            break
        low, high = new_low, np.maximum(new_high, new_low)
    level = (median + middle).reshape(shape)
    rms = (deviation / CLIPPED_DEVIATION).reshape(shape)
    return level, rms, (n_valid / n).reshape(shape)


def _search(values: Array, size: Index, limit: Array, before: np.ufunc) -> Index:
    """How many of the first `size` values of each row, which ascend, are `before` its limit."""
    row = np.arange(len(values))
    low, high = np.zeros_like(size), size.copy()
    for _ in range(values.shape[1].bit_length()):
        middle = (low + high) // 2
        is_before = before(values[row, np.minimum(middle, values.shape[1] - 1)], limit)
        open_ = middle < high
        low = np.where(open_ & is_before, middle + 1, low)
        high = np.where(open_ & ~is_before, middle, high)
    return low


def median3(mesh: Array) -> Array:
    """Median over 3x3 tiles of those that are known; unknown ones stay so."""
    padded = np.pad(mesh, 1, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).reshape(*mesh.shape, 9)
    ordered = np.sort(windows, axis=-1)
    count = np.count_nonzero(~np.isnan(windows), axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    pick = [
        np.take_along_axis(ordered, i[..., None], -1)[..., 0] for i in (low, np.minimum(high, 8))
    ]
    return np.where(np.isnan(mesh), np.nan, (pick[0] + pick[1]) / 2)


def fill(mesh: Array) -> Array:
    """Fill unknown tiles with the mean of their known neighbours, ring by ring."""
    while np.isnan(mesh).any() and not np.isnan(mesh).all():
        padded = np.pad(mesh, 1, constant_values=np.nan)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).reshape(*mesh.shape, 9)
        count = np.count_nonzero(~np.isnan(windows), axis=-1)
        mean = np.nansum(windows, axis=-1) / np.maximum(count, 1)
        mesh = np.where(np.isnan(mesh) & (count > 0), mean, mesh)
    return mesh
