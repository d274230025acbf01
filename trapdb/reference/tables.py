"""Which format a file has, as its content shows; its name is not asked."""

import gzip
from collections.abc import Mapping
from pathlib import Path

from trapdb.errors import InputError
from trapdb.reference.fits_table import open_fits
from trapdb.reference.fixed_width import open_fixed_width
from trapdb.reference.opened import OpenTable
from trapdb.reference.parquet import open_parquet
from trapdb.reference.sky_model import find_format, open_sky_model
from trapdb.reference.text_table import open_ecsv, open_text
from trapdb.reference.votable import open_votable

SNIFFED = 4096
# Lines of comments before the FORMAT of a sky model.
FIRST_LINES = 20


def open_table(path: str, places: Mapping[str, tuple[int, int]]) -> OpenTable:
    """Open a table of any format.

    Parameters
    ----------
    path : str
        The file.
    places : dict of str to tuple of int
        Bytes of its columns, if it is text of fixed width; else empty.

    Raises
    ------
    InputError
        There is no such file.
    NotATable
        It is of another format, or damaged.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such file")
    begin = beginning(path)
    if not begin.strip():
        raise InputError(f"{path}: it is empty")
    if begin.startswith(b"SIMPLE  ="):
        return open_fits(path)
    if begin.startswith(b"PAR1"):
        return open_parquet(path)
    if b"\0" in begin:
        raise InputError(f"{path}: neither text, FITS, VOTable nor Parquet")
    text = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        return open_votable(path)
    if text.startswith(b"# %ECSV"):
        return open_ecsv(path)
    if found := sky_model_format(path):
        return open_sky_model(path, found)
    return open_fixed_width(path, places) if places else open_text(path)


def sky_model_format(path: str) -> str | None:
    """Return the columns of a sky model's FORMAT line; None if it has none, or is no text."""
    if not Path(path).is_file():
        return None
    lines = beginning(path).decode("utf-8", "replace").splitlines()
    return find_format(lines[:FIRST_LINES])


def beginning(path: str) -> bytes:
    """Return the first bytes of a file, of what is in it if it is packed by gzip."""
    with open(path, "rb") as stream:
        begin = stream.read(SNIFFED)
    if begin.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return packed.read(SNIFFED)
    return begin
