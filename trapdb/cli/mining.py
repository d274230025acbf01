"""Parquet, for ``trapdb export``."""

import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from trapdb.cli.output import destination
from trapdb.cli.reading import copied
from trapdb.errors import InputError


def export_parquet(
    conn: psycopg.Connection[Any],
    statement: sql.Composed | bytes,
    time_limit: float,
    output: Path | None,
) -> None:
    """Write the rows of a statement as Parquet.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection in autocommit mode.
    statement : psycopg.sql.Composed or bytes
        What to run.
    time_limit : float
        Time after which the server gives up [s]; 0 for no limit.
    output : Path or None
        The file to make or replace; none for standard output.

    Raises
    ------
    InputError
        pyarrow is not installed, Parquet was asked for on a terminal, a value has no counterpart,
        or the file cannot be written.
    DatabaseError
        The server refuses the statement, or the time is up.
    """
    try:
        import pyarrow as pa

        from trapdb.columnar.binary_rows import arrow_type
        from trapdb.columnar.description import field
        from trapdb.columnar.parquet import write_parquet
    except ModuleNotFoundError as error:
        raise InputError(
            "Parquet needs pyarrow, which is not installed: pip install 'trapdb[archive]'"
        ) from error
    if output is None and sys.stdout.isatty():
        raise InputError("Parquet is no text for a terminal: name a file with --output")
    with copied(conn, statement, time_limit) as rows:
        schema = pa.schema(
            field(
                column.name,
                arrow_type(one.name, array=one.array),
                column.unit,
                column.ucd,
                column.utype,
                column.description,
            )
            for column, one in zip(rows.columns, rows.types, strict=True)
        )
        with destination(output) as stream:
            write_parquet(rows.messages, schema, [one.name for one in rows.types], stream.buffer)
