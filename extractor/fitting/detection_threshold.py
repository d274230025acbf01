"""How bright a pixel has to be to be a detection."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def fdr_threshold(value: Array, n_pixels: int, beam_area: float, alpha: float) -> float:
    """Threshold at which a known share of the pixels above it is noise on average.

    Parameters
    ----------
    value : ndarray
        Pixels over the noise, all those that are above some low threshold.
    n_pixels : int
        How many pixels the image has in all.
    beam_area : float
        Over how many pixels the noise is correlated.
    alpha : float
        Largest share of false ones among the detected pixels.

    Returns
    -------
    float
        In units of the noise; infinity if no pixel can be detected.

    Notes
    -----
    Hopkins et al. 2002, AJ 123, 1086, section 2: the p-values of all pixels are put in order, and
    the last one below the line k alpha / (c N) is the limit, with c the sum of 1/i over the pixels
    that are correlated.
    """
    from scipy.special import ndtr

    ordered = np.sort(value)[::-1]
    correlated = np.sum(1 / np.arange(1, max(round(beam_area), 1) + 1))
    line = np.arange(1, ordered.size + 1) * alpha / (correlated * n_pixels)
    below = np.flatnonzero(ndtr(-ordered) <= line)
    return float(ordered[below[-1]]) if below.size else np.inf
