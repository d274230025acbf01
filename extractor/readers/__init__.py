"""Image files of every format, each as a FITS header and pixels; a module a format or telescope."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from extractor.errors import ImageError
from extractor.readers.opened import Opened
from extractor.readers.urls import fetched, is_url, ranges

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
def open_part(path: str) -> Iterator[Opened]:
    """Open an image file of which little is wanted; else as `open_file`.

    Of a FITS file at a URL only the bytes that are needed are fetched, unless it is packed as a
    whole, or the server cannot do that. Files are not mapped into memory: one that is cut short
    while it is read is an error, and not the end of the process.
    """
    if not is_url(path):
        with _open(path, mapped=False) as opened:
            yield opened
        return
    pieces = ranges(path, FITS_SIGNATURE)
    if pieces is None:
        with open_file(path) as opened:
            yield opened
        return
    with _told_of(path):
        from extractor.readers.fits import open_fits

        with open_fits(path, pieces) as opened:
            yield opened


@contextmanager
def _open(path: str, *, mapped: bool = True) -> Iterator[Opened]:
    with _told_of(path):
        opener, kind = _opener_of(path, mapped)
        with _told_of(path, kind), opener(path) as opened:
            yield opened


def _opener_of(path: str, mapped: bool) -> tuple[Callable[..., Any], str]:
    """Return what opens a file, and the name of its format."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        from extractor.readers.casa import open_casa

        return open_casa, "CASA"
    if not stat.S_ISREG(mode):  # a pipe would be waited for, without end
        raise ImageError(f"{path}: it is no regular file")
    if _is_hdf5(path):
        from extractor.readers.hdf5 import open_hdf5

        return open_hdf5, "HDF5"
    from extractor.readers.fits import open_fits

    return (
        open_fits if mapped else partial(open_fits, by_pieces=partial(open, path, "rb"))
    ), "FITS"


@contextmanager
def _told_of(path: str, kind: str = "FITS") -> Iterator[None]:
    """Say in one line what goes wrong with a file."""
    try:
        yield
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
