"""The views of the database as tables that may be asked for in ADQL.

What of them has an index of positions, and what tells their partitions, is said here. A view with
a position is read as the one beside it that has the indexed position, too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from trapdb.adql.tables import Column, Partition, Position, Table
from trapdb.database import ids

_ARCSEC = 1 / 3600  # deg


class ColumnDescription(Protocol):
    """A row of trap.column_description."""

    schema_name: str
    view_name: str
    column_index: int
    column_name: str
    sql_type: str


@dataclass(frozen=True)
class _Place:
    """Where the position of a view is indexed: in which view, and how far it may lag (deg)."""

    view: str
    lag: float


_PLACES = {
    ("trap", "running_catalogue"): _Place("indexed_source", 3 * _ARCSEC),
    ("trap", "reference_source"): _Place("indexed_reference_source", 0.0),
}


def tables_of(
    columns: Iterable[ColumnDescription], dataset_id_of: Callable[[str], int | None]
) -> dict[str, Table]:
    """Return the views as tables, by their name with the schema.

    Parameters
    ----------
    columns
        The rows of trap.column_description.
    dataset_id_of
        From the name of a data set to its number; None if there is none of this name.
    """
    by_view: dict[tuple[str, str], list[ColumnDescription]] = {}
    for one in sorted(columns, key=lambda one: one.column_index):
        by_view.setdefault((one.schema_name, one.view_name), []).append(one)

    def by_name(name: Any) -> int | None:
        return dataset_id_of(name) if isinstance(name, str) else None

    return {
        ".".join(view): _table(view, found, {"dataset": by_name, **_TOLD_BY_ID})
        for view, found in by_view.items()
    }


def _table(
    view: tuple[str, str],
    columns: list[ColumnDescription],
    told_by: dict[str, Callable[[Any], int | None]],
) -> Table:
    names = {one.column_name for one in columns}
    place = _PLACES.get(view)
    partition = None
    if "dataset_id" in names:
        known = {column: tell for column, tell in told_by.items() if column in names}
        partition = Partition("dataset_id", known)
    return Table(
        relation=(view[0], place.view) if place else view,
        columns=tuple(Column(one.column_name, one.sql_type) for one in columns),
        position=Position("ra", "dec", "pos", place.lag) if place else None,
        partition=partition,
    )


def _dataset_of_source(number: Any) -> int | None:
    """Return the data set of a source or measurement."""
    return ids.dataset_of_source(number) if type(number) is int else None


def _dataset_of(number: Any) -> int | None:
    """Return the data set of an image, band or sky region."""
    return ids.dataset_of(number) if type(number) is int else None


_TOLD_BY_ID: dict[str, Callable[[Any], int | None]] = {
    "source_id": _dataset_of_source,
    "measurement_id": _dataset_of_source,
    "image_id": _dataset_of,
    "band_id": _dataset_of,
    "sky_region_id": _dataset_of,
}
