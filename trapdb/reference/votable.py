"""VOTables, read row by row where they hold their data as text (TABLEDATA).

Where the data are binary, astropy reads the table as a whole.
"""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, BinaryIO, cast
from xml.etree import ElementTree

import numpy as np

from trapdb.reference.opened import BLOCK, Block, NotATable, OpenTable

BINARY = ("BINARY", "BINARY2", "FITS")


def open_votable(path: str) -> OpenTable:
    """Open the first table of a VOTable.

    Raises
    ------
    NotATable
        It is no VOTable, or has no data.
    """
    names: list[str] = []
    units: dict[str, str] = {}
    nulls: dict[str, str] = {}
    form = ""
    with closing(_open(path)) as stream:
        for event, tag, element in _events(stream):
            if event == "end":
                continue
            if tag == "TABLE":
                names, units, nulls = [], {}, {}
            elif tag == "FIELD":
                names.append(element.get("name") or element.get("ID") or f"col{len(names) + 1}")
                if unit := element.get("unit", "").strip("- "):
                    units[names[-1]] = unit
            elif tag == "VALUES" and names and (null := element.get("null")):
                nulls[names[-1]] = null
            elif tag == "TABLEDATA" or tag in BINARY:
                form = tag
                break
    if not form:
        raise NotATable("it is no VOTable with a table in it")

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        if form != "TABLEDATA":
            yield from _binary(path, names, wanted)
            return
        places = {name: names.index(name) for name in wanted}
        with closing(_open(path)) as stream:
            for rows in _batches(stream, len(names)):
                yield {
                    name: _unless(np.array([row[place] for row in rows], np.str_), nulls.get(name))
                    for name, place in places.items()
                }

    return OpenTable(names, blocks, units)


def _open(path: str) -> BinaryIO:
    with open(path, "rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path) if packed else open(path, "rb"))


def _events(stream: BinaryIO) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """Yield the starts and ends of elements, with their tag without its namespace."""
    try:
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            yield event, element.tag.rpartition("}")[2], element
    except ElementTree.ParseError as error:
        raise NotATable(f"it is damaged: {error}") from error


def _batches(stream: BinaryIO, width: int) -> Iterator[list[list[str]]]:
    """Yield the texts of the rows of the first table."""
    rows: list[list[str]] = []
    count = 0
    table = ElementTree.Element("TABLEDATA")
    for event, tag, element in _events(stream):
        if event == "start":
            table = element if tag == "TABLEDATA" else table
        elif tag == "TR":
            row = [(cell.text or "").strip() for cell in element]
            count += 1
            if len(row) != width:
                raise NotATable(f"row {count} has {len(row)} values, not {width}")
            rows.append(row)
        elif tag == "TABLEDATA":
            break
        if len(rows) == BLOCK:
            yield rows
            rows = []
            table.clear()  # of what was read, lest all rows stay in memory
    if rows:
        yield rows


def _unless(values: Any, null: str | None) -> Any:
    """Put the empty text where a value is the one that stands for none."""
    return values if null is None else np.where(values == null, "", values)


def _binary(path: str, names: Sequence[str], wanted: Sequence[str]) -> Iterator[Block]:
    from astropy.io.votable import parse_single_table

    array = parse_single_table(path).array
    fields = dict(zip(names, array.dtype.names, strict=True))
    for start in range(0, len(array), BLOCK):
        part = array[start : start + BLOCK]
        yield {name: part[fields[name]] for name in wanted}
