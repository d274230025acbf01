"""A search for bursts in the planes of a stack, pixel by pixel.

Each plane, less the mean of all, is divided by its noise as measured; matched filters find the best
run of each pixel, and peaks of these are bursts. Planes are read one by one, twice, and those of
the bursts once more. What published searches throw out artefacts by is measured, not applied: Wang
et al. 2023, MNRAS 523, 5661; Fijma et al. 2024, MNRAS 528, 6985; de Ruiter et al. 2024, MNRAS 531,
4805.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

import extractor
from extractor import Footprint, Image
from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.geometry.ellipses import FOUR_LN2
from extractor.image.grid import same_grid
from trapdb.errors import ImageLost, InputError
from trapdb.timescales.expected_peaks import expected_peaks, level_of
from trapdb.timescales.matched_filter import WIDTHS, MatchedFilter

# Fewer planes than this have no mean that a burst would not be in.
LEAST_PLANES = 3
# Peaks so near to a higher one are of it, in major axes of the beam (FWHM).
ONE_BURST = 1.5
# Compactness is measured so far around a burst, in pixels of half a cut-out.
REACH_BEAMS = 2


@dataclass(frozen=True)
class Burst:
    """A burst.

    Attributes
    ----------
    ra, dec : float
        Degrees.
    snr : float
        Of its best run [sigma].
    first, last : int
        The images of this run, by their places in the list of those that were used.
    peak : int
        The brightest single image, likewise.
    peak_snr : float
        How bright it is there [sigma].
    chi2, dof : float
        Chi squared of all images about their mean at its pixel, and the degrees of freedom.
    peak_flux : float
        Mean peak flux density of its run, less the mean of all [Jy/beam].
    deep_flux, deep_snr : float
        Peak flux density in the mean of all images at its place [Jy/beam], and over the noise of
        that [sigma]; NaN for residual images.
    compactness : float
        Its flux within a beam's width over that of a point as bright: 1 for a point.
    centre_distance : float
        From the centre of the images [deg].
    """

    ra: float
    dec: float
    snr: float
    first: int
    last: int
    peak: int
    peak_snr: float
    chi2: float
    dof: int
    peak_flux: float
    deep_flux: float
    deep_snr: float
    compactness: float
    centre_distance: float


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes
    ----------
    bursts : list of Burst
        The most significant first.
    images : list
        Those that were used, in the order of time.
    left_out : list of (str, str)
        Paths of the others, and why they were not used.
    level : float
        Threshold [sigma].
    expected_false : float
        How many peaks above it noise is expected to make.
    """

    bursts: list[Burst]
    images: list[Any]
    left_out: list[tuple[str, str]]
    level: float
    expected_false: float


def search_bursts(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    footprint_of: Callable[[Image], Footprint],
    *,
    widths: Sequence[int] = WIDTHS,
    threshold: float | None = None,
    expected: float = 1.0,
    residual: bool = False,
    mesh_px: int,
    tell: Callable[[str], None] = lambda text: None,
) -> Search:
    """Search images of one field, band and Stokes parameter for bursts.

    Parameters
    ----------
    images : sequence
        In the order of time, with `path`, `rms` (Jy/beam) and `noise_correlation` (beams).
    read : callable
        From one of these to its image. An image that cannot be read is left out.
    footprint_of : callable
        From an image to where it is searched.
    widths : sequence of int
        Lengths of runs, images.
    threshold : float, optional
        Sigma. By default the level above which noise is expected to make `expected` peaks.
    residual : bool
        The images have no steady sources: no mean is subtracted.
    mesh_px : int, optional
        Side of the tiles in which the noise is measured, pixels.
    tell : callable
        Takes a line after each image.

    Raises
    ------
    InputError
        There are too few images, or there is no such threshold.
    """
    left_out: list[tuple[str, str]] = []
    mean, used, first = _mean(images, read, left_out, tell)
    if len(used) < LEAST_PLANES:
        raise InputError(
            f"a search for bursts takes {LEAST_PLANES} images at the least; of these {len(used)} "
            "can be used"
        )
    widths = [width for width in sorted(set(widths)) if width < len(used)]
    if not widths:
        raise InputError(f"no burst of so many images can be told in {len(used)} images")
    weights = [image.rms**-2 for image in used]
    total = math.inf if residual else math.fsum(weights)
    if residual:
        mean = np.zeros_like(mean)
    footprint = footprint_of(first)
    inside = _inside(first, footprint)
    level, number = _level(first, used, inside, widths, threshold, expected)
    found = MatchedFilter(mean.shape, widths, total)
    for number_of, (image, data) in enumerate(_read(used, read, first)):
        there = replace(first, path=image.path, data=(data - mean).astype(np.float32))
        background = extractor.background(there, mesh_px=mesh_px, footprint=footprint)
        base, rms = background.on_grid(*map(np.arange, mean.shape))
        found.add(((there.data - base) / rms).astype(np.float32), weights[number_of])
        tell(f"{image.path}: searched")
    noise = 1 / math.sqrt(math.fsum(weights))
    bursts = [
        _burst(found, first, mean, row, column, noise, residual)
        for row, column in _peaks(found.snr, inside, level, first)
    ]
    shaped = _with_shapes(bursts, used, read, first, mean, weights, tell)
    return Search(shaped, used, left_out, level, number)


