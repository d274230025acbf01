"""Files and folders that are written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from trapdb.errors import InputError


@contextmanager
def whole_file(output: Path) -> Iterator[Path]:
    """Yield a path to write to; its content becomes the file at the end of the block.

    Until then, and if the disk becomes full, an existing file stays as it is.

    Parameters
    ----------
    output : Path
        The file to make or replace. A device or a pipe is written to as it is, and so is a file
        beside which none can be made.

    Raises
    ------
    InputError
        It cannot be written.
    """
    target = Path(os.path.realpath(output))  # a link stays one
    is_file = output.is_file()
    try:
        if output.exists() and not (is_file and os.access(target.parent, os.W_OK)):
            yield output
            return
        with TemporaryDirectory(prefix=".trapdb-", dir=target.parent) as folder:
            aside = Path(folder, target.name)
            yield aside
            if is_file:
                shutil.copymode(target, aside)
            aside.replace(target)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise InputError(f"{output}: cannot be written: {reason}") from error


@contextmanager
def whole_folder(output: Path) -> Iterator[Path]:
    """Yield an empty folder to write into; at the end of the block it is there under its name.

    Raises
    ------
    InputError
        There is something of that name, or it cannot be written.
    """
    try:
        if os.path.lexists(output):
            raise InputError(f"{output}: is there already")
        with TemporaryDirectory(prefix=".trapdb-", dir=output.parent) as folder:
            aside = Path(folder, output.name)
            aside.mkdir()
            yield aside
            aside.rename(output)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise InputError(f"{output}: cannot be written: {reason}") from error
