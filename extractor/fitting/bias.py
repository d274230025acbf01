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

from extractor.fitting.exponents import Monomials, about_centres, by_component
from extractor.geometry.ellipses import FOUR_LN2

Array = NDArray[np.float64]


def bias_of_coefficients(
    part: Array,
    monomials: Monomials,
    slopes: Array,
    smoothed: Array,
    inverse: Array,
    covariance: Array,
) -> Array:
    """Bias of the coefficients of the exponents.

    By these coefficients the second derivatives of a Gaussian are itself times the products of two
    monomials m, so that all sums over them are polynomials on the pixels.

    Parameters
    ----------
    part : ndarray, shape (K, P, n)
        The components, 0 where padded.
    monomials : Monomials
        Of the pixels.
    slopes, smoothed : ndarray, shape (P, K * free, n)
        J and C J.
    inverse, covariance : ndarray, shape (K * free, K * free, n)
        A^-1 and the covariance S of the coefficients.

    Returns
    -------
    ndarray, shape (K * free, n)
    """
    k = len(part)
    n_free = slopes.shape[1] // k
    blocks = [slice(i * n_free, (i + 1) * n_free) for i in range(k)]
    traces = [
        monomials.quadratic(covariance[one, one]) * f for one, f in zip(blocks, part, strict=True)
    ]
    shift = traces[0] if k == 1 else np.sum(traces, axis=0)  # tr(H S)
    force = []
    for i, one in enumerate(blocks):
        # How the coefficients go with the residuals: E[d r'] = A^-1 J' C - S J'; of that m' d.
        together = np.einsum("pqn,pqn->pn", smoothed, monomials.weighted(inverse[one]))
        if k == 1:
            together -= traces[i]
        else:
            together -= np.einsum("pqn,pqn->pn", slopes, monomials.weighted(covariance[one]))
        force.append(monomials.moments(part[i] * (together - shift / 2), n_free))
    return np.einsum("ijn,jn->in", inverse, np.concatenate(force))


def bias_of_components(components: Array, covariance: Array, bias: Array) -> Array:
    """Bias of peaks and shapes from that of the coefficients of the exponents.

    Parameters
    ----------
    components : ndarray, shape (6, n)
    covariance : ndarray, shape (6, 6, n)
        Of the coefficients counted from the components' centres.
    bias : ndarray, shape (6, n)
        Of those counted from the origin.

    Returns
    -------
    ndarray, shape (6, n)
        NaN for the positions, which nobody asks for.

    Notes
    -----
    About its centre a peak is exp(t0 + t' K^-1 t / 4), with t = (t1, t2) = 0 and K the matrix of
    the second degree; the shape is linear in the coefficients.
    """
    peak, _, _, a, b, c = components
    result = by_component(components, about_centres(components, bias))
    along, cross, across = covariance[1, 1], covariance[1, 2], covariance[2, 2]
    bent = (c * along - 2 * b * cross + a * across) / (FOUR_LN2 * (a * c - b**2))  # tr(K^-1 S)
    result[0] += peak * (covariance[0, 0] / 2 + bent / 4)
    result[1:3] = np.nan
    return result


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
