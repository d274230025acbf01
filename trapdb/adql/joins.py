"""FROM: tables, queries in their place, and how they are joined.

A join by names, NATURAL or USING, is written with ON: the relations behind the tables may have
columns that the query does not see, and those never join.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from trapdb.adql.comparisons import compared, conditions
from trapdb.adql.expressions import true_or_false
from trapdb.adql.places import refuse
from trapdb.adql.scopes import (
    Indexed,
    Scope,
    Share,
    Source,
    Sources,
    matches,
)
from trapdb.adql.tables import Column, Table
from trapdb.adql.types import common_type, type_of
from trapdb.adql.values import Behind, Field, Origin, Reference, Value, quoted

_KINDS = {"INNER": "join", "LEFT": "left join", "RIGHT": "right join", "FULL": "full join"}

# SQL of a table or of several joined, what they offer, and the columns of queries around them
From = tuple[str, Sources, frozenset[Reference]]
_NOTHING: frozenset[Reference] = frozenset()


def tables_of(node: exp.From, scope: Scope) -> From:
    """Write FROM.

    Raises
    ------
    AdqlError
        A table is not there, or two have one name; else as for expressions.
    """
    chains = [_chain(chain.expressions, scope) for chain in node.this.expressions]
    sources, references = Sources(), _NOTHING
    for chain, (_, more, outer) in zip(node.this.expressions, chains, strict=True):
        sources, references = _beside(chain, sources, more), references | outer
    return ", ".join(sql for sql, *_ in chains), sources, references


def _chain(nodes: Sequence[exp.Expr], scope: Scope) -> From:
    """Write a table and those joined to it, one after the other."""
    sql, sources, references = _table(nodes[0], scope)
    for join in nodes[1:]:
        other_sql, other, outer = _table(join.this, scope)
        both = _beside(join, sources, other)
        kind = join.args["kind"].upper()
        if kind == "CROSS":
            sql, sources = f"{sql} cross join {other_sql}", both
        elif condition := join.args.get("on"):
            found = true_or_false(condition, replace(scope, sources=both))
            if found.aggregate:
                refuse(found.aggregate, "an aggregate function in ON")
            outer |= _outer(found, scope)
            sql, sources = f"{sql} {_KINDS[kind]} {other_sql} on {found.sql}", both
        else:
            on, sources = _by_names(join, kind, sources, other, scope)
            sql = f"{sql} {_KINDS[kind]} {other_sql} on {on}"
        references |= outer
    return (f"({sql})" if len(nodes) > 1 else sql), sources, references


def _outer(value: Value, scope: Scope) -> frozenset[Reference]:
    return frozenset(one for one in value.references if one.scope != scope.number)


def _beside(node: exp.Expr, sources: Sources, other: Sources) -> Sources:
    names = {one.name.lower() for one in sources.sources}
    for one in other.sources:
        if one.name.lower() in names:
            refuse(node, f"two tables in FROM have the name {one.name}: give one another, with AS")
    return Sources(sources.sources + other.sources, sources.fields + other.fields)


def _table(node: exp.Expr, scope: Scope) -> From:
    if isinstance(node, exp.Paren):
        return _chain(node.this.expressions, scope)
    alias = node.args.get("alias")
    name: str | None = alias.this.this if alias else None
    if isinstance(node, exp.Subquery):
        assert name is not None
        query = scope.archive.query(node.this, scope.within())
        source = query.source(name)
        sql, references = f"({query.table_sql}) as {quoted(name)}", query.references
    elif isinstance(node, exp.Table):
        source, sql = _named(node, name, scope)
        references = _NOTHING
    else:
        refuse(node, "this is no table")
    return sql, Sources((source,), source.fields), references


def _named(node: exp.Table, name: str | None, scope: Scope) -> tuple[Source, str]:
    db = node.args.get("db")
    if not db:
        for known, query in scope.named.items():
            if matches(node.this, known):
                name = name or known
                return query.source(name), f"{quoted(known)} as {quoted(name)}"
    found = [known for known in scope.archive.tables if _means(node.this, db, known)]
    if not found:
        refuse(node, f"there is no table {f'{db.this}.' if db else ''}{node.this.this}")
    if len(found) > 1:
        refuse(node, f"{node.this.this} is in several schemas: {', '.join(found)}")
    (known,) = found
    schema, _, own_name = known.rpartition(".")
    table = scope.archive.tables[known]
    source = _source(known, name or own_name, table, schema if not name else None)
    return source, f"{quoted(*table.relation)} as {quoted(name or own_name)}"


def _means(name: exp.Expr, schema: exp.Expr | None, known: str) -> bool:
    known_schema, _, known_name = known.rpartition(".")
    return matches(name, known_name) and (schema is None or matches(schema, known_schema))


def _source(known: str, name: str, table: Table, schema: str | None) -> Source:
    """Make what a table of the archive offers under a name."""
    fields = tuple(
        Field(
            table=name,
            name=one.name,
            sql=quoted(name, one.name),
            type=type_of(one.type),
            origin=Origin(known, one.name),
            behind=_behind(one, partial(quoted, name)),
        )
        for one in table.columns
    )
    by_name = {one.name: one for one in fields}
    positions: tuple[Indexed, ...] = ()
    if place := table.position:
        indexed = quoted(name, place.indexed)
        positions = (Indexed(by_name[place.ra], by_name[place.dec], indexed, place.lag),)
    shares = tuple(
        Share(quoted(name, one.column), {by_name[told]: tell for told, tell in one.told_by.items()})
        for one in table.partitions
    )
    return Source(name, fields, schema, positions, shares)


def _behind(column: Column, name: Callable[[str], str]) -> Behind | None:
    if column.geometry is None:
        return None
    place = column.place
    return Behind(
        column.geometry,
        column.cover,
        column.circle,
        (place.indexed, place.is_one) if place else None,
        place.lag if place else 0.0,
    ).mapped(name)


def _by_names(
    node: exp.Expr, kind: str, left: Sources, right: Sources, scope: Scope
) -> tuple[str, Sources]:
    """Write the condition of NATURAL or USING, and merge the columns that it names."""
    names = node.args.get("using")
    if names is None:
        shared = {one.name.lower() for one in right.fields}
        names = [
            exp.to_identifier(one.name, quoted=False)
            for one in left.fields
            if one.name.lower() in shared
        ]
    scope = replace(scope, sources=Sources(left.sources + right.sources))
    equal, merged = [], []
    gone: set[Field] = set()
    for name in names:
        one, other = _only(node, name, left), _only(node, name, right)
        equal.append(compared(exp.EQ(), _value(name, one), _value(name, other), scope))
        merged.append(_merged(kind, one, other))
        gone |= {one, other}
    on = conditions(node, "and", equal).sql if equal else "true"
    rest = (one for one in left.fields + right.fields if one not in gone)
    return on, Sources(left.sources + right.sources, (*merged, *rest))


def _only(node: exp.Expr, name: exp.Expr, sources: Sources) -> Field:
    found = [one for one in sources.fields if matches(name, one.name)]
    if len(found) != 1:
        times = "no" if not found else "more than one"
        where = name if "line" in name.meta else node
        refuse(where, f"a table joined by column {name.this} has {times} such column")
    return found[0]


def _value(node: exp.Expr, field: Field) -> Value:
    return Value(node=node, sql=field.sql, type=field.type, field=field)


def _merged(kind: str, left: Field, right: Field) -> Field:
    """Return the one column that two are after a join by their name."""
    if kind == "FULL":
        return Field(
            table=left.table,
            name=left.name,
            sql=f"coalesce({left.sql}, {right.sql})",
            type=common_type([left.type, right.type]),
            origin=left.origin,
        )
    return right if kind == "RIGHT" else left
