"""Measure compact sources in radio images.

``open`` an `Image`; ``check`` its quality; measure its ``background``; ``extract`` its sources, or
``force`` fluxes at given positions::

    import extractor

    sources = extractor.open("image.fits").extract(det=10)
    for source in sources:
        print(source.ra, source.dec, source.flux)
"""

from extractor.background import Background, NoiseGrid, background
from extractor.errors import ExtractorError, ImageError
from extractor.flags import Flag
from extractor.footprint import Footprint, footprint
from extractor.forced import force
from extractor.image import Image, open, open_all, read_keys
from extractor.measurements import Measurements
from extractor.metadata import Beam, ImageKey
from extractor.quality import Check, QualityLimits, check, check_rms_history
from extractor.sources import extract

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
