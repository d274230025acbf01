"""The header of a piece of an image: what is known of the image, written anew.

Nothing of the file's own header is passed on as it is: it may say where it was made, and by whom,
and lack what was supplied when the image was ingested.

Source: FITS standard 4.0; Greisen et al. 2006, A&A 446, 747, for the axes.
"""

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from extractor.readers.metadata import Metadata

if TYPE_CHECKING:
    from astropy.io.fits import Header

MJD_0 = datetime(1858, 11, 17)
_STOKES = {"I": 1.0, "Q": 2.0, "U": 3.0, "V": 4.0}
MOST_CHARACTERS = 60


def header(
    metadata: Metadata, rows: slice, columns: slice, identifier: str, publisher: str
) -> "Header":
    """Return the header of a piece.

    Parameters
    ----------
    metadata : Metadata
        Of the image.
    rows, columns : slice
        Where in the image the piece is.
    identifier : str
        The identifier of the image.
    publisher : str
        Name of the archive.
    """
    from astropy.io.fits import Header

    found = Header(
        [
            ("SIMPLE", True), ("BITPIX", -32), ("NAXIS", 4),
            ("NAXIS1", columns.stop - columns.start), ("NAXIS2", rows.stop - rows.start),
            ("NAXIS3", 1), ("NAXIS4", 1), ("BTYPE", "Intensity"), ("BUNIT", "Jy/beam"),
        ]
    )  # fmt: skip
    found.update(_on_sky(metadata.projection.wcs, rows.start, columns.start))
    width = metadata.bandwidth
    found.update(
        {
            "CTYPE3": "FREQ", "CUNIT3": "Hz", "CRPIX3": 1.0, "CRVAL3": metadata.freq_eff,
            "CTYPE4": "STOKES", "CRPIX4": 1.0, "CRVAL4": _STOKES[metadata.stokes], "CDELT4": 1.0,
        }
    )  # fmt: skip
    if math.isfinite(width):
        found["CDELT3"] = width
    beam = metadata.beam
    found["BMAJ"], found["BMIN"], found["BPA"] = beam.major, beam.minor, beam.pa
    found["TIMESYS"] = "UTC"
    times = {"OBS": metadata.taken_at.replace(tzinfo=None)}
    if math.isfinite(metadata.duration):
        times["END"] = times["OBS"] + timedelta(seconds=metadata.duration)
        found["EXPTIME"] = metadata.duration
    for name, time in times.items():
        found[f"DATE-{name}"] = time.isoformat(timespec="microseconds")
        found[f"MJD-{name}"] = (time - MJD_0) / timedelta(days=1)
    for key, value in (("TELESCOP", metadata.telescope), ("ORIGIN", publisher)):
        if value:
            found[key] = _plain(value)
    found["PUBDID"] = (identifier, "image of which this is a piece")
    return found


def _on_sky(wcs: Any, row: int, column: int) -> dict[str, object]:
    """Return the cards of the two axes of the sky, of a piece that begins somewhere."""
    core, matrix = wcs.wcs, wcs.pixel_scale_matrix
    steps = np.diag(matrix)
    turned = matrix[0, 1] != 0 or matrix[1, 0] != 0 or not steps.all()
    cards: dict[str, object] = {"WCSAXES": 4}
    for axis, first in enumerate((column, row)):
        number = axis + 1
        cards[f"CTYPE{number}"] = core.ctype[axis]
        cards[f"CUNIT{number}"] = "deg"
        cards[f"CRVAL{number}"] = float(core.crval[axis])
        cards[f"CRPIX{number}"] = float(core.crpix[axis]) - first
        cards[f"CDELT{number}"] = 1.0 if turned else float(steps[axis])
        if turned:
            cards |= {f"PC{number}_{other + 1}": float(matrix[axis, other]) for other in (0, 1)}
    cards |= {f"PV{axis}_{m}": float(value) for axis, m, value in core.get_pv()}
    cards |= {"LONPOLE": float(core.lonpole), "LATPOLE": float(core.latpole)}
    cards["RADESYS"] = core.radesys or "FK5"
    if cards["RADESYS"] == "FK5":
        cards["EQUINOX"] = 2000.0
    return cards


def _plain(value: str) -> str:
    """Return a text as FITS can have it."""
    return "".join(one if " " <= one <= "~" else "?" for one in value)[:MOST_CHARACTERS]
