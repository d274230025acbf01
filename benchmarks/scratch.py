"""A private server of the benchmark's own: the durable settings of the real one, and then gone."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from trapdb.database.connection import open_url
from trapdb.server import private_server
from trapdb.server.private_server import Server


@contextmanager
def scratch_server(**settings: str) -> Iterator[Server]:
    """Run a new private server in a temporary folder.

    Parameters
    ----------
    **settings
        Settings of PostgreSQL that differ from the private server's.

    Yields
    ------
    Server
        With an empty archive.
    """
    before = os.environ.get("TRAPDB_HOME")
    home = Path(tempfile.mkdtemp(prefix="trapdb-benchmark-", dir="/tmp"))
    home.chmod(0o755)  # the server's user has to enter it
    os.environ["TRAPDB_HOME"] = str(home)
    try:
        here = private_server.ensure_running()
        # the time in each routine is what the tables of stages are made of
        _set(here, {"track_functions": "pl", **settings})
        private_server.stop(here)
        yield private_server.ensure_running()
    finally:
        private_server.stop(private_server.locate())
        shutil.rmtree(home)
        if before is None:
            del os.environ["TRAPDB_HOME"]
        else:
            os.environ["TRAPDB_HOME"] = before


def operator(here: Server) -> psycopg.Connection:
    """Connect as the ingest does."""
    return open_url(here.url("trapdb_ingest"))


def administrator(here: Server) -> psycopg.Connection:
    """Connect as one who may do anything, to prepare and to look."""
    return open_url(here.url())


def reader(here: Server) -> psycopg.Connection:
    """Connect as one who queries."""
    return open_url(here.url("trapdb_query"))


def _set(here: Server, settings: dict[str, str]) -> None:
    with administrator(here) as conn:
        for name, value in settings.items():
            conn.execute(
                sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
