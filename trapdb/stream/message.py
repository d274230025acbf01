"""The images that the AARTFAAC imager sends: a FITS header and pixels, one behind the other.

A message is 512 bytes, the cards of a FITS header, and an array of 4-byte floats. Of the 512 bytes
the first 8 are a magic number, the next 4 the length of the header and 4 more that of the array, in
bytes; the rest is of no meaning. The magic number shows the order of the bytes, that of the
sender's machine (TraP release 6, which took it to be its own).
"""

import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

MAGIC = 0x47494A53484F4D4F
PREAMBLE = 512
CARD = 80
# Cards of a header and of the longest history that an imager may leave in it.
MAX_HEADER = 2**20
MAX_AXES = 4

# Gives so many bytes, or fewer if there are no more.
Read = Callable[[int], bytes | bytearray]


class MessageError(Exception):
    """A message that is no image; its text says why. The rest of the stream is unreadable."""


@dataclass(frozen=True)
class Message:
    """An image as it was sent: `order` is that of the bytes of the array, as numpy writes it."""

    cards: bytes | bytearray
    array: bytes | bytearray
    order: str


def read_message(read: Read, max_bytes: int) -> Message | None:
    """Read one message; None if there is none any more.

    Parameters
    ----------
    read : callable
        Gives so many bytes, or fewer if there are no more.
    max_bytes : int
        Of the array, at the most.

    Raises
    ------
    MessageError
        It is none, is larger than it may be, or breaks off.
    """
    preamble = read(PREAMBLE)
    if not preamble:
        return None
    _insist(preamble, PREAMBLE)
    order = next((o for o in "<>" if struct.unpack_from(f"{o}Q", preamble)[0] == MAGIC), None)
    if order is None:
        raise MessageError(
            f"not an image of AARTFAAC's protocol (it begins with {bytes(preamble[:8])!r})"
        )
    n_header, n_array = struct.unpack_from(f"{order}II", preamble, 8)
    if not 0 < n_header <= MAX_HEADER:
        raise MessageError(f"a FITS header of {n_header} bytes (at most {MAX_HEADER} are taken)")
    if not 0 < n_array <= max_bytes or n_array % 4:
        raise MessageError(
            f"an array of {n_array} bytes (stream.image_mb allows {max_bytes}, in floats of 4)"
        )
    return Message(_insist(read(n_header), n_header), _insist(read(n_array), n_array), order)


def to_hdu(message: Message) -> Any:
    """Make an image of a message, as astropy can write it.

    Returns
    -------
    astropy.io.fits.PrimaryHDU

    Raises
    ------
    MessageError
        The header is none, or does not fit the array.
    """
    from astropy.io import fits

    try:
        text = bytes(message.cards).rstrip(b"\0 ").decode("ascii")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = fits.Header.fromstring(text.ljust(-(-len(text) // CARD) * CARD))
            n_axes = int(header["NAXIS"])
            if not 2 <= n_axes <= MAX_AXES:
                raise MessageError(f"its header tells of {n_axes} axes, not of 2 to {MAX_AXES}")
            shape = tuple(int(header[f"NAXIS{axis}"]) for axis in range(n_axes, 0, -1))
            if min(shape) < 1 or np.prod(shape, dtype=object) * 4 != len(message.array):
                raise MessageError(
                    f"its header tells of {' x '.join(map(str, shape[::-1]))} pixels, its array "
                    f"has {len(message.array) // 4}"
                )
            data = np.frombuffer(message.array, f"{message.order}f4").reshape(shape)
            for scaling in ("BSCALE", "BZERO", "BLANK"):  # the array holds the values themselves
                header.remove(scaling, ignore_missing=True)
            hdu = fits.PrimaryHDU(data.astype(">f4", copy=False), header)
            hdu.verify("exception")
            return hdu
    except MessageError:
        raise
    # Anything can be in these bytes, and astropy answers it with nearly any error.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise MessageError(f"its FITS header is not readable ({reason})") from error


def _insist(got: bytes | bytearray, n_bytes: int) -> bytes | bytearray:
    if len(got) < n_bytes:
        raise MessageError("it breaks off in the middle of an image")
    return got
