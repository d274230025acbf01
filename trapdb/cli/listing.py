"""Listings of the rows that the database's routines return."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from trapdb.cli.output import write_listing


def show(rows: Sequence[Any], columns: Sequence[str], form: str | None) -> None:
    """List some columns of rows that are named tuples."""
    values = attrgetter(*columns)
    write_listing(columns, map(values, rows), form)
