"""Where tasks put what they make."""

from pathlib import Path, PurePosixPath
from typing import Any

from trapdb.database.private_place import locate
from trapdb.errors import InputError


def response_folder(given: str | None, name: str) -> Path:
    """Make the folder for what a task makes, if it is not there, and return it.

    Parameters
    ----------
    given : str or None
        That of the settings.
    name : str
        Its name in trapdb's own, if there is none.
    """
    folder = Path(given) if given else locate().home / "response" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def file_in(folder: Path, name: Any) -> Path:
    """Return the path of a file in a folder, and in no other one.

    Raises
    ------
    InputError
        The name leads out of it.
    """
    parts = PurePosixPath(str(name)).parts
    if not parts or any(part in ("/", "..") or "\0" in part for part in parts):
        raise InputError(f"{name!r} is no name of a file in {folder}")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name!r} leads out of {folder}")
    return path
