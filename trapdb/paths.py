"""Paths of files as text: absolute, and fit to be shown."""

import os


def absolute(path: str) -> str:
    """Name a file so that it is found from any directory."""
    from extractor.readers.urls import is_url

    return path if is_url(path) else os.path.abspath(path)


def is_text(path: str) -> bool:
    """Return whether a path can be written as text; file names may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(path: str) -> str:
    r"""Write a path as text in one line, what does not print as in ``\xff``, ``\n``, ``\u202e``."""
    text = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
