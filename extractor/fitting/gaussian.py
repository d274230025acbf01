"""Least-squares fits of sums of elliptical Gaussians to many sets of pixels at once.

Everything is in beam coordinates (the beam is a circle of FWHM 1) and in units of the noise, so
that all numbers are of order one. A component is the six numbers peak, x, y, a, b, c of::

    peak * exp(-4 ln2 * (a dx² + 2 b dx dy + c dy²))

where [[a, b], [b, c]] is the inverse of its shape matrix.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2

Array = NDArray[np.float64]

MAX_ITERATIONS = 40
# A fit has converged when a step changes chi-squared by less than this. The noise is 1, so that no
# parameter then moves by more than a few hundredths of its error.
TOLERANCE = 1e-4
FIRST_DAMPING = 1e-3
# Less would be lost in rounding, and a fit to fewer pixels than parameters has a singular matrix.
MIN_DAMPING = 1e-12
MAX_DAMPING = 1e7
# The axes of a component stay within these many beams, and its position within this distance of
# where it began.
MIN_AXIS, MAX_AXIS = 0.3, 30.0
MAX_SHIFT = 1.0

BEAM = np.array([1.0, 0.0, 1.0])


def shapes(components: Array) -> Array:
    """Shape matrices (..., 2, 2) of components (..., 6)."""
    a, b, c = np.moveaxis(components[..., 3:], -1, 0)
    rows = np.stack([np.stack([c, -b], -1), np.stack([-b, a], -1)], -2)
    return rows / (a * c - b**2)[..., None, None]


def areas(components: Array) -> Array:
    """Areas of components (..., 6), in beams."""
    a, b, c = np.moveaxis(components[..., 3:], -1, 0)
    return np.asarray((a * c - b**2) ** -0.5)


def packed(shape: Array) -> tuple[Array, Array, Array]:
    """Return a, b and c of shape matrices (..., 2, 2)."""
    det = shape[..., 0, 0] * shape[..., 1, 1] - shape[..., 0, 1] ** 2
    return shape[..., 1, 1] / det, -shape[..., 0, 1] / det, shape[..., 0, 0] / det


@dataclass(frozen=True, eq=False)
class Fit:
    """Result of `fit`: components (n, K, 6), chi-squared (n,), whether it converged (n,)."""

    components: Array
    chi2: Array
    converged: NDArray[np.bool_]


def model(components: Array, x: Array, y: Array) -> Array:
    """Sum of components, shape (n, K, 6), at positions, shape (n, P)."""
    return _parts(components, x, y)[0].sum(axis=1)


def _parts(components: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Each component's contribution and the offsets from its centre, all of shape (n, K, P)."""
    peak, x0, y0, a, b, c = np.moveaxis(components, -1, 0)[..., None]
    dx, dy = x[:, None] - x0, y[:, None] - y0
    return peak * np.exp(-FOUR_LN2 * (a * dx**2 + 2 * b * dx * dy + c * dy**2)), dx, dy


def jacobian(components: Array, x: Array, y: Array, free_shape: bool) -> tuple[Array, Array]:
    """Model (n, P) and its derivatives (n, P, K * parameters)."""
    part, dx, dy = _parts(components, x, y)
    peak, _, _, a, b, c = np.moveaxis(components, -1, 0)[..., None]
    steep = 2 * FOUR_LN2 * part
    derivatives = [part / peak, steep * (a * dx + b * dy), steep * (b * dx + c * dy)]
    if free_shape:
        derivatives += [-FOUR_LN2 * part * dx**2, -steep * dx * dy, -FOUR_LN2 * part * dy**2]
    stacked = np.stack(derivatives, axis=-1)  # (n, K, P, parameters)
    n, k, p, q = stacked.shape
    return part.sum(axis=1), stacked.transpose(0, 2, 1, 3).reshape(n, p, k * q)


def _allowed(components: Array, start: Array) -> NDArray[np.bool_]:
    """Whether all components of each set keep to their bounds."""
    peak, x, y, a, b, c = np.moveaxis(components, -1, 0)
    mean, half_difference = (a + c) / 2, np.hypot((a - c) / 2, b)
    shift2 = (x - start[..., 1]) ** 2 + (y - start[..., 2]) ** 2
    # A wide source may move by its own width.
    widest2 = 1 / np.clip(mean - half_difference, MAX_AXIS**-2, 1)
    inside = (
        (peak > 0)
        & (shift2 <= MAX_SHIFT**2 * widest2)
        & (mean - half_difference >= MAX_AXIS**-2)
        & (mean + half_difference <= MIN_AXIS**-2)
    )
    return inside.all(axis=1)


