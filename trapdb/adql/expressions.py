"""Expressions: each kind of node that may be in one, and what it is in SQL.

What is not in `_KINDS` is refused, whatever it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from trapdb.adql import functions, geometry_functions
from trapdb.adql.arithmetic import SIGNS, computed, literal, negative
from trapdb.adql.casts import cast
from trapdb.adql.comparisons import (
    OPERATORS,
    alike,
    among,
    between,
    compared,
    condition,
    conditions,
)
from trapdb.adql.geometry import Geometry
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope, Written, column, grouped
from trapdb.adql.types import common_type, family
from trapdb.adql.values import NULL, Value, combined, text


def value(node: exp.Expr, scope: Scope) -> Value:
    """Return the value of an expression.

    Raises
    ------
    AdqlError
        It is a geometry, or makes no sense.
    """
    found = any_value(node, scope)
    if isinstance(found, Geometry):
        refuse(node, "a geometry is not expected here")
    return found


def true_or_false(node: exp.Expr, scope: Scope) -> Value:
    """Return the value of an expression that is true or false.

    Raises
    ------
    AdqlError
        It is not, or makes no sense.
    """
    return condition(value(node, scope))


def any_value(node: exp.Expr, scope: Scope) -> Value | Geometry:
    """Return the value of an expression, or the geometry that it is.

    Raises
    ------
    AdqlError
        It makes no sense.
    """
    write = _KINDS.get(type(node))
    if write is None:
        refuse(node, "this is not supported")
    found = write(node, scope)
    return grouped(found, scope) if isinstance(found, Value) else found


def _same(node: exp.Expr, scope: Scope) -> Value | Geometry:
    return any_value(node.this, scope)


def _literal(node: exp.Literal, scope: Scope) -> Value:
    if not node.is_string:
        return literal(node)
    return Value(node=node, sql=text(node.this), type="text", constant=node.this)


def _null(node: exp.Expr, scope: Scope) -> Value:
    return Value(node=node, sql=NULL, type=None)


def _boolean(node: exp.Expr, scope: Scope) -> Value:
    return Value(node=node, sql=str(node.this).lower(), type="boolean", constant=bool(node.this))


def _column(node: exp.Column, scope: Scope) -> Value:
    if isinstance(node.this, exp.Star):
        refuse(node, "* stands for columns only by itself in SELECT")
    return column(node, scope)


def _negative(node: exp.Expr, scope: Scope) -> Value:
    return negative(node, value(node.this, scope))


def _computed(node: exp.Binary, scope: Scope) -> Value:
    return computed(node, value(node.this, scope), value(node.expression, scope))


def _compared(node: exp.Binary, scope: Scope) -> Value:
    left, right = value(node.this, scope), value(node.expression, scope)
    return compared(node, left, right, scope)


def _joined(node: exp.Binary, scope: Scope) -> Value:
    """Write AND or OR between as many conditions as there are, not one within the other."""
    kind, parts = type(node), []
    rest: exp.Expr = node
    while type(rest) is kind:
        parts.append(rest.expression)
        rest = rest.this
    values = [value(part, scope) for part in (rest, *reversed(parts))]
    return conditions(node, "and" if kind is exp.And else "or", values)


def _not(node: exp.Expr, scope: Scope) -> Value:
    one = true_or_false(node.this, scope)
    return combined(node, f"(not {one.sql})", "boolean", [one])


def _is_null(node: exp.Binary, scope: Scope) -> Value:
    one = value(node.this, scope)
    return combined(node, f"({one.sql} is null)", "boolean", [one])


def _between(node: exp.Between, scope: Scope) -> Value:
    one, low, high = (
        value(part, scope) for part in (node.this, node.args["low"], node.args["high"])
    )
    return between(node, one, low, high, scope)


def _in(node: exp.In, scope: Scope) -> Value:
    one = value(node.this, scope)
    query = node.args.get("query")
    if not query:
        others = [value(part, scope) for part in node.expressions]
        return among(node, one, others, scope)
    other = _subquery(query, scope)
    one, other = alike(one, other)
    return combined(node, f"({one.sql} in {other.sql})", "boolean", [one, other])


def _like(node: exp.Binary, scope: Scope) -> Value:
    left, right = value(node.this, scope), value(node.expression, scope)
    for one in (left, right):
        _check_text(one)
    operator = "ilike" if isinstance(node, exp.ILike) else "like"
    # ADQL knows no way to escape a % in a pattern, and a backslash is one like any other
    written = f"({left.sql} {operator} {right.sql} escape '')"
    return combined(node, written, "boolean", [left, right])


def _concatenated(node: exp.Binary, scope: Scope) -> Value:
    left, right = value(node.this, scope), value(node.expression, scope)
    for one in (left, right):
        _check_text(one)
    return combined(node, f"({left.sql} || {right.sql})", "text", [left, right])


def _exists(node: exp.Expr, scope: Scope) -> Value:
    query = scope.archive.query(node.this.this, scope.within())
    sql = f"exists ({query.sql})"
    return Value(node=node, sql=sql, type="boolean", references=query.references)


def _subquery(node: exp.Subquery, scope: Scope) -> Value:
    query = _single(node, scope)
    (output,) = query.outputs
    return Value(node=node, sql=f"({query.sql})", type=output.type, references=query.references)


def _single(node: exp.Subquery, scope: Scope) -> Written:
    query = scope.archive.query(node.this, scope.within())
    if len(query.outputs) != 1:
        refuse(node, f"this query has to give one column, and gives {len(query.outputs)}")
    return query


def _case(node: exp.Case, scope: Scope) -> Value:
    tested = value(node.this, scope) if node.this else None
    parts, written, results = [tested] if tested else [], [], []
    for branch in node.args["ifs"]:
        when = value(branch.this, scope)
        if tested:
            tested, when = alike(tested, when)
        else:
            condition(when)
        then = value(branch.args["true"], scope)
        written.append(f"when {when.sql} then {then.sql}")
        parts += [when, then]
        results.append(then)
    if default := node.args.get("default"):
        results.append(value(default, scope))
        parts.append(results[-1])
        written.append(f"else {results[-1].sql}")
    start = f"case {tested.sql}" if tested else "case"
    type_ = _one_kind(results)
    return combined(node, f"({start} {' '.join(written)} end)", type_, parts)


def _one_kind(values: Sequence[Value]) -> str | None:
    """Return the type that fits several values, of which NULL may be some."""
    known = [one for one in values if one.type is not None]
    for one in known[1:]:
        if family(one.type) != family(known[0].type):
            refuse(one.node, f"this is of type {one.type}, the one before {known[0].type}")
    return common_type([one.type for one in known])


def _cast(node: exp.Cast, scope: Scope) -> Value:
    return cast(node, value(node.this, scope))


def _call(node: exp.Anonymous, scope: Scope) -> Value | Geometry:
    given = list(node.expressions)
    if node.this in functions.AGGREGATES:
        return _aggregate(node, given, scope)
    for one in given:
        if isinstance(one, exp.Star | exp.Distinct):
            refuse(node, f"{node.this} is no aggregate function")
    if node.this in geometry_functions.FUNCTIONS:
        return geometry_functions.call(node, [any_value(one, scope) for one in given], scope)
    arguments = [value(one, scope) for one in given]
    if node.this == "COALESCE":
        if not arguments:
            refuse(node, "COALESCE has one argument or more")
        written = ", ".join(one.sql for one in arguments)
        return combined(node, f"coalesce({written})", _one_kind(arguments), arguments)
    return functions.call(node, arguments)


def _aggregate(node: exp.Anonymous, given: list[exp.Expr], scope: Scope) -> Value:
    distinct = len(given) == 1 and isinstance(given[0], exp.Distinct)
    if distinct:
        given = given[0].expressions
    if len(given) != 1:
        refuse(node, f"{node.this} has one argument")
    if isinstance(given[0], exp.Star):
        if node.this != "COUNT":
            refuse(node, f"{node.this} is of a column, not of *")
        return functions.aggregate(node, None, False, scope.number)
    argument = value(given[0], replace(scope, groups=frozenset()))
    return functions.aggregate(node, argument, distinct, scope.number)


_KINDS: dict[type[exp.Expr], Callable[..., Value | Geometry]] = {
    exp.Paren: _same,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Boolean: _boolean,
    exp.Column: _column,
    exp.Neg: _negative,
    **dict.fromkeys(SIGNS, _computed),
    **dict.fromkeys(OPERATORS, _compared),
    exp.And: _joined,
    exp.Or: _joined,
    exp.Not: _not,
    exp.Is: _is_null,
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.ILike: _like,
    exp.DPipe: _concatenated,
    exp.Exists: _exists,
    exp.Subquery: _subquery,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Anonymous: _call,
}


def _check_text(value: Value) -> None:
    if value.type not in ("text", None):
        refuse(value.node, f"a text is expected here, and this is of type {value.type}")