def _mean(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    left_out: list[tuple[str, str]],
    tell: Callable[[str], None],
) -> tuple[NDArray[np.float64], list[Any], Image]:
    """Return the weighted mean of the images that can be used, these, and the first of them."""
    total: Any = 0.0
    weight: Any = 0.0
    used: list[Any] = []
    first: Image | None = None
    for one in images:
        try:
            image = read(one)
        except (ExtractorError, ImageLost) as error:
            left_out.append((one.path, str(error)))
            continue
        if first is None:
            first = image
        elif not same_grid(image, first):
            left_out.append((one.path, f"its pixels are not those of {first.path}"))
            continue
        there = ~np.isnan(image.data)
        total = total + np.where(there, image.data, 0.0) / one.rms**2
        weight = weight + there / one.rms**2
        used.append(one)
        tell(f"{one.path}: added to the mean")
    if first is None:
        raise InputError("none of the images can be read")
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / weight, used, first


def _read(
    images: Sequence[Any], read: Callable[[Any], Image], first: Image
) -> Iterator[tuple[Any, NDArray[np.float32]]]:
    """Read images again; one that is gone meanwhile is blank."""
    for one in images:
        try:
            yield one, read(one).data
        except (ExtractorError, ImageLost):
            yield one, np.full_like(first.data, np.nan)


def _inside(image: Image, footprint: Footprint) -> NDArray[np.bool_]:
    y, x = np.indices(image.data.shape)
    ra, dec = sky.to_sky(image.wcs, x.ravel(), y.ravel())
    return np.asarray(footprint.depth(ra, dec) >= 0).reshape(image.data.shape)


def _level(
    image: Image,
    used: Sequence[Any],
    inside: NDArray[np.bool_],
    widths: Sequence[int],
    threshold: float | None,
    expected: float,
) -> tuple[float, float]:
    """Return the threshold, and how many peaks of noise are expected above it."""
    pixels = float(inside.sum())
    correlation = float(np.median([one.noise_correlation or 1.0 for one in used]))
    of_beam = image.beam.major * image.beam.minor * correlation**2
    elements = pixels * image.pixel_scale[0] * image.pixel_scale[1] / of_beam
    searched = len(used), widths, elements, pixels
    level = level_of(expected, *searched) if threshold is None else threshold
    return level, expected_peaks(level, *searched)


def _peaks(
    snr: NDArray[np.float32], inside: NDArray[np.bool_], level: float, image: Image
) -> list[tuple[int, int]]:
    """Return pixels of peaks, the highest first, each alone within `ONE_BURST` of the beam."""
    is_peak = inside & (snr >= level) & (maximum_filter(snr, 3, mode="nearest") == snr)
    rows, columns = np.nonzero(is_peak)
    order = np.argsort(-snr[rows, columns], kind="stable")
    apart = ONE_BURST * image.beam.major / min(image.pixel_scale)
    kept: list[tuple[int, int]] = []
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if all(math.hypot(row - r, column - c) > apart for r, c in kept):
            kept.append((row, column))
    return kept


