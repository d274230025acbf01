"""Lists of positions to monitor, as users write them.

A file is CSV, TSV, ECSV or JSON (an array of objects), by its suffix. Columns `name`, `ra` and
`dec` are required, those of `OPTIONAL` are optional. Columns with quite different names are
ignored.
"""

import csv
import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trapdb.errors import InputError
from trapdb.exchange.positions import Place, Position
from trapdb.monitoring.epochs import read_epoch, read_time

OPTIONAL = ("pm_ra_mas_yr", "pm_dec_mas_yr", "epoch", "active_from", "active_until", "ephemeris")
COLUMNS = ("name", "ra", "dec", *OPTIONAL)
SUFFIXES = (".csv", ".tsv", ".ecsv", ".json")
# A name that is nearly one of these is treated as a misspelling.
LIKENESS = 0.5
_SEPARATORS = {",": "commas", "\t": "tabs", " ": "blanks or commas"}


def read_positions(path: Path) -> list[Position]:
    """Read a list of positions to monitor.

    Raises
    ------
    InputError
        One line: the file, its line, and what is wrong there.
    """
    positions: dict[str, Position] = {}
    for where, row in _rows(path, ("name",)):
        position = make_position(row, where, path.parent)
        if position.name in positions:
            raise InputError(f"{where}: {position.name} stands there already")
        positions[position.name] = position
    if not positions:
        raise InputError(f"{path}: no position in it")
    return list(positions.values())


def read_ephemeris(path: Path) -> tuple[Place, ...]:
    """Read an ephemeris, the places of a target by time: columns taken_at, ra and dec.

    Raises
    ------
    InputError
        One line: the file, its line, and what is wrong there.
    """
    places = []
    for where, row in _rows(path, ("taken_at", "ra", "dec")):
        time = _value(row, "taken_at", read_time, where)
        ra, dec = read_ra(row["ra"], where), read_dec(row["dec"], where)
        places.append(Place(time, ra, dec))
    if len(places) < 2:
        raise InputError(f"{path}: an ephemeris needs two times at least")
    return tuple(places)


def make_position(row: Mapping[str, str], where: str, folder: Path) -> Position:
    """Make a position of texts.

    Parameters
    ----------
    row
        Texts by `COLUMNS`; an empty text counts as missing.
    where
        File and line, for error messages.
    folder
        Folder from which the path of an ephemeris counts.

    Raises
    ------
    InputError
        A value is impossible.
    """
    name = row.get("name", "").strip()
    if not name or not name.isprintable() or name.isdecimal():
        raise InputError(
            f"{where}: {name!r} cannot name a position: give characters that print, and not only "
            "digits"
        )
    path = row.get("ephemeris", "")
    ephemeris = read_ephemeris(folder / path) if path else ()
    if not ephemeris and not (row.get("ra") and row.get("dec")):
        raise InputError(f"{where}: {name} needs ra and dec, or an ephemeris")
    return Position(
        name,
        read_ra(row["ra"], where) if row.get("ra") else None,
        read_dec(row["dec"], where) if row.get("dec") else None,
        _value(row, "pm_ra_mas_yr", float, where) or 0.0,
        _value(row, "pm_dec_mas_yr", float, where) or 0.0,
        _value(row, "epoch", read_epoch, where),
        _value(row, "active_from", read_time, where),
        _value(row, "active_until", read_time, where),
        ephemeris,
    )


def read_ra(text: str, where: str) -> float:
    """Read a right ascension: degrees, or hours as in 10:00:12.3 or 10h00m12.3s."""
    value = _angle(text, "hourangle", where, "right ascension")
    if not 0 <= value < 360:
        raise InputError(f"{where}: right ascension {text} is not between 0 and 360 deg")
    return value


def read_dec(text: str, where: str) -> float:
    """Read a declination: degrees, or degrees, minutes and seconds as in -30:01:02."""
    value = _angle(text, "deg", where, "declination")
    if not -90 <= value <= 90:
        raise InputError(f"{where}: declination {text} is not between -90 and 90 deg")
    return value


def _angle(text: str, unit: str, where: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        from astropy.coordinates import Angle

        try:
            return float(Angle(text, unit=unit).degree)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"{where}: {text!r} is no {what}: give degrees or sexagesimal"
            ) from error


def _value(row: Mapping[str, str], column: str, read: Callable[[str], Any], where: str) -> Any:
    """Read a text that may be missing."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        return read(text)
    except ValueError as error:
        kind = "number" if read is float else "time, like 2026-03-01T12:00:00"
        raise InputError(f"{where}: {column} {text!r} is no {kind}") from error


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the rows of a file as texts by lower-case column, each with its file and line."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: what format? Known are {', '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise InputError(f"{path}: cannot be read: {reason}") from error
    if suffix == ".json":
        yield from _json_rows(path, text, needed)
    else:
        yield from _table_rows(path, text, needed)


def _json_rows(
    path: Path, text: str, needed: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path} line {error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{path}: expected an array of objects, each with a name, ra and dec")
    for number, entry in enumerate(entries, start=1):
        where = f"{path} entry {number}"
        columns = _check_columns(list(entry), needed, where)
        values = ["" if value is None else str(value).strip() for value in entry.values()]
        yield where, dict(zip(columns, values, strict=True))


def _table_rows(
    path: Path, text: str, needed: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, str]]]:
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise InputError(f"{path}: empty")
    number, head = lines[0]
    # ECSV separates by blanks unless its header says otherwise
    delimiter = {".csv": ",", ".tsv": "\t"}.get(path.suffix.lower(), "," if "," in head else " ")
    reader = csv.reader((line for _, line in lines), delimiter=delimiter)
    where = f"{path} line {number}, the header"
    columns = next(reader)
    if len(columns) == 1:
        raise InputError(f"{where}: {head!r} is one column: put {_SEPARATORS[delimiter]} between")
    columns = _check_columns(columns, needed, where)
    for (number, _), values in zip(lines[1:], reader, strict=False):
        where = f"{path} line {number}"
        if len(values) != len(columns):
            raise InputError(f"{where}: {len(values)} values for {len(columns)} columns")
        yield where, dict(zip(columns, map(str.strip, values), strict=True))


def _check_columns(names: Sequence[str], needed: tuple[str, ...], where: str) -> list[str]:
    """Return names of columns in lower case; raise InputError if one is misspelt or missing."""
    columns = [name.strip().lower() for name in names]
    given = set(columns)
    known = (*COLUMNS, *needed)
    for column in sorted(given - set(known)):
        close = difflib.get_close_matches(column, set(known) - given, n=1, cutoff=LIKENESS)
        if close:
            raise InputError(f"{where}: unknown column {column}, did you mean {close[0]}?")
    if missing := [column for column in needed if column not in given]:
        raise InputError(f"{where}: no column {missing[0]}; needed are {', '.join(needed)}")
    return columns
