"""VOTables in BINARY2, the serialization that tells an unknown value from any other one.

astropy's own reader takes a text that is not known for an empty one: it passes over the mask of
texts, since other services set it wrongly.
"""

import base64
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from trapdb.archive.backend import Answer, Column

# Of each type in a VOTable: that of a column, and its form among bytes.
_NUMBERS = {
    **{"unsignedByte": ("smallint", "B"), "short": ("smallint", "h"), "int": ("integer", "i")},
    **{"long": ("bigint", "q"), "float": ("real", "f"), "double": ("double precision", "d")},
}
_TEXTS = {"char": (1, "utf-8"), "unicodeChar": (2, "utf-16-be")}
_TRUTH = {b"T": True, b"t": True, b"1": True, b"F": False, b"f": False, b"0": False}

# Reads a value at a place; gives it, and the place after it.
_Reader = Callable[[bytes, int], tuple[Any, int]]


class VOTableError(ValueError):
    """What came is no VOTable, or not of the kind that was asked for."""


@dataclass(frozen=True)
class VOTable:
    """A VOTable with one table, or with none if it tells of an error.

    Attributes
    ----------
    status : str or None
        What it says of the query: ``OK``, ``ERROR``, ``OVERFLOW``; the last, if it says more.
    message : str
        What it says to that.
    answer : Answer or None
        The table.
    """

    status: str | None
    message: str
    answer: Answer | None


def read(body: bytes) -> VOTable:
    """Read a VOTable.

    Raises
    ------
    VOTableError
        It is none, or it is cut off.
    """
    try:
        root = ElementTree.fromstring(body)
        if root.tag.rpartition("}")[2] != "VOTABLE":
            raise VOTableError(f"it is of {root.tag}")
        tables = list(_all(root, "TABLE"))
        answer = _answer(tables[0]) if tables else None
    except (ElementTree.ParseError, struct.error, ValueError) as error:
        raise VOTableError(str(error)) from error
    told = [info for info in _all(root, "INFO") if info.get("name") == "QUERY_STATUS"]
    last = told[-1] if told else Element("INFO")
    return VOTable(last.get("value"), last.text or "", answer)


def _answer(table: Element) -> Answer:
    fields = list(_all(table, "FIELD"))
    streams = list(_all(table, "STREAM"))
    if len(streams) != 1 or not list(_all(table, "BINARY2")):
        raise VOTableError("its table is not in BINARY2")
    columns, readers = zip(*map(_field, fields), strict=True)
    data = base64.b64decode(streams[0].text or "")
    return Answer(columns, list(_rows(data, readers)))


def _rows(data: bytes, readers: tuple[_Reader, ...]) -> Iterator[list[Any]]:
    """Read the rows of a stream: a bit for each value, whether it is not known, and the values."""
    width = (len(readers) + 7) // 8
    bits = [1 << (8 * width - 1 - number) for number in range(len(readers))]
    place = 0
    while place < len(data):
        unknown = int.from_bytes(data[place : place + width], "big")
        place += width
        row = []
        for bit, reader in zip(bits, readers, strict=True):
            value, place = reader(data, place)
            row.append(None if unknown & bit else value)
        if place > len(data):
            raise VOTableError("its last row is cut off")
        yield row


def _field(field: Element) -> tuple[Column, _Reader]:
    """Return a column, and what reads its values."""
    datatype, arraysize = field.get("datatype", ""), field.get("arraysize", "1")
    is_time = field.get("xtype") == "timestamp"
    if datatype in _TEXTS:
        reader = _text(*_TEXTS[datatype], arraysize)
        type_ = "timestamp" if is_time else "text"
        if is_time:
            reader = _time(reader)
    elif datatype == "boolean" and arraysize == "1":
        type_, reader = datatype, _truth
    elif datatype in _NUMBERS:
        type_, form = _NUMBERS[datatype]
        reader = _number(form)
        if arraysize != "1":
            type_, reader = "array", _array(form, arraysize)
    else:
        raise VOTableError(f"a column of it is of type {datatype}, arraysize {arraysize}")
    description = " ".join("".join(one.itertext()) for one in _all(field, "DESCRIPTION")) or None
    told = (field.get("unit") or None, description, field.get("ucd"), field.get("utype"))
    return Column(field.get("name", ""), type_, *told), reader


def _number(form: str) -> _Reader:
    read = struct.Struct(f">{form}")

    def number(data: bytes, place: int) -> tuple[Any, int]:
        return read.unpack_from(data, place)[0], place + read.size

    return number


def _truth(data: bytes, place: int) -> tuple[bool | None, int]:
    return _TRUTH.get(data[place : place + 1]), place + 1


def _length(arraysize: str) -> Callable[[bytes, int], tuple[int, int]]:
    """Return what tells how many there are, and where they begin."""
    if arraysize.endswith("*"):
        return _number("i")
    if not arraysize.isdecimal():
        raise VOTableError(f"a column of it has arraysize {arraysize}")
    return lambda _, place: (int(arraysize), place)


def _text(width: int, encoding: str, arraysize: str) -> _Reader:
    length = _length(arraysize)

    def text(data: bytes, place: int) -> tuple[str, int]:
        count, begin = length(data, place)
        end = begin + width * count
        return data[begin:end].decode(encoding), end

    return text


def _time(text: _Reader) -> _Reader:
    def time(data: bytes, place: int) -> tuple[datetime | None, int]:
        found, end = text(data, place)
        return (datetime.fromisoformat(found) if found else None), end

    return time


def _array(form: str, arraysize: str) -> _Reader:
    length = _length(arraysize)

    def array(data: bytes, place: int) -> tuple[tuple[Any, ...], int]:
        count, begin = length(data, place)
        read = struct.Struct(f">{count}{form}")
        return read.unpack_from(data, begin), begin + read.size

    return array


def _all(node: Element, name: str) -> Iterator[Element]:
    """Return the nodes of a name, whatever the version of VOTable that they are of."""
    return node.iterfind(f".//{{*}}{name}")
