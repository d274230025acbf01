"""Matched filters along the planes of a stack: how significant the best run of each pixel is.

A plane of noise s, less the weighted mean of all planes, is correlated with the others: the
covariance of two of them is -1 / W, W the sum of the weights w = 1 / s^2. The statistic of a run is
the sum of w times the plane over the root of its variance, sum(w) - sum(w)^2 / W. It is that of the
best fit of a burst that is constant over the run, and normal with variance 1 in noise.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Between these, no burst loses more than a tenth of its significance.
WIDTHS = (1, 2, 3, 4, 6, 8, 12, 16)
ROUNDING = 1e-6


class MatchedFilter:
    """Takes planes one after the other, and keeps of each pixel what is most significant.

    Memory is that of as many planes as the longest run has, and a few more.

    Parameters
    ----------
    shape : tuple of int
        Of the planes.
    widths : sequence of int
        Lengths of runs, planes.
    total_weight : float
        Sum of the weights of all planes in the mean that was subtracted from each; infinite if none
        was.

    Attributes
    ----------
    snr : ndarray of float32
        Of the best run [sigma]; -inf where there is none.
    last, width : ndarray of int
        Its last plane, and how many it has.
    peak_snr, peak_at : ndarray
        Of the brightest plane [sigma], and which it is.
    chi2, n : ndarray
        Chi squared of the planes about their mean, and how many the pixel has.
    """

    def __init__(
        self, shape: tuple[int, int], widths: Sequence[int] = WIDTHS, total_weight: float = math.inf
    ) -> None:
        self.widths = tuple(sorted(set(widths)))
        self._total = total_weight
        self._runs = np.zeros((max(self.widths), *shape), np.float32)
        self._weights: list[float] = []
        self.snr = np.full(shape, -np.inf, np.float32)
        self.last = np.zeros(shape, np.int32)
        self.width = np.zeros(shape, np.int16)
        self.peak_snr = np.full(shape, -np.inf, np.float32)
        self.peak_at = np.zeros(shape, np.int32)
        self.chi2 = np.zeros(shape, np.float64)
        self.n = np.zeros(shape, np.int32)

    @property
    def count(self) -> int:
        """How many planes it has taken."""
        return len(self._weights)

    def add(self, plane: NDArray[np.float32], weight: float) -> None:
        """Take the next plane.

        Parameters
        ----------
        plane : ndarray of float32
            In units of its noise as measured where it is; NaN where blank.
        weight : float
            1 / s^2, s its noise before a mean was subtracted.
        """
        number = self.count
        self._weights.append(weight)
        blank = np.isnan(plane)
        there = np.where(blank, np.float32(0), plane)
        own = self._variance(1)  # w times the noise of the plane, squared
        self.chi2 += np.square(there) * (own / weight)
        self.n += ~blank
        better = ~blank & (plane > self.peak_snr)
        np.copyto(self.peak_snr, plane, where=better)
        self.peak_at[better] = number
        # A run of k planes is the run of k - 1 that ended one plane before, and this plane.
        scaled = there * np.float32(math.sqrt(own))
        self._runs[1:] = self._runs[:-1]
        self._runs[0] = 0
        self._runs += scaled
        for width in self.widths:
            if width <= self.count:
                self._compare(width, number, blank)

    def _variance(self, width: int) -> float:
        """Variance of the sum over the last planes."""
        weight = math.fsum(self._weights[-width:])
        return weight - weight**2 / self._total

    def _compare(self, width: int, number: int, blank: NDArray[np.bool_]) -> None:
        variance = self._variance(width)
        if variance < ROUNDING * math.fsum(self._weights[-width:]):  # all planes are their mean
            return
        snr = self._runs[width - 1] * np.float32(1 / math.sqrt(variance))
        better = (snr > self.snr) & ~blank
        if better.any():
            np.copyto(self.snr, snr, where=better)
            self.last[better] = number
            self.width[better] = width
