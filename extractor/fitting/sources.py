"""Find and measure the sources of an image."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ExtractorError
from extractor.fitting import gaussian
from extractor.fitting.bias import bias_of_integrated_flux
from extractor.fitting.covariance import (
    at_lower_peaks,
    covariance_and_bias,
    errors_of_fluxes,
    errors_on_sky,
)
from extractor.fitting.detection_threshold import fdr_threshold
from extractor.fitting.fits import Fits
from extractor.fitting.island_fits import IslandFits, fit_islands
from extractor.fitting.islands import find_islands
from extractor.fitting.measurements import Measurements
from extractor.fitting.on_sky import measurements_on_sky
from extractor.fitting.pixel_sets import Sampler
from extractor.flags import Flag
from extractor.geometry.ellipses import area_ratio
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise.background import Background

Array = NDArray[np.float64]

# A bias that is larger, in units of the error or of the peak, is not small enough for its formula.
MAX_BIAS = 0.5
# A source may be the sidelobe of another one that is so many times as bright and so near, in beams.
MUCH_BRIGHTER = 100
NEAR = 10
# Where an image may be negative a source has its opposite beside it if, within so many beams, a
# pixel of the other sign has at least this share of its peak, and this significance.
BESIDE, OPPOSITE, SIGNIFICANT = 1.25, 0.5, 3.0


def extract(
    image: ImagePlane,
    background: Background,
    footprint: Footprint,
    *,
    detection_threshold: float = 8.0,
    analysis_threshold: float = 3.0,
    fdr_alpha: float | None = None,
    negative: bool = False,
    systematic_error: float | tuple[float, float] | None = None,
    force_beam: bool = False,
) -> Measurements:
    """Find and measure the sources of an image.

    Parameters
    ----------
    image : ImagePlane
    background : Background
    footprint : Footprint
        Only sources whose position is inside are returned.
    detection_threshold, analysis_threshold : float
        In units of the local noise: an island is the connected pixels above the second, if one of
        them is above the first.
    fdr_alpha : float, optional
        Choose the detection threshold so that at most this share of the pixels above it is noise,
        on average, instead of giving it; see `extractor.fitting.detection_threshold`.
    negative : bool
        Find negative sources, too, also in an image that is not `signed`: they have negative
        fluxes, and their islands are numbered after the others.
    systematic_error : float or pair of float, optional
        Position error to add in quadrature, on either axis or in right ascension and declination,
        degrees on the sky; default: a tenth of the beam's major axis.
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
    if fdr_alpha is not None and not 0 < fdr_alpha < 1:
        raise ExtractorError(f"a false-discovery rate of {fdr_alpha} is not between 0 and 1")
    settings = (detection_threshold, analysis_threshold, fdr_alpha, systematic_error, force_beam)
    table = _find_positive(background, footprint, *settings)
    if negative or image.signed:
        image = replace(background.image, data=-background.image.data)
        turned = replace(background, image=image, level=-background.level)
        below = _find_positive(turned, footprint, *settings).negated()
        first = 1 + table.island.max(initial=-1)
        table = table.joined(replace(below, island=below.island + first))
        table = replace(table, flags=table.flags | _dipoles(table, Sampler(background)))
    table = replace(table, flags=table.flags | _near_bright(table, Sampler(background)))
    return table.select(footprint.depth(table.ra, table.dec) >= 0)


def _near_bright(table: Measurements, sampler: Sampler) -> NDArray[np.int64]:
    """Flag of sources that may be a bright one's sidelobes."""
    from scipy.spatial import cKDTree

    flags = np.zeros(len(table), np.int64)
    peak = np.abs(table.peak_flux)
    rows = np.flatnonzero(np.isfinite(peak))
    if not rows.size:
        return flags
    position = np.column_stack(sampler.whole.beam_coordinates(table.x[rows], table.y[rows]))
    pairs = rows[cKDTree(position).query_pairs(NEAR, output_type="ndarray")]
    for faint, bright in (pairs.T, pairs.T[::-1]):
        flags[faint[peak[bright] > MUCH_BRIGHTER * peak[faint]]] = int(Flag.NEAR_BRIGHT)
    return flags


def _dipoles(table: Measurements, sampler: Sampler) -> NDArray[np.int64]:
    """Flag of sources that have their opposite beside them."""
    flags = np.zeros(len(table), np.int64)
    rows = np.flatnonzero(np.isfinite(table.peak_flux))
    if not rows.size:
        return flags
    x, y = (np.rint(place[rows]).astype(np.intp) for place in (table.x, table.y))
    dx, dy, pattern, inside = sampler.offsets(
        sampler.frames(x, y),
        np.broadcast_to(np.eye(2), (rows.size, 2, 2)),
        np.full(rows.size, BESIDE),
    )
    value = sampler.pixels(x, y, dx[pattern].T, dy[pattern].T)[0].T
    value = np.where(inside, value * np.sign(table.peak_flux[rows])[:, None], 0.0)
    opposite = -value.min(axis=1)
    found = (opposite >= OPPOSITE * value.max(axis=1)) & (opposite >= SIGNIFICANT)
    flags[rows[found]] = int(Flag.DIPOLE)
    return flags


