"""What a data set may be called, and is by default."""

import os
from collections.abc import Sequence
from pathlib import Path

from trapdb.errors import InputError


def dataset_name(paths: Sequence[str]) -> str:
    """Name a data set after the first directory given, else the one that holds the first file."""
    for path in paths:
        if os.path.isdir(path):
            return Path(path).resolve().name
    return Path(paths[0]).resolve().parent.name


def check_name(name: str) -> str:
    """Return a name for a data set if it can be one.

    Raises
    ------
    InputError
        It is empty, too long, begins or ends with a blank, or has characters that do not print.
    """
    if not (0 < len(name) <= 200 and name == name.strip() and name.isprintable()):
        raise InputError(
            f"{name!r} cannot name a data set: give 1 to 200 characters that print, without blanks "
            "at the ends"
        )
    return name
