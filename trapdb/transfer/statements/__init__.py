"""The statements that copy a data set out of a database and into one, one file each."""

from pathlib import Path
from typing import LiteralString, cast

from psycopg import sql


def statement(name: str, /, **parts: sql.Composable) -> sql.Composed:
    """Return the statement of a file of this folder, with names and numbers put in."""
    text = (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(cast("LiteralString", text)).format(**parts)
