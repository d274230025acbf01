"""Measure fluxes at given positions with given shapes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.errors import ExtractorError
from extractor.fitting.fits import Errors, Fits
from extractor.fitting.joint_peaks import Peaks, solve
from extractor.fitting.measurements import Measurements
from extractor.fitting.on_sky import measurements_on_sky
from extractor.fitting.patches import cut_patches, subtract
from extractor.fitting.pixel_sets import Sampler
from extractor.flags import Flag
from extractor.geometry import sky
from extractor.geometry.ellipses import area_ratio, inverse, shape_matrix, transformed
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise.background import Background

Array = NDArray[np.float64]


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
    ra, dec, major, minor, pa = _columns(
        ra, dec, deconvolved_major, deconvolved_minor, deconvolved_pa
    )
    sampler = Sampler(background)
    x, y, inside = _pixels(image, ra, dec)
    shape = _shapes(sampler, x, y, major, minor, pa)
    peaks, flags = _fitted(sampler, x, y, shape, inside, neighbours)
    area = area_ratio(shape, np.eye(2))
    fits = Fits(
        x=x,
        y=y,
        fitted_peak=peaks.peak,
        peak=peaks.peak,
        integrated=peaks.peak * area,
        shape=shape,
        chi2=peaks.chi2,
        island=np.full(len(x), -1),
        flags=flags,
        errors=Errors.of_fluxes(peaks.error, peaks.error * area),
    )
    return measurements_on_sky(sampler, footprint, fits, systematic_error, given_position=True)


def _columns(ra: ArrayLike, dec: ArrayLike, *shape: ArrayLike | None) -> list[Array]:
    """Columns of equal length, NaN for what is not given."""
    n = np.atleast_1d(np.asarray(ra)).size
    columns = [
        np.full(n, np.nan) if column is None else np.atleast_1d(np.asarray(column, float))
        for column in (ra, dec, *shape)
    ]
    if any(len(column) != n for column in columns):
        raise ExtractorError("forced fits need as many declinations and shapes as right ascensions")
    return columns


def _pixels(image: ImagePlane, ra: Array, dec: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Pixel coordinates of positions, and whether they are inside the image.

    What is not is carried along at the centre.
    """
    ny, nx = image.data.shape
    x, y = sky.to_pixel(image.wcs, ra, dec)
    with np.errstate(invalid="ignore"):
        inside = (x > -0.5) & (x < nx - 0.5) & (y > -0.5) & (y < ny - 0.5)
    return np.where(inside, x, (nx - 1) / 2), np.where(inside, y, (ny - 1) / 2), inside


def _fitted(
    sampler: Sampler,
    x: Array,
    y: Array,
    shape: Array,
    inside: NDArray[np.bool_],
    neighbours: Measurements | None,
) -> tuple[Peaks, NDArray[np.int64]]:
    """Peaks at positions, NaN where nothing can be measured, and the flags that say why."""
    flags = np.where(inside, 0, int(Flag.OUTSIDE))
    rows = np.flatnonzero(inside)
    patches = cut_patches(sampler, x[rows], y[rows], shape[rows])
    flags[rows[~patches.enough]] |= int(Flag.BLANK)
    rows, patches = rows[patches.enough], patches.select(patches.enough)
    if neighbours is not None and rows.size:
        subtract(sampler, neighbours, patches)
    solved = solve(patches, sampler.background.correlation)
    flags[rows[solved.blended]] |= int(Flag.BLENDED)
    return solved.spread(rows, len(x)), flags


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
