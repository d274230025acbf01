"""Fit one or more Gaussians to each island: all islands at once, one more component at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from extractor import gaussian
from extractor.covariance import sandwich
from extractor.flags import Flag
from extractor.islands import Islands
from extractor.pixels import PixelSets, Sampler

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Islands beyond this area, in beams, are measured by their moments.
MAX_ISLAND_BEAMS = 500
MAX_COMPONENTS = 12
# A source is fitted on the pixels of its own shape, not of the beam's, from this area in beams on:
# beyond what noise does to point sources near the detection threshold.
RESOLVED_AREA = 1.5
# A residual is tried as a further component from this share of the detection threshold, and of the
# brightest component on; the rest may be the beam's deviation from a Gaussian.
RESIDUAL_SHARE = 0.6
BEAM_IMPERFECTION = 0.05
# Components closer than this, in beams, are one.
MIN_SEPARATION = 0.6
# By how much chi-squared per beam has to fall for two sources instead of one wider than the beam:
# in proportion to the peak, since bright sources show the noise's effect on the fit's few pixels in
# all others, up to a limit.
GAIN_PER_PEAK, MAX_GAIN = 0.35, 15.0
# Sets of pixels that are fitted in one go.
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Blends:
    """Islands with the same number of components: a state of the fits.

    Attributes
    ----------
    island : ndarray of int, shape (n,)
    ref_x, ref_y : ndarray of int, shape (n,)
        Pixel from which beam coordinates are counted.
    components : ndarray, shape (n, K, 6)
        See `extractor.gaussian`.
    start : ndarray, shape (n, K, 6)
        From what the fit began: that decides on which pixels it was made.
    flags : ndarray of int, shape (n,)
    chi2 : ndarray, shape (n,)
        Reduced.
    """

    island: Index
    ref_x: Index
    ref_y: Index
    components: Array
    start: Array
    flags: NDArray[np.int64]
    chi2: Array

    def select(self, rows: NDArray[np.bool_] | Index) -> "Blends":
        """Return some of the islands."""
        return Blends(*(getattr(self, field.name)[rows] for field in fields(self)))

    def positions(self, sampler: Sampler) -> tuple[Array, Array]:
        """Pixel coordinates of the components, shape (n, K)."""
        dx, dy = sampler.pixel_offsets(self.components[..., 1], self.components[..., 2])
        return self.ref_x[:, None] + dx, self.ref_y[:, None] + dy

    def coordinates(self, sampler: Sampler, islands: Islands) -> tuple[Array, Array]:
        """Beam coordinates of the pixels of `islands`, the same ones in the same order."""
        owner = islands.owner
        return sampler.beam_coordinates(
            islands.x - self.ref_x[owner], islands.y - self.ref_y[owner]
        )

    def batches(self) -> Iterator[Index]:
        """Islands to be fitted together: wide sets apart, to whose size others would be padded."""
        wide = (np.linalg.det(gaussian.shapes(self.start)) > RESOLVED_AREA**2).any(axis=1)
        for group in (np.flatnonzero(~wide), np.flatnonzero(wide)):
            for first in range(0, group.size, CHUNK):
                yield group[first : first + CHUNK]

    def sets(self, sampler: Sampler) -> PixelSets:
        """Pixels on which the fits are made."""
        dx, dy = sampler.pixel_offsets(self.start[..., 1], self.start[..., 2])
        shape = gaussian.shapes(self.start)
        resolved = np.linalg.det(shape) > RESOLVED_AREA**2
        shape = np.where(resolved[..., None, None], shape, np.eye(2))
        x, y = self.ref_x[:, None] + dx, self.ref_y[:, None] + dy
        return sampler.sets(x, y, shape, self.ref_x, self.ref_y)

    def residual(self, sampler: Sampler, islands: Islands) -> Array:
        """Return what the components leave of the pixels of `islands`, in the same order."""
        owner = islands.owner
        u, v = self.coordinates(sampler, islands)
        left = islands.value.copy()
        for component in range(self.components.shape[1]):
            one = self.components[owner, component][:, None]
            left -= gaussian.model(one, u[:, None], v[:, None])[:, 0]
        return left


def _beams_at(peak: Array, u: Array, v: Array) -> Array:
    """Components of the beam's shape, shape (n, 1, 6)."""
    a, b, c = np.broadcast_to(gaussian.BEAM[:, None], (3, len(peak)))
    return np.column_stack([peak, u, v, a, b, c])[:, None]


