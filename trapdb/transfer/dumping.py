"""A data set into a folder: a binary COPY a table, all of one moment."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from psycopg import IsolationLevel, sql

from trapdb.database.connection import call
from trapdb.transfer.manifest import FORMAT, Catalogue, Checksum, Manifest, Table, write_manifest
from trapdb.transfer.statements import statement
from trapdb.transfer.tables import TABLES, Connection, leaving, stored_columns, travelling
from trapdb.whole_file import whole_folder

# What is called with the name of a table, the rows that are done, and whether that is all of them;
# and with "checksum" and the measurements, before that is computed.
Report = Callable[[str, int, bool], None]

# rows between two reports of one table
TOLD = 1_000_000


def dump(conn: Connection, dataset: str, output: Path, report: Report) -> Manifest:
    """Write a data set into a new folder, in bounded memory, while others may add to it.

    Parameters
    ----------
    conn : psycopg.Connection
        An administrator's connection, in autocommit mode.
    dataset : str
        Name of the data set.
    output : Path
        The folder, which must not exist; it is there whole or not at all.
    report : callable
        Told of each table, and now and then of a large one.

    Raises
    ------
    InputError
        The folder exists, or cannot be written.
    DatabaseError
        There is no data set of this name.
    """
    conn.isolation_level, conn.read_only = IsolationLevel.REPEATABLE_READ, True
    with whole_folder(output) as folder, conn.transaction():
        conn.execute(statement("encoding"))
        (found,) = call(conn, "dataset_id_of", dataset=dataset)
        dataset_id: int = found.dataset_id_of
        (revision,) = conn.execute(statement("revision")).fetchall()
        catalogues = statement("catalogues", dataset=sql.Literal(dataset_id))
        tables = {
            table: _dump_table(conn, table, dataset_id, folder / f"{table}.copy", report)
            for table in TABLES
        }
        report("checksum", tables["measurement"].rows, False)
        (checksum,) = call(conn, "dataset_checksum", dataset_id=dataset_id)
        manifest = Manifest(
            format=FORMAT,
            revision=revision.revision,
            trapdb=version("trapdb"),
            dumped_at=datetime.now(UTC),
            dataset=dataset,
            dataset_id=dataset_id,
            checksum=Checksum(**checksum._asdict()),
            catalogues=[Catalogue(**row._asdict()) for row in conn.execute(catalogues).fetchall()],
            tables=tables,
        )
        write_manifest(folder, manifest)
    return manifest


def _dump_table(conn: Connection, table: str, dataset_id: int, path: Path, report: Report) -> Table:
    columns = stored_columns(conn, table)
    if table == "association":
        query = statement(
            "copy_points_out", columns=leaving(columns), dataset=sql.Literal(dataset_id)
        )
    else:
        query = statement(
            "copy_out",
            table=sql.Identifier(table),
            columns=leaving(columns),
            chosen=_chosen(table, dataset_id),
        )
    digest, size, rows = hashlib.sha256(), 0, 0
    with conn.cursor() as cursor, path.open("wb") as stream:
        with cursor.copy(query) as copy:
            for message in copy:
                digest.update(message)
                size += stream.write(message)
                rows += 1
                if rows % TOLD == 0:
                    report(table, rows, False)
        rows = cursor.rowcount
    report(table, rows, True)
    return Table(
        columns=[(column.name, column.type) for column in travelling(columns)],
        rows=rows,
        size=size,
        sha256=digest.hexdigest(),
    )


def _chosen(table: str, dataset_id: int) -> sql.Composed:
    """Return the condition for the rows of a data set."""
    owner, dataset = TABLES[table], sql.Literal(dataset_id)
    by = {"dataset_id": "by_dataset", "source_id": "by_source"}.get(owner, "by_numbered_id")
    return statement(
        "published" if table == "publication" else by, owner=sql.Identifier(owner), dataset=dataset
    )
