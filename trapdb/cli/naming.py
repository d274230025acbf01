"""Names of data sets: which are allowed, and the default."""

import os
from collections.abc import Sequence
from pathlib import Path

from trapdb.errors import InputError


def dataset_name(paths: Sequence[str]) -> str:
    """Return the name of the first directory in `paths`, else of the first file's directory."""
    for path in paths:
        if os.path.isdir(path):
            return Path(path).resolve().name
    return Path(paths[0]).resolve().parent.name


def check_name(name: str) -> str:
    """Return the name of a data set if it is allowed.

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
