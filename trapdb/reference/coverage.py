"""Where a catalogue covers the sky: a multi-order coverage map (MOC), or a word for it."""

import numpy as np

from trapdb.errors import InputError
from trapdb.reference.healpix import FINEST, WIDTH, Cells
from trapdb.reference.moc import read_moc
from trapdb.reference.opened import NotATable

# What else may be asked for: the whole sky, and what the sources of the catalogue tell.
WORDS = ("all", "sources")


def read_coverage(where: str) -> str:
    """Read where a catalogue covers the sky.

    Parameters
    ----------
    where : str
        A file with a MOC, a MOC as text or JSON, or one of `WORDS`.

    Returns
    -------
    str
        The MOC as text, each cell once, of the order that its finest cell needs; or the word.

    Raises
    ------
    InputError
        It is none of these, or says what makes no sense.
    """
    if where in WORDS:
        return where
    try:
        return _text(*read_moc(where))
    except NotATable as error:
        called = where if len(where) <= 60 else f"{where[:57]}..."
        raise InputError(f"coverage {called}: {error}") from error


def _text(first: Cells, last: Cells) -> str:
    """Return ranges of cells of order 29 as text, of one order."""
    borders = np.bitwise_or.reduce(np.concatenate([first, last + 1]))
    order = next(n for n in range(FINEST + 1) if borders % WIDTH[n] == 0)
    rows = zip((first // WIDTH[order]).tolist(), (last // WIDTH[order]).tolist(), strict=True)
    return f"{order}/" + ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in rows)
