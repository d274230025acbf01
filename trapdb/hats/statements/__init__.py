"""The statements by which collections are made, one file each."""

from functools import cache
from importlib.resources import files
from typing import LiteralString, cast


@cache
def statement(name: str) -> LiteralString:
    """Return the statement of a file of this folder."""
    return cast(LiteralString, files(__name__).joinpath(f"{name}.sql").read_text())
