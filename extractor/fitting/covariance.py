"""Errors of fits in noise that is correlated from pixel to pixel.

A least-squares fit on pixels z with derivatives J, all counting alike, moves by ``A^-1 J' n`` for
noise n, with ``A = J' J``. Its covariance is therefore the "sandwich" ``A^-1 J' C J A^-1``, with C
the correlation of the noise between the pixels: whatever that is, the errors are true. Where C is
the unit matrix it is the familiar ``A^-1``.
"""

import numpy as np
from numpy.typing import NDArray

from extractor.fitting import gaussian
from extractor.fitting.bias import bias_of_parameters
from extractor.fitting.fits import Errors
from extractor.fitting.pixel_sets import PixelSets
from extractor.geometry.ellipses import axes
from extractor.noise.correlation import Correlation

Array = NDArray[np.float64]

SHAPE = ("major", "minor", "pa")
# A normal matrix, scaled to a unit diagonal, with a smaller eigenvalue does not determine a fit.
SINGULAR = 1e-9


def covariance_and_bias(
    sets: PixelSets, noise: Correlation, components: Array, free_shape: bool
) -> tuple[Array, Array]:
    """Covariance and bias of the parameters of fits.

    Parameters
    ----------
    sets : PixelSets
        On which the fits were made, n of them.
    noise : Correlation
    components : ndarray, shape (n, K, 6)
    free_shape : bool
        Whether the shapes were fitted.

    Returns
    -------
    covariance : ndarray, shape (n, K, 6, 6)
        Of each component; 0 for what was not fitted, NaN where there are too few pixels.
    bias : ndarray, shape (n, K, 6)
        See `extractor.fitting.bias`.
    """
    n, k, _ = components.shape
    n_free = 6 if free_shape else 3
    _, slopes = gaussian.jacobian(components, sets.x, sets.y, free_shape)
    slopes *= sets.weight[..., None]
    smoothed = sets.smoothed(noise, slopes)
    inverse = _inverse(slopes.swapaxes(1, 2) @ slopes)
    whole = inverse @ (slopes.swapaxes(1, 2) @ smoothed) @ inverse
    covariance, bias = np.zeros((n, k, 6, 6)), np.zeros((n, k, 6))
    for i in range(k):
        one = slice(i * n_free, (i + 1) * n_free)
        covariance[:, i, :n_free, :n_free] = whole[:, one, one]
    bias[..., :n_free] = bias_of_parameters(
        components, sets.x, sets.y, slopes, inverse, smoothed, whole
    )
    return covariance, bias


def _inverse(normal: Array) -> Array:
    """Inverses of normal matrices, NaN for those that are singular."""
    scale = 1 / np.sqrt(np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-30))
    scale = scale[:, :, None] * scale[:, None, :]
    scaled = normal * scale
    good = np.flatnonzero(np.isfinite(scaled).all(axis=(1, 2)))
    good = good[np.linalg.eigvalsh(scaled[good])[:, 0] > SINGULAR]
    inverse = np.full_like(normal, np.nan)
    inverse[good] = np.linalg.inv(scaled[good]) * scale[good]
    return inverse


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

    def deviation(gradient: Array) -> Array:
        variance = np.einsum("ni,nij,nj->n", gradient, covariance, gradient)
        return np.sqrt(np.where(variance >= 0, variance, np.nan))

    def of_shape(left: Array, right: Array) -> Array:
        """Gradient of left' W right for the shape matrix W: dW = -W d[[a, b], [b, c]] W."""
        p, q = ((shape @ side[..., None])[..., 0] for side in (left, right))
        a, b, c = p[:, 0] * q[:, 0], p[:, 0] * q[:, 1] + p[:, 1] * q[:, 0], p[:, 1] * q[:, 1]
        return -np.column_stack([zero, zero, zero, a, b, c])

    east, north = transform[:, 0], transform[:, 1]
    peak = components[:, 0]
    area = np.sqrt(np.linalg.det(shape))
    # d ln area = -1/2 tr(W d[[a, b], [b, c]])
    integrated = -(peak * area / 2)[:, None] * np.column_stack(
        [zero, zero, zero, shape[:, 0, 0], 2 * shape[:, 0, 1], shape[:, 1, 1]]
    )
    integrated[:, 0] = area
    on_sky = transform @ shape @ transform.swapaxes(-1, -2)
    beam = transform @ transform.swapaxes(-1, -2)
    figures = {
        "peak": np.sqrt(covariance[:, 0, 0]),
        "integrated": deviation(integrated),
        "ra": deviation(np.column_stack([zero, east, zero, zero, zero])),
        "dec": deviation(np.column_stack([zero, north, zero, zero, zero])),
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
        u, v = ((side[:, None] @ transform)[:, 0] for side in (along, across))
        squares = [((side[:, None] @ matrix)[:, 0] * side).sum(axis=1) for side in (along, across)]
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = deviation(of_shape(u, v)) / (squares[0] - squares[1])
        lengths = [
            root(square, deviation(of_shape(side, side)))
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
