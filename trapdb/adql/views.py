"""The views of the database as tables that may be asked for in ADQL.

What of them has an index of positions, and what tells their partitions, is said here. A view with
a position is read as the one beside it that has the indexed position, too.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from trapdb.adql.tables import Column, Partition, Place, Position, Table
from trapdb.database import ids

_DID = re.compile(r"ivo://trapdb/(image|lightcurve)\?(\d{1,9})/(\d{1,18})")
_ARCSEC = 1 / 3600  # deg


class ColumnDescription(Protocol):
    """A row of trap.column_description."""

    schema_name: str
    view_name: str
    column_index: int
    column_name: str
    sql_type: str


@dataclass(frozen=True)
class _Beside:
    """The view that a view is read as, with columns in types of pgSphere for the index.

    Attributes
    ----------
    position : Position or None
        The position that is indexed.
    regions : tuple of Column
        Columns that are geometries.
    partitions : tuple of Partition
        What tells of its rows, besides their data set.
    """

    view: str
    position: Position | None = None
    regions: tuple[Column, ...] = ()
    partitions: tuple[Partition, ...] = ()


def _dataset_of_did(identifier: Any) -> int | None:
    """Return the data set of an image or light curve, from its identifier."""
    found = _DID.fullmatch(identifier) if isinstance(identifier, str) else None
    return int(found[2]) if found else None


def _number_of_did(identifier: Any) -> int | None:
    """Return the id of an image, or of the source of a light curve, from its identifier."""
    found = _DID.fullmatch(identifier) if isinstance(identifier, str) else None
    return int(found[3]) if found else None


def _is_curve(identifier: Any) -> bool | None:
    """Return whether an identifier is that of a light curve."""
    found = _DID.fullmatch(identifier) if isinstance(identifier, str) else None
    return found[1] == "lightcurve" if found else None


_OBSERVATION = (
    Partition("is_place", {"obs_publisher_did": _is_curve}),
    Partition("number", {"obs_publisher_did": _number_of_did}),
)
_BESIDE = {
    ("trap", "running_catalogue"): _Beside(
        "indexed_source", Position("ra", "dec", "pos", 3 * _ARCSEC)
    ),
    ("trap", "reference_source"): _Beside("indexed_reference_source", Position("ra", "dec", "pos")),
    ("ivoa", "obscore"): _Beside(
        "indexed_obscore",
        Position("s_ra", "s_dec", "pos", 3 * _ARCSEC),
        (
            Column(
                "s_region",
                "region",
                "footprint",
                "around",
                "circle",
                Place("pos", "is_place", 3 * _ARCSEC),
            ),
        ),
        _OBSERVATION,
    ),
    ("ivoa", "obscore_radio"): _Beside("indexed_obscore_radio", partitions=_OBSERVATION),
}


def tables_of(
    columns: Iterable[ColumnDescription],
    dataset_id_of: Callable[[str], int | None],
    schema: str = "trap",
) -> dict[str, Table]:
    """Return the views as tables, by their name with the schema.

    Parameters
    ----------
    columns
        The rows of trap.column_description.
    dataset_id_of
        From the name of a data set to its number; None if there is none of this name.
    schema
        Where the views of schemas ``trap`` and ``ivoa`` are, if not there: they are built once more
        for who is shown some data sets only.
    """
    by_view: dict[tuple[str, str], list[ColumnDescription]] = {}
    for one in sorted(columns, key=lambda one: one.column_index):
        by_view.setdefault((one.schema_name, one.view_name), []).append(one)

    def by_name(name: Any) -> int | None:
        return dataset_id_of(name) if isinstance(name, str) else None

    told_by = {"dataset": by_name, "obs_collection": by_name, **_TOLD_BY_ID}
    elsewhere = {} if schema == "trap" else {"trap": schema, "ivoa": schema}
    return {
        ".".join(view): _table(view, found, told_by, elsewhere.get(view[0], view[0]))
        for view, found in by_view.items()
    }


def _table(
    view: tuple[str, str],
    columns: list[ColumnDescription],
    told_by: dict[str, Callable[[Any], int | None]],
    schema: str,
) -> Table:
    beside = _BESIDE.get(view, _Beside(view[1]))
    names = {one.column_name for one in columns}
    regions = {one.name: one for one in beside.regions}
    known = {column: tell for column, tell in told_by.items() if column in names}
    has_number = "dataset_id" in names or view in _BESIDE  # there perhaps out of sight
    return Table(
        relation=(schema, beside.view),
        columns=tuple(
            regions.get(one.column_name, Column(one.column_name, one.sql_type)) for one in columns
        ),
        position=beside.position,
        partitions=(
            *((Partition("dataset_id", known),) if known and has_number else ()),
            *beside.partitions,
        ),
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
    "obs_publisher_did": _dataset_of_did,
}
