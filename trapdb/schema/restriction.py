"""Logins that are shown some data sets of a database, and nothing of the others.

For each of them the views and functions of schemas `trap` and `ivoa` are built once more, from the
same files, in a schema of its own; where they name a table they read a view of that table, which
has the rows of these data sets and no others. The login has rights on this schema alone: what it is
not shown is not there for it, whatever it asks.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from trapdb.errors import DatabaseError
from trapdb.schema import queries, resources
from trapdb.schema.status import State, status_of

# The schemas are named after the login, and names have 63 bytes.
_MOST_BYTES = 49
_BUILDS = re.compile(r"^create (?:view|function|type|aggregate) (?:trap|ivoa)\.", re.MULTILINE)


def restrict(conn: psycopg.Connection, login: str, datasets: Sequence[str]) -> None:
    """Show a login some data sets, in place of those that it was shown before.

    Parameters
    ----------
    conn : psycopg.Connection
        In an upgrade's transaction.
    login : str
        A member of trapdb_restricted and of nothing else.
    datasets : sequence of str
        The names of the data sets; none: it is shown nothing any more.

    Raises
    ------
    DatabaseError
        The schema is not current, a data set is not there, or the login is not there or may see
        more anyhow.
    """
    status = status_of(conn)
    if status.state is not State.CURRENT:
        raise DatabaseError(f"the database's schema does not serve: {status}")
    _require_restricted(conn, login)
    numbers = {row.name: row.dataset_id for row in queries.rows(conn, "datasets")}
    absent = [name for name in datasets if name not in numbers]
    if absent:
        raise DatabaseError(f"there is no data set named {', '.join(absent)}")
    ids = sorted({numbers[name] for name in datasets})
    _remove(conn, login)
    if ids:
        queries.run(conn, "restrict", login=login, dataset_ids=ids)
        _build(conn, login, ids)
    else:
        queries.run(conn, "unrestrict", login=login)


def _require_restricted(conn: psycopg.Connection, login: str) -> None:
    found = queries.rows(conn, "login", login=login)
    if not found:
        raise DatabaseError(
            f"there is no login {login}; to make it: "
            f"CREATE ROLE {login} LOGIN PASSWORD '...' IN ROLE trapdb_restricted;"
        )
    if len(login.encode()) > _MOST_BYTES:
        raise DatabaseError(f"login {login}: a name of {_MOST_BYTES} bytes or fewer is needed")
    (rights,) = found
    if rights.more:
        raise DatabaseError(
            f"login {login} may see more anyhow: it has to be a member of trapdb_restricted alone"
        )
    if not rights.restricted:
        raise DatabaseError(
            f"login {login} is no member of trapdb_restricted: GRANT trapdb_restricted TO {login};"
        )


def remove_all(conn: psycopg.Connection) -> None:
    """Take away what was built for such logins; `build_all` brings it back."""
    _remove(conn, None)


def build_all(conn: psycopg.Connection) -> None:
    """Build anew what such logins are shown."""
    queries.run(conn, "search_path")
    for row in queries.rows(conn, "restrictions"):
        _build(conn, row.login, row.dataset_ids)


def _remove(conn: psycopg.Connection, login: str | None) -> None:
    _execute(conn, queries.rows(conn, "restricted_removal", login=login))


def _build(conn: psycopg.Connection, login: str, dataset_ids: Sequence[int]) -> None:
    shown = f"shown_to_{login}"
    tables = f"data_{shown}"
    made = queries.rows(
        conn, "restricted_tables", schema=shown, tables=tables, dataset_ids=list(dataset_ids)
    )
    _execute(conn, made)
    rename = _renaming(shown, tables, [row.name for row in made if row.name])
    for path in sorted(resources.sql_directory().rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if _BUILDS.search(text) and path.parent.name != "96_jobs":
            queries.run_text(conn, rename(text), path)
    _execute(conn, queries.rows(conn, "restricted_rights", schema=shown, login=login))


def _renaming(shown: str, tables: str, names: Sequence[str]) -> Callable[[str], str]:
    """Return what puts other schemas into a text of the SQL tree, but not into what it says."""
    data = re.compile(rf"(?<!')\btrap_data\.(?=(?:{'|'.join(names)})\b)")
    code = re.compile(r"(?<!')\b(?:trap|ivoa)\.")
    to_data, to_code = (f"{sql.Identifier(schema).as_string()}." for schema in (tables, shown))
    return lambda text: code.sub(lambda _: to_code, data.sub(lambda _: to_data, text))


def _execute(conn: psycopg.Connection, made: Sequence[Any]) -> None:
    for row in made:
        conn.execute(row.statement.encode())
