"""The views of schema trap as tables that may be asked for in ADQL.

What of them has an index of positions, and what tells their partitions, is said here. A view with
a position is read as the one beside it that has the indexed position, too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from trapdb.adql.tables import Column, Partition, Position, Table
from trapdb.database import ids

SCHEMA = "trap"
_ARCSEC = 1 / 3600  # deg


class ViewColumn(Protocol):
    """A row of trap.view_column."""

    view_name: str
    number: int
    column_name: str
    type: str


@dataclass(frozen=True)
class _Place:
    """Where the position of a view is indexed: in which view, and how far it may lag (deg)."""

    view: str
    lag: float


_PLACES = {
    "running_catalogue": _Place("indexed_source", 3 * _ARCSEC),
    "reference_source": _Place("indexed_reference_source", 0.0),
}
_BEHIND = {place.view for place in _PLACES.values()}


def tables_of(
    columns: Iterable[ViewColumn],
    dataset_id_of: Callable[[str], int | None],
) -> dict[str, Table]:
    """Return the views as tables, by their name with the schema.

    Parameters
    ----------
    columns
        The rows of trap.view_column.
    dataset_id_of
        From the name of a data set to its number; None if there is none of this name.
    """
    by_view: dict[str, list[ViewColumn]] = {}
    for one in sorted(columns, key=lambda one: (one.view_name, one.number)):
        by_view.setdefault(one.view_name, []).append(one)

    def by_name(name: Any) -> int | None:
        return dataset_id_of(name) if isinstance(name, str) else None

    told_by = {"dataset": by_name, **_TOLD_BY_ID}
    return {
        f"{SCHEMA}.{name}": _table(name, found, told_by)
        for name, found in by_view.items()
        if name not in _BEHIND
    }


def _table(
    name: str, columns: list[ViewColumn], told_by: Mapping[str, Callable[[Any], int | None]]
) -> Table:
    names = {one.column_name for one in columns}
    place = _PLACES.get(name)
    partition = None
    if "dataset_id" in names:
        known = {column: tell for column, tell in told_by.items() if column in names}
        partition = Partition("dataset_id", known)
    return Table(
        relation=(SCHEMA, place.view if place else name),
        columns=tuple(Column(one.column_name, one.type) for one in columns),
        position=Position("ra", "dec", "pos", place.lag) if place else None,
        partition=partition,
    )


def _dataset_of_source(number: Any) -> int | None:
    """Return the data set of a source or measurement, as trap.dataset_of_source does."""
    return ids.dataset_of_source(number) if type(number) is int else None


def _dataset_of(number: Any) -> int | None:
    """Return the data set of an image, band or sky region, as trap.dataset_of does."""
    return ids.dataset_of(number) if type(number) is int else None


_TOLD_BY_ID: dict[str, Callable[[Any], int | None]] = {
    "source_id": _dataset_of_source,
    "measurement_id": _dataset_of_source,
    "image_id": _dataset_of,
    "band_id": _dataset_of,
    "sky_region_id": _dataset_of,
}
