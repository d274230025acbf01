"""FITS files, plain or compressed."""

import gzip
import math
import os
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.image.header import RESPONSE
from extractor.readers import plane_tables
from extractor.readers.opened import DIFFERENCE, Index, Opened, refuse_unreasonable

MAX_FITS_AXES = 999
MAX_WCS_AXES = 9
MAX_HDUS = 100
BLOCK, CARD = 2880, 80
# The longest histories that programs leave have some ten thousand cards.
MAX_HEADER_BLOCKS = 2000
MAX_SKIPPED_BYTES = 2**32
MAX_READ_BYTES = 2**20
BITPIX = (8, 16, 32, 64, -32, -64)
TEXT = re.compile(rb"[\t\r\n -~\x80-\xff]+")


@contextmanager
def open_fits(path: str, by_pieces: Callable[[], Any] | None = None) -> Iterator[Opened]:
    """Open the first image with two or more axes in a FITS file.

    Parameters
    ----------
    path : str
        The file; for messages if the next is given.
    by_pieces : callable, optional
        What opens it, wherever it is, to be read by seeking. By default the file is mapped into
        memory: that is fast, and no use where a file might be cut short while it is read.

    Raises
    ------
    ImageError
        The file is not FITS, has no acceptable image, or ends too early.
    """
    opener: Callable[[], Any] = by_pieces or partial(open, path, "rb")
    try:
        with opener() as stream:
            place = _find_image(stream, path)
        if place is None:
            raise ImageError(f"{path}: it holds no image with two axes")
        try:
            there = place.n_pixels_there
            with _open_image(opener, place.number, path, there, mapped=by_pieces is None) as opened:
                yield opened
        except ImageError:
            raise
        except Exception:
            _refuse_short(
                opener, place, path
            )  # which astropy notices, but says in words of its own
            raise
    except EOFError as error:
        raise ImageError(f"{path}: truncated: its gzip stream does not end") from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise ImageError(f"{path}: its gzip stream is damaged ({error})") from error


@contextmanager
def _open_image(
    opener: Callable[[], Any], number: int, path: str, n_pixels: int | None, *, mapped: bool
) -> Iterator[Opened]:
    from astropy.io import fits

    with warnings.catch_warnings():
        # astropy warns of peculiar headers, most of which do no harm here, and of truncated files,
        # whose pixels then fail to load.
        warnings.simplefilter("ignore")
        # Opened here, because astropy leaves a file open when it cannot make sense of it.
        with (
            opener() as stream,
            fits.open(plain := _unpacked(stream), memmap=None if mapped else False) as hdus,
        ):
            hdu = hdus[number]
            was_read = False
            if int(hdu.header.get("WCSAXES", 0)) > MAX_WCS_AXES:
                raise ImageError(f"{path}: its coordinates have more than {MAX_WCS_AXES} axes")

            def read(index: Index) -> NDArray[Any]:
                nonlocal was_read
                was_read = True
                # astropy's sections mistake the axes when numbers and slices are mixed.
                span = tuple(i if isinstance(i, slice) else slice(i, i + 1) for i in index)
                drop = tuple(slice(None) if isinstance(i, slice) else 0 for i in index)
                return hdu.section[span][drop]

            # One plane with a beam of its own is not worth a walk to the end of the file.
            search = _is_cube(hdu.header) or hdu.header.get("BMAJ") is None
            found = _find_tables(opener, path) if search else {}
            beams = plane_tables.beams(hdus[found["BEAMS"]]) if "BEAMS" in found else {}
            yield Opened(
                hdu.header,
                read,
                beams,
                times=plane_tables.times(hdu.header, hdus, found),
                n_pixels=n_pixels,
                in_rows=not isinstance(hdu, fits.CompImageHDU),
                reference=_part(hdus, hdu, DIFFERENCE, path),
                response=_part(hdus, hdu, RESPONSE, path),
            )
            if was_read and isinstance(plain, _Packed):
                plain.seek(plain.reached)
                _read_to_the_end(plain, path)


def _part(hdus: Any, hdu: Any, key: str, path: str) -> Callable[[], NDArray[Any]] | None:
    """Return what reads the pixels of a part that a keyword of the header names; None without."""
    if key not in hdu.header:
        return None
    name = str(hdu.header[key])

    def read() -> NDArray[Any]:
        if name not in hdus:
            raise ImageError(f"{path}: part {name}, which {key} names, is not in the file")
        there = hdus[name]
        shape = getattr(there, "shape", ())
        if shape != hdu.shape[-2:] or len(shape) != 2:
            raise ImageError(f"{path}: part {name}, which {key} names, has other pixels")
        return np.asarray(there.data)

    return read


