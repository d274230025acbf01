"""SELECT: its columns, its clauses, and what may stand in each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from trapdb.adql.carrying import carried, source_of
from trapdb.adql.expressions import any_value, true_or_false, value
from trapdb.adql.geometry import TYPES, Geometry
from trapdb.adql.joins import tables_of
from trapdb.adql.places import refuse
from trapdb.adql.scopes import (
    Output,
    Scope,
    Written,
    grouped,
    matches,
    sources_named,
    value_of,
)
from trapdb.adql.values import Value, quoted
from trapdb.errors import AdqlError


@dataclass(frozen=True)
class Selected:
    """A column that SELECT gives: its name, and what it is."""

    name: str
    found: Value | Geometry

    @property
    def sql(self) -> str:
        """What it is in SQL."""
        return self.found.output if isinstance(self.found, Geometry) else self.found.sql

    @property
    def parts(self) -> tuple[Value, ...]:
        """What it is made of."""
        return self.found.parts if isinstance(self.found, Geometry) else (self.found,)

    @property
    def output(self) -> Output:
        """What it is to who gets it."""
        if isinstance(self.found, Geometry):
            return Output(self.name, TYPES[type(self.found)])
        field = self.found.field
        return Output(self.name, self.found.type, field.origin if field else None)


def selected(node: exp.Select, scope: Scope) -> Written:
    """Write a SELECT.

    Raises
    ------
    AdqlError
        It makes no sense.
    """
    from_sql, sources, outer = tables_of(node.args["from_"], scope)
    scope = replace(scope, sources=sources)
    where = [true_or_false(clause.this, scope) for clause in _clause(node, "where")]
    groups = [group for clause in _clause(node, "group") for group in _groups(node, clause, scope)]
    _refuse_aggregates(where)
    scope = replace(scope, groups=frozenset(group.sql for group in groups))
    columns = list(_columns(node.expressions, scope))
    having = [true_or_false(clause.this, scope) for clause in _clause(node, "having")]
    order = [
        _sorted(node, one, columns, scope)
        for clause in _clause(node, "order")
        for one in clause.expressions
    ]

    after = [part for column in columns for part in column.parts] + having
    after += [one for _, one in order if one]
    is_grouped = bool(groups or having or any(one.aggregate for one in after))
    if is_grouped:
        _check_grouped(after, scope)

    clauses = f" from {from_sql}"
    if where:
        clauses += f" where {where[0].sql}"
    if groups:
        clauses += f" group by {', '.join(group.sql for group in groups)}"
    if having:
        clauses += f" having {having[0].sql}"
    if order:
        clauses += f" order by {', '.join(sql for sql, _ in order)}"
    if limit := node.args.get("limit"):
        clauses += f" limit {rows(limit.expression)}"
    clauses += offset(node)

    distinct = "distinct " if node.args.get("distinct") else ""
    visible = [f"{one.sql} as {quoted(one.name)}" for one in columns]
    outputs = tuple(column.output for column in columns)
    hidden = None
    if not is_grouped and not distinct:
        hidden = carried([one.found for one in columns], [one.name for one in columns], scope)
    extra = [f"{sql} as {quoted(name)}" for name, sql in hidden.columns.items()] if hidden else []
    references = frozenset(
        one
        for found in [*where, *groups, *after]
        for one in found.references
        if one.scope != scope.number
    )
    return Written(
        f"select {distinct}{', '.join(visible)}{clauses}",
        f"select {distinct}{', '.join(visible + extra)}{clauses}",
        outputs,
        outer | references,
        partial(source_of, outputs=outputs, hidden=hidden),
    )


def _clause(node: exp.Select, name: str) -> list[exp.Expr]:
    clause = node.args.get(name)
    return [clause] if clause else []


def _columns(nodes: Sequence[exp.Expr], scope: Scope) -> Iterator[Selected]:
    """Write the columns of SELECT, with those for which a * stands."""
    for number, node in enumerate(nodes, 1):
        if isinstance(node, exp.Star) or isinstance(node.this, exp.Star):
            for field in _all_fields(node, scope):
                yield Selected(field.name, grouped(value_of(field, node, scope), scope))
            continue
        this = node.this if isinstance(node, exp.Alias) else node
        found = any_value(this, scope)
        if isinstance(node, exp.Alias):
            name = node.args["alias"].this
        elif isinstance(found, Value) and found.field:
            name = found.field.name
        elif isinstance(this, exp.Anonymous):
            name = this.this.lower()
        else:
            name = f"column_{number}"
        yield Selected(name, found)


def _all_fields(node: exp.Expr, scope: Scope) -> Sequence:
    if isinstance(node, exp.Star):
        return scope.sources.fields
    sources = sources_named(node.args["table"], node.args.get("db"), scope)
    if not sources:
        refuse(node, f"there is no table {node.args['table'].this} in FROM")
    return sources[0].fields


def _groups(node: exp.Select, clause: exp.Expr, scope: Scope) -> Iterator[Value]:
    """Write what the rows are grouped by: expressions, or columns of SELECT by name or number."""
    for one in clause.expressions:
        this = _column_meant(node, one, scope) or one
        found = value(this, scope)
        _refuse_aggregates([found])
        if found.constant is not None or not found.references:
            refuse(one, "rows are grouped by columns, not by a constant")
        yield found


def _column_meant(node: exp.Select, term: exp.Expr, scope: Scope) -> exp.Expr | None:
    """Return the expression of SELECT that a number, or a name that is no column, stands for."""
    if isinstance(term, exp.Literal) and not term.is_string and term.this.isdigit():
        if not 1 <= rows(term) <= len(node.expressions):
            refuse(term, f"there is no column {term.this}: SELECT has {len(node.expressions)}")
        one = node.expressions[rows(term) - 1]
        return one.this if isinstance(one, exp.Alias) else one
    if not isinstance(term, exp.Column) or term.args.get("table"):
        return None
    if any(matches(term.this, field.name) for field in scope.sources.fields):
        return None
    for one in node.expressions:
        if isinstance(one, exp.Alias) and matches(term.this, one.args["alias"].this):
            return one.this
    return None


def _sorted(
    node: exp.Select, term: exp.Expr, columns: Sequence[Selected], scope: Scope
) -> tuple[str, Value | None]:
    """Write what the rows are sorted by: a column by its number, or an expression."""
    number = number_of_output(term.this, [column.output for column in columns])
    if number is not None:
        return f"{number}{direction(term)}", None
    found = value(term.this, scope)
    if found.constant is not None:
        refuse(term, "rows are sorted by columns, not by a constant")
    if node.args.get("distinct"):
        written = [column.sql for column in columns]
        if found.sql not in written:
            refuse(term, "after SELECT DISTINCT, rows are sorted by columns that it gives")
        return f"{written.index(found.sql) + 1}{direction(term)}", None
    return f"{found.sql}{direction(term)}", found


def _refuse_aggregates(values: Sequence[Value]) -> None:
    for one in values:
        if one.aggregate:
            refuse(one.aggregate, "an aggregate function has no place in WHERE or GROUP BY")


def _check_grouped(values: Sequence[Value], scope: Scope) -> None:
    for one in values:
        for reference in one.references:
            if reference.scope == scope.number:
                raise AdqlError(
                    f"{reference.name} is neither in GROUP BY nor in an aggregate function",
                    *reference.place,
                )


def number_of_output(node: exp.Expr, outputs: Sequence[Output]) -> int | None:
    """Return which column a number or a name means, counted from 1; None for an expression.

    Raises
    ------
    AdqlError
        There is no column of this number.
    """
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        if not 1 <= rows(node) <= len(outputs):
            refuse(node, f"there is no column {node.this}: the query gives {len(outputs)}")
        return rows(node)
    if not isinstance(node, exp.Column) or node.args.get("table"):
        return None
    found = [n for n, one in enumerate(outputs, 1) if matches(node.this, one.name)]
    return found[0] if found else None


def direction(node: exp.Expr) -> str:
    """Write how rows are sorted."""
    return " desc" if node.args.get("desc") else ""


def offset(node: exp.Expr) -> str:
    """Write OFFSET, if a query has one."""
    found = node.args.get("offset")
    return f" offset {rows(found.expression)}" if found else ""


def rows(node: exp.Expr) -> int:
    """Return a number of rows.

    Raises
    ------
    AdqlError
        It is larger than tables can be.
    """
    digits: str = node.this.lstrip("0") or "0"
    if len(digits) > 18:
        refuse(node, "this is too large for a number of rows")
    return int(digits)
