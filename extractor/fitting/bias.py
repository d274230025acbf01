"""By how much fitted fluxes are too high, to second order in the noise.

A fit follows the noise: it moves to where the noise raises the peak. To second order the parameters
of a least-squares fit are too large by ``A^-1 (E[H' r] - 1/2 J' tr(H S))`` with the derivatives J,
second derivatives H, ``A = J' J``, the covariance S of the parameters and the residuals r, which in
correlated noise go with the parameters (Box 1971, J. R. Stat. Soc. B 33, 171, has the second term,
all there is in white noise). For a point source in noise that is correlated as the beam the peak is
too high by rms²/peak; in other noise, and for other shapes, it is not the same.
"""

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2

Array = NDArray[np.float64]


def bias_of_parameters(
    components: Array,
    x: Array,
    y: Array,
    slopes: Array,
    inverse: Array,
    smoothed: Array,
    covariance: Array,
) -> Array:
    """Bias of the parameters of fits.

    Parameters
    ----------
    components : ndarray, shape (n, K, 6)
    x, y : ndarray, shape (n, P)
        Beam coordinates of the pixels.
    slopes : ndarray, shape (n, P, K * parameters)
        Derivatives J by the 3 or 6 parameters of each component, 0 where padded.
    inverse, covariance : ndarray, shape (n, K * parameters, K * parameters)
        A^-1 and the covariance of the parameters.
    smoothed : ndarray, shape (n, P, K * parameters)
        C J.

    Returns
    -------
    ndarray, shape (n, K, parameters)
    """
    n, k, _ = components.shape
    p = slopes.shape[1]
    n_free = slopes.shape[2] // k
    # How the parameters go with the residuals: E[d r'] = A^-1 J' C - S J'
    together = smoothed @ inverse - slopes @ covariance
    force = np.zeros((n, p, k, n_free))
    shift = np.zeros((n, p))
    for i in range(k):
        one = slice(i * n_free, (i + 1) * n_free)
        second = _second_derivatives(components[:, i], x, y, slopes[..., one])
        force[:, :, i] = (second @ together[..., one, None])[..., 0]
        shift += (second * covariance[:, None, one, one]).sum(axis=(2, 3))
    force = force.reshape(n, p, -1) - slopes * shift[..., None] / 2
    return (inverse @ force.sum(axis=1)[..., None]).reshape(n, k, n_free)


def _second_derivatives(component: Array, x: Array, y: Array, slopes: Array) -> Array:
    """Second derivatives of Gaussians, (n, P, parameters, parameters), from the first ones.

    With f = exp(l): f_ij = f (l_i l_j + l_ij).
    """
    peak, x0, y0, a, b, c = component.T[..., None]
    value = slopes[..., 0] * peak
    dx, dy = 2 * FOUR_LN2 * (x - x0), 2 * FOUR_LN2 * (y - y0)
    curvature = np.zeros((*slopes.shape, slopes.shape[2]))
    curvature[..., 0, 0] = -(peak**-2)
    curvature[..., 1, 1] = -2 * FOUR_LN2 * a
    curvature[..., 1, 2] = curvature[..., 2, 1] = -2 * FOUR_LN2 * b
    curvature[..., 2, 2] = -2 * FOUR_LN2 * c
    if slopes.shape[2] == 6:
        for row, column, entry in ((1, 3, dx), (1, 4, dy), (2, 4, dx), (2, 5, dy)):
            curvature[..., row, column] = curvature[..., column, row] = entry
    logarithmic = slopes / np.where(value == 0, 1, value)[..., None]
    return value[..., None, None] * (
        logarithmic[..., :, None] * logarithmic[..., None, :] + curvature
    )


def bias_of_integrated_flux(components: Array, covariance: Array, bias: Array) -> Array:
    """Bias of peak times area, in units of the noise, from that of the parameters.

    Parameters
    ----------
    components, bias : ndarray, shape (N, 6)
    covariance : ndarray, shape (N, 6, 6)
    """
    peak, _, _, a, b, c = components.T
    determinant = a * c - b**2
    by_shape = np.column_stack([c, -2 * b, a])
    area = determinant**-0.5
    slope = -by_shape * (area**3 / 2)[:, None]
    curvature = by_shape[:, :, None] * by_shape[:, None, :] * (0.75 * area**5)[:, None, None]
    curvature -= (area**3 / 2)[:, None, None] * np.array([[0, 0, 1], [0, -2, 0], [1, 0, 0]])
    first = area * bias[:, 0] + peak * (slope * bias[:, 3:]).sum(axis=1)
    second = (slope * covariance[:, 0, 3:]).sum(axis=1)
    return first + second + peak * (curvature * covariance[:, 3:, 3:]).sum(axis=(1, 2)) / 2
