"""The extractor's work on an image, as the configuration says.

It is reading, quality control, extraction and forced fits: all that needs pixels. The results are
arrays and no database is needed, so these functions can run anywhere, ahead of the time step of
the image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from extractor import opening
from extractor.errors import BesideError, ExtractorError
from extractor.fitting import forced, sources
from extractor.fitting.measurements import Measurements
from extractor.image import footprint as footprints
from extractor.image.footprint import Footprint
from extractor.noise import background as backgrounds
from extractor.noise.background import Background
from extractor.opening import Image
from extractor.quality import checks
from extractor.quality.checks import Check, QualityLimits
from trapdb.configuration.keys import Configuration
from trapdb.errors import ImageLost
from trapdb.exchange.requests import ForcedRequests
from trapdb.measuring.one_thread import one_thread
from trapdb.measuring.reopening import trouble_of
from trapdb.timing import Timings

# Limits that need earlier images or reference catalogues, which are in the database: there they are
# checked.
IN_DATABASE = {
    "rms_history",
    "rms_history_sigma",
    "reference_offset_max_arcsec",
    "reference_flux_ratio",
}


@dataclass(frozen=True)
class Measured:
    """An image with its checks and measurements; kept until its forced fits are done.

    Background and measurements are missing until they are made, or if the image failed a check.
    ``unused_rows`` counts the rows of its source list that are not used, by the reason.
    """

    image: Image
    checks: list[Check]
    footprint: Footprint
    background: Background | None = None
    measurements: Measurements | None = None
    unused_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[str]:
        """The checks that failed, in words."""
        return [check.detail for check in self.checks if not check.passed]


def read(path: str, configuration: Configuration, timings: Timings) -> Image:
    """Open an image, with the header values that the user supplied.

    Raises
    ------
    extractor.errors.ImageError
        The file cannot be read, or lacks metadata; one line lists all that are missing.
    """
    with timings.stage("read"):
        return opening.open(path, header=configuration.image.keywords)


def require_tense(image: Image, configuration: Configuration) -> None:
    """Refuse what was injected where it would count as the sky.

    Raises
    ------
    extractor.errors.ExtractorError
        Sources were put into the pixels, and the data set is not an injected one.
    """
    if image.injected and configuration.dataset.tense != "injected":
        raise ExtractorError(
            f"{image.path}: sources were injected into it (INJECTED in its header): it belongs "
            "into a data set that is --tense injected"
        )


def read_again(path: str, digest: str, headers: Sequence[Mapping[str, object]]) -> Image:
    """Read an image again that was read from this file before.

    Parameters
    ----------
    path
        The file.
    digest
        Digest of the image.
    headers
        Sets of header values; the image was read with one of them.

    Raises
    ------
    ImageLost
        The file is gone, or holds another image; or so is the one beside it.
    """
    trouble, of_beside = "the file is gone", ""
    for header in headers:
        try:
            image = opening.open(path, header=header)
        except BesideError as error:
            of_beside = error.trouble
            continue
        except ExtractorError:
            trouble = trouble_of(path)
            continue
        if image.digest == digest:
            return image
        trouble = "the file has changed"
        if image.response_path:
            trouble = f"the file has changed, or the one beside it, {image.response_path}"
    raise ImageLost(path, of_beside or trouble)


def check(image: Image, configuration: Configuration, timings: Timings) -> Measured:
    """Check the quality of an image; see `Measured.failures`."""
    one_thread()
    with timings.stage("check"):
        return Measured(
            image,
            checks.check(
                image, QualityLimits(**configuration.quality.model_dump(exclude=IN_DATABASE))
            ),
            footprint_of(image, configuration),
        )


def footprint_of(image: Image, configuration: Configuration) -> Footprint:
    """Return where sources of an image count."""
    settings = configuration.extraction
    return footprints.footprint(
        image,
        margin_px=settings.margin_px,
        radius=settings.radius,
        radius_px=settings.radius_px,
        polygon=settings.polygon,
        valid_pixels=settings.valid_pixels,
    )


def extract(
    checked: Measured,
    configuration: Configuration,
    timings: Timings,
    *,
    fdr_alpha: float | None = None,
    negative: bool = False,
) -> Measured:
    """Find and measure the sources of an image.

    The options are those of `extractor.extract`. Neither is for the database, whose limits and
    false alarms are those of one threshold, and of the signs that the image has.
    """
    settings = configuration.extraction
    with timings.stage("background"):
        background = backgrounds.background(
            checked.image, mesh_px=settings.mesh_px, footprint=checked.footprint
        )
    with timings.stage("extract"):
        measurements = sources.extract(
            checked.image,
            background,
            checked.footprint,
            detection_threshold=settings.detection_threshold,
            analysis_threshold=settings.analysis_threshold,
            fdr_alpha=fdr_alpha,
            negative=negative,
            systematic_error=settings.systematic_error,
            force_beam=settings.force_beam,
        )
    return replace(checked, background=background, measurements=measurements)


def force(
    measured: Measured, requests: ForcedRequests, configuration: Configuration, timings: Timings
) -> Measurements:
    """Measure an image at the requested positions with the requested shapes, in that order.

    The flux of the sources that were found in the image is subtracted first, so that it does not
    count for others. The flux of a blend is not: it belongs to the requested positions.
    """
    assert measured.background is not None
    assert measured.measurements is not None
    one_thread()
    neighbours = np.ones(len(measured.measurements), bool)
    neighbours[requests.blended_row[requests.blended_row >= 0]] = False
    with timings.stage("forced fits"):
        return forced.force(
            measured.image,
            measured.background,
            measured.footprint,
            requests.ra,
            requests.dec,
            deconvolved_major=requests.deconvolved_major,
            deconvolved_minor=requests.deconvolved_minor,
            deconvolved_pa=requests.deconvolved_pa,
            neighbours=measured.measurements.select(neighbours),
            systematic_error=configuration.extraction.systematic_error,
        )
