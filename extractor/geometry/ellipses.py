"""Elliptical Gaussians, in one convention.

A Gaussian is described by its full widths at half maximum along its major and minor axis and by the
position angle of the major axis, from north through east. For arithmetic it is carried as its
*shape matrix* ``W``, the symmetric 2x2 matrix with eigenvalues major² and minor², in (east, north)
or in pixel (x, y) coordinates::

    f(d) = peak * exp(-4 ln2 * d' W^-1 d)

Shape matrices add under convolution, subtract under deconvolution, and change coordinates as
``J W J'``; nothing else is needed. Standard deviations appear only through `FWHM_PER_SIGMA`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

FWHM_PER_SIGMA = math.sqrt(8 * math.log(2))
FOUR_LN2 = 4 * math.log(2)

Array = NDArray[np.float64]


def shape_matrix(major: ArrayLike, minor: ArrayLike, pa: ArrayLike) -> Array:
    """Shape matrix in (east, north) coordinates.

    Parameters
    ----------
    major, minor : array_like
        FWHM of the axes, in any unit of angle.
    pa : array_like
        Position angle of the major axis, degrees north through east.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        In the unit of the axes, squared.
    """
    major2 = np.square(np.asarray(major, float))
    minor2 = np.square(np.asarray(minor, float))
    angle = np.radians(np.asarray(pa, float))
    east, north = np.sin(angle), np.cos(angle)
    cross = (major2 - minor2) * east * north
    rows = [
        [major2 * east**2 + minor2 * north**2, cross],
        [cross, major2 * north**2 + minor2 * east**2],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def axes(matrix: Array) -> tuple[Array, Array, Array]:
    """Axes of shape matrices in (east, north) coordinates: the inverse of `shape_matrix`.

    Parameters
    ----------
    matrix : ndarray, shape (..., 2, 2)

    Returns
    -------
    major, minor, pa : ndarray
        FWHM, and degrees in [0, 180). An axis whose square is negative, as in the difference of
        two matrices, has length 0. The angle of a circle is 0.
    """
    return *lengths(matrix), _angle(matrix)


def _angle(matrix: Array) -> Array:
    """Position angle of the major axis, degrees in [0, 180)."""
    pa = np.degrees(np.arctan2(2 * matrix[..., 0, 1], matrix[..., 1, 1] - matrix[..., 0, 0])) / 2
    pa = pa + 180.0 * (pa < 0)
    return np.where(pa >= 180, 0.0, pa)  # as a tiny negative one is rounded


def lengths(matrix: Array) -> tuple[Array, Array]:
    """FWHM of the axes of shape matrices, as `axes` has them."""
    east2, north2, cross = matrix[..., 0, 0], matrix[..., 1, 1], matrix[..., 0, 1]
    mean = (east2 + north2) / 2
    half_difference = np.hypot((north2 - east2) / 2, cross)
    major = np.sqrt(np.maximum(mean + half_difference, 0))
    minor = np.sqrt(np.maximum(mean - half_difference, 0))
    return major, minor


def deconvolve(matrix: Array, beam: Array) -> tuple[Array, Array, Array]:
    """Axes of Gaussians after deconvolution from the beam.

    Parameters
    ----------
    matrix, beam : ndarray, shape (..., 2, 2)
        Shape matrices of the observed Gaussian and of the beam.

    Returns
    -------
    major, minor, pa : ndarray
        0 for an axis that is not resolved. The angle is NaN where neither axis is.

    Notes
    -----
    The eigenvalues of ``matrix - beam`` are those of Wild (1970, Aust. J. Phys. 23, 113) and of
    MIRIAD's ``gaupar``, written without their case distinctions.
    """
    difference = matrix - beam
    # A difference at the level of rounding is no extent.
    noise = 1e-7 * np.sqrt(np.abs(beam[..., 0, 0]) + np.abs(beam[..., 1, 1]))
    major, minor = (np.where(axis <= noise, 0.0, axis) for axis in lengths(difference))
    pa = np.full(major.shape, np.nan)
    resolved = major > 0
    pa[resolved] = _angle(difference[resolved])
    return major, minor, pa


def area_ratio(matrix: Array, beam: Array) -> Array:
    """Area of Gaussians over that of the beam: integrated flux per peak flux."""
    return np.sqrt(determinant(matrix) / determinant(beam))


# In stacks of matrices of this size numpy's own functions spend most of their time on each call.


def determinant(matrix: Array) -> Array:
    """Return determinants of matrices, shape (..., 2, 2)."""
    return np.asarray(matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0])


def inverse(matrix: Array) -> Array:
    """Return inverses of matrices that have one, shape (..., 2, 2)."""
    result = np.empty(matrix.shape)
    result[..., 0, 0], result[..., 1, 1] = matrix[..., 1, 1], matrix[..., 0, 0]
    result[..., 0, 1], result[..., 1, 0] = -matrix[..., 0, 1], -matrix[..., 1, 0]
    result /= determinant(matrix)[..., None, None]
    return result


def transformed(matrix: Array, transform: Array) -> Array:
    """Shape matrices W, shape (..., 2, 2), in the coordinates that J leads to: ``J W J'``."""
    a, b, c = matrix[..., 0, 0], matrix[..., 0, 1], matrix[..., 1, 1]
    (p, q), (r, s) = ((transform[..., i, 0], transform[..., i, 1]) for i in (0, 1))
    result = np.empty(np.broadcast_shapes(matrix.shape, transform.shape))
    result[..., 0, 0] = p**2 * a + 2 * p * q * b + q**2 * c
    result[..., 0, 1] = result[..., 1, 0] = p * r * a + (p * s + q * r) * b + q * s * c
    result[..., 1, 1] = r**2 * a + 2 * r * s * b + s**2 * c
    return result
