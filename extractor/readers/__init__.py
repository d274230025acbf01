"""Image files of every format, each as a FITS header and pixels; a module a format or telescope."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from extractor.errors import ImageError
from extractor.readers.opened import Opened
from extractor.readers.urls import fetched, is_url

FITS_SIGNATURE = b"SIMPLE  ="
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# It stands at the beginning, or behind a user block of 512 bytes or a power of two of them ("HDF5
# File Format Specification", section II.A).
HDF5_USER_BLOCKS = (0, *(512 << power for power in range(40)))


@contextmanager
def open_file(path: str, *, head: bool = False) -> Iterator[Opened]:
    """Open an image file; its content decides the format, not its name.

    Parameters
    ----------
    path
        Also a URL, from where the file is fetched.
    head
        No more than the header is wanted: of a file at a URL, the first part will do.

    Raises
    ------
    ImageError
        The file cannot be opened, is no image or is damaged. Also for whatever goes wrong with the
        file within the context.
    """
    if not is_url(path):
        with _open(path) as opened:
            yield opened
        return
    with fetched(path, head=head) as local:
        try:
            with _open(local) as opened:
                yield opened
        except ImageError as error:
            raise ImageError(str(error).replace(local, path)) from error


@contextmanager
def _open(path: str) -> Iterator[Opened]:
    kind = "FITS"
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            from extractor.readers.casa import open_casa as opener

            kind = "CASA"
        elif not stat.S_ISREG(mode):  # a pipe would be waited for, without end
            raise ImageError(f"{path}: it is no regular file")
        else:
            if _is_hdf5(path):
                from extractor.readers.hdf5 import open_hdf5 as opener

                kind = "HDF5"
            else:
                from extractor.readers.fits import open_fits as opener
        with opener(path) as opened:
            yield opened
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{path}: there is no such file") from error
    except PermissionError as error:
        raise ImageError(f"{path}: no permission to read it") from error
    # A damaged file can raise nearly anything from within a library, and all of it means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ImageError(f"{path}: not a readable {kind} image ({reason})") from error


def _is_hdf5(path: str) -> bool:
    size = os.path.getsize(path)
    with open(path, "rb") as stream:
        # FITS is told at once: it has no need of a search.
        if stream.read(len(FITS_SIGNATURE)) == FITS_SIGNATURE:
            return False
        for start in HDF5_USER_BLOCKS:
            if start >= size:
                return False
            stream.seek(start)
            if stream.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE:
                return True
    return False
