"""Fit one or more Gaussians to each island: all islands at once, one more component at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from extractor.fitting import gaussian
from extractor.fitting.islands import Islands
from extractor.fitting.pixel_sets import MIN_VALID_SHARE, PixelSets, Sampler
from extractor.flags import Flag

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

# Islands beyond this area, in beams, are measured by their moments.
MAX_ISLAND_BEAMS = 500
MAX_COMPONENTS = 12
# A source is fitted on the pixels of its own shape, not of the beam's, from about this area in
# beams on: there the errors on the two sets are equal, in noise that is correlated as the beam. In
# wider noise they are so for wider sources.
RESOLVED_AREA = 1.3
# From this share of it on both fits are made, to decide.
MAYBE_RESOLVED = 0.85
# How often the pixels are chosen anew from the shape that came out: a fit on pixels that noise has
# chosen is biased, and this converges to pixels that the source itself has.
REPEATS = 2
# A residual is tried as a further component from this share of the detection threshold, and of the
# brightest component on; the rest may be the beam's deviation from a Gaussian.
RESIDUAL_SHARE = 0.6
BEAM_IMPERFECTION = 0.05
# Components closer than this, in beams, are one.
MIN_SEPARATION = 0.6
# By how much chi-squared per beam has to fall for two sources instead of one wider than the beam:
# in proportion to the peak, since bright sources show the noise's effect on the fit's few pixels in
# all others, between limits.
GAIN_PER_PEAK, MIN_GAIN, MAX_GAIN = 0.27, 5.0, 15.0
# Sets of pixels that are fitted in one go.
CHUNK = 8192


@dataclass(frozen=True, eq=False)
class IslandFits:
    """Islands with the same number of components: a state of the fits.

    Attributes
    ----------
    island : ndarray of int, shape (n,)
    ref_x, ref_y : ndarray of int, shape (n,)
        Pixel from which beam coordinates are counted.
    components : ndarray, shape (n, K, 6)
        See `extractor.fitting.gaussian`.
    support : ndarray, shape (n, K, 6)
        The components that lay down on which pixels the fit is made.
    flags : ndarray of int, shape (n,)
    chi2 : ndarray, shape (n,)
        Reduced.
    """

    island: Index
    ref_x: Index
    ref_y: Index
    components: Array
    support: Array
    flags: NDArray[np.int64]
    chi2: Array

    def select(self, rows: Mask | Index) -> "IslandFits":
        """Return some of the islands."""
        return IslandFits(*(getattr(self, field.name)[rows] for field in fields(self)))

    def put(self, rows: Index, others: "IslandFits") -> "IslandFits":
        """Return the same with some islands replaced."""
        columns = []
        for field in fields(self):
            column = getattr(self, field.name).copy()
            column[rows] = getattr(others, field.name)
            columns.append(column)
        return IslandFits(*columns)

    def positions(self, sampler: Sampler) -> tuple[Array, Array]:
        """Pixel coordinates of the components, shape (n, K)."""
        frames = sampler.frames(self.ref_x, self.ref_y)
        dx, dy = frames.pixel_offsets(self.components[..., 1], self.components[..., 2])
        return self.ref_x[:, None] + dx, self.ref_y[:, None] + dy

    def coordinates(self, sampler: Sampler, islands: Islands) -> tuple[Array, Array]:
        """Beam coordinates of the pixels of `islands`, the same ones in the same order."""
        owner = islands.owner
        frames = sampler.frames(self.ref_x, self.ref_y).select(owner)
        return frames.beam_coordinates(islands.x - self.ref_x[owner], islands.y - self.ref_y[owner])

    def batches(self) -> Iterator[Index]:
        """Islands to be fitted together: wide sets apart, to whose size others would be padded."""
        wide = (gaussian.areas(self.support) ** 2 > 1 + 1e-6).any(axis=1)
        for group, size in ((np.flatnonzero(~wide), CHUNK), (np.flatnonzero(wide), CHUNK // 8)):
            for first in range(0, group.size, size):
                yield group[first : first + size]

    def sets(self, sampler: Sampler) -> PixelSets:
        """Pixels on which the fits are made."""
        frames = sampler.frames(self.ref_x, self.ref_y)
        dx, dy = frames.pixel_offsets(self.support[..., 1], self.support[..., 2])
        x, y = self.ref_x[:, None] + dx, self.ref_y[:, None] + dy
        return sampler.sets(x, y, gaussian.shapes(self.support), self.ref_x, self.ref_y)

    def residual(self, sampler: Sampler, islands: Islands) -> Array:
        """Return what the components leave of the pixels of `islands`, in the same order."""
        owner = islands.owner
        u, v = self.coordinates(sampler, islands)
        left = islands.value.copy()
        for component in range(self.components.shape[1]):
            one = self.components[owner, component][:, None]
            left -= gaussian.model(one, u[:, None], v[:, None])[:, 0]
        return left


def _beams(components: Array) -> Array:
    """Components (..., 3 or more) with the beam's shape, (..., 6)."""
    shape = np.broadcast_to(gaussian.BEAM, (*components.shape[:-1], 3))
    return np.concatenate([components[..., :3], shape], axis=-1)