def _burst(
    found: MatchedFilter,
    image: Image,
    mean: NDArray[np.float64],
    row: int,
    column: int,
    noise: float,
    residual: bool,
) -> Burst:
    x = column + _vertex(found.snr[row, max(column - 1, 0) : column + 2])
    y = row + _vertex(found.snr[max(row - 1, 0) : row + 2, column])
    ra, dec = sky.to_sky(image.wcs, x, y)
    at = row, column
    last, width = int(found.last[at]), int(found.width[at])
    deep = math.nan if residual else float(mean[at])
    return Burst(
        ra=float(ra),
        dec=float(dec),
        snr=float(found.snr[at]),
        first=last - width + 1,
        last=last,
        peak=int(found.peak_at[at]),
        peak_snr=float(found.peak_snr[at]),
        chi2=float(found.chi2[at]),
        dof=int(found.n[at]) - (not residual),
        peak_flux=math.nan,
        deep_flux=deep,
        deep_snr=deep / noise,
        compactness=math.nan,
        centre_distance=float(sky.separation(ra, dec, image.ra, image.dec)),
    )


def _vertex(three: NDArray[np.float32]) -> float:
    """Return where the parabola through three pixels has its top, from the middle one."""
    if len(three) < 3 or not np.isfinite(three).all():
        return 0.0
    left, middle, right = map(float, three)
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, 0.5 * (left - right) / bend))


def _with_shapes(
    bursts: list[Burst],
    used: Sequence[Any],
    read: Callable[[Any], Image],
    image: Image,
    mean: NDArray[np.float64],
    weights: Sequence[float],
    tell: Callable[[str], None],
) -> list[Burst]:
    """Measure flux and compactness of bursts in the means of their runs."""
    if not bursts:
        return []
    reach = math.ceil(REACH_BEAMS * image.beam.major / min(image.pixel_scale))
    sums = np.zeros((len(bursts), 2 * reach + 1, 2 * reach + 1))
    x, y = sky.to_pixel(
        image.wcs, np.array([one.ra for one in bursts]), np.array([one.dec for one in bursts])
    )
    rows, columns = np.rint(y).astype(int), np.rint(x).astype(int)
    needed = sorted({at for one in bursts for at in range(one.first, one.last + 1)})
    for at, (one, data) in zip(
        needed, _read([used[at] for at in needed], read, image), strict=True
    ):
        padded = np.pad(data - mean, reach, constant_values=np.nan)
        for number, burst in enumerate(bursts):
            if burst.first <= at <= burst.last:
                row, column = rows[number], columns[number]
                sums[number] += (
                    weights[at] * padded[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
                )
        tell(f"{one.path}: looked at again")
    shaped = []
    for number, burst in enumerate(bursts):
        total = math.fsum(weights[burst.first : burst.last + 1])
        dx = np.arange(-reach, reach + 1) - (x[number] - columns[number])
        dy = (np.arange(-reach, reach + 1) - (y[number] - rows[number]))[:, None]
        flux, compactness = _shape(sums[number] / total, image, dx, dy)
        shaped.append(replace(burst, peak_flux=flux, compactness=compactness))
    return shaped


def _shape(
    pixels: NDArray[np.float64], image: Image, dx: NDArray[np.float64], dy: NDArray[np.float64]
) -> tuple[float, float]:
    """Peak of the best beam, and the flux within a beam's width over that of a beam so bright."""
    (xx, xy), (_, yy) = np.linalg.inv(image.beam_px)
    distance = xx * dx**2 + 2 * xy * dx * dy + yy * dy**2  # squared, in FWHM
    beam = np.exp(-FOUR_LN2 * distance)
    within, core = distance <= 1, distance <= 0.25
    known = np.isfinite(pixels)
    peak = float((pixels * beam)[core & known].sum() / np.square(beam)[core & known].sum())
    if not (within & known).any() or peak <= 0:
        return math.nan, math.nan
    return peak, float(pixels[within & known].sum() / (peak * beam[within & known].sum()))
