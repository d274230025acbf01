"""MOCs, coverage maps of the sky: from FITS, from text such as 5/1-3 7 6/40, and from JSON.

Source: IVOA Recommendation Multi-Order Coverage map 2.0, section 4.
"""

import json
import os.path
import re
from typing import Any

import numpy as np

from trapdb.errors import InputError
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.tables import beginning
from trapdb.reference.text_table import open_text_file
from trapdb.watching.healpix import COUNT, FINEST, WIDTH, Cells, merged, of_uniq

WORD = re.compile(r"(?:(\d{1,2})/)?(?:(\d{1,19})(?:-(\d{1,19}))?)?")
# What a text has to look like that is not the name of a file.
TEXT = re.compile(r"\s*(\{|s?\d{1,2}/[\d\s,/-]*$)")


def read_moc(given: str) -> tuple[Cells, Cells]:
    """Read a MOC.

    Parameters
    ----------
    given : str
        A file, or the text itself.

    Returns
    -------
    first, last : ndarray of int64
        Ranges of cells of order 29, nested, in their order; they neither overlap nor touch.

    Raises
    ------
    InputError
        It is none, or one of something else than places on the sky.
    """
    is_file = os.path.isfile(given)
    if not is_file and not TEXT.match(given):
        raise InputError(f"{given}: neither a file nor a MOC, such as 5/1-3 7 6/40")
    shown = given if is_file else f"MOC {given[:40]}{'...' * (len(given) > 40)}"
    try:
        with as_damaged():
            first, last = _of_file(given) if is_file else _of_text(given)
    except NotATable as error:
        raise InputError(f"{shown}: {error}") from error
    if not first.size:
        raise InputError(f"{shown}: it holds no cell")
    return merged(first, last)


def _of_file(path: str) -> tuple[Cells, Cells]:
    if beginning(path).startswith(b"SIMPLE  ="):
        return _of_fits(path)
    try:
        with open_text_file(path) as stream:
            return _of_text(stream.read())
    except UnicodeDecodeError as error:
        raise NotATable("neither text nor FITS") from error


def _of_fits(path: str) -> tuple[Cells, Cells]:
    from astropy.io import fits

    with fits.open(path) as file:
        if len(file) < 2 or getattr(file[1], "columns", None) is None:
            raise NotATable("it holds no table")
        table = file[1]
        header, names = table.header, list(table.columns.names)
        if len(names) != 1:
            raise NotATable(
                f"it is no MOC: that has one column, and this {', '.join(names[:6])} (a sky map is "
                "for trapdb skymap add)"
            )
        if (dimension := str(header.get("MOCDIM", "SPACE")).strip()) != "SPACE":
            raise NotATable(f"it is a MOC of {dimension}, not of places on the sky alone")
        if (frame := str(header.get("COORDSYS", "C")).strip()) != "C":
            raise NotATable(f"COORDSYS is {frame}: expected C, equatorial coordinates")
        values = np.array(table.data[names[0]]).ravel()
        ordering = str(header.get("ORDERING", "NUNIQ")).strip()
    if values.dtype.kind not in "iu":
        raise NotATable(f"its column {names[0]} holds no whole numbers")
    if ordering == "NUNIQ":
        try:
            order, number = of_uniq(values)
        except ValueError as error:
            raise NotATable(str(error)) from error
        return _ranges(order, number, number)
    if ordering in ("RANGE", "RANGE29"):
        first, last = values.astype(np.int64).reshape(-1, 2).T
        return _ranges(np.full(first.size, FINEST), first, last - 1)
    raise NotATable(f"ORDERING is {ordering}: expected NUNIQ or RANGE")


def _of_text(text: str) -> tuple[Cells, Cells]:
    """Read orders, each with its cells: as words, or as JSON."""
    if text.lstrip().startswith("{"):
        return _of_json(text)
    if re.match(r"\s*t\d|.*\st\d", text, re.DOTALL):
        raise NotATable("it is a MOC of times, not of places on the sky alone")
    order = None
    found: list[tuple[int, int, int]] = []
    for word in text.strip().removeprefix("s").replace(",", " ").split():
        read = WORD.fullmatch(word)
        if not read:
            raise NotATable(f"{word[:40]!r} is neither an order (5/) nor a cell (7) nor some (1-3)")
        order = order if read[1] is None else int(read[1])
        if read[2] is None:
            continue
        if order is None:
            raise NotATable(f"{word[:40]!r} stands before any order, such as 5/")
        found.append((order, int(read[2]), int(read[3] or read[2])))
    return _checked(found)


def _of_json(text: str) -> tuple[Cells, Cells]:
    try:
        held: Any = json.loads(text)
        found = [
            (int(order), int(cell), int(cell)) for order, cells in held.items() for cell in cells
        ]
    except (ValueError, TypeError) as error:
        raise NotATable('it is no MOC in JSON, such as {"5": [1, 2, 3]}') from error
    return _checked(found)


def _checked(found: list[tuple[int, int, int]]) -> tuple[Cells, Cells]:
    """Make arrays of orders and cells, whose numbers may be of any size."""
    for order, first, last in found:
        if not 0 <= order <= FINEST or not 0 <= first <= last < COUNT[order]:
            raise NotATable(
                f"{order}/{first}-{last} are no cells: expected orders to {FINEST}, and numbers "
                "from 0 to 12 * 4^order - 1, the smaller first"
            )
    columns = np.array(found, np.int64).reshape(-1, 3)
    return _ranges(*columns.T)


def _ranges(order: Cells, first: Cells, last: Cells) -> tuple[Cells, Cells]:
    if ((first < 0) | (last < first) | (last >= COUNT[order])).any():
        raise NotATable("it holds ranges that are none of cells")
    return first * WIDTH[order], (last + 1) * WIDTH[order] - 1
