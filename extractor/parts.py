"""Parts of an image: sections of a plane, read without the rest of it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.image.horizon import blank_beyond_horizon
from extractor.readers import open_part
from extractor.readers.keywords import clean_overrides
from extractor.readers.metadata import Metadata, read_metadata
from extractor.readers.planes import Planes, read_pixels, split_plane


@dataclass(frozen=True)
class OpenPlane:
    """A plane of an open file.

    Attributes
    ----------
    metadata : Metadata
        What its header says.
    shape : tuple of int
        Rows and columns.
    read : callable
        From slices of rows and of columns, without steps, to the pixels there, in Jy/beam, NaN
        where blank; shape (ny, nx). To the last bit they are those that `extractor.open` reads, but
        for areas of equal pixels, which only who sees the whole image knows to be blank.
    """

    metadata: Metadata
    shape: tuple[int, int]
    read: Callable[[slice, slice], NDArray[np.float32]]


@contextmanager
def open_plane(
    path: str | os.PathLike[str], *, header: Mapping[str, object] | None = None
) -> Iterator[OpenPlane]:
    """Open an image to read sections of it.

    Of FITS in plain or compressed tiles, of CASA and of HDF5 images nothing else is read, and of
    FITS at a URL nothing else is fetched. What is packed by gzip is unpacked from the beginning.

    Parameters
    ----------
    path
        A file or a URL, with the number of the plane, ``cube.fits[3]``, if there are several.
    header
        Header values to use beside and instead of those in the file.

    Raises
    ------
    ExtractorError
        A header value is of no use.
    ImageError
        The file is not a readable image, or lacks metadata. Also while it is read.
    """
    path, number = split_plane(os.fspath(path))
    overrides = clean_overrides(header)
    with open_part(path) as opened:
        plane = Planes(opened, overrides, path).chosen(number)
        metadata = read_metadata(opened.header, plane.cards, plane.name)
        lon, lat = plane.axes

        def read(rows: slice, columns: slice) -> NDArray[np.float32]:
            pixels = read_pixels(opened, plane, metadata.jy_per_unit, rows, columns)
            blank_beyond_horizon(
                pixels, metadata.projection.wcs, rows.start or 0, columns.start or 0
            )
            return pixels

        shape = (opened.header[f"NAXIS{lat}"], opened.header[f"NAXIS{lon}"])
        yield OpenPlane(metadata, shape, read)
