"""Find and measure the sources of an image."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractor import condon, gaussian
from extractor.background import Background
from extractor.errors import ExtractorError
from extractor.flags import Flag
from extractor.footprint import Footprint
from extractor.image import Image
from extractor.islands import Islands, find_islands
from extractor.measurements import Measurements
from extractor.pixels import Sampler
from extractor.tabulate import tabulate

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
    flags : ndarray of int, shape (n,)
    chi2 : ndarray, shape (n,)
        Reduced.
    """

    island: Index
    ref_x: Index
    ref_y: Index
    components: Array
    flags: NDArray[np.int64]
    chi2: Array

    def select(self, rows: NDArray[np.bool_] | Index) -> "Blends":
        """Return some of the islands."""
        return Blends(
            self.island[rows],
            self.ref_x[rows],
            self.ref_y[rows],
            self.components[rows],
            self.flags[rows],
            self.chi2[rows],
        )


def extract(
    image: Image,
    background: Background,
    footprint: Footprint,
    *,
    detection_threshold: float = 8.0,
    analysis_threshold: float = 3.0,
    systematic_error: float | None = None,
    force_beam: bool = False,
) -> Measurements:
    """Find and measure the sources of an image.

    Parameters
    ----------
    image : Image
    background : Background
    footprint : Footprint
        Only sources whose position is inside are returned.
    detection_threshold, analysis_threshold : float
        In units of the local noise: an island is the connected pixels above the second, if one of
        them is above the first.
    systematic_error : float, optional
        Position error on either axis to add in quadrature, degrees; default: a tenth of the beam's
        major axis.
    force_beam : bool
        Fit all sources with the shape of the beam.

    Returns
    -------
    Measurements
        Ordered by island, then by position (y, x).

    Raises
    ------
    ExtractorError
        Impossible thresholds.
    ImageError
        The image's beam is not a valid one.
    """
    if not 0 < analysis_threshold <= detection_threshold < math.inf:
        raise ExtractorError(
            f"detection threshold {detection_threshold} and analysis threshold "
            f"{analysis_threshold}: the first must not be lower than the second, both positive"
        )
    sampler = Sampler(background)
    islands = find_islands(background, detection_threshold, analysis_threshold)
    found = _measure(sampler, islands, detection_threshold, analysis_threshold, not force_beam)
    island = np.concatenate([np.repeat(b.island, b.components.shape[1]) for b in found])
    flags = np.concatenate([np.repeat(b.flags, b.components.shape[1]) for b in found])
    chi2 = np.concatenate([np.repeat(b.chi2, b.components.shape[1]) for b in found])
    x, y = (
        np.concatenate(parts)
        for parts in zip(*(_positions(sampler, b) for b in found), strict=True)
    )
    components = np.concatenate([b.components.reshape(-1, 6) for b in found])
    order = np.lexsort((x, y, island))
    island, flags, chi2, x, y = (column[order] for column in (island, flags, chi2, x, y))
    components = components[order]
    free_shape = np.full(len(x), not force_beam) & ~(flags & Flag.SHAPE_LIMIT).astype(bool)
    shape = _shapes(components)
    snr = components[:, 0]
    table = tabulate(
        sampler,
        footprint,
        x=x,
        y=y,
        snr=snr,
        shape=shape,
        chi2=chi2,
        island=island,
        flags=flags,
        errors=condon.errors(snr, shape, sampler.transform(x, y), free_shape),
        systematic_error=systematic_error,
        given_position=False,
    )
    return table.select(footprint.depth(table.ra, table.dec) >= 0)


def _shapes(components: Array) -> Array:
    """Shape matrices (..., 2, 2) in beam coordinates of components (..., 6)."""
    a, b, c = np.moveaxis(components[..., 3:], -1, 0)
    rows = np.stack([np.stack([c, -b], -1), np.stack([-b, a], -1)], -2)
    return rows / (a * c - b**2)[..., None, None]


def _positions(sampler: Sampler, blends: Blends) -> tuple[Array, Array]:
    """Pixel coordinates of all components, flat."""
    dx, dy = sampler.pixel_offsets(blends.components[..., 1], blends.components[..., 2])
    return (blends.ref_x[:, None] + dx).ravel(), (blends.ref_y[:, None] + dy).ravel()


def _beams_at(peak: Array, u: Array, v: Array) -> Array:
    """Components of the beam's shape, shape (n, 1, 6)."""
    a, b, c = np.broadcast_to(gaussian.BEAM[:, None], (3, len(peak)))
    return np.column_stack([peak, u, v, a, b, c])[:, None]


def _measure(
    sampler: Sampler, islands: Islands, detection: float, analysis: float, free_shape: bool
) -> list[Blends]:
    """Components of all islands, grouped by their number."""
    brightest = islands.brightest(islands.value) if len(islands) else np.empty(0, np.intp)
    x, y, peak = islands.x[brightest], islands.y[brightest], islands.value[brightest]
    n = len(islands)
    zero = np.zeros(n)
    singles = Blends(
        np.arange(n), x, y, _beams_at(peak, zero, zero), np.zeros(n, np.int64), np.full(n, np.nan)
    )
    beam_area = (
        np.pi / (4 * math.log(2)) * math.sqrt(np.linalg.det(sampler.background.image.beam_px))
    )
    huge = islands.size > MAX_ISLAND_BEAMS * beam_area
    by_moments = _moments(sampler, islands, singles, analysis)
    finished = [
        replace(
            singles.select(huge),
            components=by_moments[huge],
            flags=np.full(np.count_nonzero(huge), int(Flag.HUGE_ISLAND | Flag.MOMENTS)),
        )
    ]
    blends = _fit_singles(sampler, singles.select(~huge), by_moments[~huge], free_shape)
    # One further component at a time, where the residual calls for it.
    for _ in range(MAX_COMPONENTS - 1):
        extended = _extend(sampler, islands, blends, detection, free_shape)
        kept = ~np.isin(blends.island, extended.island)
        finished.append(blends.select(kept))
        blends = extended
        if not len(blends.island):
            break
    return [*finished, blends]


