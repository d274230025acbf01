"""Connections to the database, and calls of its routines."""

import os
import re
from typing import Any, Literal, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import namedtuple_row

from trapdb.errors import DatabaseError, LateImage, TakenBack

Role = Literal["admin", "operator", "reader", "query"]

# A machine that went down without a word is noticed within half a minute, not after the two hours
# of the system; what the URL says comes first.
_ALIVE = {
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # ms
}

# A part of a password would be taken for the host or port, and shown.
_MISTAKEN = re.compile(r"\w+://([^@/]*@[^?]*|[^@?/]*/[^?]*)@")

# the users of the private server
PRIVATE_USERS: dict[Role, str] = {
    "admin": "trapdb",
    "operator": "trapdb_ingest",
    "reader": "trapdb_query",
    "query": "trapdb_query",
}


def connect(role: Role, database: str | None = None) -> psycopg.Connection[Any]:
    """Open a connection, in autocommit mode, to a database whose schema is current.

    Parameters
    ----------
    role : {"admin", "operator", "reader", "query"}
        What the connection is for: to create and delete, to ingest, to list, or to run SQL that
        the user wrote, which has to be a login of its own.
    database : str, optional
        URL of a server that the user runs; by default TRAPDB_DATABASE_URL, else the private
        server, which is started if need be. Readers use TRAPDB_READER_URL if that is set.

    Returns
    -------
    psycopg.Connection
        Rows are named tuples.

    Raises
    ------
    DatabaseError
        The server cannot be reached or is a standby that is to be written to, its schema is not
        that of this trapdb, or `query` is asked for and there is no TRAPDB_READER_URL.
    """
    url = database or os.environ.get("TRAPDB_DATABASE_URL")
    if not url:
        from trapdb.database import private_server

        return open_url(private_server.ensure_running().url(PRIVATE_USERS[role]))

    if role in ("reader", "query"):
        reader_url = os.environ.get("TRAPDB_READER_URL")
        if role == "query" and not reader_url:
            raise DatabaseError(
                "no login for queries: set TRAPDB_READER_URL to the database's URL with the user "
                "name of a member of trapdb_reader, so that no query can change anything"
            )
        url = reader_url or url
    conn = open_url(url)
    try:
        if role in ("admin", "operator"):
            require_writable(conn)
        _require_current_schema(conn)
        if role in ("reader", "query"):
            conn.read_only = True
    except BaseException:
        conn.close()
        raise
    return conn


def is_private(conn: psycopg.Connection[Any]) -> bool:
    """Tell whether a connection leads to the private server."""
    from trapdb.database import private_server

    return conn.info.host == str(private_server.locate().socket)


def place_of(conn: psycopg.Connection[Any]) -> str:
    """Name the folder of the private server, or the host of another one."""
    from trapdb.database import private_server

    return (
        str(private_server.locate().data)
        if is_private(conn)
        else f"the database at {conn.info.host}"
    )


def open_url(url: str) -> psycopg.Connection[Any]:
    """Open a connection to a URL, in autocommit mode.

    Statements are never prepared: a prepared plan serves every data set, so it reads the
    partitions of all of them; and a connection pool may hand the next statement to another server
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
    """Take a URL, or what else libpq takes for it, apart into its parameters.

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
    query = sql.SQL("select * from trap.{}({})").format(
        sql.Identifier(routine),
        sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(f"p_{name}"), sql.Placeholder(name))
            for name in arguments
        ),
    )
    try:
        return conn.execute(query, arguments).fetchall()
    except psycopg.Error as error:
        # the states that the routines raise themselves
        if error.sqlstate == "TR001":
            raise LateImage(one_line(error)) from error
        if error.sqlstate == "TR005":
            raise TakenBack(one_line(error)) from error
        if error.sqlstate and error.sqlstate.startswith("TR"):
            raise DatabaseError(one_line(error)) from error
        raise


def copy_rows(
    conn: psycopg.Connection[Any], table: LiteralString, columns: list[str], rows: bytes
) -> None:
    """Copy rows in PostgreSQL's binary format into a table of schema trap_data.

    Raises
    ------
    DatabaseError
        A row breaks one of the table's checks; the message names check and row.
    """
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier("trap_data", table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with conn.cursor().copy(statement) as copy:
            copy.write(rows)
    except psycopg.errors.IntegrityError as error:
        raise DatabaseError(f"{one_line(error)}: {error.diag.message_detail}") from error


def one_line(error: psycopg.Error) -> str:
    """Return what the server said, with its hint, in one line."""
    diag = error.diag
    parts = [diag.message_primary, diag.message_hint] if diag.message_primary else [str(error)]
    return "; ".join(" ".join(part.split()) for part in parts if part)


def require_writable(conn: psycopg.Connection[Any]) -> None:
    """Refuse a server that takes no changes.

    Raises
    ------
    DatabaseError
        It told at the start of the connection that it is a standby.
    """
    if conn.info.parameter_status("in_hot_standby") == "on":
        raise DatabaseError(
            "the server is a standby, which only reads: name the primary, or all servers and "
            "target_session_attrs=read-write, in TRAPDB_DATABASE_URL or --database"
        )


def _require_current_schema(conn: psycopg.Connection[Any]) -> None:
    from trapdb import schema

    status = schema.check(cast("psycopg.Connection", conn))
    if status.state is not schema.State.CURRENT:
        raise DatabaseError(f"the database's schema does not serve: {status}")
