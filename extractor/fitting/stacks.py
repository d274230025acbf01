"""Linear algebra on stacks of small symmetric matrices, shape (q, q, n), the stack last.

LAPACK is called once for each matrix and takes a microsecond or two for that; here each operation
is made for all of them at once, in memory order. (Golub & Van Loan 2013, Matrix Computations, 4th
edition, section 4.2.)
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Of fewer matrices than this LAPACK is the faster one.
MANY = 48


def solve(matrix: Array, right: Array) -> Array:
    """Solutions (q, n) of equations with positive definite matrices and right sides (q, n)."""
    if matrix.shape[2] >= MANY:
        return solved(cholesky(matrix)[0], right)
    x = np.linalg.solve(matrix.transpose(2, 0, 1), right.T[..., None])
    return np.asarray(x[..., 0].T)


def cholesky(matrix: Array) -> tuple[Array, Array]:
    """Lower triangles L with L L' = matrix; those of singular matrices are of no use.

    Returns
    -------
    triangle : ndarray, shape (q, q, n)
        Only what is on and below the diagonal counts.
    pivot : ndarray, shape (n,)
        The smallest square of L's diagonal, 0 or less for a singular matrix.
    """
    left = matrix.copy()
    least = np.full(matrix.shape[2], np.inf)
    for j in range(len(left)):
        pivot = left[j, j].copy()
        np.fmin(least, pivot, out=least)
        left[j:, j] /= np.sqrt(np.where(pivot > 0, pivot, np.inf))
        below = left[j + 1 :, j]
        left[j + 1 :, j + 1 :] -= below[:, None] * below  # also above the diagonal: in one step
    return left, least


def solved(triangle: Array, right: Array) -> Array:
    """Solutions of L L' x = right for right sides of shape (q, ..., n)."""
    x = right.copy()
    q = len(triangle)
    lower = triangle.reshape(q, q, *[1] * (right.ndim - 2), -1)
    for j in range(q):
        x[j] /= lower[j, j]
        x[j + 1 :] -= lower[j + 1 :, j] * x[j]
    for j in reversed(range(q)):
        x[j] /= lower[j, j]
        x[:j] -= lower[j, :j] * x[j]
    return x


def inverses(matrix: Array, least: float) -> Array:
    """Inverses of matrices; NaN for those that, scaled to a unit diagonal, have a lesser pivot."""
    q = len(matrix)
    scale = 1 / np.sqrt(np.maximum(np.einsum("iin->in", matrix), 1e-30))
    scale = scale[:, None] * scale
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        triangle, pivot = cholesky(matrix * scale)
        unit = np.broadcast_to(np.eye(q)[..., None], matrix.shape)
        result = solved(triangle, unit) * scale
    result[:, :, ~(pivot > least)] = np.nan
    return result
