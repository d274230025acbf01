"""The statements of the schema machinery, one file each, and how to run them."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from trapdb.errors import DatabaseError


def run(conn: psycopg.Connection, name: str, **parameters: object) -> None:
    """Execute the statements of a file of this folder; one, if it has parameters."""
    conn.execute(_text(name), parameters or None)


def rows(conn: psycopg.Connection, name: str, **parameters: object) -> list[Any]:
    """Execute the query of a file of this folder; return its rows as named tuples."""
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(_text(name), parameters or None).fetchall()


def insert(conn: psycopg.Connection, name: str, values: list[tuple[Any, ...]]) -> None:
    """Execute the insert of a file of this folder once for each tuple of values."""
    with conn.cursor() as cursor:
        cursor.executemany(_text(name), values)


def run_file(conn: psycopg.Connection, path: Path) -> None:
    """Execute a file of the SQL tree or of a revision.

    Raises
    ------
    DatabaseError
        The server refuses a statement; the message names file and line.
    """
    run_text(conn, path.read_text(encoding="utf-8"), path)


def run_text(conn: psycopg.Connection, text: str, path: Path) -> None:
    """Execute what was made of such a file.

    Raises
    ------
    DatabaseError
        The server refuses a statement; the message names file and line.
    """
    try:
        conn.execute(text)
    except psycopg.errors.LockNotAvailable:
        raise
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = text.count("\n", 0, int(position)) + 1 if position else 1
        raise DatabaseError(f"{path}, line {line}: {reason(error)}") from error


def reason(error: psycopg.Error) -> str:
    """Return what the server says in one line."""
    told = [error.diag.message_primary or str(error), error.diag.message_detail or ""]
    return ": ".join(part.strip().replace("\n", "; ") for part in told if part)


def _text(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
