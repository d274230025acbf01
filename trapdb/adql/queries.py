"""Queries: SELECT, those that are put together of several, and WITH."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from trapdb.adql.carrying import source_of
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Output, Scope, Written
from trapdb.adql.selects import direction, number_of_output, offset, selected
from trapdb.adql.types import common_type, family
from trapdb.adql.values import quoted

_SETS: dict[type[exp.Expr], str] = {
    exp.Union: "union",
    exp.Except: "except",
    exp.Intersect: "intersect",
}


def written(node: exp.Expr, scope: Scope) -> Written:
    """Write a query.

    Parameters
    ----------
    node
        The query.
    scope
        That of the query, which has no tables yet.

    Raises
    ------
    AdqlError
        It makes no sense.
    """
    if isinstance(node, exp.Subquery):
        return _in_parentheses(node, scope)
    if isinstance(node, exp.SetOperation):
        return _set_operation(node, scope)
    if isinstance(node, exp.Select):
        return selected(node, scope)
    refuse(node, "this is no query")


def with_named(node: exp.Query, scope: Scope) -> Written:
    """Write a query with the queries that it names beforehand.

    Raises
    ------
    AdqlError
        One of them, or the query, makes no sense.
    """
    parts = []
    with_ = node.args.get("with_")
    for one in with_.expressions if with_ else ():
        name: str = one.args["alias"].this.this
        if any(name.lower() == known.lower() for known in scope.named):
            refuse(one.args["alias"], f"two queries have the name {name}")
        query = written(one.this, scope)
        parts.append(f"{quoted(name)} as ({query.table_sql})")
        scope = replace(scope, named={**scope.named, name: query})
    query = written(node, scope)
    if not parts:
        return query
    return replace(query, sql=f"with {', '.join(parts)} {query.sql}")


def _in_parentheses(node: exp.Subquery, scope: Scope) -> Written:
    inner = written(node.this, scope)
    if not node.args.get("order") and not node.args.get("offset"):
        return inner
    order = _order_by_name(node.args.get("order"), inner.outputs)
    after = f"{order}{offset(node)}"
    return replace(inner, sql=f"({inner.sql}){after}", table_sql=f"({inner.table_sql}){after}")


def _set_operation(node: exp.SetOperation, scope: Scope) -> Written:
    left, right = written(node.this, scope.within()), written(node.expression, scope.within())
    if len(left.outputs) != len(right.outputs):
        refuse(
            node.expression,
            f"this query gives {len(right.outputs)} columns, and that before {len(left.outputs)}",
        )
    outputs = []
    for one, other in zip(left.outputs, right.outputs, strict=True):
        if None not in (one.type, other.type) and family(one.type) != family(other.type):
            text = f"column {other.name} is {other.type}, and {one.name} of the query before "
            refuse(node.expression, f"{text}{one.type}")
        type_ = one.type if other.type is None else common_type([one.type, other.type])
        outputs.append(Output(one.name, type_ or other.type, one.origin))
    word = _SETS[type(node)] + ("" if node.args["distinct"] else " all")
    order = _order_by_name(node.args.get("order"), outputs)
    sql = f"({left.sql}) {word} ({right.sql}){order}{offset(node)}"
    return Written(
        sql,
        sql,
        tuple(outputs),
        left.references | right.references,
        partial(source_of, outputs=outputs, hidden=None),
    )


def _order_by_name(node: exp.Expr | None, outputs: Sequence[Output]) -> str:
    """Write ORDER BY of several queries together, which knows their columns only."""
    if node is None:
        return ""
    terms = []
    for one in node.expressions:
        number = number_of_output(one.this, outputs)
        if number is None:
            refuse(one, "rows of several queries are sorted by the names of their columns")
        terms.append(f"{number}{direction(one)}")
    return f" order by {', '.join(terms)}"
