"""Connections to the database, and calls of its routines."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import namedtuple_row

from trapdb.errors import DatabaseError, LateImage, TakenBack

# A server machine that vanished is noticed within half a minute, not after the two hours of the
# system's default. The URL's own settings take precedence.
_ALIVE = {
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # ms
}

# With these characters a part of a password would be read as the host or port, and be shown.
_MISTAKEN = re.compile(r"\w+://([^@/]*@[^?]*|[^@?/]*/[^?]*)@")


def open_url(url: str) -> psycopg.Connection[Any]:
    """Open a connection to a URL, in autocommit mode.

    Statements are never prepared. A prepared plan serves every data set, so it reads the
    partitions of all of them. And a connection pool may send the next statement to another server
    process.
    """
    try:
        return psycopg.connect(
            **{**_ALIVE, **url_parts(url)},
            autocommit=True,
            row_factory=namedtuple_row,
            prepare_threshold=None,
        )
    except psycopg.OperationalError as error:
        raise DatabaseError(f"cannot connect to the database: {one_line(error)}") from error


def url_parts(url: str) -> dict[str, Any]:
    """Split a URL, or a connection string in libpq's other form, into its parameters.

    Raises
    ------
    DatabaseError
        It cannot be read. The message shows nothing of a password.
    """
    scheme, colon, _ = url.partition("://")
    if colon and re.fullmatch(r"[\w+.-]+", scheme) and scheme not in ("postgresql", "postgres"):
        raise DatabaseError(
            f"trapdb needs PostgreSQL: give a URL that begins with postgresql://, not {scheme}://"
        )
    reason = "write %, @, : and / in a user name or password as %25, %40, %3A and %2F"
    try:
        if not _MISTAKEN.match(url):
            return conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        if "@" not in url and "password" not in url:
            reason = one_line(error)
    raise DatabaseError(f"cannot connect to the database: its URL cannot be read: {reason}")


def call(conn: psycopg.Connection[Any], routine: LiteralString, **arguments: Any) -> list[Any]:
    """Call a function of schema trap.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection; the call is part of its transaction.
    routine : str
        Name of the function.
    **arguments
        Its arguments, without their prefix ``p_``.

    Returns
    -------
    list of named tuples
        The rows.

    Raises
    ------
    LateImage
        The time step is not later than the last one of the data set.
    TakenBack
        The database lacks what the run had stored in it.
    DatabaseError
        The routine refused; its message says why.
    """
    try:
        return conn.execute(_query(routine, arguments), arguments).fetchall()
    except psycopg.Error as error:
        raise _refused(error) from error


def call_all(
    conn: psycopg.Connection[Any], calls: Sequence[tuple[LiteralString, Mapping[str, Any]]]
) -> list[list[Any]]:
    """Call functions of schema trap one after the other, without waiting for each; see `call`.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in a transaction: after one that fails nothing of it is kept.
    calls : sequence of (str, mapping)
        Names and arguments.

    Returns
    -------
    list of lists of named tuples
        The rows of each.
    """
    try:
        with conn.pipeline():
            cursors = [
                conn.execute(_query(routine, arguments), arguments) for routine, arguments in calls
            ]
        return [cursor.fetchall() for cursor in cursors]
    except psycopg.Error as error:
        raise _refused(error) from error


def _query(routine: LiteralString, arguments: Mapping[str, Any]) -> sql.Composed:
    return sql.SQL("select * from trap.{}({})").format(
        sql.Identifier(routine),
        sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(f"p_{name}"), sql.Placeholder(name))
            for name in arguments
        ),
    )


def _refused(error: psycopg.Error) -> Exception:
    """Return the error by the SQLSTATEs that the routines raise themselves; others as they are."""
    if error.sqlstate == "TR001":
        return LateImage(one_line(error))
    if error.sqlstate == "TR005":
        return TakenBack(one_line(error))
    if error.sqlstate and error.sqlstate.startswith("TR"):
        return DatabaseError(one_line(error))
    return error


def copy_rows(
    conn: psycopg.Connection[Any],
    table: LiteralString,
    columns: list[str],
    rows: bytes,
    schema: LiteralString = "trap_data",
) -> None:
    """Copy rows in PostgreSQL's binary format into a table, of schema trap_data or another one.

    Raises
    ------
    DatabaseError
        A row breaks one of the table's checks; the message names check and row.
    """
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with conn.cursor().copy(statement) as copy:
            copy.write(rows)
    except psycopg.errors.IntegrityError as error:
        raise DatabaseError(f"{one_line(error)}: {error.diag.message_detail}") from error


def one_line(error: psycopg.Error) -> str:
    """Return what the server said, with its hint, in one line."""
    diag = error.diag
    hint = diag.message_hint or ""
    if hint[1:2].islower():  # no abbreviation: it goes on within the line
        hint = hint[:1].lower() + hint[1:]
    parts = [diag.message_primary, hint] if diag.message_primary else [str(error)]
    return "; ".join(" ".join(part.split()) for part in parts if part)


def require_writable(conn: psycopg.Connection[Any]) -> None:
    """Refuse a server that takes no changes.

    Raises
    ------
    DatabaseError
        The server reported at the start of the connection that it is a standby.
    """
    if conn.info.parameter_status("in_hot_standby") == "on":
        raise DatabaseError(
            "the server is a standby, which only reads: name the primary, or all servers and "
            "target_session_attrs=read-write, in TRAPDB_DATABASE_URL or --database"
        )
