"""Is an image good enough to be measured? Every check is always made and reported."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import axes
from extractor.image import Image

RMS_CLIP = 4.0
RMS_FRACTION = 8
UNDERSAMPLED_PX = 1.0


@dataclass(frozen=True)
class QualityLimits:
    """What an image has to keep to.

    Attributes
    ----------
    rms_min, rms_max : float
        The central rms has to lie strictly between, Jy per beam.
    max_nan_fraction : float
        Largest share of blank pixels.
    oversampled_px : float
        Largest half of the beam's major FWHM, in pixels.
    max_ellipticity : float
        Largest ratio of the beam's axes.
    """

    rms_min: float = 0.0
    rms_max: float = 100.0
    max_nan_fraction: float = 0.9
    oversampled_px: float = 30.0
    max_ellipticity: float = 3.0


@dataclass(frozen=True)
class Check:
    """Outcome of one check: the value found, the limits (NaN where there is none), the verdict."""

    name: str
    value: float
    low: float
    high: float
    passed: bool
    detail: str


def check(image: Image, limits: QualityLimits) -> list[Check]:
    """Make all checks of an image.

    Returns
    -------
    list of Check
        ``no_data`` (number of valid pixels), ``nan_fraction``, ``flat`` (largest less smallest
        pixel, Jy per beam), ``rms`` (`central_rms`, Jy per beam), ``beam_invalid`` (1 if its axes
        are positive, finite and in order, else 0), ``beam_undersampled`` (minor FWHM, pixels),
        ``beam_oversampled`` (half the major FWHM, pixels), ``beam_elliptical`` (ratio of axes).
    """
    valid = np.isfinite(image.data)
    n_valid = int(np.count_nonzero(valid))
    spread = math.nan
    if n_valid:
        spread = float(np.nanmax(image.data)) - float(np.nanmin(image.data))
    nan_fraction = 1 - n_valid / image.data.size
    rms = central_rms(image.data)
    beam = image.beam
    beam_valid = beam.is_valid
    major_px = minor_px = ratio = math.nan
    if beam_valid:
        major_px, minor_px, _ = (float(axis) for axis in axes(image.beam_px))
        ratio = beam.major / beam.minor
    none = math.nan
    return [
        _check("no_data", n_valid, n_valid > 0, 1, none, "valid pixels"),
        _check(
            "nan_fraction",
            nan_fraction,
            nan_fraction <= limits.max_nan_fraction,
            none,
            limits.max_nan_fraction,
            "share of blank pixels",
        ),
        _check(
            "flat", spread, spread > 0, 0, none, "largest less smallest pixel, Jy/beam", strict=True
        ),
        _check(
            "rms",
            rms,
            limits.rms_min < rms < limits.rms_max,
            limits.rms_min,
            limits.rms_max,
            "rms of the central part, Jy/beam",
            strict=True,
        ),
        _check("beam_invalid", float(beam_valid), beam_valid, 1, none, f"beam is {beam}"),
        _check(
            "beam_undersampled",
            minor_px,
            minor_px > UNDERSAMPLED_PX,
            UNDERSAMPLED_PX,
            none,
            "minor FWHM of the beam, pixels",
            strict=True,
        ),
        _check(
            "beam_oversampled",
            major_px / 2,
            major_px / 2 <= limits.oversampled_px,
            none,
            limits.oversampled_px,
            "half of the major FWHM of the beam, pixels",
        ),
        _check(
            "beam_elliptical",
            ratio,
            ratio <= limits.max_ellipticity,
            none,
            limits.max_ellipticity,
            "major over minor axis of the beam",
        ),
    ]


def _check(
    name: str,
    value: float,
    passed: bool,
    low: float,
    high: float,
    what: str,
    *,
    strict: bool = False,
) -> Check:
    detail = f"{what}: {value:.6g}" if name != "beam_invalid" else what
    if not passed:
        above, below = ("above", "below") if strict else ("at least", "at most")
        bounds = [f"{above} {low:g}"] * (not math.isnan(low))
        bounds += [f"{below} {high:g}"] * (not math.isnan(high))
        detail += f" (should be {' and '.join(bounds)})" if name != "beam_invalid" else ""
    return Check(name, float(value), float(low), float(high), bool(passed), detail)


def central_rms(data: NDArray[np.float32]) -> float:
    """Rms about the median of the clipped pixels in the central sixteenth of an image.

    Clips at four standard deviations from the median until nothing changes. Where the central part
    is blank the whole image counts. NaN if all is blank.
    """
    ny, nx = data.shape
    half_y, half_x = max(ny // RMS_FRACTION, 1), max(nx // RMS_FRACTION, 1)
    centre = data[
        max(ny // 2 - half_y, 0) : ny // 2 + half_y, max(nx // 2 - half_x, 0) : nx // 2 + half_x
    ]
    for part in (centre, data):
        values = part[np.isfinite(part)].astype(np.float64)
        if values.size:
            return _clipped_rms(values)
    return math.nan


def _clipped_rms(values: NDArray[np.float64]) -> float:
    while True:
        median = np.median(values)
        keep = np.abs(values - median) <= RMS_CLIP * values.std()
        # Rounding can leave a constant's deviation at zero with no pixel within it.
        if keep.all() or not keep.any():
            return float(np.sqrt(np.mean((values - median) ** 2)))
        values = values[keep]
