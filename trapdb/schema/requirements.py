"""Requirements of a database for the schema: roles, rights, pgSphere."""

from dataclasses import dataclass

import psycopg

from trapdb.errors import DatabaseError
from trapdb.schema import queries


@dataclass(frozen=True)
class Requirement:
    """One thing that a database lacks.

    Attributes
    ----------
    missing : str
        What it is, in words.
    remedy : str
        The statement for the database's administrator; empty where none can help.
    automatic : bool
        Whether an upgrade may run the remedy itself, its user's rights permitting.
    """

    missing: str
    remedy: str
    automatic: bool

    def __str__(self) -> str:
        """Return one line that can be pasted into psql."""
        return f"{self.remedy}  -- {self.missing}" if self.remedy else f"-- {self.missing}"


def requirements(conn: psycopg.Connection) -> list[Requirement]:
    """List what the database lacks for an upgrade by the connection's user.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection to the database, by any user.

    Returns
    -------
    list of Requirement
        In the order in which to put them right; empty if nothing is missing.
    """
    return [Requirement(*row) for row in queries.rows(conn, "requirements")]


def provide(conn: psycopg.Connection) -> None:
    """Create what is missing, as far as the connection's user has the right.

    Roles are the cluster's and the extension may serve others: a downgrade leaves them.

    Raises
    ------
    DatabaseError
        Something is still missing; the message lists it with the statements for the administrator.
    """
    refusals = {}
    for requirement in requirements(conn):
        if requirement.automatic:
            try:
                with conn.transaction():
                    conn.execute(requirement.remedy.encode())
            except psycopg.errors.InsufficientPrivilege:
                pass
            except psycopg.Error as error:
                refusals[requirement.missing] = queries.reason(error)
    missing = requirements(conn)
    if missing:
        lines = [
            f"{one} ({refusals[one.missing]})" if one.missing in refusals else str(one)
            for one in missing
        ]
        raise DatabaseError(
            f"database {conn.info.dbname} is not ready for trapdb; "
            "its administrator (a superuser) has to run there:\n" + "\n".join(lines)
        )