def _read_to_the_end(plain: Any, path: str) -> None:
    """Read what is left of an unpacked file: gzip compares its sum with what stands at the end."""
    for _ in range(MAX_SKIPPED_BYTES // MAX_READ_BYTES):
        if not plain.read(MAX_READ_BYTES):
            return
    raise ImageError(f"{path}: more is packed behind its image than is believable")


def _is_cube(header: Any) -> bool:
    n_axes = int(header["NAXIS"])
    return sum(int(header[f"NAXIS{axis}"]) > 1 for axis in range(1, n_axes + 1)) > 2


def _refuse_short(opener: Callable[[], Any], place: "_Place", path: str) -> None:
    """Refuse a file that ends before the pixels of its image do."""
    with opener() as stream:
        plain = _unpacked(stream)
        plain.seek(place.start)
        there = 0
        while there < place.n_bytes and (
            block := plain.read(min(place.n_bytes - there, MAX_READ_BYTES))
        ):
            there += len(block)
    if there < place.n_bytes:
        raise ImageError(
            f"{path}: truncated: its header promises {place.n_bytes} bytes of pixels, {there} are "
            "there"
        )


def _unpacked(stream: BinaryIO) -> Any:
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    return _Packed(fileobj=stream) if packed else stream


class _Packed(gzip.GzipFile):
    """A packed file that goes to a place only when it is read there.

    astropy goes back to the header after each piece of pixels, from where all would be unpacked
    again for the next one.
    """

    _place = 0

    @property
    def reached(self) -> int:
        """The place up to which it is unpacked."""
        return super().tell()

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Choose the place that is read next."""
        if whence == os.SEEK_END:
            offset = super().seek(offset, whence)
        self._place = offset + self._place * (whence == os.SEEK_CUR)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """Read from the place that was chosen."""
        super().seek(self._place)
        found = super().read(size)
        self._place += len(found)
        return found


@dataclass(frozen=True)
class _Place:
    """Where an image is: the number of its part, from 0, and the bytes of its pixels.

    ``n_pixels_there`` is how many of these there are, if a plain file ends before the image does.
    """

    number: int
    start: int
    n_bytes: int
    n_pixels_there: int | None = None


def holds_image(path: str) -> bool:
    """Return whether a file is anything but a FITS file without an image, as tables are."""
    try:
        with open(path, "rb") as stream:
            return _find_image(stream, path) is not None
    except Exception:  # whatever is wrong with it is told where it is read
        return True


def _find_image(stream: BinaryIO, path: str) -> _Place | None:
    """Find the first part of a FITS file that is an image of two or more axes; None without one.

    astropy would look for it without end in a file whose parts are of negative length, or count up
    to a number of axes that is none.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    plain = _unpacked(stream)
    begin = plain.read(BLOCK)
    if not begin.startswith(b"SIMPLE  ="):
        is_text = TEXT.fullmatch(begin) is not None
        hint = " (a source list? --finder or [source_list.columns])" * is_text
        raise ImageError(f"{path}: not a FITS file{hint}")
    plain.seek(0)
    for number, header, n_bytes in _parts(plain, path):
        kind, lengths = _kind(header), _lengths(header, "NAXIS", path)
        if kind == "BINTABLE" and header.get("ZIMAGE") is True:  # compressed tiles
            kind, lengths = "IMAGE", _lengths(header, "ZNAXIS", path)
        if kind == "IMAGE" and len(lengths) >= 2:
            refuse_unreasonable(lengths, size, path)
            start, there = plain.tell(), None
            if plain is stream and start + n_bytes > size and _kind(header) == "IMAGE":
                there = (size - start) // (abs(int(header["BITPIX"])) // 8)
            return _Place(number, start, n_bytes, there)
        if n_bytes > MAX_SKIPPED_BYTES:
            raise ImageError(f"{path}: its header claims {n_bytes} bytes, which is not believable")
    return None


def _find_tables(opener: Callable[[], Any], path: str) -> dict[str, int]:
    """Find the tables behind the image, the first of each name; they may tell of its planes.

    They are known by their names, wherever they stand and whether CASAMBM announces one or not.
    """
    found: dict[str, int] = {}
    with opener() as stream:
        try:
            for number, header, _ in _parts(_unpacked(stream), path):
                if _kind(header) == "BINTABLE":
                    found.setdefault(str(header.get("EXTNAME")).strip(), number)
        except ImageError:  # what stands behind the image is no part of it
            return found
    return found


def _parts(plain: Any, path: str) -> Iterator[tuple[int, Any, int]]:
    """Read the headers of a file's parts one by one: number from 0, header and bytes of data."""
    for number in range(MAX_HDUS):
        header = _read_header(plain, path)
        if header is None:
            return
        if header["BITPIX"] not in BITPIX:
            raise ImageError(
                f"{path}: not a readable FITS image (BITPIX is {header['BITPIX']!r}, none of "
                f"{', '.join(map(str, BITPIX))})"
            )
        lengths = _lengths(header, "NAXIS", path)
        n_values = int(header.get("PCOUNT", 0)) + (math.prod(lengths) if lengths else 0)
        n_bytes = abs(int(header["BITPIX"])) // 8 * int(header.get("GCOUNT", 1)) * n_values
        start = plain.tell()
        yield number, header, n_bytes
        if n_bytes < 0:
            raise ImageError(f"{path}: its header claims {n_bytes} bytes, which is not believable")
        plain.seek(start + -(-n_bytes // BLOCK) * BLOCK)


def _kind(header: Any) -> str:
    return str(header.get("XTENSION", "IMAGE")).strip()


def _lengths(header: Any, keyword: str, path: str) -> list[int]:
    n_axes = int(header[keyword])
    if not 0 <= n_axes <= MAX_FITS_AXES:
        raise ImageError(f"{path}: its header claims {n_axes} axes, which is not believable")
    return [int(header.get(f"{keyword}{axis}", 0)) for axis in range(1, n_axes + 1)]


def _read_header(stream: Any, path: str) -> Any:
    """Read the next header; None at the end of the file."""
    from astropy.io.fits import Header

    blocks: list[bytes] = []
    while block := stream.read(BLOCK):
        blocks.append(block)
        if any(block[card : card + 8] == b"END     " for card in range(0, BLOCK, CARD)):
            return Header.fromstring(b"".join(blocks))
        if len(blocks) == MAX_HEADER_BLOCKS:
            raise ImageError(f"{path}: its header does not end within {BLOCK * len(blocks)} bytes")
    if blocks:
        raise ImageError(f"{path}: not a readable FITS image (its header does not end)")
    return None
