"""Where tasks put what they make."""

from pathlib import Path

from trapdb.database.private_place import locate


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
