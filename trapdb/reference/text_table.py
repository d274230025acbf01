"""Tables of text: values between commas, tabs, semicolons, bars or blanks; and ECSV.

Names are in the first line, or in a comment (PyBDSF, Selavy). Below them there may be a line of
units, a line of dashes, or both (VizieR's TSV, the ATNF catalogue's long CSV). A column without a
name belongs to the named one before it: ``RAJ+1`` is the first one behind ``RAJ``.
"""

import csv
import gzip
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

import numpy as np

from trapdb.reference.opened import BLOCK, Block, NotATable, OpenTable
from trapdb.source_list.text import COMMENT, commented, is_number

DELIMITERS = "\t;|,"
DASHES = re.compile(r"-*")
UNIT = re.compile(r"\(.*\)|\[.*\]|-+")


def open_text_file(path: str) -> TextIO:
    """Open a file of text, packed by gzip or not."""
    with open(path, "rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline=None)
    return open(path, encoding="utf-8-sig", newline=None)


def open_text(path: str) -> OpenTable:
    """Open a table of text.

    Raises
    ------
    NotATable
        No line of it names columns.
    """
    with open_text_file(path) as stream:
        head = [line.rstrip("\n") for line in itertools.islice(stream, 1000)]
    comments = []
    first = 0
    for first, line in enumerate(head):  # noqa: B007
        if line.strip() and not _is_comment(line):
            break
        comments.append(line)
    body = head[len(comments) :]
    names_line = body[0] if body else ""
    delimiter = _delimiter(names_line)
    units: dict[str, str] = {}
    cells = _split(names_line, delimiter)
    if body and not any(map(is_number, cells)):
        names = _named(cells)
        skipped, stated = _below(body[1:3], delimiter)
        skipped += 1
        units = {
            name: unit.strip("()[]").strip()
            for name, unit in zip(names, stated, strict=False)
            if unit.strip("()[]- ")
        }
    else:
        skipped = 0
        held = [line for line in comments if line.strip()]
        names, bracketed = commented(held, delimiter == ",")
        units = {name: unit.strip("[]") for name, unit in bracketed.items()}
    if not names:
        raise NotATable("no line of it names its columns")

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with open_text_file(path) as stream:
            lines = itertools.islice(stream, len(comments) + skipped, None)
            yield from _blocks(_rows(lines, delimiter, names), names, wanted)

    return OpenTable(names, blocks, units)


def open_ecsv(path: str) -> OpenTable:
    """Open a table in ECSV, astropy's text with a description of its columns."""
    from astropy.table import Table

    header = []
    with open_text_file(path) as stream:
        for line in stream:
            header.append(line)
            if not line.startswith("#"):
                break
    described = Table.read("".join(header), format="ascii.ecsv")
    given = re.search(r"^# delimiter: ['\"]?(.)", "".join(header), re.M)
    delimiter = given[1] if given else " "

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with open_text_file(path) as stream:
            rows = csv.reader(itertools.islice(stream, len(header), None), delimiter=delimiter)
            yield from _blocks(rows, described.colnames, wanted)

    units = {one.name: str(one.unit) for one in described.columns.values() if one.unit}
    return OpenTable(described.colnames, blocks, units)


def _is_comment(line: str) -> bool:
    """Return whether a line is a comment, not a line of names whose first column is named ``#``."""
    return line.startswith("#") and line[1:2] not in tuple(DELIMITERS)


def _delimiter(line: str) -> str | None:
    """Return what stands between the values of a line; None: blanks."""
    best = max(DELIMITERS, key=line.count)
    return best if best in line else None


def _split(line: str, delimiter: str | None) -> list[str]:
    if delimiter is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _named(cells: Sequence[str]) -> list[str]:
    """Name the columns that have no name after the one before them."""
    names: list[str] = []
    last, behind = "", 0
    for cell in cells:
        last, behind = (cell, 0) if cell else (last, behind + 1)
        names.append(cell or f"{last}+{behind}")
    return names


def _below(lines: Sequence[str], delimiter: str | None) -> tuple[int, list[str]]:
    """Return how many lines below the names are not data, and the units in them."""
    cells = [_split(line, delimiter) for line in lines]
    for number, row in enumerate(cells):
        if row and all(map(DASHES.fullmatch, row)):
            return number + 1, cells[0] if number else []
    told = [cell for cell in cells[0] if cell] if cells else []
    bracketed = [cell for cell in told if UNIT.fullmatch(cell)]
    if 2 * len(bracketed) > len(told) and not any(map(is_number, told)):
        return 1, cells[0]
    return 0, []


def _rows(
    lines: Iterator[str], delimiter: str | None, names: Sequence[str]
) -> Iterator[Sequence[str]]:
    told = (line for line in lines if line.strip() and not _is_comment(line))
    if delimiter is not None:
        yield from csv.reader(told, delimiter=delimiter)
        return
    for line in told:
        row = line.split(None, len(names) - 1)
        if len(row) == len(names) - 1 and names[-1] == COMMENT:
            row.append("")
        yield row


def _blocks(
    rows: Iterator[Sequence[str]], names: Sequence[str], wanted: Sequence[str]
) -> Iterator[Block]:
    places = {name: names.index(name) for name in wanted}
    count = 0
    while block := list(itertools.islice(rows, BLOCK)):
        for number, row in enumerate(block, count + 1):
            if len(row) != len(names):
                raise NotATable(f"row {number} has {len(row)} values, not {len(names)}")
        count += len(block)
        yield {
            name: np.array([row[place] for row in block], dtype=np.str_)
            for name, place in places.items()
        }
