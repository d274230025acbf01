"""Where a connection leads: to the private server, or to another one."""

from typing import Any

import psycopg

from trapdb.database.private_place import locate


def is_private(conn: psycopg.Connection[Any]) -> bool:
    """Return whether a connection leads to the private server."""
    return conn.info.host == str(locate().socket)


def place_of(conn: psycopg.Connection[Any]) -> str:
    """Return the data folder of the private server, or the name of another one's host."""
    return str(locate().data) if is_private(conn) else f"the database at {conn.info.host}"
