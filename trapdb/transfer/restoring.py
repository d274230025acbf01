"""A data set out of a folder: all of it in one transaction, or nothing.

The folder may come from anywhere: what it says is compared with the schema, the rows pass the
checks of the tables, and in the end their checksum has to be that of the data set that was dumped.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from trapdb.configuration.keys import Configuration
from trapdb.database.connection import call, one_line
from trapdb.errors import DatabaseError, InputError
from trapdb.paths import printable
from trapdb.transfer.dumping import Report
from trapdb.transfer.folder import regular_file
from trapdb.transfer.manifest import Manifest, Table, read_manifest
from trapdb.transfer.statements import statement
from trapdb.transfer.tables import (
    TABLES,
    Arrival,
    Column,
    Connection,
    leaving,
    stored_columns,
    travelling,
)

# bytes that are read at once
BLOCK = 1 << 20
# bytes between two reports of one table
TOLD = 256 << 20

# of these, rows stay away that refer to reference catalogues which are not here
MATCHED = ("dataset_reference", "reference_match")


@dataclass(frozen=True)
class Restored:
    """A data set that is there now.

    Attributes
    ----------
    dataset : str
        Its name.
    dataset_id : int
        Its number, of which its ids are made.
    published_as : str or None
        The citable name under which it is published here.
    was_published : bool
        Whether it was published where it was dumped.
    missing : list of str
        Reference catalogues that are not here, so that what was matched with them is not either.
    """

    dataset: str
    dataset_id: int
    published_as: str | None
    was_published: bool
    missing: list[str]


def restore(
    conn: Connection, folder: Path, name: str | None, renumber: bool, report: Report
) -> Restored:
    """Make a data set of a folder that `dump` wrote.

    Parameters
    ----------
    conn : psycopg.Connection
        An administrator's connection, in autocommit mode.
    folder : Path
        The folder.
    name : str or None
        Name for the data set; None for its own.
    renumber : bool
        Whether it gets a new number here, and so other ids; else it keeps those that it had.
    report : callable
        Told of each table, and now and then of a large one.

    Raises
    ------
    InputError
        The folder is not what it should be.
    DatabaseError
        The name or the number is taken, or rows break the rules of the schema. In each case nothing
        is left of it.
    """
    manifest = read_manifest(folder)
    name = name or manifest.dataset
    call(conn, "drop_empty_partitions")
    with conn.transaction():
        conn.execute(statement("encoding"))
        columns = _compatible(conn, folder, manifest)
        (begun,) = call(
            conn,
            "begin_restore",
            dataset=name,
            dataset_id=manifest.dataset_id,
            renumber=renumber,
        )
        arrival = Arrival(name, manifest.dataset_id, begun.begin_restore)
        known = _stage_catalogues(conn, manifest)
        for table in TABLES:
            path = folder / f"{table}.copy"
            with _told_of(path):
                _stage(conn, path, table, columns[table], manifest.tables[table], report)
        for table in TABLES:
            with _told_of(folder / f"{table}.copy"):
                _insert(conn, folder, table, columns[table], arrival)
        report("checksum", manifest.tables["measurement"].rows, False)
        _require_the_same(conn, folder, manifest, arrival.dataset_id)
        call(conn, "start_watches", dataset=name)
        (summary,) = call(conn, "dataset_summary", dataset=name)
        try:
            Configuration.model_validate(summary.configuration)
        except ValidationError as error:
            raise InputError(
                f"{printable(str(folder))}: the configuration of the data set makes no sense"
            ) from error
    return Restored(
        name,
        arrival.dataset_id,
        summary.published_as,
        manifest.tables["publication"].rows > 0,
        [
            f"{one.name} {one.version}"
            for one in manifest.catalogues
            if one.catalogue_id not in known
        ],
    )


def _compatible(conn: Connection, folder: Path, manifest: Manifest) -> dict[str, list[Column]]:
    """Return the columns of the tables here, if they are those of the files."""
    (row,) = conn.execute(statement("revision")).fetchall()
    if manifest.revision != row.revision:
        raise InputError(
            f"{printable(str(folder))}: of revision {printable(manifest.revision)} of the schema, "
            f"and the database is at {row.revision}: restore it into a database of its own with "
            f"trapdb {printable(manifest.trapdb)}, upgrade that, and dump it again"
        )
    if manifest.tables.keys() != TABLES.keys():
        odd = ", ".join(sorted(manifest.tables.keys() ^ TABLES.keys()))
        raise InputError(f"{printable(str(folder))}: tables too many or missing: {printable(odd)}")
    columns = {table: stored_columns(conn, table) for table in TABLES}
    for table, stored in columns.items():
        if manifest.tables[table].columns != [(one.name, one.type) for one in travelling(stored)]:
            raise InputError(
                f"{printable(str(folder))}: table {table} has other columns in this database"
            )
    return columns


def _stage_catalogues(conn: Connection, manifest: Manifest) -> set[int]:
    """Find the reference catalogues here; return the numbers that those have in the folder."""
    there = Jsonb([one.model_dump() for one in manifest.catalogues])
    conn.execute(statement("stage_catalogues", catalogues=sql.Literal(there)))
    return {row.catalogue_id for row in conn.execute(statement("catalogues_here")).fetchall()}


def _stage(
    conn: Connection, path: Path, table: str, columns: list[Column], said: Table, report: Report
) -> None:
    """Copy a file into a temporary table."""
    identifier = sql.Identifier(table)
    conn.execute(statement("stage", table=identifier, columns=leaving(columns)))
    digest, size = hashlib.sha256(), 0
    with regular_file(path) as stream, conn.cursor() as cursor:
        with cursor.copy(statement("copy_in", table=identifier)) as copy:
            for block in _blocks(stream, said.size):
                digest.update(block)
                copy.write(block)
                size += len(block)
                if size % TOLD == 0:
                    report(table, said.rows * size // said.size, False)
        rows = cursor.rowcount
    if (rows, size, digest.hexdigest()) != (said.rows, said.size, said.sha256):
        raise InputError(
            f"{printable(str(path))}: not the file that was dumped: rows, size or SHA-256 differ"
        )
    for column in columns:
        if column.type == "timestamptz":
            _require_times(conn, path, table, column)
    report(table, rows, True)


def _require_times(conn: Connection, path: Path, table: str, column: Column) -> None:
    """Require times that can be read: one that cannot would cost the lists of all data sets."""
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column.name)}
    for row in conn.execute(statement("impossible_time", **names)).fetchall():
        raise InputError(f"{printable(str(path))}: {column.name}: {row.said} is no possible time")


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the content of a file, and no more than one block beyond the size that it should be."""
    read = 0
    while read <= size and (block := stream.read(BLOCK)):
        yield block
        read += len(block)


