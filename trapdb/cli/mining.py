"""Parquet files and HATS collections, for ``trapdb export``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql

from trapdb.cli.output import destination
from trapdb.cli.reading import copied
from trapdb.database.connection import call
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
    with _archive_extra("Parquet"):
        import pyarrow as pa

        from trapdb.columnar.binary_rows import arrow_type
        from trapdb.columnar.description import field
        from trapdb.columnar.parquet import write_parquet
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


def export_collection(
    conn: psycopg.Connection[Any], dataset: str, folder: Path, since_last: bool
) -> None:
    """Write a data set as a HATS collection, and tell what was done.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of a reader, in autocommit mode.
    dataset : str
        Name of the data set.
    folder : Path
        Folder of the collection.
    since_last : bool
        Whether a collection that is there is brought up to date, or refused.

    Raises
    ------
    InputError
        What it needs is not installed; the folder has something else in it, or cannot be written.
    """
    with _archive_extra("a collection"):
        import astropy_healpix  # noqa: F401  # asked for only after the database was read

        from trapdb.hats.collection import export
    (row,) = call(conn, "dataset_id_of", dataset=dataset)
    done = export(conn, dataset, row.dataset_id_of, folder, since_last)
    click.echo(
        f"{done.sources} sources, {done.points} points; "
        f"{done.written} of {done.pixels} files written; sources are in {done.catalogue}"
    )


@contextmanager
def _archive_extra(what: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"{what} needs {error.name}, which is not installed: pip install 'trapdb[archive]'"
        ) from error
