"""Islands: connected pixels above a threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.noise.background import Background
from extractor.noise.tiles import beyond

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Islands:
    """Pixels of all islands, one island after the other.

    Attributes
    ----------
    y, x : ndarray of int, shape (n_pixels,)
    value : ndarray, shape (n_pixels,)
        Pixel less background level, over the local noise.
    start : ndarray of int, shape (n_islands + 1,)
        Where each island begins.
    """

    y: Index
    x: Index
    value: Array
    start: Index

    def __len__(self) -> int:
        """Return the number of islands."""
        return len(self.start) - 1

    @property
    def size(self) -> Index:
        """Number of pixels of each island."""
        return np.diff(self.start)

    @property
    def owner(self) -> Index:
        """Island of each pixel."""
        return np.repeat(np.arange(len(self)), self.size)

    @property
    def peak(self) -> Array:
        """Largest value of each island."""
        return np.maximum.reduceat(self.value, self.start[:-1]) if len(self) else np.empty(0)

    def brightest(self, value: Array) -> Index:
        """Index of the pixel with the largest value in each island; the first of equals."""
        largest = np.maximum.reduceat(value, self.start[:-1])
        candidates = np.flatnonzero(value == np.repeat(largest, self.size))
        _, first = np.unique(self.owner[candidates], return_index=True)
        return candidates[first]

    def select(self, islands: NDArray[np.bool_]) -> "Islands":
        """Return some of the islands."""
        keep = np.repeat(islands, self.size)
        start = np.concatenate([[0], np.cumsum(self.size[islands])])
        return Islands(self.y[keep], self.x[keep], self.value[keep], start)


def find_islands(
    background: Background, detection_threshold: float, analysis_threshold: float
) -> Islands:
    """Find islands above the analysis threshold that hold a pixel above the detection threshold.

    Parameters
    ----------
    background : Background
    detection_threshold, analysis_threshold : float
        In units of the local noise.

    Returns
    -------
    Islands
        In the order of their first pixel, row by row; diagonal neighbours are connected.
    """
    y, x = _candidates(background, analysis_threshold)
    level, rms = background.at_pixels(x, y)
    data = background.image.data
    pixels = data.take(y * data.shape[1] + x)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (pixels - level) / rms
    above = (value > analysis_threshold) & np.isfinite(value)
    y, x, value = y[above], x[above], value[above]
    if not value.size:
        return Islands(y, x, value, np.zeros(1, np.intp))
    first, label = _runs(y, x)
    peak = np.full(first.size, -np.inf)
    np.maximum.at(peak, label, np.maximum.reduceat(value, first))
    bright = np.flatnonzero(peak[label] > detection_threshold)
    runs = bright[np.argsort(label[bright], kind="stable")]
    size = np.diff(first, append=value.size)[runs]
    end = np.cumsum(size)
    begins = np.flatnonzero(np.diff(label[runs], prepend=-1))
    start = np.append((end - size)[begins], size.sum())
    pixels = np.arange(size.sum()) + np.repeat(first[runs] - (end - size), size)
    return Islands(y[pixels], x[pixels], value[pixels], start)


def _candidates(background: Background, threshold: float) -> tuple[Index, Index]:
    """Pixels that may exceed the threshold, row by row.

    Between tile centres level and noise are bilinear, so that the lowest of the 3x3 tiles around
    bounds them: pixels are compared with one number per tile, and the mesh is evaluated for the few
    that pass.
    """
    bound = background.level + threshold * background.rms
    padded = np.pad(bound, 1, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).min(axis=(2, 3))
    return beyond(background.image.flat, lowest)


def _runs(y: Index, x: Index) -> tuple[Index, Index]:
    """Find runs of pixels, given in row order, within rows, and which runs are connected.

    Returns
    -------
    first : ndarray, shape (n,)
        The first pixel of each run.
    label : ndarray, shape (n,)
        The first run that each is connected to, also by others.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    width = x.max() + 3  # so that runs in neighbouring rows cannot touch around the ends
    key = y * width + x
    first = np.flatnonzero(np.diff(key, prepend=key[0] - 2) != 1)
    last = np.append(first[1:], key.size) - 1
    run_start, run_end = key[first], key[last]
    # Runs of the next row that overlap [start - 1, end + 1] of this one.
    low = np.searchsorted(run_end, run_start + width - 1, "left")
    high = np.searchsorted(run_start, run_end + width + 1, "right")
    count = np.maximum(high - low, 0)
    upper = np.repeat(np.arange(first.size), count)
    lower = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    lower += np.repeat(low, count)
    graph = coo_array((np.ones(upper.size, bool), (upper, lower)), shape=(first.size,) * 2)
    number, component = connected_components(graph, directed=False)
    earliest = np.full(number, first.size)
    np.minimum.at(earliest, component, np.arange(first.size))
    return first, earliest[component]
