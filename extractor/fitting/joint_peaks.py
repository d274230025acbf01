"""The peaks of Gaussians of given positions and shapes, those that overlap solved for jointly.

For position i the least-squares condition on its own pixels is ``sum_j A_ij peak_j = b_i`` with
``A_ij = sum_p g_i(p) g_j(p)`` and ``b_i = sum_p g_i(p) z(p)``. The estimate is linear in the
pixels z, so that its covariance follows from the correlation C of the noise: ``A^-1 N A^-T`` with
``N_ij = sum_pq g_i(p) C(p, q) g_j(q)``.

Positions that cannot be told apart would make A singular. So the first of them, a *leader*, is
solved for, and those that coincide with it *follow*: each gets the flux that is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.fitting.patches import CHUNK, REACH, SAME, Patches
from extractor.geometry.ellipses import inverse
from extractor.noise.correlation import Correlation

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# More sources than this in one blend are not solved jointly.
MAX_GROUP = 1500


@dataclass(frozen=True, eq=False)
class Peaks:
    """Peaks and their errors in units of the noise, reduced chi-squared, and which are blended."""

    peak: Array
    error: Array
    chi2: Array
    blended: NDArray[np.bool_]

    def spread(self, rows: Index, n: int) -> "Peaks":
        """Return the same as some rows of n, all others unknown."""
        peak, error, chi2 = np.full((3, n), np.nan)
        peak[rows], error[rows], chi2[rows] = self.peak, self.error, self.chi2
        blended = np.zeros(n, bool)
        blended[rows] = self.blended
        return Peaks(peak, error, chi2, blended)


@dataclass(frozen=True, eq=False)
class _Overlaps:
    """Gaussians that reach pixels of others: that of position `j` those of position `i`, (k,).

    Every pair is there twice, the second half of the rows being the first the other way round.
    `gaussian`, shape (P, k), is g_j on the pixels of i, and `a` is A_ij.
    """

    i: Index
    j: Index
    gaussian: Array
    a: Array


@dataclass(frozen=True, eq=False)
class _Equations:
    """A, b and N: of each position, shape (n,), and off the diagonal, shape (k,) as in `_Overlaps`.

    `variance` is that of the peak of each position alone, N_ii / A_ii². `coupled` tells which rows
    of the overlaps are solved for jointly; `group` numbers, shape (n,), what they connect, `size`
    positions in all.
    """

    a_self: Array
    b: Array
    variance: Array
    overlaps: _Overlaps
    noise: Array
    coupled: NDArray[np.bool_]
    group: Index
    size: Index

    def blends(self) -> Iterator[Index]:
        """Positions of the groups of equal size, shape (groups, size), of each size beyond 1."""
        for k in np.unique(self.size[(self.size > 1) & (self.size <= MAX_GROUP)]).tolist():
            flat = np.flatnonzero(self.size == k)
            yield flat[np.argsort(self.group[flat], kind="stable")].reshape(-1, k)

    def dense(self, members: Index) -> tuple[Array, Array]:
        """Return A and N of groups of such members, shape (groups, size, size)."""
        n_groups, k = members.shape
        block, slot = np.full((2, len(self.b)), -1)
        block[members] = np.arange(n_groups)[:, None]
        slot[members] = np.arange(k)
        i, j = self.overlaps.i, self.overlaps.j
        inside = self.coupled & (slot[i] >= 0)
        where = (block[i[inside]], slot[i[inside]], slot[j[inside]])
        a, noise = np.zeros((2, n_groups, k, k))
        diagonal = np.arange(k)
        a[:, diagonal, diagonal] = self.a_self[members]
        noise[:, diagonal, diagonal] = (self.variance * self.a_self**2)[members]
        a[where], noise[where] = self.overlaps.a[inside], self.noise[inside]
        return a, noise


def solve(patches: Patches, correlation: Correlation) -> Peaks:
    """Fit the peak of the Gaussian at each position."""
    first, second, distance = _neighbours(patches)
    blended = np.zeros(len(patches), bool)
    blended[first], blended[second] = True, True
    same = distance < SAME * patches.beam[first]
    follows = _followers(first[same], second[same], len(patches))
    overlaps = _overlaps(patches, first[~same], second[~same])
    equations = _equations(patches, correlation, overlaps, follows)
    peak, variance = _solved(equations)
    _correct_followers(peak, equations, follows)
    chi2 = _reduced_chi2(patches, overlaps, peak, follows)
    return Peaks(peak, np.sqrt(variance), chi2, blended)


def _overlaps(patches: Patches, first: Index, second: Index) -> _Overlaps:
    """Gaussians of both of each pair on the other's pixels."""
    i, j = np.concatenate([first, second]), np.concatenate([second, first])
    gaussian = patches.gaussian(j, i)
    return _Overlaps(i, j, gaussian, np.einsum("pk,pk->k", patches.own.take(i, axis=1), gaussian))


