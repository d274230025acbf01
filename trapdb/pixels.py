"""What needs the pixels of an image: reading, quality control, extraction, forced fits.

Arrays come out and no database is known, so that these functions can run anywhere, ahead of the
time step that their results go into.
"""

from dataclasses import dataclass

import numpy as np

import extractor
from extractor import Background, Check, Footprint, Image, Measurements, QualityLimits
from trapdb.config import Configuration
from trapdb.timing import Timings


@dataclass(frozen=True)
class Measured:
    """An image with all that was measured in it; kept until its forced fits are done.

    An image that failed a check has neither a background nor measurements.
    """

    image: Image
    checks: list[Check]
    footprint: Footprint
    background: Background | None = None
    measurements: Measurements | None = None


def read(path: str, configuration: Configuration, timings: Timings) -> Image:
    """Open an image, with the header values that the user supplied.

    Raises
    ------
    extractor.errors.ImageError
        The file cannot be read, or lacks metadata: one line that lists all of them.
    """
    with timings.stage("read"):
        return extractor.open(path, header=configuration.image.header)


def measure(image: Image, configuration: Configuration, timings: Timings) -> Measured:
    """Check an image and, if it passes all checks, find and measure its sources."""
    settings = configuration.extraction
    with timings.stage("check"):
        checks = extractor.check(image, QualityLimits(**configuration.quality.model_dump()))
        footprint = extractor.footprint(image, margin_px=settings.margin_px, radius=settings.radius)
    if not all(check.passed for check in checks):
        return Measured(image, checks, footprint)
    with timings.stage("background"):
        background = extractor.background(image, mesh_px=settings.mesh_px, footprint=footprint)
    with timings.stage("extract"):
        measurements = extractor.extract(
            image,
            background,
            footprint,
            detection_threshold=settings.detection_threshold,
            analysis_threshold=settings.analysis_threshold,
            systematic_error=_systematic_error(configuration),
            force_beam=settings.force_beam,
        )
    return Measured(image, checks, footprint, background, measurements)


def force(
    measured: Measured,
    ra: np.ndarray,
    dec: np.ndarray,
    configuration: Configuration,
    timings: Timings,
) -> Measurements:
    """Measure an image at given positions (deg) with the shape of its beam, in the order given."""
    assert measured.background is not None
    with timings.stage("forced fits"):
        return extractor.force(
            measured.image,
            measured.background,
            measured.footprint,
            ra,
            dec,
            systematic_error=_systematic_error(configuration),
        )


def _systematic_error(configuration: Configuration) -> float | None:
    """Return the systematic position error in deg; none to leave it to the extractor."""
    error = configuration.extraction.systematic_error_arcsec
    return None if error is None else error / 3600
