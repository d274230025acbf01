"""Where a catalogue covers the sky: a multi-order coverage map (MOC), as a file or as text.

Forms are those of the IVOA's recommendation MOC 2.0, sections 4.2 and 4.3: FITS with UNIQ numbers
or with ranges at order 29, JSON, and text such as ``3/1-10 4/5``; cells of HEALPix, nested, ICRS.
"""

import io
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.errors import InputError
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.unpacked import unpacked

# What else may be asked for: the whole sky, and what the sources of the catalogue tell.
WORDS = ("all", "sources")
DEEPEST = 29
BASE_CELLS = 12
# Bounds for files that are not what they should be: bytes, unpacked, and rows of adjacent cells.
LARGEST = 32 * 1024**2
MOST_ROWS = 1_000_000
TEXT = re.compile(r"\s*\d+/[\d\s,/-]*")

Integers = NDArray[np.int64]
# Order, first and last cell.
Cells = tuple[Integers, Integers, Integers]


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
    called = where if len(where) <= 60 else f"{where[:57]}..."
    try:
        if TEXT.fullmatch(where):
            return _text(_cells_of_text(where))
        if where.lstrip().startswith("{"):
            return _text(_cells_of_json(where))
        if not _is_file(where):
            raise NotATable(f"neither a file, nor a MOC as text, nor {' or '.join(WORDS)}")
        return _text(_cells_of_file(where))
    except NotATable as error:
        raise InputError(f"coverage {called}: {error}") from error


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _cells_of_file(path: str) -> Cells:
    content = unpacked(path, LARGEST)
    if content.startswith(b"SIMPLE  ="):
        return _cells_of_fits(content)
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("ascii")
    except UnicodeDecodeError:
        raise NotATable("it is neither FITS, JSON nor text") from None
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    text = "\n".join(lines)
    if text.lstrip().startswith("{"):
        return _cells_of_json(text)
    if not TEXT.fullmatch(text):
        raise NotATable("it is no MOC: expected FITS, JSON, or text such as 3/1-10 4/5")
    return _cells_of_text(text)


def _cells_of_fits(content: bytes) -> Cells:
    from astropy.io import fits

    with (
        as_damaged(),
        warnings.catch_warnings(action="ignore"),  # what cannot be read is refused
        fits.open(io.BytesIO(content), memmap=False) as file,
    ):
        table = next((hdu for hdu in file if isinstance(hdu, fits.BinTableHDU)), None)
        if table is None:
            raise NotATable("it holds no table")
        header = table.header
        values = _only_column(header, content[table.fileinfo()["datLoc"] :])
    if str(header.get("MOCDIM", "SPACE")).strip() != "SPACE":
        raise NotATable(f"it is a MOC of {header['MOCDIM']}, not of the sky alone")
    if str(header.get("COORDSYS", "C")).strip() != "C":
        raise NotATable(f"its COORDSYS is {header['COORDSYS']}, expected C: ICRS")
    ordering = str(header.get("ORDERING", "")).strip()
    if ordering == "NUNIQ":
        return _cells_of_uniq(values)
    if ordering.startswith("RANGE"):
        return _cells_of_ranges(values)
    raise NotATable(f"its ORDERING is {ordering or 'missing'}, expected NUNIQ or RANGE")


def _only_column(header: Any, data: bytes) -> Integers:
    """Read the integers of a table of one column, which in older files has no name."""
    form = re.fullmatch(r"(\d*)([JK])", str(header.get("TFORM1")).strip())
    if header.get("TFIELDS") != 1 or form is None:
        raise NotATable("its table is none of a MOC: expected one column, of integers")
    kind = np.dtype({"J": ">i4", "K": ">i8"}[form[2]])
    count = int(form[1] or 1) * header["NAXIS2"]
    if count < 0 or count * kind.itemsize > len(data):
        raise NotATable(f"it is damaged (it ends before its {count} integers do)")
    return np.frombuffer(data, kind, count).astype(np.int64)