def _equations(
    patches: Patches, correlation: Correlation, overlaps: _Overlaps, follows: NDArray[np.bool_]
) -> _Equations:
    """Equations of all positions; only leaders are coupled."""
    own = patches.own
    a_self = np.einsum("pn,pn->n", own, own)
    i, j = overlaps.i, overlaps.j
    leading = ~follows[i] & ~follows[j]
    group, size = _groups(i[leading], j[leading], len(patches))
    coupled = leading & (size[i] <= MAX_GROUP)
    n_pairs = len(i) // 2
    once = np.flatnonzero(coupled[:n_pairs])
    noise = np.zeros(n_pairs)
    noise[once] = _noise(patches, correlation, i[once], j[once])
    return _Equations(
        a_self=a_self,
        b=np.einsum("pn,pn->n", own, patches.value),
        variance=patches.noise / a_self**2,
        overlaps=overlaps,
        noise=np.concatenate([noise, noise]),
        coupled=coupled,
        group=group,
        size=size,
    )


def _solved(equations: _Equations) -> tuple[Array, Array]:
    """Peaks and their variances, in units of the noise: of each alone, or of its whole blend."""
    peak = equations.b / equations.a_self
    variance = equations.variance.copy()
    for members in equations.blends():
        a, noise = equations.dense(members)
        solution = inverse(a) if a.shape[1] == 2 else np.linalg.inv(a)
        peak[members] = np.einsum("gij,gj->gi", solution, equations.b[members])
        variance[members] = np.einsum("gij,gij->gi", solution @ noise, solution)
    return peak, variance


def _correct_followers(peak: Array, equations: _Equations, follows: NDArray[np.bool_]) -> None:
    """Subtract from the peaks of followers what the leaders around them contribute.

    But for the leader with which each coincides. The leaders' own errors hardly change theirs.
    """
    i, j, a = equations.overlaps.i, equations.overlaps.j, equations.overlaps.a
    toward = follows[i] & ~follows[j]
    i, j, a = i[toward], j[toward], a[toward]
    np.subtract.at(peak, i, a * peak[j] / equations.a_self[i])


def _reduced_chi2(
    patches: Patches, overlaps: _Overlaps, peak: Array, follows: NDArray[np.bool_]
) -> Array:
    """Reduced chi-squared on the pixels of each position; NaN with one pixel."""
    residual = patches.own * peak
    if len(overlaps.j):
        others = np.where(follows[overlaps.j], 0, peak[overlaps.j]) * overlaps.gaussian
        residual += patches.summed(others, overlaps.i)
    residual -= patches.value
    freedom = patches.weight.sum(axis=0) - 1
    squares = np.einsum("pn,pn->n", residual, residual)
    return np.asarray(squares / np.where(freedom > 0, freedom, np.nan))


