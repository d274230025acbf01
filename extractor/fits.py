"""FITS files: the header and the one plane of pixels in them."""

import gzip
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError

# Larger images than this are refused before memory is allocated. A file has to be at least a
# thousandth of its pixels in size, which no compression beats, to be believed beyond a modest size.
MAX_PIXELS = 2**30
MODEST_PIXELS = 2**26
MAX_PIXELS_PER_BYTE = 1000
MAX_FITS_AXES = 999
MAX_HDUS = 100
FITS_BLOCK = 2880


@contextmanager
def open_hdu(path: str) -> Iterator[Any]:
    """Open the first image with two or more axes in a FITS file, also compressed ones.

    Raises
    ------
    ImageError
        The file cannot be opened, is not FITS or is damaged, or has no acceptable image. Also for
        whatever goes wrong with the file within the context.
    """
    from astropy.io import fits

    try:
        with warnings.catch_warnings():
            # astropy warns of peculiar headers, most of which do no harm here, and of truncated
            # files, whose pixels then fail to load.
            warnings.simplefilter("ignore")
            # Opened here, because astropy leaves a file open when it cannot make sense of it.
            with open(path, "rb") as stream:
                _refuse_hostile(stream, path)
            with open(path, "rb") as stream, fits.open(stream) as hdus:
                yield _image_hdu(hdus, path)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{path}: there is no such file") from error
    except PermissionError as error:
        raise ImageError(f"{path}: no permission to read it") from error
    # A damaged file can raise nearly anything from within astropy, and all of it means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ImageError(f"{path}: not a readable FITS image ({reason})") from error


def _refuse_hostile(stream: BinaryIO, path: str) -> None:
    """Refuse what is not FITS, and a number of axes that astropy would try to count up to."""
    from astropy.io.fits import Header

    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    plain = gzip.GzipFile(fileobj=stream) if packed else stream
    if plain.read(9) != b"SIMPLE  =":
        raise ImageError(f"{path}: not a FITS file")
    plain.seek(0)
    for _ in range(MAX_HDUS):
        try:
            header = Header.fromfile(plain)
        except EOFError:
            return
        n_axes = int(header["NAXIS"])
        if not 0 <= n_axes <= MAX_FITS_AXES:
            raise ImageError(f"{path}: its header claims {n_axes} axes, which is not believable")
        if n_axes >= 2:
            return
        n_values = int(header["NAXIS1"]) if n_axes else 0
        n_bytes = abs(int(header["BITPIX"])) // 8 * (n_values + int(header.get("PCOUNT", 0)))
        plain.seek(-(-n_bytes // FITS_BLOCK) * FITS_BLOCK, os.SEEK_CUR)


def _image_hdu(hdus: Any, path: str) -> Any:
    for hdu in hdus:
        if hdu.is_image and hdu.header.get("NAXIS", 0) >= 2:
            _refuse_unreasonable(hdu.header, path)
            return hdu
    raise ImageError(f"{path}: it holds no image with two axes")


def _refuse_unreasonable(header: Any, path: str) -> None:
    n_axes = header["NAXIS"]
    if n_axes > 4 or int(header.get("WCSAXES", 0)) > 9:
        raise ImageError(f"{path}: it has more than 4 axes; images of 2 to 4 axes are read")
    shape = [int(header[f"NAXIS{axis}"]) for axis in range(1, n_axes + 1)]
    if min(shape) < 1:
        raise ImageError(f"{path}: it has no pixels (its axes are {shape})")
    n_pixels = math.prod(shape)
    believable = max(MODEST_PIXELS, MAX_PIXELS_PER_BYTE * os.path.getsize(path))
    if n_pixels > min(MAX_PIXELS, believable):
        raise ImageError(f"{path}: its header claims {n_pixels} pixels, which is not believable")


def read_plane(hdu: Any, lon_axis: int, lat_axis: int, path: str) -> NDArray[np.float32]:
    """Pixels as native float32, rows along latitude and columns along longitude; blanks are NaN.

    Parameters
    ----------
    hdu
        As from `open_hdu`.
    lon_axis, lat_axis : int
        FITS numbers of the sky axes; all others must have one pixel only.

    Raises
    ------
    ImageError
    """
    n_axes = hdu.header["NAXIS"]
    if max(lon_axis, lat_axis) > n_axes:
        raise ImageError(f"{path}: its sky axes {lon_axis} and {lat_axis} hold no pixels")
    for axis in range(1, n_axes + 1):
        length = hdu.header[f"NAXIS{axis}"]
        if axis not in (lon_axis, lat_axis) and length != 1:
            kind = str(hdu.header.get(f"CTYPE{axis}", "")).strip() or "unnamed"
            raise ImageError(
                f"{path}: axis {axis} ({kind}) has {length} planes; split the cube into images"
            )
    data = hdu.data  # numpy order: the last axis is FITS axis 1
    lengths = [hdu.header[f"NAXIS{lat_axis}"], hdu.header[f"NAXIS{lon_axis}"]]
    plane = data.reshape(lengths if lon_axis < lat_axis else lengths[::-1])
    if lon_axis > lat_axis:
        plane = plane.T
    pixels = np.array(plane, dtype=np.float32, order="C")
    pixels[~np.isfinite(pixels)] = np.nan
    return pixels
