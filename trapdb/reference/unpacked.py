"""The bytes of a file that may be packed, and is not trusted to be small."""

import gzip
import zlib

from trapdb.reference.opened import NotATable

GZIP = b"\x1f\x8b"


def unpacked(path: str, largest: int) -> bytes:
    """Read a file as a whole, unpacked if it is packed by gzip.

    Parameters
    ----------
    path : str
        The file.
    largest : int
        Bytes, unpacked; what has more is not read any further.

    Raises
    ------
    NotATable
        It cannot be read, or is larger.
    """
    try:
        with open(path, "rb") as stream:
            packed = stream.read(2) == GZIP
        with gzip.open(path) if packed else open(path, "rb") as stream:
            content: bytes = stream.read(largest + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise NotATable(f"it cannot be read ({error})") from error
    if len(content) > largest:
        raise NotATable(f"it is larger than {largest // 1024**2} MiB; degrade it to fewer cells")
    return content