def measure(
    sampler: Sampler, islands: Islands, detection: float, analysis: float, free_shape: bool
) -> list[Blends]:
    """Measure all islands.

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
    list of Blends
        Grouped by the number of components.
    """
    brightest = islands.brightest(islands.value) if len(islands) else np.empty(0, np.intp)
    x, y, peak = islands.x[brightest], islands.y[brightest], islands.value[brightest]
    n = len(islands)
    zero = np.zeros(n)
    beams = _beams_at(peak, zero, zero)
    flags, chi2 = np.zeros(n, np.int64), np.full(n, np.nan)
    singles = Blends(np.arange(n), x, y, beams, beams, flags, chi2)
    by_moments = _moments(sampler, islands, singles, analysis)
    huge = islands.size > MAX_ISLAND_BEAMS * sampler.beam_area
    moments_flags = np.full(n, int(Flag.HUGE_ISLAND | Flag.MOMENTS))
    finished = [
        replace(singles, components=by_moments, start=by_moments, flags=moments_flags).select(huge)
    ]
    blends = _fit_singles(sampler, singles.select(~huge), by_moments[~huge], free_shape)
    # One further component at a time, where the residual calls for it.
    for n_components in range(2, MAX_COMPONENTS + 1):
        extended = _extend(sampler, islands, blends, detection, free_shape)
        if n_components == 2 and free_shape:
            one, extended = _prefer_one(sampler, islands, extended, singles, by_moments)
            finished.append(one)
            blends = blends.select(~np.isin(blends.island, one.island))
        finished.append(blends.select(~np.isin(blends.island, extended.island)))
        blends = extended
        if not len(blends.island):
            break
    return [*finished, blends]


def _prefer_one(
    sampler: Sampler, islands: Islands, two: Blends, singles: Blends, by_moments: Array
) -> tuple[Blends, Blends]:
    """Decide between two sources and one that is wider than the beam.

    On the beam's pixels alone the fit of a resolved source is poor, and its residual looks like a
    second source. One Gaussian on the pixels of the island's own shape is preferred, unless two
    describe the island's pixels clearly better.

    Returns
    -------
    one, two : Blends
    """
    chosen = np.isin(np.arange(len(islands)), two.island)
    pixels = islands.select(chosen)
    if not len(pixels):
        return singles.select(chosen), two
    two = two.select(np.argsort(two.island))
    one, converged = _fit(sampler, replace(singles, components=by_moments).select(chosen), True)
    squares = [
        np.add.reduceat(blends.residual(sampler, pixels) ** 2, pixels.start[:-1])
        for blends in (one, two)
    ]
    # Neighbouring pixels repeat each other: what counts is chi-squared per beam.
    gain = (squares[0] - squares[1]) / sampler.beam_area
    needed = np.minimum(GAIN_PER_PEAK * one.components[:, 0, 0], MAX_GAIN)
    preferred = converged & (gain < needed)
    return one.select(preferred), two.select(~preferred)


def _moments(sampler: Sampler, islands: Islands, singles: Blends, analysis: float) -> Array:
    """One component per island from its moments, shape (n, 1, 6)."""
    if not len(islands):
        return np.empty((0, 1, 6))
    u, v = singles.coordinates(sampler, islands)
    return gaussian.moments(islands.value, u, v, islands.start[:-1], analysis)[:, None]


def _fit_singles(sampler: Sampler, singles: Blends, by_moments: Array, free_shape: bool) -> Blends:
    """Fit one Gaussian to each island, falling back to its moments."""
    fitted, converged = _fit(sampler, singles, free_shape)
    components, begun, chi2 = fitted.components.copy(), fitted.start.copy(), fitted.chi2.copy()
    if free_shape:
        # Resolved sources, and those that a fit on the beam's pixels cannot make out, on the pixels
        # of their own shape.
        area = np.sqrt(np.linalg.det(gaussian.shapes(components[:, 0])))
        again = ~converged | (area > RESOLVED_AREA)
        start = np.where(converged[:, None, None], components, by_moments)
        wider, wider_converged = _fit(
            sampler, replace(singles, components=start).select(again), free_shape
        )
        rows = np.flatnonzero(again)[wider_converged]
        for column, wide in (
            (components, wider.components),
            (begun, wider.start),
            (chi2, wider.chi2),
        ):
            column[rows] = wide[wider_converged]
        converged[rows] = True
    for column in (components, begun):
        column[~converged] = by_moments[~converged]
    chi2[~converged] = np.nan
    flags = np.where(converged, 0, int(Flag.FIT_FAILED | Flag.MOMENTS))
    return Blends(singles.island, singles.ref_x, singles.ref_y, components, begun, flags, chi2)


