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
# Rows of an image that are compared at a time.
ROWS = 16


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

    Few rows at a time, which stay in the processor's cache, and as one line of memory each, since
    numpy copies what it compares with one row after the other.

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
        above = high.astype(np.float32).take(column, axis=1)
        below = None if low is None else low.astype(np.float32).take(column, axis=1)
    for row, (first, last) in enumerate(pairwise(edges.tolist())):
        top = np.tile(above[row], ROWS)
        bottom = None if below is None else np.tile(below[row], ROWS)
        for begin in range(first, last, ROWS):
            pixels = data[begin : min(begin + ROWS, last)].ravel()
            chosen = pixels > top[: pixels.size]
            if bottom is not None:
                chosen |= pixels < bottom[: pixels.size]
            found.append(np.flatnonzero(chosen) + begin * nx)
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

    The pixels are sorted once; clipping then only moves the two ends of a range, in those tiles
    in which it has not come to an end.
    """
    shape, n = tiles.shape[:-1], tiles.shape[-1]
    values = np.sort(tiles.reshape(-1, n), axis=1)  # NaN last
    size = np.count_nonzero(~np.isnan(values), axis=1)
    # Moments about the middle value, for the sake of precision.
    middle = values[np.arange(len(values)), np.maximum(size - 1, 0) // 2]
    centred = values - middle[:, None].astype(np.float64)
    centred[np.isnan(centred)] = 0
    level, deviation = np.zeros((2, len(values)))
    going, low, high = np.arange(len(values)), np.zeros_like(size), size
    place = np.arange(n, dtype=np.int32)
    some = used = centred
    for _ in range(MAX_ROUNDS):
        row, count = np.arange(going.size), np.maximum(high - low, 1)
        median = some[row, np.minimum(low + count // 2, n - 1)]
        median += some[row, np.minimum(low + (count - 1) // 2, n - 1)]
        median /= 2
        mean = used.sum(axis=1) / count
        square = np.einsum("tn,tn->t", used, used) / count
        level[going] = median
        deviation[going] = np.sqrt(np.maximum(square - mean**2, 0)) / CLIPPED_DEVIATION
        reach = CLIP * deviation[going]
        new_low = _search(some, size[going], median - reach, np.less)
        new_high = np.maximum(_search(some, size[going], median + reach, np.less_equal), new_low)
        moved = (new_low != low) | (new_high != high)
        if not moved.any():
            break
        going, low, high, some = going[moved], new_low[moved], new_high[moved], some[moved]
        first, last = (end[:, None].astype(np.int32) for end in (low, high))
        used = some * ((place >= first) & (place < last))
    return (
        (level + middle).reshape(shape),
        deviation.reshape(shape),
        (size / n).reshape(shape),
    )


def _search(values: Array, size: Index, limit: Array, before: np.ufunc) -> Index:
    """How many of the first `size` values of each row, which ascend, are `before` its limit."""
    n = values.shape[1]
    flat, first = values.ravel(), n * np.arange(len(values))
    low, high = np.zeros_like(size), size.copy()
    for _ in range(n.bit_length()):
        middle = (low + high) // 2
        is_before = before(flat.take(first + np.minimum(middle, n - 1)), limit)
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