def _cells_of_uniq(values: Integers) -> Cells:
    """Take the numbers apart: 4 * 4^order + cell."""
    firsts = 4 ** np.arange(1, DEEPEST + 2, dtype=np.int64)
    order = np.searchsorted(firsts, values, side="right") - 1
    if (values < firsts[0]).any():
        raise NotATable(f"{values.min()} is no UNIQ number")
    cell = values - firsts[order]
    return order, cell, cell


def _cells_of_ranges(values: Integers) -> Cells:
    if len(values) % 2:
        raise NotATable("its ranges have no end: the number of its values is odd")
    first, end = values.reshape(-1, 2).T
    return np.full(len(first), DEEPEST), first, end - 1


def _cells_of_json(text: str) -> Cells:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotATable(f"it is no JSON ({error})") from error
    if not isinstance(given, dict):
        raise NotATable("expected lists of cells by order")
    return _cells(_of_lists(given))


def _of_lists(given: dict[str, Any]) -> Iterator[tuple[int, int, int]]:
    for order, cells in given.items():
        if not isinstance(cells, list):
            raise NotATable(f"order {order}: expected a list of cells")
        for cell in cells:
            if not isinstance(cell, int) or isinstance(cell, bool):
                raise NotATable(f"order {order}: {str(cell)[:30]} is no cell")
            yield _number(order), cell, cell


def _cells_of_text(text: str) -> Cells:
    return _cells(_of_words(text.replace(",", " ").split()))


def _of_words(words: list[str]) -> Iterator[tuple[int, int, int]]:
    order = None
    for word in words:
        before, slash, cells = word.rpartition("/")
        if slash:
            order = _number(before)
        if cells and order is not None:  # the finest order may be without cells
            first, dash, last = cells.partition("-")
            yield order, _number(first), _number(last if dash else first)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise NotATable(f"{text[:30]!r} is no order or cell")
    return int(text)


def _cells(given: Iterable[tuple[int, int, int]]) -> Cells:
    try:
        found = np.fromiter(given, np.dtype((np.int64, 3)))
    except OverflowError:
        raise NotATable("a cell has a number that none has") from None
    order, first, last = found.T
    return order, first, last


def _text(cells: Cells) -> str:
    """Return cells as text: those that are adjacent or twice in one row, of one order."""
    start, end = _merged(*_at_deepest(*cells))
    if not len(start):
        raise NotATable("it covers nothing")
    if len(start) > MOST_ROWS:
        raise NotATable(
            f"it has {len(start)} rows of adjacent cells, more than {MOST_ROWS}; degrade it"
        )
    borders = np.bitwise_or.reduce(np.concatenate([start, end]))
    order = next(n for n in range(DEEPEST + 1) if borders % 4 ** (DEEPEST - n) == 0)
    size = 4 ** (DEEPEST - order)
    rows = zip((start // size).tolist(), (end // size - 1).tolist(), strict=True)
    return f"{order}/" + ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in rows)


def _at_deepest(order: Integers, first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """Return the first cell of order 29, and the one behind the last, of each row of cells."""
    bad = (order < 0) | (order > DEEPEST)
    if bad.any():
        raise NotATable(f"there is no order {order[bad][0]}: expected 0 to {DEEPEST}")
    bad = (first < 0) | (last < first) | (last >= BASE_CELLS * 4**order)
    if bad.any():
        number, a, b = order[bad][0], first[bad][0], last[bad][0]
        raise NotATable(
            f"there are no cells {a} to {b} of order {number}: "
            f"expected 0 to {BASE_CELLS * 4 ** int(number) - 1}, the smaller one first"
        )
    size = 4 ** (DEEPEST - order)
    return first * size, (last + 1) * size


def _merged(start: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Join ranges that overlap or touch."""
    by_start = np.argsort(start)
    start, reach = start[by_start], np.maximum.accumulate(end[by_start])
    if not len(start):
        return start, reach
    begins = np.concatenate([[True], start[1:] > reach[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    return start[begins], reach[ends]