def _find_positive(
    background: Background,
    footprint: Footprint,
    detection_threshold: float,
    analysis_threshold: float,
    fdr_alpha: float | None,
    systematic_error: float | tuple[float, float] | None,
    force_beam: bool,
) -> Measurements:
    """Find and measure positive sources, also outside the footprint."""
    sampler = Sampler(background)
    if fdr_alpha is None:
        islands = find_islands(background, detection_threshold, analysis_threshold)
    else:
        islands = find_islands(background, analysis_threshold, analysis_threshold)
        n_pixels = int(np.count_nonzero(np.isfinite(sampler.data)))
        detection_threshold = fdr_threshold(islands.value, n_pixels, sampler.beam_area, fdr_alpha)
        islands = islands.select(islands.peak >= detection_threshold)
    free_shape = not force_beam
    fitted = fit_islands(sampler, islands, detection_threshold, analysis_threshold, free_shape)
    fits = _in_order(sampler, fitted, free_shape)
    return measurements_on_sky(sampler, footprint, fits, systematic_error, given_position=False)


def _in_order(sampler: Sampler, fitted: list[IslandFits], free_shape: bool) -> Fits:
    """All components with errors, their fluxes freed from bias, by island, then by position."""
    island, flags, chi2 = (
        np.concatenate([np.repeat(getattr(f, name), f.components.shape[1]) for f in fitted])
        for name in ("island", "flags", "chi2")
    )
    x, y = np.concatenate([np.reshape(f.positions(sampler), (2, -1)) for f in fitted], axis=1)
    components = np.concatenate([f.components.reshape(-1, 6) for f in fitted])
    covariance, bias = (
        np.concatenate([part.reshape(-1, *part.shape[2:]) for part in parts])
        for parts in zip(*(_uncertainties(sampler, f, free_shape) for f in fitted), strict=True)
    )
    order = np.lexsort((x, y, island))
    island, flags, chi2, x, y = (column[order] for column in (island, flags, chi2, x, y))
    components, covariance, bias = components[order], covariance[order], bias[order]
    peak_bias, integrated_bias, biased = _flux_bias(components, covariance, bias)
    by_moments = (flags & Flag.MOMENTS) > 0
    flags[biased & ~by_moments] |= int(Flag.BIASED)
    known = ~biased & ~by_moments
    shape = gaussian.shapes(components)
    fitted_peak = components[:, 0]
    integrated = fitted_peak * area_ratio(shape, np.eye(2))
    # Errors are those at the parameters that are quoted: at those fitted, which noise has raised,
    # positions and shapes would seem too sure.
    peak = fitted_peak - np.where(known, peak_bias, 0)
    raised = fitted_peak / peak
    quoted = np.column_stack([peak, components[:, 1:]])
    errors = errors_on_sky(at_lower_peaks(covariance, raised), quoted, sampler.transform(x, y))
    # The bias goes as 1 / peak: what is taken off a peak that noise has lowered is too much.
    errors = replace(errors, peak=errors.peak * raised)
    return Fits(
        x=x,
        y=y,
        fitted_peak=fitted_peak,
        peak=peak,
        integrated=integrated - np.where(known, integrated_bias, 0),
        shape=shape,
        chi2=chi2,
        island=island,
        flags=flags,
        errors=errors,
    )


def _flux_bias(
    components: Array, covariance: Array, bias: Array
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Bias of peak and integrated flux, and where it is too large for its formula."""
    peak, integrated = bias[:, 0], bias_of_integrated_flux(components, covariance, bias)
    peak_error, integrated_error = errors_of_fluxes(covariance, components)
    with np.errstate(invalid="ignore"):
        known = (np.abs(peak) < MAX_BIAS * np.minimum(peak_error, components[:, 0])) & (
            np.abs(integrated) < MAX_BIAS * integrated_error
        )
    return peak, integrated, ~known


def _uncertainties(sampler: Sampler, fits: IslandFits, free_shape: bool) -> tuple[Array, Array]:
    """Covariance (n, K, 6, 6) and bias (n, K, 6) of the parameters of each component."""
    n, k, _ = fits.components.shape
    covariance, bias = np.full((n, k, 6, 6), np.nan), np.full((n, k, 6), np.nan)
    shape_fitted = free_shape & ((fits.flags & Flag.SHAPE_LIMIT) == 0)
    for free in (False, True):
        chosen = np.flatnonzero(shape_fitted == free)
        some = fits.select(chosen)
        for rows in some.batches():
            one = some.select(rows)
            for part, sets in one.sets(sampler).alike():
                which = chosen[rows[part]]
                covariance[which], bias[which] = covariance_and_bias(
                    sets,
                    sampler.background.correlation,
                    sets.about_middle(one.components[part]),
                    free,
                )
    return covariance, bias