def fit_islands(
    sampler: Sampler, islands: Islands, detection: float, analysis: float, free_shape: bool
) -> list[IslandFits]:
    """Fit one or more Gaussians to each island.

    Parameters
    ----------
    sampler : Sampler
    islands : Islands
    detection, analysis : float
        Thresholds, in units of the noise.
    free_shape : bool
        Whether shapes are fitted; else all are the beam's.

    Returns
    -------
    list of IslandFits
        Grouped by the number of components.
    """
    brightest = islands.brightest(islands.value) if len(islands) else np.empty(0, np.intp)
    x, y, peak = islands.x[brightest], islands.y[brightest], islands.value[brightest]
    n = len(islands)
    zero = np.zeros(n)
    beams = _beams(np.column_stack([peak, zero, zero])[:, None])
    flags, chi2 = np.zeros(n, np.int64), np.full(n, np.nan)
    singles = IslandFits(np.arange(n), x, y, beams, beams, flags, chi2)
    by_moments = _moments(sampler, islands, singles, analysis)
    huge = islands.size > MAX_ISLAND_BEAMS * sampler.frames(x, y).area
    moments_flags = np.full(n, int(Flag.HUGE_ISLAND | Flag.MOMENTS))
    finished = [
        replace(singles, components=by_moments, support=by_moments, flags=moments_flags).select(
            huge
        )
    ]
    narrow, fits = _fit_singles(sampler, singles.select(~huge), by_moments[~huge], free_shape)
    # One further component at a time, where the residual calls for it.
    for n_components in range(2, MAX_COMPONENTS + 1):
        # On the beam's pixels a second source stands out; a wide Gaussian would hide it.
        basis = narrow if n_components == 2 else fits
        extended = _extend(sampler, islands, basis, detection, free_shape)
        if n_components == 2 and free_shape:
            one, extended = _prefer_one(sampler, islands, extended, singles, by_moments)
            finished.append(one)
            fits = fits.select(~np.isin(fits.island, one.island))
        finished.append(fits.select(~np.isin(fits.island, extended.island)))
        fits = extended
        if not len(fits.island):
            break
    return [*finished, fits]


def _prefer_one(
    sampler: Sampler, islands: Islands, two: IslandFits, singles: IslandFits, by_moments: Array
) -> tuple[IslandFits, IslandFits]:
    """Decide between two sources and one that is wider than the beam.

    On the beam's pixels alone the fit of a resolved source is poor, and its residual looks like a
    second source. One Gaussian on the pixels of the island's own shape is preferred, unless two
    describe the island's pixels clearly better.

    Returns
    -------
    one, two : IslandFits
    """
    chosen = np.isin(np.arange(len(islands)), two.island)
    pixels = islands.select(chosen)
    if not len(pixels):
        return singles.select(chosen), two
    two = two.select(np.argsort(two.island))
    begin = replace(singles, components=by_moments).select(chosen)
    one, converged = _fit_wide(sampler, begin, 1 + REPEATS)
    squares = [
        np.add.reduceat(fits.residual(sampler, pixels) ** 2, pixels.start[:-1])
        for fits in (one, two)
    ]
    # Neighbouring pixels repeat each other: what counts is chi-squared per beam.
    gain = (squares[0] - squares[1]) / sampler.frames(one.ref_x, one.ref_y).area
    needed = np.clip(GAIN_PER_PEAK * one.components[:, 0, 0], MIN_GAIN, MAX_GAIN)
    preferred = converged & (gain < needed)
    return one.select(preferred), two.select(~preferred)


