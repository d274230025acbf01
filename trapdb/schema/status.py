"""Compare a database's schema with the one that this trapdb needs."""

import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version

import psycopg

from trapdb.errors import DatabaseError
from trapdb.schema import code, queries, resources


class State(StrEnum):
    """How a database's schema compares with this trapdb's files."""

    MISSING = "missing"
    BEHIND = "behind"
    AHEAD = "ahead"
    DRIFTED = "drifted"
    CURRENT = "current"


REMEDIES = {
    State.MISSING: "the database has no trapdb schema: run trapdb db upgrade",
    State.BEHIND: "the database's schema is older than this trapdb: run trapdb db upgrade",
    State.AHEAD: "the database's schema is newer than this trapdb: install the newer trapdb",
    State.DRIFTED: f"{code.SCHEMAS} were changed by hand: run trapdb db upgrade",
    State.CURRENT: "the schema is current",
}


@dataclass(frozen=True)
class Status:
    """State of a database's schema.

    Attributes
    ----------
    state : State
        How it compares with this trapdb.
    revision : str or None
        Revision of the tables in the database.
    changes : tuple of str
        What was changed by hand in the schemas built from `sql/`, each in a few words.
    """

    state: State
    revision: str | None = None
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line on the state and what to do."""
        changes = f" ({'; '.join(self.changes)})" if self.changes else ""
        return REMEDIES[self.state] + changes


def known_revisions() -> list[str]:
    """Return the numbers of the revisions, oldest first: the first digits of their files' names."""
    versions = resources.migrations_directory() / "versions"
    return sorted(path.name[:4] for path in versions.glob("[0-9][0-9][0-9][0-9]_*.py"))


def status_of(conn: psycopg.Connection) -> Status:
    """Compare a database's schema with the files of this trapdb.

    This takes some thousandths of a second, so that every command can check it first.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of an operator, reader or administrator. Nothing is changed.

    Returns
    -------
    Status
        The first that applies of missing, ahead, behind, drifted and current. Changes made by
        hand are listed whatever the state, since they stand in the way of an upgrade.

    Raises
    ------
    DatabaseError
        The user belongs to none of trapdb's roles.
    """
    books = queries.rows(conn, "books")
    if not books:
        return Status(State.MISSING)
    if not books[0].readable:
        raise DatabaseError(
            f"user {conn.info.user} may not use trapdb in database {conn.info.dbname}; "
            f'its administrator has to run there: GRANT trapdb_operator TO "{conn.info.user}";'
        )
    revisions = [row.version_num for row in queries.rows(conn, "revision")]
    if not revisions:
        return Status(State.MISSING)
    revision = revisions[0]
    known = known_revisions()
    applied = queries.rows(conn, "applied_files")
    changes = code.find_changes(conn)
    found = changes.added + changes.removed
    newest = max((_release(row.trapdb_version) for row in applied), default=())
    if revision not in known or newest > _release(version("trapdb")):
        return Status(State.AHEAD, revision, found)
    if revision != known[-1] or {row.path: row.sha256 for row in applied} != code.file_digests():
        return Status(State.BEHIND, revision, found)
    if found:
        return Status(State.DRIFTED, revision, found)
    return Status(State.CURRENT, revision)


def _release(text: str) -> tuple[int, ...]:
    """Return the numbers of a version without what marks it as a pre-release."""
    numbers = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(number) for number in numbers[0].split(".")) if numbers else ()
