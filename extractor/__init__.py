"""Measure compact sources in radio images.

``open`` an `Image`; ``check`` its quality; measure its ``background``; ``extract`` its sources, or
``force`` fluxes at given positions::

    import extractor

    sources = extractor.open("image.fits").extract(det=10)
    for source in sources:
        print(source.ra, source.dec, source.flux)
"""

from extractor.errors import ExtractorError, ImageError
from extractor.fitting.forced import force
from extractor.fitting.measurements import Measurements
from extractor.fitting.sources import extract
from extractor.flags import Flag
from extractor.image.footprint import Footprint, footprint
from extractor.image.image import Image, open, open_all, read_keys
from extractor.image.metadata import Beam, ImageKey
from extractor.noise.background import Background, NoiseGrid, background
from extractor.quality.checks import Check, QualityLimits, check, check_rms_history

__all__ = [
    "Background",
    "Beam",
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
    "check",
    "check_rms_history",
    "extract",
    "footprint",
    "force",
    "open",
    "open_all",
    "read_keys",
]
