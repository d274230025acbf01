"""Source lists as text: values between commas or blanks, names in the first line or a comment.

Known by this are CSV, PyBDSF's ``ascii`` and ``csv`` (names in the last comment) and Selavy's
fixed-width text (names in a comment, units below them in another one).
"""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, cast

UNIT = re.compile(r"\[(\S+)\]|--")
# A list has at least so many columns: a comment of fewer words names none.
MIN_COLUMNS = 4
# A last column of this name holds words, or nothing at all.
COMMENT = "comment"


def open_plain(path: str) -> BinaryIO:
    """Open a file to read what is in it, unpacked if it is gzipped."""
    with open(path, "rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if packed else open(path, "rb")


def read_text(path: str) -> Any:
    """Read a table of text; all values stay text.

    Returns
    -------
    astropy.table.Table
        Without columns if nothing but comments is there, which name none.

    Raises
    ------
    ValueError
        A row has more or fewer values than there are names.
    """
    from astropy.table import Table

    with io.TextIOWrapper(open_plain(path), encoding="utf-8-sig", newline=None) as stream:
        lines = [line.rstrip() for line in stream]
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    comments = [line for _, line in rows if line.lstrip().startswith("#")]
    rows = [(number, line) for number, line in rows if not line.lstrip().startswith("#")]
    units: dict[str, str] = {}
    by_comma = "," in (rows[0][1] if rows else "".join(comments[-1:]))
    if rows and not any(map(is_number, _split(rows[0][1], by_comma))):
        names = _split(rows.pop(0)[1], by_comma)
    else:
        names, units = commented(comments, by_comma)
    table = Table(
        rows=list(_values(rows, names, by_comma)) or None, names=names, dtype=["U"] * len(names)
    )
    for name, unit in units.items():
        table[name].unit = unit
    return table


def commented(comments: Sequence[str], by_comma: bool) -> tuple[list[str], dict[str, str]]:
    """Find names, and units by name, in comments; none if they hold none."""
    units = ""
    if comments and all(map(UNIT.fullmatch, comments[-1].split()[1:])):
        *comments, units = comments
    text = comments[-1] if comments else ""
    names = _split(text.lstrip("# \t"), by_comma)
    if len(names) < MIN_COLUMNS or any(map(is_number, names)):
        return [], {}
    return names, dict(_placed(text, units))


def _placed(names: str, units: str) -> Iterator[tuple[str, str]]:
    """Yield each name with the unit below it: both end in the same column of the text."""
    ends = {match.end(): match[0] for match in re.finditer(r"[^\s#]+", names)}
    for match in UNIT.finditer(units):
        if match[1]:
            if match.end() not in ends:
                raise ValueError(f"the unit {match[0]} stands below no name")
            yield ends[match.end()], match[1]


def _values(
    rows: Sequence[tuple[int, str]], names: Sequence[str], by_comma: bool
) -> Iterator[list[str]]:
    for number, line in rows:
        values = _split(line, by_comma, len(names))
        if len(values) == len(names) - 1 and names[-1] == COMMENT:
            values.append("")
        if len(values) != len(names):
            raise ValueError(f"line {number} has {len(values)} values, not {len(names)}")
        yield values


def _split(line: str, by_comma: bool, count: int = 0) -> list[str]:
    """Split a line at commas, or at blanks; then into so many values, the last one with blanks."""
    if by_comma:
        return [value.strip() for value in next(csv.reader([line], skipinitialspace=True))]
    return line.split(None, count - 1)


def is_number(text: str) -> bool:
    """Return whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
