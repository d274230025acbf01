"""See what a document holds before it is read as a table: who sent it is unknown.

What reads VOTables would follow a stream to wherever it says, also to a file of this machine, make
room for as many rows and elements as are announced, and take every row there is. So the document is
looked through once before, in little memory. What it may be made of is on a list.
"""

import base64
import re
from dataclasses import dataclass
from math import prod
from xml.parsers import expat

from trapdb.web.faults import Refused

# Bytes of a value, for what may be uploaded; of texts, of a character.
_SIZES = {
    "boolean": 1,
    "bit": 1,
    "unsignedByte": 1,
    "short": 2,
    "int": 4,
    "long": 8,
    "float": 4,
    "double": 8,
    "char": 1,
    "unicodeChar": 2,
}
TEXTS = ("char", "unicodeChar")
# Those that every reader reads the same way.
_ENCODINGS = ("utf-8", "us-ascii", "iso-8859-1", "utf-16")
_TEXT_SIZE = re.compile(r"([1-9][0-9]{0,5})?\*?")
# Within what the elements stand that tell of the rows, or have them.
_PLACES = {
    "TABLE": ("RESOURCE",),
    "FIELD": ("TABLE",),
    "DATA": ("TABLE",),
    "TABLEDATA": ("DATA",),
    "BINARY": ("DATA",),
    "BINARY2": ("DATA",),
    "STREAM": ("BINARY", "BINARY2"),
    "TR": ("TABLEDATA",),
}
_MANY = ("FIELD", "TR")
_DEEPEST = 30
# For what astropy makes room: elements of a value, and characters of texts of a given size in all.
_MOST_ELEMENTS = 100_000
_MOST_CHARACTERS = 25_000_000


@dataclass(frozen=True)
class _Column:
    """A column, as the document says."""

    datatype: str
    arraysize: str

    @property
    def characters(self) -> int:
        """Characters for which there is room in a text; 0: as many as come, or no text."""
        return int(self.arraysize.rstrip("*") or 0) if self.datatype in TEXTS else 0

    @property
    def length(self) -> int | None:
        """Bytes of a value in a binary stream; None: as many as stand before it."""
        if self.arraysize.endswith("*"):
            return None
        return _SIZES[self.datatype] * (self.characters or 1)


def inspect(name: str, content: bytes, most_rows: int, most_columns: int) -> None:
    """Refuse a document whose table cannot be stored, or is larger than it may be.

    Parameters
    ----------
    name : str
        What the table is called.
    content : bytes
        The document.
    most_rows, most_columns : int
        Size of the table, at most.

    Raises
    ------
    Refused
        The document is no VOTable with one table, refers to others, or the table is one that cannot
        be taken.
    """
    seen = _Seen(name, most_rows, most_columns)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = seen.start, seen.end
    parser.CharacterDataHandler = seen.characters
    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = seen.declaration, seen.doctype
    try:
        parser.Parse(content, True)
        seen.finish()
    except (expat.ExpatError, ValueError) as error:
        raise Refused(f"table {name} is no VOTable: {error}") from error


