"""Measure compact sources in radio images.

``open`` an `Image`; ``check`` its quality; measure its ``background``; ``extract`` its sources, or
``force`` fluxes at given positions::

    import extractor

    sources = extractor.open("image.fits").extract(det=10)
    for source in sources:
        print(source.ra, source.dec, source.flux)
"""

from extractor.errors import ExtractorError, ImageError
from extractor.fitting.blank_cells import BlankCells, blank_cells
from extractor.fitting.forced import force
from extractor.fitting.measurements import Measurements
from extractor.fitting.sources import extract
from extractor.flags import Flag
from extractor.image.footprint import Footprint, footprint
from extractor.image.plane import Beam
from extractor.noise.background import Background, NoiseGrid, background
from extractor.opening import Image, open, open_all, read_keys
from extractor.quality.checks import (
    Check,
    QualityLimits,
    check,
    check_reference_flux_ratio,
    check_reference_offset,
    check_rms_history,
)
from extractor.readers.metadata import ImageKey
from extractor.stamps import cut_stamps

__all__ = [
    "Background",
    "Beam",
    "BlankCells",
    "Check",
    "ExtractorError",
    "Flag",
    "Footprint",
    "Image",
    "ImageError",
    "ImageKey",
    "Measurements",
    "NoiseGrid",
    "QualityLimits",
    "background",
    "blank_cells",
    "check",
    "check_reference_flux_ratio",
    "check_reference_offset",
    "check_rms_history",
    "cut_stamps",
    "extract",
    "footprint",
    "force",
    "open",
    "open_all",
    "read_keys",
]
