"""Is an image good enough to be measured? Every check is always made and reported."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.geometry.ellipses import FOUR_LN2, axes
from extractor.image.plane import ImagePlane
from extractor.image.stations import thermal_noise
from extractor.quality.bright_sources import nearest_bright_source

# With fewer valid pixels than this the central part of an image does not tell its noise.
MIN_VALID_SHARE = 0.1
UNDERSAMPLED_PX = 1.0
# The rms of so many independent values is good to a quarter; fewer do not tell the noise.
MIN_BEAMS = 10
LOFAR_SEPARATION = 10.0
MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class QualityLimits:
    """Limits that an image has to keep.

    Attributes
    ----------
    rms_min, rms_max : float
        The central rms has to lie strictly between, Jy per beam.
    rms_side, rms_clip : float
        How it is measured: see `central_rms`.
    max_nan_fraction : float
        Largest share of blank pixels.
    oversampled_px : float
        Largest half of the beam's major FWHM, in pixels.
    max_ellipticity : float
        Largest ratio of the beam's axes.
    thermal_min, thermal_max : float
        Smallest and largest ratio of the central rms to the thermal noise, for LOFAR.
    bright_source_separation : float, optional
        Smallest distance of the image's centre from a bright source, degrees; none: 10 for images
        of LOFAR, 0 for others.
    """

    rms_min: float = 0.0
    rms_max: float = 100.0
    rms_side: float = 0.25
    rms_clip: float = 4.0
    max_nan_fraction: float = 0.9
    oversampled_px: float = 30.0
    max_ellipticity: float = 3.0
    thermal_min: float = 1.0
    thermal_max: float = 80.0
    bright_source_separation: float | None = None


@dataclass(frozen=True)
class Check:
    """Outcome of one check: the value found, the limits (NaN where there is none), the verdict."""

    name: str
    value: float
    low: float
    high: float
    passed: bool
    detail: str


def check(image: ImagePlane, limits: QualityLimits) -> list[Check]:
    """Make all checks of an image.

    Returns
    -------
    list of Check
        ``no_data`` (number of valid pixels), ``nan_fraction``, ``flat`` (largest less smallest
        pixel, Jy per beam), ``rms`` (`central_rms`, Jy per beam), ``beam_invalid`` (1 if its axes
        are positive, in order and within the sky, else 0); of a valid beam ``beam_undersampled``
        (minor FWHM, pixels), ``beam_oversampled`` (half the major FWHM, pixels),
        ``beam_elliptical`` (ratio of axes) and ``few_beams`` (area of the valid pixels in beams);
        ``bright_source`` (distance of the image's centre from the nearest one, degrees). For LOFAR,
        if the header tells of the stations, also ``duration`` (seconds) and ``thermal_noise``
        (ratio of the central rms to it).
    """
    valid = np.isfinite(image.data)
    n_valid = int(np.count_nonzero(valid))
    spread = math.nan
    if n_valid:
        spread = float(np.nanmax(image.data)) - float(np.nanmin(image.data))
    nan_fraction = 1 - n_valid / image.data.size
    rms = central_rms(image.data, limits.rms_side, limits.rms_clip)
    none = math.nan
    return [
        _outcome("no_data", n_valid, n_valid > 0, 1, none, "valid pixels"),
        _outcome(
            "nan_fraction",
            nan_fraction,
            nan_fraction <= limits.max_nan_fraction,
            none,
            limits.max_nan_fraction,
            "share of blank pixels",
        ),
        _outcome(
            "flat", spread, spread > 0, 0, none, "largest less smallest pixel, Jy/beam", strict=True
        ),
        _outcome(
            "rms",
            rms,
            limits.rms_min < rms < limits.rms_max,
            limits.rms_min,
            limits.rms_max,
            "rms of the central part, Jy/beam",
            strict=True,
        ),
        *_beam(image, n_valid, limits),
        _bright_source(image, limits),
        *_lofar(image, rms, limits),
    ]


def check_rms_history(
    rms: float, earlier: ArrayLike, *, sigma: float = 3.0, least: int = 100
) -> Check:
    """Judge the central rms of an image by those of earlier images of its band.

    The distribution of the noise is close to normal in its logarithm, and has outliers: bad images,
    which are in it, too, so that a lasting change is accepted in the end. So the limits are `sigma`
    deviations about the median of the logarithms, the deviation being that of a normal distribution
    with the same median absolute deviation.

    Parameters
    ----------
    rms : float
        Jy per beam.
    earlier : array_like
        Those of the images in the band that were taken last before this one, in any order, Jy per
        beam: so the outcome depends on when images were taken, never on the order in which they
        came.
    sigma : float
        How far off they may lie.
    least : int
        With fewer earlier images, or with half of so many that have a noise at all, there is no
        judgement.

    Returns
    -------
    Check
        ``rms_history``. Passed, without limits, if there is no judgement.
    """
    values = np.asarray(earlier, float)
    values = np.log10(values[np.isfinite(values) & (values > 0)])
    low = high = math.nan
    passed = True
    if np.size(earlier) >= least and values.size > least / 2:
        middle = np.median(values)
        reach = sigma * MAD_TO_SIGMA * np.median(np.abs(values - middle))
        low, high = float(10 ** (middle - reach)), float(10 ** (middle + reach))
        # in logarithms: images that are copies of each other leave no room to convert the limits
        passed = rms > 0 and bool(np.abs(np.log10(rms) - middle) <= reach)
    return _outcome(
        "rms_history", rms, passed, low, high, "rms of the central part, by its band's, Jy/beam"
    )


def check_reference_offset(offset: float, catalogue: str, n: int, most: float) -> Check:
    """Judge how far an image lies off a reference catalogue.

    Parameters
    ----------
    offset : float
        Median offset of the sources, arcsec; NaN if too few are listed to tell.
    catalogue : str
        Name of the catalogue, for the words.
    n : int
        How many sources are listed.
    most : float
        Largest offset, arcsec.

    Returns
    -------
    Check
        ``reference_offset``. Passed, without a limit, if the offset is NaN.
    """
    if math.isnan(offset):
        return _untold("reference_offset", "offset", catalogue, n)
    what = f"median offset from {n} sources of {catalogue}, arcsec"
    return _outcome("reference_offset", offset, offset <= most, math.nan, most, what)


def check_reference_flux_ratio(
    ratio: float, catalogue: str, n: int, low: float, high: float
) -> Check:
    """Judge the flux scale of an image by a reference catalogue.

    Parameters
    ----------
    ratio : float
        Median ratio of the flux densities to those that are listed; NaN if too few are to tell.
    catalogue : str
        Name of the catalogue, for the words.
    n : int
        How many sources are listed with a flux density at the frequency of the image.
    low, high : float
        Smallest and largest ratio.

    Returns
    -------
    Check
        ``reference_flux_ratio``. Passed, without limits, if the ratio is NaN.
    """
    if math.isnan(ratio):
        return _untold("reference_flux_ratio", "flux scale", catalogue, n)
    what = f"median ratio of the flux densities to those of {n} sources of {catalogue}"
    return _outcome("reference_flux_ratio", ratio, low <= ratio <= high, low, high, what)


def _untold(name: str, what: str, catalogue: str, n: int) -> Check:
    none = math.nan
    detail = f"{what} not told: {n} counterparts in {catalogue} are too few"
    return Check(name, none, none, none, True, detail)


def _bright_source(image: ImagePlane, limits: QualityLimits) -> Check:
    name, distance = nearest_bright_source(image.ra, image.dec, image.taken_at)
    least = limits.bright_source_separation
    if least is None:
        least = LOFAR_SEPARATION if image.telescope.upper().startswith("LOFAR") else 0.0
    what = f"distance of the image's centre from {name}, the nearest bright source, deg"
    return _outcome("bright_source", distance, distance >= least, least, math.nan, what)


def _beam(image: ImagePlane, n_valid: int, limits: QualityLimits) -> list[Check]:
    beam, none = image.beam, math.nan
    told = f"beam of {beam.major:g} by {beam.minor:g} deg (FWHM) at {beam.pa:g} deg"
    if not beam.is_valid:
        return [Check("beam_invalid", 0.0, 1.0, none, False, beam.fault)]
    major_px, minor_px, _ = (float(axis) for axis in axes(image.beam_px))
    ratio = beam.major / beam.minor
    area = math.pi / FOUR_LN2 * major_px * minor_px
    n_beams = n_valid / area if area else math.inf  # of a minor axis that is lost in rounding
    return [
        Check("beam_invalid", 1.0, 1.0, none, True, told),
        _outcome(
            "beam_undersampled",
            minor_px,
            minor_px > UNDERSAMPLED_PX,
            UNDERSAMPLED_PX,
            none,
            "minor FWHM of the beam, pixels",
            strict=True,
        ),
        _outcome(
            "beam_oversampled",
            major_px / 2,
            major_px / 2 <= limits.oversampled_px,
            none,
            limits.oversampled_px,
            "half of the major FWHM of the beam, pixels",
        ),
        _outcome(
            "beam_elliptical",
            ratio,
            ratio <= limits.max_ellipticity,
            none,
            limits.max_ellipticity,
            "major over minor axis of the beam",
        ),
        _outcome(
            "few_beams", n_beams, n_beams >= MIN_BEAMS, MIN_BEAMS, none, "valid pixels, in beams"
        ),
    ]


def _lofar(image: ImagePlane, rms: float, limits: QualityLimits) -> list[Check]:
    if image.stations is None:
        return []
    noise = thermal_noise(image.stations, image.freq_eff, image.bandwidth, image.duration)
    ratio = rms / noise
    # Of an image that does not tell its bandwidth or duration nothing can be said.
    passed = math.isnan(noise) or limits.thermal_min <= ratio <= limits.thermal_max
    what = f"rms of the central part over the thermal noise of {noise:.4g} Jy/beam"
    return [
        _outcome(
            "duration", image.duration, image.duration != 0, 0, math.nan, "duration, s", strict=True
        ),
        _outcome("thermal_noise", ratio, passed, limits.thermal_min, limits.thermal_max, what),
    ]


def _outcome(
    name: str,
    value: float,
    passed: bool,
    low: float,
    high: float,
    what: str,
    *,
    strict: bool = False,
) -> Check:
    detail = f"{what}: {value:.6g}"
    if not passed:
        above, below = ("above", "below") if strict else ("at least", "at most")
        bounds = [f"{above} {low:g}"] * (not math.isnan(low))
        bounds += [f"{below} {high:g}"] * (not math.isnan(high))
        detail += f" (should be {' and '.join(bounds)})"
    return Check(name, float(value), float(low), float(high), bool(passed), detail)


def central_rms(data: NDArray[np.float32], side: float = 0.25, clip: float = 4.0) -> float:
    """Rms about the median of the clipped pixels in the central part of an image.

    Where nearly all of the central part is blank the whole image counts.

    Parameters
    ----------
    data : ndarray, shape (ny, nx)
    side : float
        Side of the central part, over that of the image.
    clip : float
        Pixels farther than so many standard deviations from the median are left out, until nothing
        changes.

    Returns
    -------
    float
        NaN if all is blank.
    """
    ny, nx = data.shape
    half_y, half_x = max(int(ny * side / 2), 1), max(int(nx * side / 2), 1)
    centre = data[
        max(ny // 2 - half_y, 0) : ny // 2 + half_y, max(nx // 2 - half_x, 0) : nx // 2 + half_x
    ]
    valid = np.isfinite(centre)
    if np.count_nonzero(valid) < MIN_VALID_SHARE * centre.size:
        centre, valid = data, np.isfinite(data)
    values = np.sort(centre[valid]).astype(np.float64)
    return _clipped_rms(values, clip) if values.size else math.nan


def _clipped_rms(values: NDArray[np.float64], clip: float) -> float:
    """As `central_rms`, of sorted values: what is kept of these lies side by side."""
    while True:
        middle = values.size // 2
        median = (values[middle] + values[-1 - middle]) / 2
        reach = clip * values.std()
        first = np.searchsorted(values, median - reach, "left")
        last = np.searchsorted(values, median + reach, "right")
        # Rounding can leave a constant's deviation at zero with no pixel within it.
        if last - first in (values.size, 0):
            return float(np.sqrt(np.mean((values - median) ** 2)))
        values = values[first:last]