class _Seen:
    """What has been seen of a document."""

    def __init__(self, name: str, most_rows: int, most_columns: int) -> None:
        self._name = name
        self._most_rows = most_rows
        self._most_columns = most_columns
        self._open: list[str] = []
        self._found: set[str] = set()
        self._columns: list[_Column] = []
        self._rows = 0
        self._stream: list[str] = []

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise self._refused(f": it is in none of the encodings {', '.join(_ENCODINGS)}")

    def doctype(self, root: str, system: str | None, public: str | None, subset: int) -> None:
        if subset:
            raise self._refused(": the document should declare no entities")

    def start(self, element: str, attributes: dict[str, str]) -> None:
        # prefixes are left out as astropy does
        tag = element.partition(":")[2] or element
        parent = self._open[-1] if self._open else ""
        self._open.append(tag)
        if tag == "TD":  # there are many
            return
        if "href" in attributes and tag == "STREAM":
            raise self._refused(": the rows should be in the document itself")
        if parent == "DATA" and "DATA" not in _PLACES.get(tag, ()):
            raise self._refused(": the rows should be in TABLEDATA, BINARY or BINARY2")
        if tag in self._found and tag not in _MANY:
            raise self._refused(f" should be alone in its document: there is a second {tag}")
        if tag in _PLACES:
            if parent not in _PLACES[tag]:
                raise self._refused(f" is no VOTable: {tag} within {parent[:20]}")
            self._found.add(tag)
        if (
            len(self._open) > _DEEPEST
            or prod(map(int, re.findall(r"\d+", attributes.get("arraysize", "")))) > _MOST_ELEMENTS
        ):
            raise self._refused(" is no VOTable that could be read")
        if tag == "TABLE" and int(attributes.get("nrows", "0")) > self._most_rows:
            raise self._too_long()
        if tag == "FIELD":
            self._add_column(attributes)
        if tag == "TR":
            self._rows += 1
            if self._rows > self._most_rows:
                raise self._too_long()

    def characters(self, text: str) -> None:
        if self._open[-1] == "STREAM":
            self._stream.append(text)

    def end(self, element: str) -> None:
        self._open.pop()

    def finish(self) -> None:
        """Say what is wrong of what was seen as a whole."""
        if "TABLE" not in self._found:
            raise ValueError("there is no table in it")
        if not self._columns:
            raise self._too_wide()
        if "STREAM" in self._found:
            stream = base64.b64decode("".join(self._stream))
            self._rows = _rows_of(stream, self._columns, "BINARY2" in self._found, self._most_rows)
        if self._rows > self._most_rows:
            raise self._too_long()
        if self._rows * sum(one.characters for one in self._columns) > _MOST_CHARACTERS:
            raise self._refused(" has room for texts that are too long, for so many rows")

    def _add_column(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name") or attributes.get("ID", "")
        datatype, size = attributes.get("datatype", ""), attributes.get("arraysize", "")
        if "DATA" in self._found:
            raise self._refused(" is no VOTable: FIELD after DATA")
        if not 1 <= len(name.encode()) <= 63:
            raise self._refused(f": the name of column {name[:80]!r} is too long, or there is none")
        sizes = _TEXT_SIZE if datatype in TEXTS else re.compile("1?")
        if datatype not in _SIZES or not sizes.fullmatch(size):
            raise self._refused(
                f", column {name!r}: {datatype[:20]}{f'[{size[:20]}]' if size else ''} "
                "cannot be uploaded, only numbers, truth values and texts"
            )
        self._columns.append(_Column(datatype, size))
        if len(self._columns) > self._most_columns:
            raise self._too_wide()

    def _refused(self, what: str) -> Refused:
        return Refused(f"table {self._name}{what}")

    def _too_long(self) -> Refused:
        return self._refused(f" has more than {self._most_rows} rows")

    def _too_wide(self) -> Refused:
        return self._refused(f" should have 1 to {self._most_columns} columns")


def _rows_of(stream: bytes, columns: list[_Column], flagged: bool, most: int) -> int:
    """Return the number of rows of a binary stream; if they are more than may be, a number beyond.

    Parameters
    ----------
    stream : bytes
        The rows.
    columns : list of _Column
        The columns.
    flagged : bool
        Whether each row begins with bits that tell which values are NULL.
    most : int
        So many may be.
    """
    flags = (len(columns) + 7) // 8 if flagged else 0
    place, rows = 0, 0
    while place < len(stream) and rows <= most:
        rows += 1
        place += flags
        for one in columns:
            length = one.length
            if length is None:
                number = int.from_bytes(stream[place : place + 4], "big")
                length = 4 + number * _SIZES[one.datatype]
            place += length
    return rows
