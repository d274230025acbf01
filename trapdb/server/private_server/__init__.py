"""The private server: a PostgreSQL of the user's own, for those who name no database.

It lives under ``TRAPDB_HOME``::

    home/starting     lock: one process at a time starts, stops or upgrades the server
    home/running      lock: held by every process of the server, from the first to the last
    home/unsettled    there while a new database is made and not safe on the disk yet
    home/pgdata/      the database, with its logs in log/ and start.log

A new one begins with files that were kept when the first was made (`template`).

It listens on a socket in a folder that only its owner can enter, hence needs no password.
Whoever comes first starts it; it belongs to no client, and runs until `stop` or a reboot.
"""

import logging

from trapdb.database.private_place import (
    ADMINISTRATOR,
    Server,
    ServerError,
    locate,
    make_home,
)
from trapdb.schema import Report, State
from trapdb.server.private_server import contents, daemon
from trapdb.server.private_server.daemon import Status, status, stop
from trapdb.server.private_server.lock import locked

__all__ = [
    "Server",
    "ServerError",
    "Status",
    "ensure_running",
    "ensure_started",
    "locate",
    "status",
    "stop",
    "upgrade",
]

log = logging.getLogger(__name__)


def ensure_running() -> Server:
    """Return a running private server with an up-to-date schema.

    Creates, starts, recovers and upgrades it as needed, under a lock: however many processes ask
    at once, one of them does it and the others wait.

    Returns
    -------
    Server
        The server, ready for all three users of `Server.url`.

    Raises
    ------
    TrapdbError
        There is none to be had; the message says why and what to do.
    """
    server = locate()
    if not _is_up(server):
        make_home(server.home)
        with locked(server.home / "starting"):
            _start(server)
            with daemon.settling(server) as settle:  # files are written while the schema is built
                if daemon.is_unsettled(server) and contents.upgrade(server).files:
                    daemon.keep_as_template(server)
                settle()
    if not contents.are_current(server):
        report = upgrade(server)
        if report.before.state is State.BEHIND:
            log.info("the schema of the private database was brought up to date")
    return server


def ensure_started() -> Server:
    """Return a running private server, whatever the state of its schema.

    Returns
    -------
    Server
        The server, ready for its administrator.

    Raises
    ------
    TrapdbError
        There is none to be had; the message says why and what to do.
    """
    server = locate()
    if not _is_up(server):
        make_home(server.home)
        with locked(server.home / "starting"):
            _start(server)
            with daemon.settling(server) as settle:
                settle()
    return server


def upgrade(server: Server, *, discard_changes: bool = False) -> Report:
    """Bring the schema to this version, under the lock.

    Parameters
    ----------
    server : Server
        A running one.
    discard_changes : bool
        As for `trapdb.schema.upgrade`.

    Returns
    -------
    Report
        What was done to the schema.

    Raises
    ------
    TrapdbError
        It cannot be done; nothing was changed then.
    """
    with locked(server.home / "starting"):
        return contents.upgrade(server, discard_changes=discard_changes)


def _is_up(server: Server) -> bool:
    """Return whether the server runs and may be used."""
    return contents.lets_in(server, ADMINISTRATOR) and not daemon.is_unsettled(server)


def _start(server: Server) -> None:
    """Start the server, and make its database if need be; the caller holds the lock."""
    if not daemon.answers(server):
        daemon.start(server)
    if not contents.lets_in(server, ADMINISTRATOR):
        contents.create_database(server)
    if daemon.is_unsettled(server):
        contents.name_database(server)
