"""Results of fits, in pixels and in units of the beam and of the noise."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Errors:
    """One-sigma errors, arrays of shape (N,); NaN for what was not fitted.

    Attributes
    ----------
    peak
        In units of the noise.
    integrated
        In units of the noise times the area of the beam.
    ra, dec
        Along east and north, degrees.
    major, minor, pa
        Degrees.
    deconvolved_major, deconvolved_minor, deconvolved_pa
        The same without the beam, degrees.
    """

    peak: Array
    integrated: Array
    ra: Array
    dec: Array
    major: Array
    minor: Array
    pa: Array
    deconvolved_major: Array
    deconvolved_minor: Array
    deconvolved_pa: Array

    @classmethod
    def of_fluxes(cls, peak: Array, integrated: Array) -> "Errors":
        """Return the errors of fits of nothing but the peak."""
        return cls(peak, integrated, *(np.full_like(peak, np.nan) for _ in range(8)))


@dataclass(frozen=True, eq=False)
class Fits:
    """Gaussians that were fitted to an image, arrays of N of them.

    Attributes
    ----------
    x, y : ndarray, shape (N,)
        Positions, pixels.
    fitted_peak, peak, integrated : ndarray, shape (N,)
        Peak of the Gaussian, and peak and integrated flux to be quoted: in units of the local
        noise, the last one times the area of the beam.
    shape : ndarray, shape (N, 2, 2)
        Shape matrices in beam coordinates.
    chi2 : ndarray, shape (N,)
        Reduced.
    island, flags : ndarray of int, shape (N,)
        As in `Measurements`.
    errors : Errors
    """

    x: Array
    y: Array
    fitted_peak: Array
    peak: Array
    integrated: Array
    shape: Array
    chi2: Array
    island: NDArray[np.int64]
    flags: NDArray[np.int64]
    errors: Errors
