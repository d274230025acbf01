"""Pixels as pictures: grey, faint ones told apart, blank ones transparent; of large images, tiles.

Source: W3C Recommendation, Portable Network Graphics (PNG), second edition.
"""

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

TILE = 256  # pixels of a picture
STRETCHES = (5, 10, 30, 100, 300)  # noises at which a pixel is as bright as can be
_BLANK = 0
_DARKEST, _BRIGHTEST = 1, 255
# Grey rises as the inverse hyperbolic sine of a pixel in noises: evenly about zero, then by ratios.
_BELOW = -3.0


def levels_of(shape: tuple[int, int]) -> int:
    """Return how many levels of tiles an image has; at the last one, a tile holds it all."""
    return 1 + max(0, math.ceil(math.log2(max(*shape, 1) / TILE)))


def grey(pixels: NDArray[np.float32], noise: float, above: float) -> NDArray[np.uint8]:
    """Return the grey of pixels.

    Parameters
    ----------
    pixels : ndarray of float, shape (ny, nx)
        Jy/beam; NaN where blank.
    noise : float
        Jy/beam.
    above : float
        Noises at which a pixel is as bright as can be.

    Returns
    -------
    ndarray of uint8, shape (ny, nx)
        0 where blank.
    """
    low, high = np.arcsinh(_BELOW), np.arcsinh(above)
    share = (np.arcsinh(pixels / noise) - low) / (high - low)
    scaled = _DARKEST + np.clip(share, 0, 1) * (_BRIGHTEST - _DARKEST)
    return np.where(np.isfinite(pixels), np.nan_to_num(scaled).round(), _BLANK).astype(np.uint8)


def png(shades: NDArray[np.uint8]) -> bytes:
    """Return a picture, its first row at the bottom, as images of the sky have it."""
    height, width = shades.shape
    # each row begins with the number of its filter: none
    lines = np.zeros((height, width + 1), np.uint8)
    lines[:, 1:] = shades[::-1]
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"tRNS", struct.pack(">H", _BLANK))
        + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 6))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