def _moments(sampler: Sampler, islands: Islands, singles: IslandFits, analysis: float) -> Array:
    """One component per island from its moments, shape (n, 1, 6)."""
    if not len(islands):
        return np.empty((0, 1, 6))
    u, v = singles.coordinates(sampler, islands)
    return gaussian.moments(islands.value, u, v, islands.start[:-1], analysis)[:, None]


def _fit_singles(
    sampler: Sampler, singles: IslandFits, by_moments: Array, free_shape: bool
) -> tuple[IslandFits, IslandFits]:
    """Fit one Gaussian to each island, falling back to its moments.

    Returns
    -------
    narrow, best : IslandFits
        On the beam's pixels, and on those that suit the source.
    """
    fitted, converged = _fit(sampler, singles, free_shape)
    narrow, made_out = fitted, np.flatnonzero(converged)
    if free_shape:
        limit = _resolved_area(sampler)
        area = gaussian.areas(fitted.components[:, 0])
        maybe = np.flatnonzero(~converged | (area > MAYBE_RESOLVED * limit))
        start = np.where(converged[maybe, None, None], fitted.components[maybe], by_moments[maybe])
        begin = replace(singles.select(maybe), components=start)
        for times in (1, REPEATS):
            wider, wider_converged = _fit_wide(sampler, begin, times)
            # Either of the two fits alone would draw those to it that the noise made so.
            both = np.sqrt(area[maybe] * gaussian.areas(wider.components[:, 0]))
            better = wider_converged & (~converged[maybe] | (both > limit))
            maybe, begin = maybe[better], wider.select(better)
        fitted = fitted.put(maybe, begin)
        converged[maybe] = True
    failed = np.flatnonzero(~converged)
    flags = np.full(failed.size, int(Flag.FIT_FAILED | Flag.MOMENTS))
    start, chi2 = by_moments[failed], np.full(failed.size, np.nan)
    instead = replace(
        fitted.select(failed), components=start, support=start, flags=flags, chi2=chi2
    )
    best = fitted.put(failed, instead)
    return best.put(made_out, narrow.select(made_out)), best


def _fit_wide(sampler: Sampler, begin: IslandFits, times: int) -> tuple[IslandFits, Mask]:
    """Fit one Gaussian of any shape to each island, so many times, on the pixels of that shape."""
    fitted, converged = begin, np.zeros(len(begin.island), bool)
    for _ in range(times):
        again, again_converged = _fit(
            sampler, replace(fitted, support=_widened(fitted.components)), free_shape=True
        )
        fitted = fitted.put(np.flatnonzero(again_converged), again.select(again_converged))
        converged |= again_converged
    return fitted, converged


def _resolved_area(sampler: Sampler) -> float:
    """Area in beams from which a source is fitted on the pixels of its own shape."""
    width = sampler.background.noise_correlation
    return RESOLVED_AREA * (width if width > 1 else 1.0)


def _widened(components: Array) -> Array:
    """Components with shapes that are nowhere narrower than the beam."""
    inverse = components[..., 3:]
    mean = (inverse[..., 0] + inverse[..., 2]) / 2
    half = np.hypot((inverse[..., 0] - inverse[..., 2]) / 2, inverse[..., 1])
    # The eigenvalues of the inverse are mean + half and mean - half: both are cut at 1.
    low, high = np.minimum(mean - half, 1), np.minimum(mean + half, 1)
    turned = inverse - mean[..., None] * gaussian.BEAM
    turned *= ((high - low) / (2 * np.where(half > 0, half, 1)))[..., None]
    turned += ((high + low) / 2)[..., None] * gaussian.BEAM
    return np.concatenate([components[..., :3], turned], axis=-1)


