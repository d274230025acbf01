"""Run a revision: the SQL file beside it."""

from pathlib import Path

from alembic import op

from trapdb.schema import code, queries
from trapdb.schema.upgrade import raw


def run(revision_file: str, direction: str) -> None:
    """Execute a revision's SQL with the schemas built from `sql/` out of the way.

    Parameters
    ----------
    revision_file : str
        The revision's `__file__`, NNNN_name.py.
    direction : str
        `up` or `down`: NNNN_name.up.sql or NNNN_name.down.sql is executed.
    """
    conn = raw(op.get_bind())
    code.remove(conn)
    queries.run_file(conn, Path(revision_file).with_suffix(f".{direction}.sql"))
