"""What a query in FROM hands on beside its columns, so that indexes and partitions stay of use.

A query around it that asks for what is near, or of one data set, would else have the coordinates
and names only. The columns for it are added to those of the inner query, out of sight.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from trapdb.adql.geometry import LARGEST, Circle, Geometry, Point, Polygon
from trapdb.adql.scopes import Indexed, Output, Scope, Share, Source, Tell
from trapdb.adql.values import Field, Value, known_above, quoted


@dataclass
class Carried:
    """Columns out of sight: their SQL within the query, and what they are for.

    Attributes
    ----------
    names : list of str
        How the visible columns are called.
    columns : dict of str to str
        SQL by name.
    geometries : dict of int to (str, str or None)
        By number of the visible column, the one with its geometry, and the one with a circle
        around.
    positions : list of (int, int, str, float)
        Numbers of the visible columns, the one that is indexed, and its lag.
    shares : list of (str, dict)
        The one by which a table is partitioned, and the numbers of those that tell its value.
    """

    names: list[str]
    columns: dict[str, str] = field(default_factory=dict)
    geometries: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    positions: list[tuple[int, int, str, float]] = field(default_factory=list)
    shares: list[tuple[str, dict[int, Tell]]] = field(default_factory=list)

    def add(self, sql: str) -> str:
        """Add a column; return its name."""
        for name, known in self.columns.items():
            if known == sql:
                return name
        number = len(self.columns) + 1
        while (name := f"@{number}") in (*self.names, *self.columns):
            number += 1
        self.columns[name] = sql
        return name


def carried(values: Sequence[Value | Geometry], names: Sequence[str], scope: Scope) -> Carried:
    """Return what a query hands on that gives these columns."""
    found = Carried(list(names))
    numbers = {
        one.field: number
        for number, one in enumerate(values)
        if isinstance(one, Value) and one.field is not None
    }
    for number, one in enumerate(values):
        geometry, cover = _geometry(one)
        if geometry:
            found.geometries[number] = (found.add(geometry), cover and found.add(cover))
    for source in scope.sources.sources:
        for place in source.positions:
            if place.ra in numbers and place.dec in numbers:
                ra, dec = numbers[place.ra], numbers[place.dec]
                found.positions.append((ra, dec, found.add(place.sql), place.lag))
        for share in source.shares:
            told_by = {numbers[one]: tell for one, tell in share.told_by.items() if one in numbers}
            if told_by:
                found.shares.append((found.add(share.sql), told_by))
    return found


def _geometry(value: Value | Geometry) -> tuple[str | None, str | None]:
    if isinstance(value, Value):
        return (value.field.geometry, value.field.cover) if value.field else (None, None)
    if isinstance(value, Point) and value.index and not value.lag:
        return value.index, None
    if isinstance(value, Circle) and known_above(value.radius, LARGEST):
        return None, None  # pgSphere has no such circle
    cover = value.cover.sphere if isinstance(value, Polygon) and value.cover else None
    return value.sphere, cover


def source_of(name: str, outputs: Sequence[Output], hidden: Carried | None) -> Source:
    """Return what a query offers as a table in FROM."""
    hidden = hidden or Carried([])
    fields = []
    for number, one in enumerate(outputs):
        geometry, cover = hidden.geometries.get(number, (None, None))
        fields.append(
            Field(
                table=name,
                name=one.name,
                sql=quoted(name, one.name),
                type=one.type,
                origin=one.origin,
                geometry=geometry and quoted(name, geometry),
                cover=cover and quoted(name, cover),
            )
        )
    shares = [
        Share(quoted(name, column), {fields[number]: tell for number, tell in told_by.items()})
        for column, told_by in hidden.shares
    ]
    return Source(
        name=name,
        fields=tuple(fields),
        positions=tuple(
            Indexed(fields[ra], fields[dec], quoted(name, column), lag)
            for ra, dec, column, lag in hidden.positions
        ),
        shares=tuple(shares),
    )