def _extend(
    sampler: Sampler, islands: Islands, fits: IslandFits, detection: float, free_shape: bool
) -> IslandFits:
    """Add a component where the residual of the present ones holds one; return only such islands.

    A new component is accepted if the joint fit converges, makes it as bright as the detection
    threshold and leaves all of them apart.
    """
    pixels = islands.select(np.isin(np.arange(len(islands)), fits.island))
    fits = fits.select(np.argsort(fits.island))
    if not len(pixels):
        return fits
    residual = fits.residual(sampler, pixels)
    brightest = pixels.brightest(residual)
    u, v = (coordinate[brightest] for coordinate in fits.coordinates(sampler, pixels))
    peak = residual[brightest]
    distance = np.hypot(
        fits.components[..., 1] - u[:, None], fits.components[..., 2] - v[:, None]
    ).min(axis=1)
    tried = (
        (peak > RESIDUAL_SHARE * detection)
        & (peak > BEAM_IMPERFECTION * fits.components[..., 0].max(axis=1))
        & (distance > MIN_SEPARATION)
        & ((fits.flags & Flag.MOMENTS) == 0)
    )
    start = np.concatenate(
        [fits.components, _beams(np.column_stack([peak, u, v])[:, None])], axis=1
    )
    flags = (fits.flags & ~int(Flag.SHAPE_LIMIT)) | int(Flag.BLENDED)
    resolved = gaussian.areas(start) > _resolved_area(sampler)
    support = np.where(resolved[..., None], _widened(start), _beams(start))
    trial = replace(fits, components=start, support=support, flags=flags).select(tried)
    fitted, converged = _fit(sampler, trial, free_shape)
    good = converged & _separate(fitted.components, detection)
    if free_shape:
        # Too many parameters for some: the shapes held as they are.
        held, held_converged = _fit(sampler, trial.select(~good), free_shape=False)
        use = held_converged & _separate(held.components, detection)
        rows = np.flatnonzero(~good)[use]
        held = replace(held, flags=held.flags | int(Flag.SHAPE_LIMIT))
        fitted = fitted.put(rows, held.select(use))
        good[rows] = True
    return fitted.select(good)


def _separate(components: Array, detection: float) -> Mask:
    """Whether the last component is bright enough and all are apart."""
    position = components[..., 1:3]
    distance = np.linalg.norm(position[:, :, None] - position[:, None], axis=-1)
    n_components = components.shape[1]
    distance += np.where(np.eye(n_components), np.inf, 0)
    return (components[:, -1, 0] > detection) & (distance > MIN_SEPARATION).all(axis=(1, 2))


def _fit(sampler: Sampler, begin: IslandFits, free_shape: bool) -> tuple[IslandFits, Mask]:
    """Fit jointly the components of each island; also tell which fits converged."""
    n, k, _ = begin.components.shape
    components, chi2 = begin.components.copy(), np.full(n, np.nan)
    converged = np.zeros(n, bool)
    for rows in begin.batches():
        for some, sets in begin.select(rows).sets(sampler).alike():
            which = rows[some]
            fit = gaussian.fit(
                sets.value,
                sets.weight,
                sets.monomials,
                sets.about_middle(begin.components[which]),
                free_shape,
            )
            freedom = sets.weight.sum(axis=0) - k * (6 if free_shape else 3)
            components[which] = sets.about_reference(fit.components)
            chi2[which] = fit.chi2 / np.where(freedom > 0, freedom, np.nan)
            # With fewer pixels than parameters any shape fits.
            converged[which] = fit.converged & (freedom > 0)
    fitted = replace(begin, components=components, chi2=chi2)
    rows = np.flatnonzero(converged)
    converged[rows] = _is_seen(sampler, fitted.select(rows))
    return fitted, converged


def _is_seen(sampler: Sampler, fits: IslandFits) -> Mask:
    """Whether half of the beam around each component is there: a wing alone holds no Gaussian."""
    n, k, _ = fits.components.shape
    x, y = (np.ravel(coordinate) for coordinate in fits.positions(sampler))
    points = np.broadcast_to(np.eye(2), (n * k, 2, 2))
    seen = np.ones(n * k, bool)
    rows = np.flatnonzero(sampler.touches_blank(x, y, points))
    if rows.size:
        x, y = x[rows], y[rows]
        dx, dy, pattern, inside = sampler.fit_offsets(sampler.frames(x, y), points[rows])
        middle = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
        _, valid = sampler.pixels(*middle, dx[pattern].T, dy[pattern].T)
        share = np.count_nonzero(valid.T & inside, axis=1) / np.count_nonzero(inside, axis=1)
        seen[rows] = share >= MIN_VALID_SHARE
    return np.asarray(seen.reshape(n, k).all(axis=1))
