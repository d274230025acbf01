"""A piece of an image as a FITS file, written band by band."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO

import numpy as np
from numpy.typing import NDArray

from extractor.parts import OpenPlane
from trapdb.errors import TrapdbError
from trapdb.web.cutouts.covering import TILE, Covered, covered
from trapdb.web.cutouts.header import header
from trapdb.web.cutouts.regions import Region
from trapdb.web.faults import Busy, Refused

# Pixels that are read at once, in whole rows, or a row of tiles if that is more.
BAND = 2**21
_BLOCK = 2880


@dataclass(frozen=True)
class Piece:
    """What is cut out, and what is written with it.

    Attributes
    ----------
    region : Region or None
        None for the whole image.
    identifier : str
        Of the image.
    publisher : str
        Name of the archive.
    room : int
        Size of the file, at most, in bytes.
    """

    region: Region | None
    identifier: str
    publisher: str
    room: int


def write(
    piece: Piece, plane: OpenPlane, file: IO[bytes], go_on: Callable[[], None]
) -> TrapdbError | bool:
    """Write a piece of an image.

    Nothing is raised for what is not the image's fault: who has it open would take it for that.

    Parameters
    ----------
    piece : Piece
        What is wanted.
    plane : OpenPlane
        The image.
    file : binary file
        Where it is written to.
    go_on : callable
        Asked now and then; raises what ends the work.

    Returns
    -------
    bool or TrapdbError
        Whether there is anything in the region; or what went wrong beside the image.
    """
    rows, columns = (slice(0, length) for length in plane.shape)
    mask: Covered | None = None
    if piece.region is not None:
        mask = covered(plane.metadata.projection.wcs, plane.shape, piece.region, go_on)
        if mask is None:
            return False
        rows, columns = mask.rows, mask.columns
    pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
    if 4 * pixels > piece.room:
        return Refused(
            f"the file would be larger than {piece.room / 1e6:.0f} MB: ask for a smaller piece"
        )
    head = header(plane.metadata, rows, columns, piece.identifier, piece.publisher)
    bands = _bands(plane, rows, columns, mask)
    for block in chain(
        [head.tostring().encode("ascii")],
        (band.astype(">f4").tobytes() for band in bands),
        [bytes(-4 * pixels % _BLOCK)],
    ):
        go_on()
        try:
            file.write(block)
        except OSError:
            return Busy("the service has no room on its disk for the file: try again later")
    return True


def _bands(
    plane: OpenPlane, rows: slice, columns: slice, mask: Covered | None
) -> Iterator[NDArray[np.float32]]:
    """Yield the pixels, some rows of tiles at once; blank where a region does not cover them."""
    tiles = max(1, BAND // (TILE * plane.shape[1]))
    for tile in range(rows.start // TILE, -(-rows.stop // TILE), tiles):
        first, last = max(rows.start, tile * TILE), min(rows.stop, (tile + tiles) * TILE)
        band = plane.read(slice(first, last), columns)
        if mask is not None:
            for row in range(tile, -(-last // TILE)):
                begin, end = max(first, row * TILE), min(last, (row + 1) * TILE)
                there = mask.mask(row)[begin - row * TILE : end - row * TILE]
                band[begin - first : end - first][~there] = np.nan
        yield band
