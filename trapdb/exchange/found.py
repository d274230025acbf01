"""The results of measuring an image."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from extractor.fitting.blank_cells import BlankCells
from extractor.fitting.measurements import Measurements
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise.background import NoiseGrid
from extractor.quality.checks import Check
from trapdb.timing import Timings


@dataclass(frozen=True)
class Noise:
    """Noise of an image: on a grid and its range, Jy/beam, and its autocorrelation, beams."""

    grid: NoiseGrid
    rms_median: float
    rms_min: float
    rms_max: float
    correlation: float


@dataclass(frozen=True)
class Found:
    """The results of measuring an image: all that is stored in the database.

    Attributes
    ----------
    image : ImagePlane
        Without its pixels and its world coordinate system.
    checks : list of Check
    footprint : Footprint
    noise : Noise or None
    searched_area : float
        Area of the valid pixels in the footprint, square degrees; NaN if the image failed a check.
    measurements : Measurements or None
        None, like the noise, if the image failed a check.
    timings : Timings
        Seconds of the measuring, by stage.
    unused_rows : mapping of str to int
        How many rows of its source list are not used, by the reason.
    blanks : BlankCells or None
        Where the footprint is blank; None if unknown.
    """

    image: ImagePlane
    checks: list[Check]
    footprint: Footprint
    noise: Noise | None
    searched_area: float
    measurements: Measurements | None
    timings: Timings
    unused_rows: Mapping[str, int] = field(default_factory=dict)
    blanks: BlankCells | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the image is kept for forced fits: it passed the checks and has pixels."""
        return self.measurements is not None and not math.isnan(self.image.pixel_scale[0])

    @property
    def failures(self) -> list[str]:
        """The checks that failed, in words."""
        return [check.detail for check in self.checks if not check.passed]
