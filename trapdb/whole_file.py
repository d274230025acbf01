"""Files that are written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trapdb.errors import InputError


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """Give a path to write to; what is there becomes the file when the block is done.

    Until then, and if the disk is full before, a file that was there stays as it is.

    Parameters
    ----------
    output : Path
        The file to make or replace. A device or a pipe is written to as it is.

    Raises
    ------
    InputError
        It cannot be written.
    """
    is_file = output.is_file()
    target = Path(os.path.realpath(output))  # a link stays one
    aside = target.with_name(f".{os.getpid()}.{target.name}")
    path = aside if is_file or not output.exists() else output
    try:
        yield path
        if path == aside:
            if is_file:
                shutil.copymode(target, aside)
            aside.replace(target)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise InputError(f"{output}: cannot be written: {reason}") from error
    finally:
        with suppress(OSError):
            aside.unlink()
