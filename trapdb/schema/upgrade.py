"""Upgrade and downgrade: one transaction each, under one lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from trapdb.database.connection import open_url, require_writable
from trapdb.errors import DatabaseError
from trapdb.schema import code, queries, resources, restriction
from trapdb.schema.requirements import provide
from trapdb.schema.status import State, Status, known_revisions, status_of

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Report:
    """What an upgrade did.

    Attributes
    ----------
    before, after : Status
        State of the schema; the same if there was nothing to do.
    files : int
        Number of files of the SQL tree executed; 0 if there was nothing to do.
    """

    before: Status
    after: Status
    files: int


def upgrade(url: str, *, discard_changes: bool = False) -> Report:
    """Bring a database to the schema of this trapdb, whole or not at all.

    Creates the roles and the extension if they are absent and the user has the right; refuses if
    somebody's own objects depend on schemas `trap`, `tap_schema` or `ivoa` or if these were changed
    by hand; drops them, runs the outstanding revisions, builds them from the SQL tree and records
    what was built. All objects belong to trapdb_admin. A second upgrade started meanwhile waits
    and finds nothing to do.

    Parameters
    ----------
    url : str
        Connection string of a member of trapdb_admin, or of a superuser.
    discard_changes : bool
        Discard what was changed by hand in these schemas: objects replaced or added, rights
        granted. Objects in other schemas are never dropped.

    Returns
    -------
    Report
        What was done.

    Raises
    ------
    DatabaseError
        The database lacks something, has objects in the way, is newer than this trapdb, or refuses
        a file. Nothing was changed then.
    """
    from alembic import command

    with transaction(url) as connection:
        conn = raw(connection)
        before = status_of(conn)
        if before.state is State.CURRENT:
            return Report(before, before, 0)
        if before.state is State.AHEAD:
            raise DatabaseError(str(before))
        restriction.remove_all(conn)
        code.remove(conn, discard_changes=discard_changes)
        command.upgrade(_alembic(connection), "head")
        files = code.apply(conn)
        restriction.build_all(conn)
        return Report(before, status_of(conn), files)


def downgrade(url: str, revision: str) -> None:
    """Downgrade the tables to an older revision; the data of newer columns and tables is lost.

    Leaves schema `trap_data` alone: the older trapdb's own upgrade builds the others. Roles and
    extension stay.

    Parameters
    ----------
    url : str
        As for `upgrade`.
    revision : str
        Number of the revision, or `base` for none.

    Raises
    ------
    DatabaseError
        There is no such revision; else as for `upgrade`.
    """
    from alembic import command

    if revision not in ("base", *known_revisions()):
        raise DatabaseError(
            f"there is no revision {revision}: base, {', '.join(known_revisions())}"
        )
    with transaction(url) as connection:
        restriction.remove_all(raw(connection))
        code.remove(raw(connection))
        command.downgrade(_alembic(connection), revision)


def restrict(url: str, login: str, datasets: Sequence[str]) -> None:
    """Show a login some data sets and nothing else, now and after each upgrade.

    Parameters
    ----------
    url : str
        As for `upgrade`.
    login : str
        A member of trapdb_restricted and of nothing else.
    datasets : sequence of str
        The names of the data sets, all of them; none: it is shown nothing any more.

    Raises
    ------
    DatabaseError
        A data set or the login is not there, the login may see more anyhow, or the schema is not
        that of this trapdb. Nothing was changed then.
    """
    with transaction(url) as connection:
        restriction.restrict(raw(connection), login, datasets)


@contextmanager
def transaction(url: str) -> Iterator["Connection"]:
    """Open the transaction of an upgrade or downgrade: locked, provided for, as trapdb_admin.

    Parameters
    ----------
    url : str
        As for `upgrade`.

    Yields
    ------
    sqlalchemy.Connection
        In a transaction that is committed at the end.
    """
    from sqlalchemy import NullPool, create_engine

    try:
        with open_url(url) as conn:
            require_writable(conn)
            conn.autocommit = False
            engine = create_engine(
                "postgresql+psycopg://", creator=lambda: conn, poolclass=NullPool
            )
            with engine.begin() as connection:
                queries.run(conn, "lock")
                provide(conn)
                queries.run(conn, "prepare")
                queries.run(conn, "search_path")
                yield connection
    except psycopg.errors.LockNotAvailable as error:
        raise DatabaseError(
            "other sessions kept using the schema; nothing was changed: "
            "end their transactions and try again"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(f"the schema cannot be upgraded: {queries.reason(error)}") from error


def raw(connection: "Connection") -> psycopg.Connection:
    """Return the psycopg connection, which executes whole files, below SQLAlchemy's."""
    driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, psycopg.Connection)
    return driver_connection


def _alembic(connection: "Connection") -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    location = str(resources.migrations_directory()).replace("%", "%%")
    config.set_main_option("script_location", location)
    return config