def fit(value: Array, weight: Array, x: Array, y: Array, start: Array, free_shape: bool) -> Fit:
    """Fit by damped least squares (Levenberg and Marquardt), every set with its own damping.

    Parameters
    ----------
    value : ndarray, shape (n, P)
        Pixels in units of the noise.
    weight : ndarray, shape (n, P)
        1 for pixels that count, 0 for padding.
    x, y : ndarray, shape (n, P)
        Beam coordinates.
    start : ndarray, shape (n, K, 6)
        First guess, within bounds.
    free_shape : bool
        Whether shapes are fitted, or kept as in `start`.

    Returns
    -------
    Fit
        Of a fit that has not converged, the best that was found.
    """
    n, k, _ = start.shape
    n_free = 6 if free_shape else 3
    best = start.copy()
    chi2 = np.full(n, np.inf)
    converged = np.zeros(n, bool)
    damping = np.full(n, FIRST_DAMPING)
    active = np.arange(n)

    def evaluate(components: Array, rows: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        predicted, slopes = jacobian(components, x[rows], y[rows], free_shape)
        residual = (value[rows] - predicted) * weight[rows]
        slopes *= weight[rows][..., None]
        transposed = slopes.swapaxes(1, 2)
        normal = transposed @ slopes
        gradient = (transposed @ residual[..., None])[..., 0]
        return (residual**2).sum(axis=1), normal, gradient

    chi2, normal, gradient = evaluate(best, active)
    for _ in range(MAX_ITERATIONS):
        # Scaled to a unit diagonal, so that the damped matrix is never singular.
        scale = np.sqrt(np.maximum(np.diagonal(normal, axis1=1, axis2=2), 1e-30))
        matrix = normal / (scale[:, :, None] * scale[:, None, :])
        matrix += damping[active][:, None, None] * np.eye(k * n_free)
        step = np.linalg.solve(matrix, (gradient / scale)[..., None])[..., 0] / scale
        trial = best[active]
        trial[..., :n_free] += step.reshape(-1, k, n_free)
        allowed = _allowed(trial, start[active])
        trial[~allowed] = best[active[~allowed]]
        trial_chi2, trial_normal, trial_gradient = evaluate(trial, active)
        better = allowed & (trial_chi2 <= chi2[active])
        gain = chi2[active] - trial_chi2
        damping[active] = np.maximum(damping[active] * np.where(better, 0.1, 10.0), MIN_DAMPING)
        accepted = active[better]
        best[accepted], chi2[accepted] = trial[better], trial_chi2[better]
        normal[better], gradient[better] = trial_normal[better], trial_gradient[better]
        # A heavily damped step gains little without being at the minimum. At the minimum itself
        # rounding alone may raise chi-squared.
        done = allowed & (np.abs(gain) < TOLERANCE) & (damping[active] < 1)
        converged[active[done]] = True
        going = ~done & (damping[active] < MAX_DAMPING)
        active, normal, gradient = active[going], normal[going], gradient[going]
        if not active.size:
            break
    return Fit(best, chi2, converged)


def moments(value: Array, x: Array, y: Array, start: NDArray[np.intp], threshold: float) -> Array:
    """Components from the moments of islands' pixels.

    Parameters
    ----------
    value, x, y : ndarray, shape (n_pixels,)
        Pixels above `threshold` and their beam coordinates, one island after the other.
    start : ndarray of int, shape (n,)
        Where each island begins.
    threshold : float
        At which the islands were cut.

    Returns
    -------
    ndarray, shape (n, 6)
        The peak is that of the brightest pixel.

    Notes
    -----
    A Gaussian of peak P that is cut at T has second moments that are too small by the factor
    1 - ln(P/T) / (P/T - 1), which is taken out (Spreeuw 2010, PhD thesis, University of Amsterdam,
    section 2.5).
    """
    size = np.diff(np.append(start, value.size))

    def mean(quantity: Array) -> Array:
        return np.add.reduceat(value * quantity, start) / total

    total = np.add.reduceat(value, start)
    peak = np.maximum.reduceat(value, start)
    x0, y0 = mean(x), mean(y)
    dx, dy = x - np.repeat(x0, size), y - np.repeat(y0, size)
    ratio = np.maximum(peak / threshold, 1.01)
    # Shape matrix: 8 ln2 times the second moments. No source is much narrower than the beam.
    correction = 2 * FOUR_LN2 / (1 - np.log(ratio) / (ratio - 1))
    xx, xy, yy = (correction * mean(q) for q in (dx**2, dx * dy, dy**2))
    eigenvalues, vectors = np.linalg.eigh(np.stack([xx, xy, xy, yy], -1).reshape(-1, 2, 2))
    inverse = 1 / np.clip(eigenvalues, 0.5, None)
    matrix = (vectors * inverse[:, None]) @ vectors.swapaxes(1, 2)
    return np.column_stack([peak, x0, y0, matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 1, 1]])
