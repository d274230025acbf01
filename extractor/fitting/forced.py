"""Measure fluxes at given positions with given shapes."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.errors import ExtractorError
from extractor.fitting import gaussian
from extractor.fitting.covariance import Errors
from extractor.fitting.measurements import Measurements
from extractor.fitting.pixel_sets import MIN_VALID_SHARE, Sampler
from extractor.fitting.tabulate import tabulate
from extractor.flags import Flag
from extractor.geometry import sky
from extractor.geometry.ellipses import (
    FOUR_LN2,
    area_ratio,
    axes,
    inverse,
    shape_matrix,
    transformed,
)
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise.background import Background
from extractor.noise.correlation import Correlation

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Beyond this distance, in FWHM of the larger one, sources do not disturb each other: half a FWHM
# of pixels on one side, and 1.6 FWHM to where the other has fallen to a thousandth.
REACH = 2.1
# Positions closer than this, in beams, cannot be told apart: each gets the flux that is there.
SAME = 0.5
# More sources than this in one blend are not solved jointly.
MAX_GROUP = 1500
# Elements of the largest temporary array.
CHUNK = 2_000_000


def force(
    image: ImagePlane,
    background: Background,
    footprint: Footprint,
    ra: ArrayLike,
    dec: ArrayLike,
    *,
    deconvolved_major: ArrayLike | None = None,
    deconvolved_minor: ArrayLike | None = None,
    deconvolved_pa: ArrayLike | None = None,
    neighbours: Measurements | None = None,
    systematic_error: float | tuple[float, float] | None = None,
) -> Measurements:
    """Measure the flux at positions, with position and shape fixed.

    A linear least-squares fit of the peak alone, on the pixels in which the Gaussian exceeds half
    its peak. Positions whose Gaussians overlap are solved for together.

    Parameters
    ----------
    image : ImagePlane
    background : Background
    footprint : Footprint
    ra, dec : array_like, shape (N,)
        Degrees.
    deconvolved_major, deconvolved_minor, deconvolved_pa : array_like, shape (N,), optional
        The sources' own shapes, FWHM and position angle in degrees, which the image's beam widens.
        Where the major axis is 0, NaN or not given, a source is a point; where only the minor axis
        is, a line.
    neighbours : Measurements, optional
        What else is known to be in the image, such as its blind measurements. Their Gaussians are
        taken off the pixels first, but for those within half a beam of a position that is asked
        for: they are that source itself.
    systematic_error : float or pair of float, optional
        See `extractor.extract`.

    Returns
    -------
    Measurements
        One row per position in the order given. Where nothing can be measured the flag is OUTSIDE
        or BLANK, the fluxes are NaN and ``usable`` is False.

    Raises
    ------
    ExtractorError
        The arguments differ in length, or a shape is negative or lacks its angle.
    ImageError
        The image's beam is not a valid one.
    """
    ra, dec = np.atleast_1d(np.asarray(ra, float)), np.atleast_1d(np.asarray(dec, float))
    n = len(ra)
    given = [np.full(n, np.nan) if v is None else np.atleast_1d(np.asarray(v, float))
             for v in (deconvolved_major, deconvolved_minor, deconvolved_pa)]  # fmt: skip
    if any(len(column) != n for column in (dec, *given)):
        raise ExtractorError("forced fits need as many declinations and shapes as right ascensions")
    sampler = Sampler(background)
    ny, nx = image.data.shape
    x, y = sky.to_pixel(image.wcs, ra, dec)
    with np.errstate(invalid="ignore"):
        inside = (x > -0.5) & (x < nx - 0.5) & (y > -0.5) & (y < ny - 0.5)
    flags = np.where(inside, 0, int(Flag.OUTSIDE))
    # What is not inside is carried along at the centre, and blanked in the end.
    x, y = np.where(inside, x, (nx - 1) / 2), np.where(inside, y, (ny - 1) / 2)
    shape = _shapes(sampler, x, y, *given)
    peak, error, chi2 = (np.full(n, np.nan) for _ in range(3))
    rows = np.flatnonzero(inside)
    patches = _patches(sampler, x[rows], y[rows], shape[rows])
    flags[rows[~patches.enough]] |= int(Flag.BLANK)
    rows, patches = rows[patches.enough], patches.select(patches.enough)
    if neighbours is not None and rows.size:
        _subtract(sampler, neighbours, patches)
    peak[rows], error[rows], chi2[rows], blended = _solve(patches, background.correlation)
    flags[rows[blended]] |= int(Flag.BLENDED)
    area = area_ratio(shape, np.eye(2))
    return tabulate(
        sampler,
        footprint,
        x=x,
        y=y,
        fitted_peak=peak,
        peak=peak,
        integrated=peak * area,
        shape=shape,
        chi2=chi2,
        island=np.full(n, -1),
        flags=flags,
        errors=Errors(
            peak=error,
            integrated=error * area,
            **{
                field.name: np.full(n, np.nan)
                for field in fields(Errors)
                if field.name not in ("peak", "integrated")
            },
        ),
        systematic_error=systematic_error,
        given_position=True,
    )


@dataclass(frozen=True, eq=False)
class _Patches:
    """The pixels of each position: arrays of shape (n, P), and of (n,) or (n, 2, 2) for the rest.

    They lie around the pixel `x`, `y` as `dx` and `dy`, shape (m, P), say for each of m patterns.
    All else is in beam coordinates: `u` and `v` of the pixels, `u0` and `v0` of the positions,
    about one origin. `own` is the position's Gaussian and `noise` the variance of `_solve`'s b_i.
    """

    value: Array
    weight: Array
    u: Array
    v: Array
    x: Index
    y: Index
    dx: Index
    dy: Index
    pattern: Index
    u0: Array
    v0: Array
    inverse: Array
    size: Array
    own: Array
    noise: Array
    enough: NDArray[np.bool_]

    def select(self, rows: NDArray[np.bool_]) -> "_Patches":
        if rows.all():
            return self
        names = {field.name for field in fields(self)} - {"dx", "dy"}
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def gaussian(self, which: Index, at: Index) -> Array:
        """Gaussian of the positions `which` on the pixels of the positions `at`, (len, P)."""
        du = self.u[at] - self.u0[which, None]
        dv = self.v[at] - self.v0[which, None]
        return _gaussian(du, dv, self.inverse[which]) * self.weight[at]


def _gaussian(du: Array, dv: Array, inverse: Array) -> Array:
    """Gaussians (n, P) of peak 1 with inverse shape matrices (n, 2, 2)."""
    q = inverse[..., None]
    exponent = q[:, 0, 0] * du**2 + 2 * q[:, 0, 1] * du * dv + q[:, 1, 1] * dv**2
    return np.exp(-FOUR_LN2 * exponent)


def _shapes(sampler: Sampler, x: Array, y: Array, major: Array, minor: Array, pa: Array) -> Array:
    """Shape matrices in beam coordinates of sources of given shapes, convolved with the beam."""
    shape = np.broadcast_to(np.eye(2), (len(x), 2, 2)).copy()
    if (major < 0).any() or (minor < 0).any() or np.isnan(pa[major > 0]).any():
        raise ExtractorError("forced fits need shapes that are not negative, with their angles")
    resolved = major > 0  # False for NaN
    if resolved.any():
        to_beam = inverse(sampler.transform(x[resolved], y[resolved]))
        on_sky = shape_matrix(major[resolved], np.nan_to_num(minor[resolved]), pa[resolved])
        shape[resolved] += transformed(on_sky, to_beam)
    return shape


def _patches(sampler: Sampler, x: Array, y: Array, shape: Array) -> _Patches:
    ref_x, ref_y = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    sets = sampler.sets(x[:, None], y[:, None], shape[:, None], ref_x, ref_y)
    u_ref, v_ref = sampler.beam_coordinates(ref_x, ref_y)
    u0, v0 = sampler.beam_coordinates(x, y)
    enough = np.einsum("np->n", sets.weight) >= MIN_VALID_SHARE * sets.wanted
    enough &= np.isfinite(sampler.data[ref_y, ref_x])
    enough &= np.isfinite(np.einsum("np->n", sets.value))
    u, v = sets.x + u_ref[:, None], sets.y + v_ref[:, None]
    inner = inverse(shape)
    own = _gaussian(u - u0[:, None], v - v0[:, None], inner) * sets.weight
    smoothed = sets.smoothed(sampler.background.correlation, own[..., None])[..., 0]
    return _Patches(
        value=sets.value,
        weight=sets.weight,
        u=u,
        v=v,
        x=ref_x,
        y=ref_y,
        dx=sets.dx,
        dy=sets.dy,
        pattern=sets.pattern,
        u0=u0,
        v0=v0,
        inverse=inner,
        size=axes(shape)[0],
        own=own,
        noise=np.einsum("np,np->n", own, smoothed),
        enough=enough,
    )


def _subtract(sampler: Sampler, others: Measurements, patches: _Patches) -> None:
    """Take the Gaussians of other sources off the pixels of `patches`."""
    from scipy.spatial import cKDTree

    others = others.select(others.usable)
    u, v = sampler.beam_coordinates(others.x, others.y)
    asked = cKDTree(np.column_stack([patches.u0, patches.v0]))
    apart = asked.query(np.column_stack([u, v]))[0] >= SAME
    others, u, v = others.select(apart), u[apart], v[apart]
    if not len(others):
        return
    to_beam = inverse(sampler.transform(others.x, others.y))
    shape = transformed(shape_matrix(others.major, others.minor, others.pa), to_beam)
    size = axes(shape)[0]
    near = asked.query_ball_point(
        np.column_stack([u, v]), REACH * np.maximum(size, patches.size.max())
    )
    count = [len(rows) for rows in near]
    at = np.concatenate([np.asarray(rows, np.intp) for rows in near])
    which = np.repeat(np.arange(len(others)), count)
    peak = others.peak_flux_raw / others.local_rms
    components = np.column_stack([peak, u, v, *gaussian.packed(shape)])
    for low in range(0, len(at), CHUNK // patches.u.shape[1]):
        part = slice(low, low + CHUNK // patches.u.shape[1])
        rows = at[part]
        seen = gaussian.model(components[which[part], None], patches.u[rows], patches.v[rows])
        np.subtract.at(patches.value, rows, seen * patches.weight[rows])


def _solve(
    patches: _Patches, correlation: Correlation
) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """Peaks, their errors and reduced chi-squared, and which of them are blended.

    For position i the least-squares condition on its own pixels is
    ``sum_j A_ij peak_j = b_i`` with ``A_ij = sum_p g_i(p) g_j(p)`` and ``b_i = sum_p g_i(p) z(p)``.
    The estimate is linear in the pixels, so that its covariance follows from the correlation C of
    the noise: ``A^-1 N A^-T`` with ``N_ij = sum_pq g_i(p) C(p, q) g_j(q)``.
    """
    from scipy.sparse import csr_array

    n = len(patches.u0)
    own = patches.own
    a_self = np.einsum("np,np->n", own, own)
    b = np.einsum("np,np->n", own, patches.value)
    variance = patches.noise / a_self**2
    first, second, distance = _neighbours(patches)
    same = distance < SAME
    follows = _followers(first[same], second[same], n)
    blended = np.zeros(n, bool)
    blended[first], blended[second] = True, True
    first, second = first[~same], second[~same]

    # Leaders are solved for jointly.
    both = ~follows[first] & ~follows[second]
    group, size = _groups(first[both], second[both], n)
    peak = b / a_self
    i = np.concatenate([first, second])
    j = np.concatenate([second, first])
    neighbour = patches.gaussian(j, i)
    a = np.einsum("kp,kp->k", own[i], neighbour)
    coupled = ~follows[i] & ~follows[j] & (size[i] <= MAX_GROUP)
    noise = np.zeros(len(first))
    once = coupled[: len(first)]
    noise[once] = _noise(patches, correlation, own, first[once], second[once])
    noise = np.concatenate([noise, noise])
    for k in np.unique(size[(size > 1) & (size <= MAX_GROUP)]).tolist():
        flat = np.flatnonzero(size == k)
        members = flat[np.argsort(group[flat], kind="stable")].reshape(-1, k)
        slot = np.full(n, -1)
        slot[members] = np.arange(k)
        block = np.full(n, -1)
        block[members] = np.arange(len(members))[:, None]
        inside = coupled & (slot[i] >= 0)
        matrix, spread = np.zeros((2, len(members), k, k))
        diagonal = np.arange(k)
        matrix[:, diagonal, diagonal] = a_self[members]
        spread[:, diagonal, diagonal] = (variance * a_self**2)[members]
        where = (block[i[inside]], slot[i[inside]], slot[j[inside]])
        matrix[where], spread[where] = a[inside], noise[inside]
        solution = np.linalg.inv(matrix)
        peak[members] = (solution @ b[members][..., None])[..., 0]
        variance[members] = np.einsum("gij,gjk,gik->gi", solution, spread, solution, optimize=True)
    # The others take what the leaders around leave, which the leaders' own errors hardly change.
    toward = follows[i] & ~follows[j]
    np.subtract.at(peak, i[toward], a[toward] * peak[j[toward]] / a_self[i[toward]])

    residual = patches.value - own * peak[:, None]
    share = csr_array((np.where(follows[j], 0, peak[j]), (i, np.arange(len(i)))), (n, len(i)))
    residual -= share @ neighbour
    freedom = np.einsum("np->n", patches.weight) - 1
    squares = np.einsum("np,np->n", residual, residual)
    chi2 = squares / np.where(freedom > 0, freedom, np.nan)
    return peak, np.sqrt(variance), chi2, blended


def _noise(patches: _Patches, correlation: Correlation, own: Array, i: Index, j: Index) -> Array:
    """Covariance of b_i and b_j in units of the local noise, shape (len,).

    Pairs whose pixels have the same patterns, equally far apart, share a matrix of correlations.
    """
    pattern, x, y = patches.pattern, patches.x, patches.y
    kinds, kind = np.unique(
        np.column_stack([pattern[i], pattern[j], x[i] - x[j], y[i] - y[j]]),
        axis=0,
        return_inverse=True,
    )
    order = np.argsort(kind, kind="stable")
    first = np.searchsorted(kind[order], np.arange(len(kinds) + 1))
    i, j = i[order], j[order]
    result = np.empty(len(i))
    step = max(1, CHUNK // max(own.shape[1] ** 2, 1))
    for low in range(0, len(kinds), step):
        p, q, dx, dy = kinds[low : low + step, :, None, None].swapaxes(0, 1)
        between = correlation.at(
            dx + patches.dx[p[:, 0, 0], :, None] - patches.dx[q[:, 0, 0], None],
            dy + patches.dy[p[:, 0, 0], :, None] - patches.dy[q[:, 0, 0], None],
        )
        for number, matrix in enumerate(between, low):
            pairs = slice(first[number], first[number + 1])
            result[order[pairs]] = np.einsum("kp,kp->k", own[i[pairs]] @ matrix, own[j[pairs]])
    return result


def _neighbours(patches: _Patches) -> tuple[Index, Index, Array]:
    """Pairs of positions that disturb each other, each once, and their distance in beams."""
    from scipy.spatial import cKDTree

    if len(patches.u0) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0)
    position = np.column_stack([patches.u0, patches.v0])
    tree = cKDTree(position, compact_nodes=False, balanced_tree=False)  # made for one search
    pairs = tree.query_pairs(REACH * patches.size.max(), output_type="ndarray")
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    first, second = pairs.T
    distance = np.linalg.norm(position[first] - position[second], axis=1)
    near = distance < REACH * np.maximum(patches.size[first], patches.size[second])
    return first[near], second[near], distance[near]


def _followers(first: Index, second: Index, n: int) -> NDArray[np.bool_]:
    """Positions that coincide with an earlier one which does not itself follow another."""
    follows = np.zeros(n, bool)
    for leader, other in zip(first.tolist(), second.tolist(), strict=True):
        if not follows[leader]:
            follows[other] = True
    return follows


def _groups(first: Index, second: Index, n: int) -> tuple[Index, Index]:
    """Group of connected positions that each belongs to, and the size of that group."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    return group, np.bincount(group, minlength=1)[group]
