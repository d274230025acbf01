"""CASA image directories, through python-casacore."""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.readers import lofar
from extractor.readers.casacore_record import beams_of, frequencies_of, header_of, times_of
from extractor.readers.opened import Index, Opened, refuse_unreasonable

# casacore cannot stand several threads at a time.
_ALONE = threading.RLock()


def is_image(path: str) -> bool:
    """Whether a directory is a CASA image."""
    info = os.path.join(path, "table.info")
    if not os.path.isfile(info):  # a pipe would be waited for
        return False
    try:
        with open(info, encoding="latin-1") as stream:
            kind = stream.readline()
    except OSError:
        return False
    return kind.split("=")[-1].strip() == "Image"


@contextmanager
def open_casa(path: str) -> Iterator[Opened]:
    """Open a CASA image.

    Raises
    ------
    ImageError
        The directory is no CASA image, or python-casacore is not installed.
    """
    if not is_image(path):
        raise ImageError(f"{path}: it is a directory, but not a CASA image")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from casacore.tables import table
        except ImportError as error:
            raise ImageError(
                f"{path}: to read CASA images, install python-casacore: pip install 'trapdb[casa]'"
            ) from error
        # Without locks: images are only read, perhaps from where nobody may write.
        with _ALONE, table(path, ack=False, lockoptions="usernoread") as image:
            keywords = image.getkeywords()
            (shown,) = image.getcolshapestring("map")
            shape = [int(length) for length in shown.strip("[]").split(",")]
            refuse_unreasonable(shape[::-1], _size(path), path)
            info = keywords.get("imageinfo", {})
            header = header_of(
                shape[::-1],
                keywords["coords"],
                info,
                str(keywords.get("units", "")),
                keywords.get("miscinfo", {}),
            )
            header.update(lofar.table_cards(keywords, table))
            mask = keywords.get("Image_defaultmask")
            yield Opened(
                header,
                _reader(image, table, path, shape, mask),
                beams_of(info),
                frequencies_of(shape[::-1], keywords["coords"]),
                times_of(shape[::-1], keywords["coords"]),
            )


def _size(path: str) -> int:
    with os.scandir(path) as entries:
        return sum(entry.stat().st_size for entry in entries)


def _reader(image: Any, table: Any, path: str, shape: list[int], mask: str | None) -> Any:
    def read(index: Index) -> NDArray[Any]:
        spans = [
            where.indices(length)[:2] if isinstance(where, slice) else (where, where + 1)
            for where, length in zip(index, shape, strict=True)
        ]
        first, last = [start for start, _ in spans], [end - 1 for _, end in spans]
        drop = tuple(slice(None) if isinstance(where, slice) else 0 for where in index)
        pixels = image.getcellslice("map", 0, first, last)[drop]
        if mask is None:
            return pixels
        with table(os.path.join(path, mask), ack=False, lockoptions="usernoread") as masks:
            (column,) = masks.colnames()
            good = masks.getcellslice(column, 0, first, last)[drop]
        return np.where(good, pixels, np.nan)

    return read
