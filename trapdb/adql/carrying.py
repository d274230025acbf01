"""What a query in FROM hands on beside its columns, so that indexes and partitions stay of use.

A query around it that asks for what is near, or of one data set, would else have the coordinates
and names only. The columns for it are added to those of the inner query, out of sight.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from trapdb.adql.geometry import LARGEST, Circle, Geometry, Shape
from trapdb.adql.scopes import Indexed, Output, Scope, Share, Source, Tell
from trapdb.adql.values import Behind, Field, Value, known_above, quoted


@dataclass
class Carried:
    """Columns out of sight: their SQL within the query, and what they are for.

    Attributes
    ----------
    names : list of str
        How the visible columns are called.
    columns : dict of str to str
        SQL by name.
    geometries : dict of int to Behind
        By number of the visible column, those behind it.
    positions : list of (int, int, str, float)
        Numbers of the visible columns, the one that is indexed, and its lag.
    shares : list of (str, dict)
        The one by which a table is partitioned, and the numbers of those that tell its value.
    """

    names: list[str]
    columns: dict[str, str] = field(default_factory=dict)
    geometries: dict[int, Behind] = field(default_factory=dict)
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
        if behind := _behind(one):
            found.geometries[number] = behind.mapped(found.add)
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


def _behind(value: Value | Geometry) -> Behind | None:
    if isinstance(value, Value):
        return value.field.behind if value.field else None
    if isinstance(value, Circle) and known_above(value.radius, LARGEST):
        return None  # pgSphere has no such circle
    return Behind(value.sphere) if isinstance(value, Shape) else None


def source_of(name: str, outputs: Sequence[Output], hidden: Carried | None) -> Source:
    """Return what a query offers as a table in FROM."""
    hidden = hidden or Carried([])
    fields = []
    for number, one in enumerate(outputs):
        behind = hidden.geometries.get(number)
        fields.append(
            Field(
                table=name,
                name=one.name,
                sql=quoted(name, one.name),
                type=one.type,
                origin=one.origin,
                behind=behind and behind.mapped(partial(quoted, name)),
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
