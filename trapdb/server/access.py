"""Access to the database for a role: on the user's own server, or on the private one."""

import os
from typing import Any, Literal, cast

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from trapdb import schema
from trapdb.database.connection import open_url, require_writable, url_parts
from trapdb.errors import DatabaseError
from trapdb.server import private_server

Role = Literal["admin", "operator", "reader", "query"]

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
        return open_url(private_server.ensure_running().url(PRIVATE_USERS[role]))

    if role in ("reader", "query"):
        reader_url = os.environ.get("TRAPDB_READER_URL")
        if role == "query" and not reader_url:
            raise DatabaseError(
                "no login for queries: set TRAPDB_READER_URL to the database's URL with the user "
                "name of a member of trapdb_reader, so that no query can change anything"
            )
        return open_reader(reader_url or url)
    conn = open_url(url)
    try:
        require_writable(conn)
        _require_current_schema(conn)
    except BaseException:
        conn.close()
        raise
    return conn


def is_yet_to_be_made(database: str | None) -> bool:
    """Return whether `connect` has to make the private server, so that nothing is in it."""
    chosen = database or os.environ.get("TRAPDB_DATABASE_URL")
    return not chosen and not private_server.locate().data.exists()


def open_reader(url: str) -> psycopg.Connection[Any]:
    """Open a connection that only reads, in autocommit mode, to the database of a URL.

    Raises
    ------
    DatabaseError
        The server cannot be reached, or its schema is not that of this trapdb.
    """
    conn = open_url(url)
    try:
        _require_current_schema(conn)
    except BaseException:
        conn.close()
        raise
    conn.read_only = True
    return conn


def is_away(database: str | None = None) -> bool:
    """Return whether a server that the user runs does not answer, or is starting or stopping.

    One that knows no such user, password or database answers, and the private one is started.

    Parameters
    ----------
    database : str, optional
        As for `connect`.
    """
    url = database or os.environ.get("TRAPDB_DATABASE_URL")
    if not url:
        return False
    answer = PGconn.ping(make_conninfo(**url_parts(url)).encode())
    return answer in (Ping.REJECT, Ping.NO_RESPONSE)


def service_urls(
    database: str | None = None, *, restricted: bool = False
) -> tuple[str, str | None]:
    """Return the connection strings of the web service: for queries, and for the jobs.

    Parameters
    ----------
    database : str, optional
        URL of a server that the user runs, with a login for queries; by default
        TRAPDB_SERVICE_URL, else the private server, which is started if need be. The login for the
        jobs is in TRAPDB_JOBS_URL; without it there are none.
    restricted : bool
        Whether, on the private server, it is the login that is shown some data sets only.

    Raises
    ------
    DatabaseError
        The server cannot be reached, its schema is not that of this trapdb, or no login is named.
    """
    url = database or os.environ.get("TRAPDB_SERVICE_URL")
    if url:
        jobs = os.environ.get("TRAPDB_JOBS_URL")
    elif os.environ.get("TRAPDB_DATABASE_URL"):
        raise DatabaseError(
            "no login for the service: set TRAPDB_SERVICE_URL to the database's URL with the user "
            "name of a member of trapdb_public, so that no query can change anything"
        )
    else:
        here = private_server.ensure_running()
        url = here.url("trapdb_web_restricted" if restricted else "trapdb_web")
        jobs = here.url("trapdb_jobs")
    for one in (url, jobs):
        if one:
            open_reader(one).close()
    return url, jobs


def rater_url(database: str | None = None) -> str:
    """Return the connection string with which the web service writes labels.

    Parameters
    ----------
    database : str, optional
        As for `service_urls`. The login for labels, on a server that the user runs, is in
        TRAPDB_RATER_URL.

    Raises
    ------
    DatabaseError
        The server cannot be reached, or no login is named.
    """
    elsewhere = os.environ.get("TRAPDB_SERVICE_URL") or os.environ.get("TRAPDB_DATABASE_URL")
    if database or elsewhere:
        url = os.environ.get("TRAPDB_RATER_URL")
        if not url:
            raise DatabaseError(
                "no login for labels: set TRAPDB_RATER_URL to the database's URL with the user "
                "name of a member of trapdb_rater"
            )
    else:
        url = private_server.ensure_running().url("trapdb_ratings")
    open_url(url).close()
    return url


def people_url(database: str | None = None) -> str:
    """Return the connection string in which people who sign in put their own login.

    Parameters
    ----------
    database : str, optional
        As for `service_urls`; TRAPDB_RATER_URL is preferred, for the service may read from a copy.

    Raises
    ------
    DatabaseError
        There is only the private server, which knows no passwords.
    """
    url = os.environ.get("TRAPDB_RATER_URL") or database or os.environ.get("TRAPDB_SERVICE_URL")
    if not url:
        raise DatabaseError(
            "people sign in with their logins of a server of yours: the private server has no "
            "passwords; name yours in TRAPDB_SERVICE_URL"
        )
    return url


def _require_current_schema(conn: psycopg.Connection[Any]) -> None:
    status = schema.status_of(cast("psycopg.Connection", conn))
    if status.state is not schema.State.CURRENT:
        raise DatabaseError(f"the database's schema does not serve: {status}")
