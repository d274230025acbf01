"""Folders of what outlives those who listen and relay: in trapdb's home, and nobody else's."""

from pathlib import Path

from trapdb.database.private_place import locate
from trapdb.database.routines import Connection

WHOSE = Path(__file__).with_name("whose.sql")


def waiting_folder(conn: Connection) -> Path:
    """Return the folder of alerts that wait for a database."""
    (row,) = conn.execute(WHOSE.read_bytes()).fetchall()
    return alerts_folder() / f"waiting-{row.cluster}-{row.database.encode().hex()}"


def alerts_folder() -> Path:
    """Return the folder of all that outlives."""
    return locate().home / "alerts"
