"""Gaussians as exponentials of polynomials, for which sums over pixels are products of matrices.

The exponent of a Gaussian is a polynomial of second degree::

    ln f = t0 + t1 x + t2 y + t3 x² + t4 x y + t5 y²

Its derivatives by the six coefficients are f times the monomials, the second ones f times products
of these, and a matrix of normal equations is made of fifteen moments of f². Where many sets of
pixels lie in one pattern, the monomials are the same for all of them, and so a single product of
two matrices gives the exponents, or the moments, of all. Arrays have the sets last, so that all
else runs along memory.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2

Array = NDArray[np.float64]

# Powers of x and y of all monomials to the fourth degree; the first six are those of the exponent.
POWERS = [(i - j, j) for i in range(5) for j in range(i + 1)]
# Which of them is the product of two of the first six.
PRODUCT = np.array([[POWERS.index((i + k, j + m)) for k, m in POWERS[:6]] for i, j in POWERS[:6]])


@dataclass(frozen=True, eq=False)
class Monomials:
    """Monomials of the coordinates of pixels.

    Attributes
    ----------
    x, y : ndarray, shape (P,) or (P, n)
        Of the pixels of all sets, or of each of n.
    """

    x: Array
    y: Array

    @property
    def are_shared(self) -> bool:
        """Whether all sets have the same."""
        return self.x.ndim == 1

    def select(self, sets: NDArray[np.intp] | NDArray[np.bool_]) -> "Monomials":
        """Return those of some of the sets."""
        if self.are_shared:
            return self
        some = Monomials(self.x[:, sets], self.y[:, sets])
        some.__dict__["values"] = self.values[..., sets]
        return some

    @cached_property
    def values(self) -> Array:
        """All monomials, shape (15, P) or (15, P, n)."""
        x, y = ([np.ones_like(place)] for place in (self.x, self.y))
        for _ in range(4):
            x.append(x[-1] * self.x)
            y.append(y[-1] * self.y)
        return np.stack([x[i] * y[j] for i, j in POWERS])

    def exponents(self, coefficients: Array) -> Array:
        """Return exponents on the pixels, (K, P, n), from coefficients (6, K, n)."""
        if self.are_shared:
            k, n = coefficients.shape[1:]
            exponents = self.values[:6].T @ coefficients.reshape(6, k * n)
            return np.asarray(exponents.reshape(len(self.x), k, n).swapaxes(0, 1))
        t0, t1, t2, t3, t4, t5 = coefficients[:, :, None]
        x, y = self.x, self.y
        return np.asarray(t0 + x * (t1 + t3 * x + t4 * y) + y * (t2 + t5 * y))

    def moments(self, value: Array, count: int) -> Array:
        """Sum values (P, n) times the first monomials over the pixels, (count, n)."""
        if self.are_shared:
            return np.asarray(self.values[:count] @ value)
        return np.einsum("mpn,pn->mn", self.values[:count], value)

    def quadratic(self, matrix: Array) -> Array:
        """Return the forms m' S m of the monomials m, (P, n), by matrices S (q, q, n)."""
        q = len(matrix)
        coefficients = np.zeros((len(POWERS), matrix.shape[2]))
        for i, j in np.ndindex(q, q):
            coefficients[PRODUCT[i, j]] += matrix[i, j]
        if self.are_shared:
            return np.asarray(self.values.T @ coefficients)
        return np.einsum("mpn,mn->pn", self.values, coefficients)

    def weighted(self, matrix: Array) -> Array:
        """Sum the first monomials times matrices (q, r, n), on the pixels: (P, r, n)."""
        q, r, n = matrix.shape
        if self.are_shared:
            return np.asarray((self.values[:q].T @ matrix.reshape(q, -1)).reshape(-1, r, n))
        return np.einsum("mpn,mrn->prn", self.values[:q], matrix)


def coefficients_of(components: Array) -> Array:
    """Coefficients (6, ...) of components (..., 6) of positive peaks."""
    peak, x, y, a, b, c = np.moveaxis(components, -1, 0)
    along, across = a * x + b * y, b * x + c * y
    return np.stack(
        [
            np.log(peak) - FOUR_LN2 * (along * x + across * y),
            2 * FOUR_LN2 * along,
            2 * FOUR_LN2 * across,
            -FOUR_LN2 * a,
            -2 * FOUR_LN2 * b,
            -FOUR_LN2 * c,
        ]
    )


def components_of(coefficients: Array) -> Array:
    """Peak, x, y, a, b and c, shape (6, ...), of coefficients (6, ...): the other way round."""
    t0, t1, t2, t3, t4, t5 = coefficients
    a, b, c = t3 / -FOUR_LN2, t4 / (-2 * FOUR_LN2), t5 / -FOUR_LN2
    determinant = 2 * FOUR_LN2 * (a * c - b**2)
    x, y = (c * t1 - b * t2) / determinant, (a * t2 - b * t1) / determinant
    return np.stack([np.exp(t0 + (t1 * x + t2 * y) / 2), x, y, a, b, c])


def about_centres(components: Array, quantity: Array) -> Array:
    """Coefficients counted from the origin, (6, ..., n), as those from centres of components.

    The centres are those of components (6, n). A change of coordinates is linear in the
    coefficients.
    """
    x, y = components[1:3]
    q = quantity
    result = q.copy()
    result[0] += q[1] * x + q[2] * y + q[3] * x**2 + q[4] * x * y + q[5] * y**2
    result[1] += 2 * x * q[3] + y * q[4]
    result[2] += x * q[4] + 2 * y * q[5]
    return result


def by_component(components: Array, quantity: Array) -> Array:
    """Small changes of coefficients counted from the centres, (6, ..., n), as of components."""
    peak, _, _, a, b, c = components
    determinant = 2 * FOUR_LN2 * (a * c - b**2)
    q = quantity
    return np.stack(
        [
            peak * q[0],
            (c * q[1] - b * q[2]) / determinant,
            (a * q[2] - b * q[1]) / determinant,
            q[3] / -FOUR_LN2,
            q[4] / (-2 * FOUR_LN2),
            q[5] / -FOUR_LN2,
        ]
    )
