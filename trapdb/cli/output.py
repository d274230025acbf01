"""Rows and tables to terminals and files.

Listings go to the terminal as a table and into a pipe as tab-separated values, unless a format is
asked for. Tables of measurements also go to the formats that keep units: ECSV, VOTable and FITS.
Unknown values are empty (``null`` in JSON), times are ISO 8601 in UTC.
"""

import csv
import io
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from trapdb.errors import InputError
from trapdb.whole_file import whole_file

if TYPE_CHECKING:
    from astropy.table import Table
    from astropy.units import Unit

LISTING_FORMATS = ("table", "csv", "tsv", "json")
TABLE_FORMATS = ("csv", "ecsv", "votable", "fits")
FILE_FORMATS = (*TABLE_FORMATS, "parquet")

_ASTROPY_FORMATS = {"ecsv": "ascii.ecsv", "votable": "votable", "fits": "fits"}
_DECIMALS = {"ra": 5, "dec": 5}


@dataclass(frozen=True)
class Column:
    """A column of a table to be written, and what files can say of it."""

    name: str
    kind: type = str  # float, int, bool or str
    unit: str | None = None
    description: str | None = None
    ucd: str | None = None
    utype: str | None = None


@contextmanager
def destination(output: Path | None) -> Iterator[TextIO]:
    """Open the file to write to; without one, yield standard output.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with whole_file(output) as path, path.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def write_listing(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    form: str | None = None,
    stream: TextIO | None = None,
) -> None:
    """Write rows as they come; only the format ``table`` waits until all rows are there.

    Parameters
    ----------
    columns
        Names of the columns.
    rows
        One sequence of values a row.
    form
        One of `LISTING_FORMATS`; by default ``table`` on a terminal, else ``tsv``.
    stream
        Where to; by default standard output.
    """
    stream = stream or sys.stdout
    form = form or ("table" if stream.isatty() else "tsv")
    if form == "table":
        _write_pretty(columns, rows, stream)
    elif form == "json":
        _write_json(columns, rows, stream)
    else:
        writer = csv.writer(stream, delimiter="," if form == "csv" else "\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)


def write_table(table: "Table", form: str, output: Path | None = None) -> None:
    """Write an astropy table as ECSV, VOTable or FITS, which keep its units.

    Parameters
    ----------
    table
        What to write.
    form
        ``ecsv``, ``votable`` or ``fits``.
    output
        The file to make or replace; none for standard output.

    Raises
    ------
    InputError
        FITS was asked for on a terminal, or the file cannot be written.
    """
    if form == "fits" and output is None and sys.stdout.isatty():
        raise InputError("FITS is no text for a terminal: name a file with --output")
    buffer = io.BytesIO() if form in ("votable", "fits") else io.StringIO()
    table.write(buffer, format=_ASTROPY_FORMATS[form])
    content = buffer.getvalue()
    with destination(output) as stream:
        if isinstance(content, bytes):
            stream.buffer.write(content)
        else:
            stream.write(content)


def write_regions(table: "Table", stream: TextIO) -> None:
    """Write sources as regions of DS9: ellipses of the size of their FWHM.

    Parameters
    ----------
    table
        With columns ra, dec, major, minor and pa in degrees; those without a shape become points.
        A column ``image`` becomes a tag.
    stream
        Where to.
    """
    stream.write("# Region file format: DS9 version 4.1\nglobal color=green\nicrs\n")
    tags = [f" # tag={{{path}}}" for path in table["image"]] if "image" in table.colnames else None
    columns = (table[name].tolist() for name in ("ra", "dec", "major", "minor", "pa"))
    for number, (ra, dec, major, minor, pa) in enumerate(zip(*columns, strict=True)):
        if not math.isfinite(ra + dec):
            continue
        if math.isfinite(major + minor + pa):
            # DS9 takes half axes, and angles from the axis of x: west, so that north is at 90.
            axes = f'{major * 1800:.4f}",{minor * 1800:.4f}"'
            region = f"ellipse({ra:.8f},{dec:.8f},{axes},{(pa + 90) % 360:.3f})"
        else:
            region = f"point({ra:.8f},{dec:.8f})"
        stream.write(f"{region}{tags[number] if tags else ''}\n")


def as_table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> "Table":
    """Make an astropy table of rows; None becomes a masked value (NaN in a column of floats).

    Parameters
    ----------
    columns
        The columns, in the order of the values.
    rows
        One sequence of values a row.
    """
    from astropy.table import MaskedColumn, Table

    table = Table()
    for number, column in enumerate(columns):
        unknown = [row[number] is None for row in rows]
        table[column.name] = MaskedColumn(
            [_as(column.kind, row[number]) for row in rows],
            dtype=column.kind,
            mask=unknown if column.kind in (int, bool) else False,
            unit=_unit(column.unit),
            description=column.description,
            # a VOTable has places for these
            meta={name: said for name in ("ucd", "utype") if (said := getattr(column, name))},
        )
    return table


def _unit(name: str | None) -> "Unit | None":
    """Return a unit; None for one that astropy does not know, of a user's own table."""
    from astropy.units import Unit

    try:
        return Unit(name) if name else None
    except ValueError:
        return None


def _as(kind: type, value: Any) -> object:
    if kind is str:
        return _text(value)
    if value is None:
        return math.nan if kind is float else kind()
    return kind(value)


def _text(value: object) -> str:
    """Write a value in full, so that reading it gives the same value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(value)


def _plain(value: object) -> object:
    """Convert a value to a type that JSON has."""
    return float(value) if isinstance(value, Decimal) else _text(value)


def _write_json(columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO) -> None:
    separator = "[\n "
    for row in rows:
        record = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in zip(columns, row, strict=True)
        }
        stream.write(separator + json.dumps(record, default=_plain, ensure_ascii=False))
        separator = ",\n "
    stream.write("\n]\n" if separator.startswith(",") else "[]\n")


def _write_pretty(columns: Sequence[str], rows: Iterable[Sequence[object]], stream: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True)
    numeric = set()
    for row in rows:
        numeric |= {n for n, v in enumerate(row) if isinstance(v, (int, float))}
        table.add_row(*(_short(n, v) for n, v in zip(columns, row, strict=True)))
    for number in numeric:
        table.columns[number].justify = "right"
    # As wide as the table needs: folded columns are harder to read than folded lines.
    Console(file=stream, width=10_000, highlight=False, markup=False).print(table)


def _short(name: str, value: object) -> str:
    """Format a value for a reader, with the digits that matter."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.{_DECIMALS[name]}f}" if name in _DECIMALS else f"{value:.5g}"
    if isinstance(value, datetime):
        precision = "milliseconds" if value.microsecond else "seconds"
        text = value.astimezone(UTC).isoformat(sep=" ", timespec=precision)
        return text.removesuffix("+00:00")
    return _text(value)
