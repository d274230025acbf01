"""Which tables and columns a name in a query means."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from sqlglot import exp

from trapdb.adql.places import place_of, refuse
from trapdb.adql.tables import Tables
from trapdb.adql.values import Field, Origin, Reference, Value

_numbers = count()


@dataclass(frozen=True)
class Indexed:
    """Two fields that are a position, and the SQL of the column that is indexed.

    Attributes
    ----------
    lag : float
        As far as the latter may be from them, in deg.
    """

    ra: Field
    dec: Field
    sql: str
    lag: float


# From the value of a column to that of the column by which the table is partitioned.
Tell = Callable[[Any], int | None]


@dataclass(frozen=True)
class Share:
    """The SQL of the column by which a table is partitioned, and the fields that tell its value."""

    sql: str
    told_by: Mapping[Field, Tell]


@dataclass(frozen=True, eq=False)
class Source:
    """A table in FROM, under the name that it has there."""

    name: str
    fields: tuple[Field, ...]
    schema: str | None = None
    positions: tuple[Indexed, ...] = ()
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Sources:
    """What FROM offers.

    Attributes
    ----------
    sources : tuple of Source
        The tables.
    fields : tuple of Field
        What may be named without a table, in the order of ``select *``; columns by which tables
        were joined are there once.
    """

    sources: tuple[Source, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Output:
    """A column that a query gives.

    Attributes
    ----------
    name : str
        Its name.
    type : str or None
        Its type in ADQL.
    origin : Origin or None
        The column of a table that it is, unchanged.
    """

    name: str
    type: str | None
    origin: Origin | None = None


@dataclass(frozen=True)
class Written:
    """A query in SQL.

    Attributes
    ----------
    sql : str
        The query.
    table_sql : str
        The query in the place of a table, with columns out of sight.
    outputs : tuple of Output
        The columns that it gives.
    references : frozenset of Reference
        The columns of queries around it that it depends on.
    source : callable
        What makes a table in FROM of it, by its name there.
    """

    sql: str
    table_sql: str
    outputs: tuple[Output, ...]
    references: frozenset[Reference]
    source: Callable[[str], Source]


@dataclass(frozen=True)
class Archive:
    """What is the same everywhere in a query.

    Attributes
    ----------
    tables : mapping of str to Table
        What may be asked for.
    sphere : str
        The schema of pgSphere.
    query : callable
        What writes a query within the query.
    """

    tables: Tables
    sphere: str
    query: "Callable[[exp.Query, Scope], Written]"


@dataclass(frozen=True)
class Scope:
    """What names mean at one place.

    Attributes
    ----------
    archive : Archive
        What is the same everywhere.
    named : mapping of str to Written
        The queries of WITH that may be named here.
    outer : Scope or None
        The scope around this query.
    sources : Sources
        The tables of this query.
    groups : frozenset of str
        What its rows are grouped by, in SQL.
    number : int
        Which query it is.
    """

    archive: Archive
    named: Mapping[str, Written] = field(default_factory=dict)
    outer: "Scope | None" = None
    sources: Sources = Sources()
    groups: frozenset[str] = frozenset()
    number: int = field(default_factory=lambda: next(_numbers))

    def within(self) -> "Scope":
        """Return the scope of a query within this one, before its FROM."""
        return Scope(self.archive, self.named, outer=self)

    def outwards(self) -> Iterator["Scope"]:
        """Return this scope and those around it."""
        scope: Scope | None = self
        while scope:
            yield scope
            scope = scope.outer


def matches(name: exp.Expr, known: str) -> bool:
    """Tell whether a name means another one: without quotes, upper and lower case are the same."""
    written: str = name.this
    return written == known if name.args.get("quoted") else written.lower() == known.lower()


def column(node: exp.Column, scope: Scope) -> Value:
    """Return the column that a name means, in a query or those around it.

    Raises
    ------
    AdqlError
        There is none, or more than one.
    """
    table, schema = node.args.get("table"), node.args.get("db")
    for inner in scope.outwards():
        candidates = inner.sources.fields
        if table:
            sources = sources_named(table, schema, inner)
            candidates = tuple(one for source in sources for one in source.fields)
        found = [one for one in candidates if matches(node.this, one.name)]
        if len(found) > 1:
            refuse(node, f"column {node.name} is there more than once: say of which table")
        if found:
            # within a query that is a value, PostgreSQL knows groups by their columns only
            return grouped(value_of(found[0], node, inner), inner)
        if table and sources:
            refuse(node, f"table {table.name} has no column {node.name}")
    if table:
        refuse(node, f"there is no table {table.name} in FROM")
    refuse(node, f"there is no column {node.name}")


def value_of(field: Field, node: exp.Expr, scope: Scope) -> Value:
    """Return the value of a column of a query."""
    reference = Reference(scope.number, field.table, field.name, place_of(node))
    return Value(
        node=node,
        sql=field.sql,
        type=field.type,
        field=field,
        references=frozenset({reference}),
    )


def grouped(value: Value, scope: Scope) -> Value:
    """Return a value that depends on no column any more if the rows are grouped by it."""
    if value.sql not in scope.groups:
        return value
    outer = frozenset(one for one in value.references if one.scope != scope.number)
    return replace(value, references=outer)


def sources_named(table: exp.Expr, schema: exp.Expr | None, scope: Scope) -> list[Source]:
    """Return the tables of a query that have a name."""
    return [
        source
        for source in scope.sources.sources
        if matches(table, source.name)
        and (schema is None or (source.schema is not None and matches(schema, source.schema)))
    ]


def indexed(ra: Value, dec: Value, scope: Scope) -> Indexed | None:
    """Return the indexed position that two columns are, if they are one."""
    for source in _ungrouped(scope):
        for place in source.positions:
            if place.ra is ra.field and place.dec is dec.field:
                return place
    return None


def shares(value: Value, scope: Scope) -> list[tuple[Share, Tell]]:
    """Return the partition columns that the value of a column tells, and how."""
    return [
        (one, one.told_by[value.field])
        for source in _ungrouped(scope)
        for one in source.shares
        if value.field and value.field in one.told_by
    ]


def _ungrouped(scope: Scope) -> Iterator[Source]:
    """Return the tables, here and around, whose rows are not grouped: of groups nothing is left."""
    for inner in scope.outwards():
        if not inner.groups:
            yield from inner.sources.sources
