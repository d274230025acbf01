"""Errors of fits in noise that is correlated from pixel to pixel.

A least-squares fit on pixels z with derivatives J, all counting alike, moves by ``A^-1 J' n`` for
noise n, with ``A = J' J``. Its covariance is therefore the "sandwich" ``A^-1 J' C J A^-1``, with C
the correlation of the noise between the pixels: whatever that is, the errors are true. Where C is
the unit matrix it is the familiar ``A^-1``.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from extractor.fitting import gaussian, stacks
from extractor.fitting.bias import bias_of_coefficients, bias_of_components
from extractor.fitting.exponents import (
    Monomials,
    about_centres,
    by_component,
    coefficients_of,
)
from extractor.fitting.fits import Errors
from extractor.fitting.pixel_sets import Alike
from extractor.geometry.ellipses import axes, determinant, transformed
from extractor.noise.correlation import Correlation

Array = NDArray[np.float64]

SHAPE = ("major", "minor", "pa")
# A normal matrix, scaled to a unit diagonal, with a smaller pivot does not determine a fit.
SINGULAR = 1e-9


def covariance_and_bias(
    sets: Alike, noise: Correlation, components: Array, free_shape: bool
) -> tuple[Array, Array]:
    """Covariance and bias of the parameters of fits.

    Both follow for the coefficients of the exponents (`extractor.fitting.exponents`), of which the
    parameters are functions.

    Parameters
    ----------
    sets : Alike
        On which the fits were made, n of them.
    noise : Correlation
    components : ndarray, shape (n, K, 6)
        Positions about the middles of the sets.
    free_shape : bool
        Whether the shapes were fitted.

    Returns
    -------
    covariance : ndarray, shape (n, K, 6, 6)
        Of each component; 0 for what was not fitted, NaN where there are too few pixels.
    bias : ndarray, shape (n, K, 6)
        See `extractor.fitting.bias`; NaN for positions.
    """
    n, k, _ = components.shape
    n_free = 6 if free_shape else 3
    part = np.exp(sets.monomials.exponents(coefficients_of(components.swapaxes(0, 1))))
    part *= sets.weight
    slopes = _slopes(part, sets.monomials, n_free)  # J
    smoothed = sets.smoothed(noise, slopes)  # C J
    inverse = stacks.inverses(_products(slopes, slopes), SINGULAR)
    noise_products = _products(slopes, smoothed)
    whole = np.einsum("ijn,jkn->ikn", np.einsum("ijn,jkn->ikn", inverse, noise_products), inverse)
    raw = bias_of_coefficients(part, sets.monomials, slopes, smoothed, inverse, whole)
    blocks, raw_bias = np.zeros((6, 6, k, n)), np.zeros((6, k, n))
    for i in range(k):
        one = slice(i * n_free, (i + 1) * n_free)
        blocks[:n_free, :n_free, i] = whole[one, one]
        raw_bias[:n_free, i] = raw[one]
    flat = components.transpose(2, 1, 0).reshape(6, -1)
    covariance: Array = blocks.reshape(6, 6, -1)
    covariance = _on_both_sides(about_centres, flat, covariance)
    bias = bias_of_components(flat, covariance, raw_bias.reshape(6, -1))
    covariance = _on_both_sides(by_component, flat, covariance)
    return (
        covariance.reshape(6, 6, k, n).transpose(3, 2, 0, 1),
        bias.reshape(6, k, n).transpose(2, 1, 0),
    )


def _on_both_sides(
    change: Callable[[Array, Array], Array], components: Array, matrix: Array
) -> Array:
    """Covariances, (6, 6, n), after a linear change of what they are of."""
    half = change(components, matrix).swapaxes(0, 1)
    return change(components, half).swapaxes(0, 1)


def _slopes(part: Array, monomials: Monomials, n_free: int) -> Array:
    """Return derivatives of components (K, P, n) by their coefficients, (P, K * free, n)."""
    k, p, n = part.shape
    factor = monomials.values[:n_free].swapaxes(0, 1).reshape(p, n_free, -1)
    slopes = np.empty((p, k, n_free, n))
    for i, one in enumerate(part):
        np.multiply(one[:, None], factor, out=slopes[:, i])
    return slopes.reshape(p, k * n_free, n)


def _products(left: Array, right: Array) -> Array:
    """Symmetric products over the pixels, (q, q, n), of (P, q, n) and (P, q, n)."""
    q, n = left.shape[1:]
    result = np.empty((q, q, n))
    for i in range(q):
        for j in range(i, q):
            result[i, j] = result[j, i] = np.einsum("pn,pn->n", left[:, i], right[:, j])
    return result


def at_lower_peaks(covariance: Array, ratio: Array) -> Array:
    """Covariance of the parameters of components whose peaks are lower than those it was made for.

    Gaussians change with place and shape in proportion to their peaks, so that the noise moves
    these the farther the lower the peaks are (Condon 1997, PASP 109, 166); peaks as before.

    Parameters
    ----------
    covariance : ndarray, shape (N, 6, 6)
    ratio : ndarray, shape (N,)
        By how much it was made for higher peaks.
    """
    lower = covariance * (ratio**2)[:, None, None]
    lower[:, 0] /= ratio[:, None]
    lower[:, :, 0] /= ratio[:, None]
    return lower


def errors_of_fluxes(covariance: Array, components: Array) -> tuple[Array, Array]:
    """Errors of peaks, and of integrated fluxes, from the covariance of the parameters.

    Parameters
    ----------
    covariance : ndarray, shape (N, 6, 6)
    components : ndarray, shape (N, 6)

    Returns
    -------
    peak, integrated : ndarray, shape (N,)
        In units of the noise, the second times the area of the beam.
    """
    shape = gaussian.shapes(components)
    area = np.sqrt(determinant(shape))
    # d ln area = -1/2 tr(W d[[a, b], [b, c]])
    integrated = np.zeros_like(components)
    integrated[:, 0] = area
    by_shape = np.column_stack([shape[:, 0, 0], 2 * shape[:, 0, 1], shape[:, 1, 1]])
    integrated[:, 3:] = -(components[:, 0] * area / 2)[:, None] * by_shape
    return np.sqrt(covariance[:, 0, 0]), _deviation(integrated, covariance)


def _deviation(gradient: Array, covariance: Array) -> Array:
    """Deviation of what has this gradient by the parameters, (N, 6)."""
    change = np.einsum("nij,nj->ni", covariance, gradient)
    variance = np.einsum("ni,ni->n", gradient, change)
    return np.sqrt(np.where(variance >= 0, variance, np.nan))


def errors_on_sky(covariance: Array, components: Array, transform: Array) -> Errors:
    """Errors on the sky from the covariance of the parameters.

    Parameters
    ----------
    covariance : ndarray, shape (N, 6, 6)
    components : ndarray, shape (N, 6)
    transform : ndarray, shape (N, 2, 2)
        From beam coordinates to the sky: (east, north) in degrees.
    """
    shape = gaussian.shapes(components)
    zero = np.zeros(len(components))

    def of_shape(left: Array, right: Array) -> Array:
        """Gradient of left' W right for the shape matrix W: dW = -W d[[a, b], [b, c]] W."""
        p, q = (np.einsum("nij,nj->ni", shape, side) for side in (left, right))
        a, b, c = p[:, 0] * q[:, 0], p[:, 0] * q[:, 1] + p[:, 1] * q[:, 0], p[:, 1] * q[:, 1]
        return -np.column_stack([zero, zero, zero, a, b, c])

    east, north = transform[:, 0], transform[:, 1]
    peak, integrated = errors_of_fluxes(covariance, components)
    on_sky, beam = transformed(shape, transform), transformed(np.eye(2), transform)
    figures = {
        "peak": peak,
        "integrated": integrated,
        "ra": _deviation(np.column_stack([zero, east, zero, zero, zero]), covariance),
        "dec": _deviation(np.column_stack([zero, north, zero, zero, zero]), covariance),
    }
    # What was held has no variance.
    unknown = np.where(np.diagonal(covariance, axis1=1, axis2=2)[:, 3:].any(axis=1), 1, np.nan)
    for prefix, matrix, root in (
        ("", on_sky, _of_root),
        ("deconvolved_", on_sky - beam, _of_root_near_zero),
    ):
        pa = np.radians(axes(matrix)[2])
        along = np.column_stack([np.sin(pa), np.cos(pa)])
        across = np.column_stack([np.cos(pa), -np.sin(pa)])
        # For f = l' T W T' r the gradient is that of W between T' l and T' r.
        u, v = (np.einsum("ni,nij->nj", side, transform) for side in (along, across))
        squares = [np.einsum("ni,nij,nj->n", side, matrix, side) for side in (along, across)]
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = _deviation(of_shape(u, v), covariance) / (squares[0] - squares[1])
        lengths = [
            root(square, _deviation(of_shape(side, side), covariance))
            for square, side in zip(squares, (u, v), strict=True)
        ]
        # An angle that is known no better than this is not known.
        angle = np.degrees(np.where(turn < np.pi / 2, turn, np.pi / 2))
        for name, figure in zip(SHAPE, (*lengths, angle), strict=True):
            figures[prefix + name] = figure * unknown
    return Errors(**figures)


def _of_root(square: Array, error: Array) -> Array:
    """Error of a length from that of its square."""
    return error / (2 * np.sqrt(square))


def _of_root_near_zero(square: Array, error: Array) -> Array:
    """Error of a length whose square may be zero or less: the further of the ways up and down."""
    square = np.maximum(square, 0)
    length = np.sqrt(square)
    down = length - np.sqrt(np.maximum(square - error, 0))
    return np.maximum(np.sqrt(square + error) - length, down)
