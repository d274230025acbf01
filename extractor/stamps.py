"""Stamps: small pieces of an image around positions, as FITS files."""

import gzip
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import sky
from extractor.image.header import header_of
from extractor.image.plane import ImagePlane

# FITS comes in blocks of so many bytes (FITS standard 4.0, section 3.1).
BLOCK = 2880


def cut_stamps(
    image: ImagePlane, ra: Sequence[float], dec: Sequence[float], size: float
) -> list[bytes]:
    """Cut squares out of an image.

    Parameters
    ----------
    image : ImagePlane
    ra, dec : sequence of float
        Their middles, deg: the nearest pixel becomes the middle one.
    size : float
        Side, deg, to the next odd number of pixels.

    Returns
    -------
    list of bytes
        A FITS file each, compressed by gzip: the pixels as they are, in Jy per beam, NaN beyond the
        image, with their coordinates. The same image gives the same bytes.
    """
    half_x, half_y = (max(1, round(size / scale / 2)) for scale in image.pixel_scale)
    header = header_of(image, 2 * half_x + 1, 2 * half_y + 1)
    columns, rows = sky.to_pixel(image.wcs, ra, dec)
    first_x, first_y = np.rint(columns).astype(int) - half_x, np.rint(rows).astype(int) - half_y
    return [
        _file(header, image, x, y) for x, y in zip(first_x.tolist(), first_y.tolist(), strict=True)
    ]


def _file(header: Any, image: ImagePlane, first_x: int, first_y: int) -> bytes:
    """Make a file of the pixels from the first column and row on, which may be off the image."""
    x, y = image.wcs.wcs.crpix
    header["CRPIX1"], header["CRPIX2"] = x - first_x, y - first_y
    pixels = _pixels(image.data, first_x, first_y, header["NAXIS1"], header["NAXIS2"]).tobytes()
    padding = bytes(-len(pixels) % BLOCK)
    return gzip.compress(header.tostring().encode("ascii") + pixels + padding, mtime=0)


def _pixels(
    data: NDArray[np.float32], first_x: int, first_y: int, nx: int, ny: int
) -> NDArray[np.float32]:
    pixels = np.full((ny, nx), np.nan, ">f4")
    there = data[max(first_y, 0) : max(first_y + ny, 0), max(first_x, 0) : max(first_x + nx, 0)]
    y, x = max(-first_y, 0), max(-first_x, 0)
    pixels[y : y + there.shape[0], x : x + there.shape[1]] = there
    return pixels
