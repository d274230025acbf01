"""Build schemas from the files of `sql/`, without losing what others put there."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version

import psycopg

from trapdb.errors import DatabaseError
from trapdb.schema import queries, resources

SCHEMAS = "schemas trap, tap_schema and ivoa"


def file_digests() -> dict[str, str]:
    """Return the SHA-256 of every file of the SQL tree by its path, in the order of execution."""
    root = resources.sql_directory()
    paths = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.sql"))
    return {path: hashlib.sha256((root / path).read_bytes()).hexdigest() for path in paths}


@dataclass(frozen=True)
class Changes:
    """What was done to the schemas by hand since the upgrade, each in a few words.

    Attributes
    ----------
    added : tuple of str
        What building the schema anew would destroy: objects added or replaced, rights granted.
    removed : tuple of str
        What it would bring back: objects dropped, rights revoked.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]


def find_changes(conn: psycopg.Connection) -> Changes:
    """Compare the schemas with what the last upgrade recorded.

    Parameters
    ----------
    conn : psycopg.Connection
        Its search path and transaction are left as they are.
    """
    if queries.rows(conn, "untouched")[0].untouched:
        return Changes((), ())
    with conn.transaction(force_rollback=True):
        queries.run(conn, "empty_search_path")
        present = {row.name: row for row in queries.rows(conn, "present_objects")}
    recorded = {row.name: row for row in queries.rows(conn, "recorded_objects")}

    added = [f"{name} was added" for name in present.keys() - recorded.keys()]
    removed = [f"{name} was dropped" for name in recorded.keys() - present.keys()]
    for name in present.keys() & recorded.keys():
        now, then = present[name], recorded[name]
        # Another major version of the server prints the same definition differently.
        if now.server_version == then.server_version and now.sha256 != then.sha256:
            added.append(f"{name} was replaced")
        granted, recorded_grants = set(now.privileges), set(then.privileges)
        added += [f"{right} was granted on {name}" for right in granted - recorded_grants]
        removed += [f"{right} was revoked on {name}" for right in recorded_grants - granted]
    return Changes(tuple(sorted(added)), tuple(sorted(removed)))


def remove(conn: psycopg.Connection, *, discard_changes: bool = False) -> None:
    """Drop the schemas, unless that would destroy what others made.

    Parameters
    ----------
    conn : psycopg.Connection
        In an upgrade's transaction.
    discard_changes : bool
        Drop what was changed by hand in the schemas, too; never objects outside.

    Raises
    ------
    DatabaseError
        Objects outside depend on them, or they were changed by hand; the message names each.
    """
    dependents = [row.name for row in queries.rows(conn, "dependents")]
    if dependents:
        raise DatabaseError(
            f"these depend on {SCHEMAS}, which have to be rebuilt: {', '.join(dependents)}; "
            "drop them, upgrade, and create them again"
        )
    added = find_changes(conn).added
    if added and not discard_changes:
        raise DatabaseError(
            f"{SCHEMAS} were changed by hand and have to be rebuilt: {'; '.join(added)}. "
            "Give rights by membership of trapdb_reader or trapdb_operator and keep own objects "
            "in another schema; to lose these changes: trapdb db upgrade --discard-changes"
        )
    queries.run(conn, "remove_code")


def apply(conn: psycopg.Connection) -> int:
    """Build the schemas from the SQL tree and record what was built.

    Parameters
    ----------
    conn : psycopg.Connection
        In an upgrade's transaction; the schemas do not exist.

    Returns
    -------
    int
        Number of files executed.
    """
    queries.run(conn, "create_code")
    digests = file_digests()
    for path in digests:
        queries.run_file(conn, resources.sql_directory() / path)
    mine = version("trapdb")  # read from the installed files each time
    queries.insert(conn, "record_file", [(path, digest, mine) for path, digest in digests.items()])
    queries.run(conn, "empty_search_path")
    queries.insert(conn, "record_object", queries.rows(conn, "present_objects"))
    queries.run(conn, "open_books")
    return len(digests)
