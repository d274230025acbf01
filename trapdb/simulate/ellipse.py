"""Elliptical Gaussians as covariance matrices, which add under convolution."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_PER_SIGMA = float(np.sqrt(8 * np.log(2)))


def covariance(major: ArrayLike, minor: ArrayLike, pa: ArrayLike) -> NDArray[np.float64]:
    """Return the covariance matrix of elliptical Gaussians.

    Parameters
    ----------
    major, minor : array_like
        FWHM of the axes, any unit.
    pa : array_like
        Position angle of the major axis, deg, north through east.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        Over (east, north), in that unit squared.
    """
    angle = np.deg2rad(pa)
    along = np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    across = np.stack([np.cos(angle), -np.sin(angle)], axis=-1)
    return sum(
        (np.asarray(fwhm)[..., None, None] / FWHM_PER_SIGMA) ** 2
        * axis[..., :, None]
        * axis[..., None, :]
        for fwhm, axis in ((major, along), (minor, across))
    )


def gaussian(x: NDArray, y: NDArray, covariance: NDArray) -> NDArray[np.float64]:
    """Return Gaussians of peak 1 at the offsets (x, y); `covariance` ends in (2, 2)."""
    inverse = np.linalg.inv(covariance)
    return np.exp(
        -0.5 * inverse[..., 0, 0] * x**2
        - inverse[..., 0, 1] * x * y
        - 0.5 * inverse[..., 1, 1] * y**2
    )
