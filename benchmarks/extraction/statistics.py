"""Figures of samples, and what theory expects of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage
from scipy.stats import norm

Array = NDArray[np.float64]


def width(values: ArrayLike) -> float:
    """Return the robust standard deviation: 1.4826 times the median absolute deviation."""
    values = np.asarray(values)
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def completeness(snr: ArrayLike, threshold: float) -> float:
    """Return the share of sources whose peak exceeds the threshold in noise of deviation 1."""
    return float(norm.cdf(np.asarray(snr) - threshold).mean())


def truncated(
    rng: np.random.Generator, snr: ArrayLike, threshold: float, correlation: float
) -> tuple[Array, Array]:
    """Draw the pulls of peak and integrated flux that are left of a cut at a threshold.

    The noise of the peak is normal, a source is kept if its peak with the noise exceeds the
    threshold, and the integrated flux knows of the cut through its correlation with the peak.

    Parameters
    ----------
    rng : numpy.random.Generator
    snr : array_like
        True peaks over the noise.
    threshold : float
        In units of the noise.
    correlation : float
        Of the errors of peak and integrated flux.

    Returns
    -------
    peak, integrated : ndarray
        Errors over their standard deviations without the cut, of the sources that are kept.
    """
    snr = np.repeat(np.asarray(snr), 20)
    peak = rng.standard_normal(len(snr))
    peak = peak[snr + peak > threshold]
    other = rng.standard_normal(len(peak))
    return peak, correlation * peak + np.sqrt(1 - correlation**2) * other


def peaks_above(pixels: NDArray[np.float32], level: float) -> int:
    """Count the islands of pixels above a level; diagonal neighbours are connected."""
    return int(ndimage.label(pixels > level, np.ones((3, 3)))[1])
