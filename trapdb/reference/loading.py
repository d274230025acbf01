"""Loading a catalogue: file to table, block by block, in one transaction."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from trapdb.database.binary_copy import Column as WireColumn
from trapdb.database.binary_copy import encode
from trapdb.database.connection import call, copy_rows
from trapdb.database.routines import Connection
from trapdb.errors import ConfigurationError, DatabaseError, InputError
from trapdb.reference.column_map import (
    TEXTS,
    Column,
    ColumnMap,
    known_kinds,
    lacking,
    read_column_map,
)
from trapdb.reference.coverage import read_coverage
from trapdb.reference.opened import Block, NotATable, OpenTable, as_damaged
from trapdb.reference.tables import open_table, sky_model_format
from trapdb.reference.values import canonical, factor

SKY_MODEL = "skymodel"
# Names of columns, number of rows, and these in the form of a binary COPY.
_Encoded = tuple[list[str], int, bytes]


@dataclass(frozen=True)
class Loaded:
    """A catalogue that is there: its id, name and version, and whether it came just now."""

    catalogue_id: int
    is_new: bool
    name: str
    version: str
    n_sources: int | None = None


def column_map_for(path: str, name: str, kind: str | None) -> ColumnMap:
    """Return the record for a file: the one named, else that of a sky model, else by its name.

    Raises
    ------
    ConfigurationError
        There is none.
    """
    if kind is None and sky_model_format(path):
        kind = SKY_MODEL
    if kind is None and name.lower() not in known_kinds():
        raise ConfigurationError(
            f"{path}: say with --catalogue what it is: one of {', '.join(known_kinds())}, or a "
            "file with a column map"
        )
    return read_column_map(kind or name)


def load(
    conn: Connection,
    path: str,
    name: str,
    version: str,
    column_map: ColumnMap,
    report: Callable[[int], None],
    coverage: str | None = None,
) -> Loaded:
    """Load a file as a reference catalogue, or recognise it as one that is there.

    Parameters
    ----------
    conn : psycopg.Connection
        An operator's connection.
    path : str
        The file.
    name, version : str
        What the catalogue will be called.
    column_map : ColumnMap
        Its columns.
    report : callable
        Told how many rows were loaded with each block.
    coverage : str or None
        Where it covers the sky, as `read_coverage` takes it; None: as its column map says. What a
        survey covers is taken if the sources fill it.

    Raises
    ------
    InputError
        The file is not what it should be; the message names row and column.
    DatabaseError
        The database refused it. In either case nothing is left of it.
    """
    try:
        with as_damaged():
            columns, table = _open(path, column_map)
        where, if_filled = coverage or column_map.properties.get("coverage"), False
        if where is None:
            where, if_filled = column_map.properties.get("survey_coverage"), True
        known = read_coverage(where) if isinstance(where, str) else None
        units = {
            key: factor(key, one, table.units.get(one.columns[0]))
            for key, one in columns.items()
            if key not in TEXTS
        }
        with conn.transaction():
            begun = _begin(conn, path, name, version, column_map, columns)
            if not begun.is_new:
                return begun
            for names, count, rows in _ahead(_encoded(table, columns, units)):
                copy_rows(
                    conn,
                    f"reference_source_{begun.catalogue_id}",  # type: ignore[arg-type]
                    names,
                    rows,
                )
                report(count)
            if isinstance(where, dict):
                known = _zone(conn, where)
            (finished,) = call(
                conn,
                "finish_reference_catalogue",
                catalogue_id=begun.catalogue_id,
                coverage=known,
                if_filled=if_filled and known is not None,
            )
    except NotATable as error:
        raise InputError(f"{path}: {error}") from error
    except DatabaseError as error:
        raise DatabaseError(f"{path}: {error}") from error
    return Loaded(
        begun.catalogue_id, True, begun.name, begun.version, finished.finish_reference_catalogue
    )


def _open(path: str, column_map: ColumnMap) -> tuple[dict[str, Column], OpenTable]:
    """Open a file; return the columns that it has of those that were asked for."""
    table = open_table(path, column_map.places)
    columns = column_map.columns(table.names)
    missing = lacking(columns, table.names, column_map.strict)
    if missing:
        has = ", ".join(table.names[:12]) + (", ..." if len(table.names) > 12 else "")
        raise NotATable(
            f"it lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {has}"
        )
    has_all = {
        name: one if there else Column((), otherwise=one.otherwise)
        for name, one in columns.items()
        if (there := all(c in table.names for c in one.columns)) or one.otherwise
    }
    return {
        name: one if one.limit in (None, *table.names) else _without_limit(one)
        for name, one in has_all.items()
    }, table


def _without_limit(column: Column) -> Column:
    return replace(column, limit=None)


def _begin(
    conn: Connection,
    path: str,
    name: str,
    version: str,
    column_map: ColumnMap,
    columns: Mapping[str, Column],
) -> Loaded:
    known = column_map.properties
    beam = sorted(known.get("beam", (None, None)), reverse=True) if "beam" in known else (None,) * 2
    epochs = known.get("epochs", (None, None))
    (row,) = call(
        conn,
        "begin_reference_catalogue",
        name=name,
        version=version,
        kind=column_map.kind,
        digest=_digest(path),
        column_map=Jsonb(column_map.described(columns)),
        frequency=known.get("frequency"),
        bandwidth=known.get("bandwidth"),
        beam_major=beam[0],
        beam_minor=beam[1],
        epoch_first=epochs[0],
        epoch_last=epochs[1],
        flux_limit=known.get("flux_limit"),
        completeness=known.get("completeness"),
        systematic_err=known.get("systematic_err"),
        largest_scale=known.get("largest_scale"),
        licence=known.get("licence"),
        origin=known.get("origin"),
    )
    return Loaded(*row)


def _zone(conn: Connection, zone: Mapping[str, Any]) -> str:
    """Return the MOC of a zone of the sky, as text."""
    low, high = zone.get("dec", (-90, 90))
    (row,) = call(
        conn,
        "moc_of_zone",
        dec_low=low,
        dec_high=high,
        galactic_latitude=zone.get("galactic_latitude"),
    )
    moc: str = row.moc_of_zone
    return moc


def _digest(path: str) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read(table: OpenTable, wanted: list[str]) -> Iterator[Block]:
    with as_damaged():
        yield from table.blocks(wanted)


def _ahead(blocks: Iterator[_Encoded]) -> Iterator[_Encoded]:
    """Yield blocks, each made while the one before is in use: the server has a core of its own."""
    with ThreadPoolExecutor(1) as background:
        coming = background.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = background.submit(next, blocks, None)
            yield block


def _encoded(
    table: OpenTable, columns: Mapping[str, Column], units: Mapping[str, float]
) -> Iterator[_Encoded]:
    """Yield the rows to copy, block by block."""
    wanted = {name: None for one in columns.values() for name in (*one.columns, one.limit) if name}
    before = 0
    for block in _read(table, list(wanted)):
        found: dict[str, Any] = canonical(block, columns, units, before)
        count = len(found["ra"])
        number = np.arange(before + 1, before + count + 1)
        rows = [
            WireColumn("reference_id", "int8", number),
            *(
                WireColumn(name, "text" if name in TEXTS else "float8", values)
                for name, values in found.items()
            ),
        ]
        yield [one.name for one in rows], count, encode(rows, count)
        before += count
