"""The statements of classification, one file each."""

from functools import cache
from pathlib import Path


@cache
def statement(name: str) -> bytes:
    """Return the statement of a file of this folder."""
    return (Path(__file__).parent / f"{name}.sql").read_bytes()
