"""Multi-order coverage maps (MOC): cells of HEALPix, nested, in equatorial coordinates.

Forms are those of the IVOA's recommendation MOC 2.0, sections 4.2 and 4.3: FITS with UNIQ numbers
or with ranges at order 29, JSON, and text such as ``3/1-10 4/5``.
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

from trapdb.reference.healpix import COUNT, FINEST, WIDTH, Cells, merged, of_uniq
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.unpacked import unpacked

# Bounds for files that are not what they should be: bytes, unpacked, and ranges of cells.
LARGEST = 32 * 1024**2
MOST_RANGES = 1_000_000
TEXT = re.compile(r"\s*s?\d+/[\d\s,/-]*")

# Order, first and last cell of each.
_Given = tuple[NDArray[np.int64], Cells, Cells]


def read_moc(given: str) -> tuple[Cells, Cells]:
    """Read a MOC.

    Parameters
    ----------
    given : str
        A file, or the text itself.

    Returns
    -------
    first, last : ndarray of int64
        Ranges of cells of order 29, in their order; they neither overlap nor touch.

    Raises
    ------
    NotATable
        It is none, or says what makes no sense.
    """
    if TEXT.fullmatch(given):
        cells = _of_text(given)
    elif given.lstrip().startswith("{"):
        cells = _of_json(given)
    elif _is_file(given):
        cells = _of_file(given)
    else:
        raise NotATable("neither a file, nor a MOC as text, such as 3/1-10 4/5")
    first, last = merged(*_at_finest(*cells))
    if not len(first):
        raise NotATable("it covers nothing")
    if len(first) > MOST_RANGES:
        raise NotATable(
            f"it has {len(first)} rows of adjacent cells, more than {MOST_RANGES}; degrade it"
        )
    return first, last


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _of_file(path: str) -> _Given:
    content = unpacked(path, LARGEST)
    if content.startswith(b"SIMPLE  ="):
        return _of_fits(content)
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode("ascii")
    except UnicodeDecodeError:
        raise NotATable("it is neither FITS, JSON nor text") from None
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    text = "\n".join(lines)
    if text.lstrip().startswith("{"):
        return _of_json(text)
    if not TEXT.fullmatch(text):
        raise NotATable("it is no MOC: expected FITS, JSON, or text such as 3/1-10 4/5")
    return _of_text(text)


def _of_fits(content: bytes) -> _Given:
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
        try:
            order, cell = of_uniq(values)
        except ValueError as error:
            raise NotATable(str(error)) from error
        return order, cell, cell
    if ordering.startswith("RANGE"):
        return _of_ranges(values)
    raise NotATable(f"its ORDERING is {ordering or 'missing'}, expected NUNIQ or RANGE")


def _only_column(header: Any, data: bytes) -> Cells:
    """Read the integers of a table of one column, which in older files has no name."""
    form = re.fullmatch(r"(\d*)([JK])", str(header.get("TFORM1")).strip())
    if header.get("TFIELDS") != 1 or form is None:
        raise NotATable("its table is none of a MOC: expected one column, of integers")
    kind = np.dtype({"J": ">i4", "K": ">i8"}[form[2]])
    count = int(form[1] or 1) * header["NAXIS2"]
    if count < 0 or count * kind.itemsize > len(data):
        raise NotATable(f"it is damaged (it ends before its {count} integers do)")
    return np.frombuffer(data, kind, count).astype(np.int64)


def _of_ranges(values: Cells) -> _Given:
    if len(values) % 2:
        raise NotATable("its ranges have no end: the number of its values is odd")
    first, end = values.reshape(-1, 2).T
    return np.full(len(first), FINEST), first, end - 1


def _of_json(text: str) -> _Given:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotATable(f"it is no JSON ({error})") from error
    if not isinstance(given, dict):
        raise NotATable("expected lists of cells by order")
    return _given(_of_lists(given))


def _of_lists(given: dict[str, Any]) -> Iterator[tuple[int, int, int]]:
    for order, cells in given.items():
        if not isinstance(cells, list):
            raise NotATable(f"order {order}: expected a list of cells")
        for cell in cells:
            if not isinstance(cell, int) or isinstance(cell, bool):
                raise NotATable(f"order {order}: {str(cell)[:30]} is no cell")
            yield _number(order), cell, cell


def _of_text(text: str) -> _Given:
    return _given(_of_words(text.lstrip().removeprefix("s").replace(",", " ").split()))


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


def _given(rows: Iterable[tuple[int, int, int]]) -> _Given:
    try:
        found = np.fromiter(rows, np.dtype((np.int64, 3)))
    except OverflowError:
        raise NotATable("a cell has a number that none has") from None
    order, first, last = found.T
    return order, first, last


def _at_finest(order: Cells, first: Cells, last: Cells) -> tuple[Cells, Cells]:
    """Return the first and the last cell of order 29 in each range of cells."""
    bad = (order < 0) | (order > FINEST)
    if bad.any():
        raise NotATable(f"there is no order {order[bad][0]}: expected 0 to {FINEST}")
    bad = (first < 0) | (last < first) | (last >= COUNT[order])
    if bad.any():
        number, a, b = order[bad][0], first[bad][0], last[bad][0]
        raise NotATable(
            f"there are no cells {a} to {b} of order {number}: "
            f"expected 0 to {COUNT[number] - 1}, the smaller one first"
        )
    return first * WIDTH[order], (last + 1) * WIDTH[order] - 1