def _noise(patches: Patches, correlation: Correlation, i: Index, j: Index) -> Array:
    """N_ij, the covariance of b_i and b_j in units of the local noise, shape (len,).

    Pairs whose pixels have the same patterns, equally far apart, share a matrix of correlations.
    """
    own, pattern, x, y = patches.own, patches.pattern, patches.x, patches.y
    columns = np.stack([pattern[i], pattern[j], x[i] - x[j], y[i] - y[j]])
    least = columns.min(axis=1, initial=0)
    extent = columns.max(axis=1, initial=0) - least + 1
    keys, kind = np.unique(
        np.ravel_multi_index(columns - least[:, None], extent), return_inverse=True
    )
    kinds = np.column_stack(np.unravel_index(keys, extent)) + least
    order = np.argsort(kind, kind="stable")
    first = np.searchsorted(kind[order], np.arange(len(kinds) + 1))
    own_i, own_j = own.take(i[order], axis=1), own.take(j[order], axis=1)
    smooth = np.empty(own_j.shape)
    step = max(1, CHUNK // max(len(own) ** 2, 1))
    for low in range(0, len(kinds), step):
        p, q, dx, dy = kinds[low : low + step, :, None, None].swapaxes(0, 1)
        between = correlation.at(
            dx + patches.dx.T[p[:, 0, 0], :, None] - patches.dx.T[q[:, 0, 0], None],
            dy + patches.dy.T[p[:, 0, 0], :, None] - patches.dy.T[q[:, 0, 0], None],
        )
        for number, matrix in enumerate(between, low):
            pairs = slice(first[number], first[number + 1])
            np.matmul(matrix, own_j[:, pairs], out=smooth[:, pairs])
    result = np.empty(len(i))
    result[order] = np.einsum("pk,pk->k", own_i, smooth)
    return result


def _neighbours(patches: Patches) -> tuple[Index, Index, Array]:
    """Pairs of positions that disturb each other, each once, and their distance in beams."""
    first, second = _candidates(patches.u0, patches.v0, REACH * patches.size.max(initial=0))
    distance = np.hypot(
        patches.u0[first] - patches.u0[second], patches.v0[first] - patches.v0[second]
    )
    near = distance < REACH * np.maximum(patches.size[first], patches.size[second])
    first, second, distance = first[near], second[near], distance[near]
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.argsort(first * len(patches) + second)
    return first[order], second[order], distance[order]


def _candidates(u: Array, v: Array, reach: float) -> tuple[Index, Index]:
    """Pairs among which are all that are at most `reach` apart, each once.

    In strips of that height, laid end to end with gaps between them, what a place may reach that
    did not reach it already is what follows in its own strip, and a piece of the next one.
    """
    if not len(u):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    length = np.ptp(u) + 2 * reach
    place = np.floor((v - v.min()) / reach) * length + (u - u.min())
    order = np.argsort(place)
    place = np.append(place[order], np.inf)
    here = np.arange(len(u))
    above = np.searchsorted(place, place[:-1] + (length - reach))
    pairs = []
    for nearest, shift in ((here + 1, 0.0), (above, length)):
        one, other = here, nearest
        while one.size:  # each with the nearest, with the second nearest ...
            near = place[other] <= place[one] + (shift + reach)
            one, other = one[near], other[near]
            pairs.append(order[[one, other]])
            other = other + 1
    first, second = np.concatenate(pairs, axis=1)
    return first, second


def _followers(first: Index, second: Index, n: int) -> NDArray[np.bool_]:
    """Positions that coincide with an earlier one which does not itself follow another."""
    follows = np.zeros(n, bool)
    for leader, other in zip(first.tolist(), second.tolist(), strict=True):
        if not follows[leader]:
            follows[other] = True
    return follows


def _groups(first: Index, second: Index, n: int) -> tuple[Index, Index]:
    """Group of connected positions that each belongs to, and the size of that group."""
    if not len(first):
        return np.arange(n), np.ones(n, np.intp)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    return group, np.bincount(group, minlength=1)[group]
