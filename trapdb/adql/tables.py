"""What may be asked for: the tables that a caller offers, in words of PostgreSQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Place:
    """What finds, of regions, those that are circles of no size.

    Attributes
    ----------
    indexed : str
        Column of the relation, shown to nobody, of type spoint and with a GiST index.
    is_one : str
        Another one, boolean: whether the region is one. Where a branch of the relation has it as a
        constant, PostgreSQL takes either this index or the one of the circles around.
    lag : float
        As far as the indexed position may be from the region, in deg.
    """

    indexed: str
    is_one: str
    lag: float


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        Its name, as the relation has it.
    type : str
        Its type as PostgreSQL calls it, or ``point``, ``circle``, ``polygon``, or ``region``: a
        polygon in some rows and a circle in others.
    geometry : str or None
        For one of the four: the column of the relation, shown to nobody, that has it as a type of
        pgSphere (spoint, scircle, spoly; for a region spoly, NULL where it is a circle). The
        column itself is only selected.
    cover : str or None
        Another such column: a circle (scircle) around it that is indexed.
    circle : str or None
        For a region, another such column: the circle that it is, or any where it is a polygon.
    place : Place or None
        For a region, what finds those that are no more than a position.
    """

    name: str
    type: str
    geometry: str | None = None
    cover: str | None = None
    circle: str | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Position:
    """Two columns that are a position, and the column that is indexed in their place.

    Attributes
    ----------
    ra, dec : str
        Columns with right ascension and declination, in deg.
    indexed : str
        Column of the relation, shown to nobody, of type spoint and with a GiST index.
    lag : float
        As far as the indexed position may be from `ra` and `dec`, in deg.
    """

    ra: str
    dec: str
    indexed: str
    lag: float = 0.0


@dataclass(frozen=True)
class Partition:
    """By which column a table is partitioned or indexed, and which other columns tell its value.

    PostgreSQL reads only the partition that a query means if the query says so by that column. A
    condition on one of the other columns is therefore given out with what it implies. So it is of a
    branch of a view, by a column that is constant there, and of a row, by a column with an index.

    Attributes
    ----------
    column : str
        The column.
    told_by : mapping of str to callable
        From a value of another column to the value of `column` in its row; None for unknown.
        Columns of two tables that have the same function, if they are equal, are in the same
        partition.
    """

    column: str
    told_by: Mapping[str, Callable[[Any], int | None]]


@dataclass(frozen=True)
class Table:
    """A table that may be asked for.

    Attributes
    ----------
    relation : tuple of str
        Schema and name of the table or view in the database.
    columns : tuple of Column
        The columns that may be used, in the order of ``select *``; all others are not there.
    position : Position or None
        Its position, for the index.
    partitions : tuple of Partition
        How it is partitioned.
    """

    relation: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)
    position: Position | None = None
    partitions: tuple[Partition, ...] = ()


# By the name that users write, with or without a schema.
Tables = Mapping[str, Table]
