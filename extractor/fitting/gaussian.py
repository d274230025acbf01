"""Least-squares fits of sums of elliptical Gaussians to many sets of pixels at once.

Everything is in beam coordinates (the beam is a circle of FWHM 1) and in units of the noise, so
that all numbers are of order one. A component is the six numbers peak, x, y, a, b, c of::

    peak * exp(-4 ln2 * (a dx² + 2 b dx dy + c dy²))

where [[a, b], [b, c]] is the inverse of its shape matrix.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from extractor.fitting import stacks
from extractor.fitting.exponents import (
    POWERS,
    PRODUCT,
    Monomials,
    coefficients_of,
    components_of,
)
from extractor.geometry.ellipses import FOUR_LN2

Array = NDArray[np.float64]

MAX_ITERATIONS = 40
# A fit has converged with a step that promises to change chi-squared by less than this. The noise
# is 1, so that no parameter then moves by more than a few hundredths of its error.
TOLERANCE = 1e-4
# Longer first steps lead astray where little of a source is seen.
FIRST_DAMPING = 1e-2
# Less would be lost in rounding, and a fit to fewer pixels than parameters has a singular matrix.
MIN_DAMPING = 1e-12
MAX_DAMPING = 1e7
TINY = 1e-30
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
    peak, x0, y0, a, b, c = np.moveaxis(components, -1, 0)[..., None]
    dx, dy = x[:, None] - x0, y[:, None] - y0
    parts = peak * np.exp(-FOUR_LN2 * (a * dx**2 + 2 * b * dx * dy + c * dy**2))
    return np.asarray(parts.sum(axis=1))


def _allowed(components: Array, start: Array) -> NDArray[np.bool_]:
    """Whether all components of each set, shape (6, K, n), keep to their bounds."""
    peak, x, y, a, b, c = components
    mean, half_difference = (a + c) / 2, np.hypot((a - c) / 2, b)
    shift2 = (x - start[1]) ** 2 + (y - start[2]) ** 2
    # A wide source may move by its own width.
    widest2 = 1 / np.clip(mean - half_difference, MAX_AXIS**-2, 1)
    inside = (
        (peak > 0)
        & (shift2 <= MAX_SHIFT**2 * widest2)
        & (mean - half_difference >= MAX_AXIS**-2)
        & (mean + half_difference <= MIN_AXIS**-2)
    )
    return np.asarray(inside.all(axis=0))


def fit(value: Array, weight: Array, monomials: Monomials, start: Array, free_shape: bool) -> Fit:
    """Fit by damped least squares (Levenberg and Marquardt), every set with its own damping.

    The steps are those of the coefficients of the exponents (`extractor.fitting.exponents`), of
    which the first three are peak and position if the others, the shape, are held.

    Parameters
    ----------
    value : ndarray, shape (P, n)
        Pixels in units of the noise, 0 where padded.
    weight : ndarray, shape (P, n)
        1 for pixels that count, 0 for padding.
    monomials : Monomials
        Of the beam coordinates of the pixels.
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
    begin = np.moveaxis(start, 0, -1).swapaxes(0, 1)  # (6, K, n)
    best = coefficients_of(start.swapaxes(0, 1))
    best_chi2 = np.full(n, np.inf)
    converged = np.zeros(n, bool)
    active = np.arange(n)
    current, damping = best.copy(), np.full(n, FIRST_DAMPING)
    chi2, second, gradient = _evaluated(value, weight, monomials, current, n_free)
    for _ in range(MAX_ITERATIONS):
        matrix = _normal(second, k)
        diagonal = np.einsum("iin->in", matrix)
        diagonal += damping * np.maximum(diagonal, TINY)  # so that it is never singular
        step = stacks.solve(matrix, gradient)
        trial = current.copy()
        trial[:n_free] += step.reshape(k, n_free, -1).swapaxes(0, 1)
        with np.errstate(all="ignore"):  # a step may lead to what is no Gaussian
            allowed = _allowed(components_of(trial), begin)
        # A heavily damped step gains little without being at the minimum.
        promised = np.einsum("in,in->n", step, gradient)
        last = allowed & (promised < TOLERANCE) & (damping < 1)
        if last.any():
            done = active[last]
            best[..., done], best_chi2[done] = trial[..., last], (chi2 - promised)[last]
            converged[done] = True
        going = np.flatnonzero(~last & (damping < MAX_DAMPING))
        if not going.size:
            break
        if going.size < active.size:
            active, allowed, monomials = active[going], allowed[going], monomials.select(going)
            value, weight, begin, current, damping, chi2, second, gradient, trial = (
                array[..., going]
                for array in (
                    value, weight, begin, current, damping, chi2, second, gradient, trial
                )
            )  # fmt: skip
        if not allowed.all():
            trial[..., ~allowed] = current[..., ~allowed]
        present = current, chi2, second, gradient
        new = trial, *_evaluated(value, weight, monomials, trial, n_free)
        better = allowed & (new[1] <= chi2)
        damping = np.maximum(damping * np.where(better, 0.1, 10.0), MIN_DAMPING)
        worse = np.flatnonzero(~better)
        for after, before in zip(new, present, strict=True) if worse.size else ():
            after[..., worse] = before[..., worse]
        current, chi2, second, gradient = new
        best[..., active], best_chi2[active] = current, chi2
    return Fit(components_of(best).transpose(2, 1, 0).copy(), best_chi2, converged)


def _evaluated(
    value: Array, weight: Array, monomials: Monomials, coefficients: Array, n_free: int
) -> tuple[Array, Array, Array]:
    """Chi-squared (n,), moments of products of two components, and gradients (K * free, n)."""
    part = np.exp(monomials.exponents(coefficients))
    part *= weight
    residual = value - (part[0] if len(part) == 1 else part.sum(axis=0))
    gradient = np.concatenate([monomials.moments(one * residual, n_free) for one in part])
    count = len(POWERS) if n_free == 6 else 6
    pairs = combinations_with_replacement(part, 2)
    second = np.stack([monomials.moments(one * other, count) for one, other in pairs])
    return np.einsum("pn,pn->n", residual, residual), second, gradient


def _normal(second: Array, k: int) -> Array:
    """Return normal matrices (K * free, K * free, n) of K components from moments of `_evaluated`.

    The moments, shape (pairs, count, n), are those of the fourth degree if the shapes are free,
    else of the second.
    """
    table = PRODUCT if second.shape[1] == len(POWERS) else PRODUCT[:3, :3]
    if k == 1:
        return np.asarray(second[0][table])
    n_free, n = len(table), second.shape[2]
    normal = np.empty((k, n_free, k, n_free, n))
    pairs = combinations_with_replacement(range(k), 2)
    for (i, j), moments in zip(pairs, second, strict=True):
        normal[i, :, j] = normal[j, :, i] = moments[table]
    return normal.reshape(k * n_free, k * n_free, n)


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
