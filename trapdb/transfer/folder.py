"""Files of a folder that anybody may have made: regular ones only, of the size that they should be.

They are opened by names of ours; what the folder holds beside them is never looked at.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from trapdb.errors import InputError
from trapdb.paths import printable


@contextmanager
def regular_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to read; no link, which may lead anywhere, and no pipe, which may never end.

    Raises
    ------
    InputError
        It cannot be read, or is no regular file.
    """
    try:
        # a pipe without a writer would keep us waiting
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(f"{printable(str(path))}: cannot be read: {error.strerror}") from error
    with open(number, "rb") as stream:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise InputError(f"{printable(str(path))}: no regular file")
        yield stream


def read_whole(path: Path, size_max: int) -> bytes:
    """Read a file.

    Raises
    ------
    InputError
        It is no regular file, or larger than `size_max`, in bytes.
    """
    with regular_file(path) as stream:
        content = stream.read(size_max + 1)
    if len(content) > size_max:
        raise InputError(f"{printable(str(path))}: larger than {size_max} bytes")
    return content