def _insert(
    conn: Connection, folder: Path, table: str, columns: list[Column], arrival: Arrival
) -> None:
    kept: sql.Composable = sql.Literal(True)
    if table in MATCHED:
        kept = statement("kept_catalogue")
    elif table == "publication":
        kept = statement("kept_publication", name=sql.Literal(arrival.name))
    done = conn.execute(
        statement(
            "insert",
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            values=arrival.values(table, columns),
            kept=kept,
        )
    )
    if table == "dataset" and done.rowcount != 1:
        raise InputError(f"{printable(str(folder))}: it holds {done.rowcount} data sets, not one")


def _require_the_same(conn: Connection, folder: Path, manifest: Manifest, dataset_id: int) -> None:
    """Require that what is here now is what was dumped, and what it is published as."""
    (checksum,) = call(conn, "dataset_checksum", dataset_id=dataset_id)
    false = statement(
        "false_publication",
        dataset=sql.Literal(dataset_id),
        checksum=sql.Literal(checksum.checksum),
    )
    if checksum._asdict() != manifest.checksum.model_dump() or conn.execute(false).fetchall():
        raise InputError(
            f"{printable(str(folder))}: the data set has another checksum than it says of itself"
        )


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say of which file it is that rows are refused."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise DatabaseError(f"{printable(str(path))}: {one_line(error)}") from error
