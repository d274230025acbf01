"""Measure compact sources in radio images.

``open`` an `Image`; ``check`` its quality; measure its ``background``; ``extract`` its sources, or
``force`` fluxes at given positions::

    import extractor

    sources = extractor.open("image.fits").extract(det=10)
    for source in sources:
        print(source.ra, source.dec, source.flux)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Who imports the package does not wait for numpy, nor for all of the modules that it may use: each
# is imported when the first of its names is asked for.
_NAMES = {
    "errors": "ExtractorError ImageError",
    "fitting.blank_cells": "BlankCells blank_cells",
    "fitting.forced": "force",
    "fitting.measurements": "Measurements",
    "fitting.sources": "extract",
    "flags": "Flag",
    "image.footprint": "Footprint footprint",
    "image.plane": "Beam",
    "noise.background": "Background NoiseGrid background",
    "opening": "Image open open_all read_keys",
    "quality.checks": "Check QualityLimits check check_reference_flux_ratio "
    "check_reference_offset check_rms_history",
    "readers.metadata": "ImageKey",
    "stamps": "cut_stamps",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # whose reader would believe in any name

    def __getattr__(name: str) -> Any:
        """Import what is asked for."""
        if name not in _HOME:
            raise AttributeError(f"module 'extractor' has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"extractor.{_HOME[name]}"), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