def _extend(
    sampler: Sampler, islands: Islands, blends: Blends, detection: float, free_shape: bool
) -> Blends:
    """Add a component where the residual of the present ones holds one; return only such islands.

    A new component is accepted if the joint fit converges, makes it as bright as the detection
    threshold and leaves all of them apart.
    """
    pixels = islands.select(np.isin(np.arange(len(islands)), blends.island))
    blends = blends.select(np.argsort(blends.island))
    if not len(pixels):
        return blends
    residual = blends.residual(sampler, pixels)
    brightest = pixels.brightest(residual)
    u, v = (coordinate[brightest] for coordinate in blends.coordinates(sampler, pixels))
    peak = residual[brightest]
    distance = np.hypot(
        blends.components[..., 1] - u[:, None], blends.components[..., 2] - v[:, None]
    ).min(axis=1)
    tried = (
        (peak > RESIDUAL_SHARE * detection)
        & (peak > BEAM_IMPERFECTION * blends.components[..., 0].max(axis=1))
        & (distance > MIN_SEPARATION)
        & ((blends.flags & Flag.MOMENTS) == 0)
    )
    start = np.concatenate([blends.components, _beams_at(peak, u, v)], axis=1)
    flags = (blends.flags & ~int(Flag.SHAPE_LIMIT)) | int(Flag.BLENDED)
    trial = replace(blends, components=start, flags=flags).select(tried)
    fitted, converged = _fit(sampler, trial, free_shape)
    good = converged & _separate(fitted.components, detection)
    if free_shape:
        # Too many parameters for some: the shapes held as they are.
        held, held_converged = _fit(sampler, trial.select(~good), free_shape=False)
        use = held_converged & _separate(held.components, detection)
        rows = np.flatnonzero(~good)[use]
        fitted.components[rows], fitted.chi2[rows] = held.components[use], held.chi2[use]
        fitted.flags[rows] |= int(Flag.SHAPE_LIMIT)
        good[rows] = True
    return fitted.select(good)


def _separate(components: Array, detection: float) -> NDArray[np.bool_]:
    """Whether the last component is bright enough and all are apart."""
    position = components[..., 1:3]
    distance = np.linalg.norm(position[:, :, None] - position[:, None], axis=-1)
    n_components = components.shape[1]
    distance += np.where(np.eye(n_components), np.inf, 0)
    return (components[:, -1, 0] > detection) & (distance > MIN_SEPARATION).all(axis=(1, 2))


def _fit(sampler: Sampler, begin: Blends, free_shape: bool) -> tuple[Blends, NDArray[np.bool_]]:
    """Fit jointly the components of each island; also tell which fits converged."""
    n, k, _ = begin.components.shape
    begin = replace(begin, start=begin.components)
    components, chi2 = begin.components.copy(), np.full(n, np.nan)
    converged = np.zeros(n, bool)
    for rows in begin.batches():
        sets = begin.select(rows).sets(sampler)
        fit = gaussian.fit(
            sets.value, sets.weight, sets.x, sets.y, begin.components[rows], free_shape
        )
        freedom = sets.weight.sum(axis=1) - k * (6 if free_shape else 3)
        components[rows] = fit.components
        chi2[rows] = fit.chi2 / np.where(freedom > 0, freedom, np.nan)
        # With fewer pixels than parameters any shape fits.
        converged[rows] = fit.converged & (freedom > 0)
    return replace(begin, components=components, chi2=chi2), converged


def covariances(sampler: Sampler, blends: Blends, free_shape: bool) -> Array:
    """Covariance of the parameters of each component, shape (n, K, 6, 6)."""
    n, k, _ = blends.components.shape
    result = np.full((n, k, 6, 6), np.nan)
    shape_fitted = free_shape & ((blends.flags & Flag.SHAPE_LIMIT) == 0)
    for free in (False, True):
        chosen = np.flatnonzero(shape_fitted == free)
        some = blends.select(chosen)
        for rows in some.batches():
            one = some.select(rows)
            result[chosen[rows]] = sandwich(
                one.sets(sampler), sampler.background.correlation, one.components, free
            )
    return result