def _moments(sampler: Sampler, islands: Islands, singles: Blends, analysis: float) -> Array:
    """One component per island from its moments, shape (n, 1, 6)."""
    if not len(islands):
        return np.empty((0, 1, 6))
    owner = islands.owner
    u, v = sampler.beam_coordinates(
        islands.x - singles.ref_x[owner], islands.y - singles.ref_y[owner]
    )
    return gaussian.moments(islands.value, u, v, islands.start[:-1], analysis)[:, None]


def _fit_singles(sampler: Sampler, singles: Blends, by_moments: Array, free_shape: bool) -> Blends:
    """Fit one Gaussian to each island, falling back to its moments."""
    fitted, converged = _fit(sampler, singles, free_shape)
    components, chi2 = fitted.components.copy(), fitted.chi2.copy()
    if free_shape:
        # Resolved sources, and those that a fit on the beam's pixels cannot make out, on the pixels
        # of their own shape.
        area = np.sqrt(np.linalg.det(_shapes(components[:, 0])))
        again = ~converged | (area > RESOLVED_AREA)
        start = np.where(converged[:, None, None], components, by_moments)
        wider, wider_converged = _fit(
            sampler, replace(singles, components=start).select(again), free_shape
        )
        rows = np.flatnonzero(again)[wider_converged]
        components[rows], chi2[rows] = (
            wider.components[wider_converged],
            wider.chi2[wider_converged],
        )
        converged[rows] = True
    components[~converged], chi2[~converged] = by_moments[~converged], np.nan
    flags = np.where(converged, 0, int(Flag.FIT_FAILED | Flag.MOMENTS))
    return replace(singles, components=components, chi2=chi2, flags=flags)


def _extend(
    sampler: Sampler, islands: Islands, blends: Blends, detection: float, free_shape: bool
) -> Blends:
    """Add a component where the residual of the present ones holds one; return only such islands.

    A new component is accepted if the joint fit converges, makes it as bright as the detection
    threshold and leaves all of them apart.
    """
    chosen = np.zeros(len(islands), bool)
    chosen[blends.island] = True
    pixels = islands.select(chosen)
    rank = np.argsort(blends.island)
    blends = blends.select(rank)
    if not len(pixels):
        return blends
    owner = pixels.owner
    u, v = sampler.beam_coordinates(pixels.x - blends.ref_x[owner], pixels.y - blends.ref_y[owner])
    residual = pixels.value.copy()
    for component in range(blends.components.shape[1]):
        one = blends.components[owner, component][:, None]
        residual -= gaussian.model(one, u[:, None], v[:, None])[:, 0]
    brightest = pixels.brightest(residual)
    peak, u, v = residual[brightest], u[brightest], v[brightest]
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
    trial = replace(blends, components=start).select(tried)
    fitted, converged = _fit(sampler, trial, free_shape)
    good = converged & _separate(fitted.components, detection)
    if free_shape:
        # Too many parameters for some: the shapes held as they are.
        held, held_converged = _fit(sampler, trial.select(~good), free_shape=False)
        rows = np.flatnonzero(~good)[held_converged & _separate(held.components, detection)]
        use = held_converged & _separate(held.components, detection)
        fitted.components[rows], fitted.chi2[rows] = held.components[use], held.chi2[use]
        fitted.flags[rows] |= int(Flag.SHAPE_LIMIT)
        good[rows] = True
    return replace(fitted, flags=fitted.flags | int(Flag.BLENDED)).select(good)


def _separate(components: Array, detection: float) -> NDArray[np.bool_]:
    """Whether the last component is bright enough and all are apart."""
    position = components[..., 1:3]
    distance = np.linalg.norm(position[:, :, None] - position[:, None], axis=-1)
    n_components = components.shape[1]
    distance += np.where(np.eye(n_components), np.inf, 0)
    return (components[:, -1, 0] > detection) & (distance > MIN_SEPARATION).all(axis=(1, 2))


def _fit(sampler: Sampler, start: Blends, free_shape: bool) -> tuple[Blends, NDArray[np.bool_]]:
    """Fit jointly the components of each island; also tell which fits converged."""
    n, k, _ = start.components.shape
    components, chi2 = start.components.copy(), np.full(n, np.nan)
    converged = np.zeros(n, bool)
    shape = _shapes(start.components)
    resolved = np.linalg.det(shape) > RESOLVED_AREA**2
    shape = np.where(resolved[..., None, None], shape, np.eye(2))
    x, y = (flat.reshape(n, k) for flat in _positions(sampler, start))
    # Wide sets apart from the others, which would be padded to their size.
    wide = resolved.any(axis=1)
    for group in (np.flatnonzero(~wide), np.flatnonzero(wide)):
        for first in range(0, group.size, CHUNK):
            rows = group[first : first + CHUNK]
            sets = sampler.sets(x[rows], y[rows], shape[rows], start.ref_x[rows], start.ref_y[rows])
            fit = gaussian.fit(
                sets.value, sets.weight, sets.x, sets.y, start.components[rows], free_shape
            )
            n_free = k * (6 if free_shape else 3)
            freedom = sets.weight.sum(axis=1) - n_free
            components[rows] = fit.components
            chi2[rows] = fit.chi2 / np.where(freedom > 0, freedom, np.nan)
            # With fewer pixels than parameters any shape fits.
            converged[rows] = fit.converged & (freedom > 0)
    return replace(start, components=components, chi2=chi2), converged
