"""The contents of the private server: the database, its schema and the login roles."""

import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from trapdb import schema
from trapdb.database.private_place import (
    ADMINISTRATOR,
    DATABASE,
    PORT,
    Server,
    ServerError,
    is_private,
    run_as_owner,
)
from trapdb.errors import TrapdbError
from trapdb.server import pgsphere
from trapdb.server.private_server.daemon import last_line, programs_of

ANSWER_S = 10  # a server that takes longer to let a client in is stuck


def lets_in(server: Server, user: str) -> bool:
    """Return whether the server runs and a user can connect to its database.

    Parameters
    ----------
    server : Server
        Which.
    user : str
        A login role.

    Returns
    -------
    bool
        False also if the database or the role is not there yet.
    """
    if not is_private(server.socket):
        return False
    try:
        psycopg.connect(server.url(user), connect_timeout=ANSWER_S).close()
    except psycopg.OperationalError:
        return False
    return True


def are_current(server: Server) -> bool:
    """Return whether schema and roles are there and of this version.

    Parameters
    ----------
    server : Server
        A running one.

    Returns
    -------
    bool
        True also where somebody changed the schemas by hand: an upgrade would refuse to
        undo that unasked, and meanwhile it may do.

    Raises
    ------
    ServerError
        The schema is of a newer version.
    """
    with psycopg.connect(server.url()) as conn:
        status = schema.status_of(conn)
    if status.state is schema.State.AHEAD:
        raise ServerError(str(status))
    known = status.state in (schema.State.CURRENT, schema.State.DRIFTED)
    return known and lets_in(server, "trapdb_ratings")  # the last that is made


def create_database(server: Server) -> None:
    """Make the database, empty.

    Parameters
    ----------
    server : Server
        A running one.

    Raises
    ------
    ServerError
        The server refuses.
    """
    where = [f"--host={server.socket}", f"--port={PORT}", f"--username={ADMINISTRATOR}"]
    made = run_as_owner([programs_of(server).bindir / "createdb", *where, DATABASE], Path("/"))
    if made.returncode != 0:
        raise ServerError(f"cannot create the database: {last_line(made.stderr)}")


def name_database(server: Server) -> None:
    """Give the database of a new server a name in the world.

    PostgreSQL's own number of the cluster is that of the template.

    Parameters
    ----------
    server : Server
        A running one, with its database.
    """
    with psycopg.connect(server.url()) as conn:
        conn.execute(
            sql.SQL("alter database {} set trapdb.name = {}").format(
                sql.Identifier(DATABASE), str(uuid.uuid4())
            )
        )


def upgrade(server: Server, *, discard_changes: bool = False) -> schema.Report:
    """Bring the schema to this version, and see to the login roles.

    Parameters
    ----------
    server : Server
        A running one, with its database.
    discard_changes : bool
        As for `schema.upgrade`.

    Returns
    -------
    Report
        What was done to the schema.

    Raises
    ------
    TrapdbError
        It cannot be done; nothing was changed then.
    """
    try:
        report = schema.upgrade(server.url(), discard_changes=discard_changes)
    except TrapdbError as error:
        programs = programs_of(server)
        if "commutator" in str(error) and pgsphere.is_due(programs.extensions):
            raise ServerError(
                f"pgSphere's script does not suit {programs}; to repair it: {pgsphere.COMMAND}"
            ) from error
        raise
    with psycopg.connect(server.url()) as conn:
        conn.execute(Path(__file__).with_name("roles.sql").read_bytes())
    return report
