"""Comparisons: of values, of what lies in what, and of columns that tell a partition."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from trapdb.adql.containment import Containment, Separation, known_limit, probes
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope, shares
from trapdb.adql.times import time
from trapdb.adql.types import family
from trapdb.adql.values import Value, combined

OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_TURNED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TRUE = {"true", "t", "1"}
_FALSE = {"false", "f", "0"}


def compared(node: exp.Expr, left: Value, right: Value, scope: Scope) -> Value:
    """Return whether two values compare as an operator says.

    Raises
    ------
    AdqlError
        They are of kinds that do not compare.
    """
    operator = OPERATORS[type(node)]
    for one, other, sign in ((left, right, operator), (right, left, _TURNED[operator])):
        if isinstance(one, Containment) and (held := _held(one, other, sign)):
            return combined(node, held, "boolean", [one])
        if isinstance(one, Separation) and sign in ("<", "<="):
            return _near(node, one, other, sign, scope)
    left, right = alike(left, right)
    condition = f"({left.sql} {operator} {right.sql})"
    if operator == "=":
        condition = _with_partition(condition, left, right, scope)
    return combined(node, condition, "boolean", [left, right])


def _held(told: Containment, number: Value, sign: str) -> str | None:
    """Write ``= 1`` or ``= 0`` as a condition, the former with what finds it by an index."""
    if sign not in ("=", "<>") or number.constant not in (0, 1):
        return None
    if bool(number.constant) != (sign == "="):
        return f"(not {told.condition})"
    return f"({' and '.join((*told.probes, told.condition))})"


def _near(node: exp.Expr, apart: Separation, limit: Value, sign: str, scope: Scope) -> Value:
    if family(limit.type) not in ("number", None):
        refuse(limit.node, f"a distance is compared with a number, and this is {limit.type}")
    condition = f"{apart.sql} {sign} {known_limit(limit)}"
    found = probes(apart.points, limit, scope)
    return combined(node, f"({' and '.join((*found, condition))})", "boolean", [apart, limit])


def between(node: exp.Expr, value: Value, low: Value, high: Value, scope: Scope) -> Value:
    """Return whether a value lies between two others, or is one of them.

    Raises
    ------
    AdqlError
        They are of kinds that do not compare.
    """
    if isinstance(value, Separation):
        parts = [compared(exp.GTE(), value, low, scope), compared(exp.LTE(), value, high, scope)]
        return conditions(node, "and", parts)
    value, low = alike(value, low)
    value, high = alike(value, high)
    written = f"({value.sql} between {low.sql} and {high.sql})"
    return combined(node, written, "boolean", [value, low, high])


def among(node: exp.Expr, value: Value, others: Sequence[Value], scope: Scope) -> Value:
    """Return whether a value is one of others.

    Raises
    ------
    AdqlError
        They are of kinds that do not compare.
    """
    pairs = [alike(value, other) for other in others]
    value = pairs[0][0]
    written = ", ".join(other.sql for _, other in pairs)
    condition = f"({value.sql} in ({written}))"
    for where, tell in shares(value, scope):
        known = {_told(tell, other) for _, other in pairs}
        if None not in known:
            numbers = ", ".join(str(number) for number in sorted(known))  # type: ignore[type-var]
            condition = f"({condition} and {where.sql} in ({numbers}))"
    return combined(node, condition, "boolean", [value, *(other for _, other in pairs)])


def _with_partition(condition: str, left: Value, right: Value, scope: Scope) -> str:
    """Say of an equality in which partition the rows are, or that it is the same one."""
    first, second = shares(left, scope), shares(right, scope)
    implied = [
        f"{one.sql} = {other.sql}"
        for one, tell in first
        for other, tell_other in second
        if tell == tell_other
    ]
    for told, value in ((first, right), (second, left)):
        for one, tell in told:
            if (number := _told(tell, value)) is not None:
                implied.append(f"{one.sql} = {number}")
    return f"({' and '.join((condition, *implied))})" if implied else condition


def _told(tell: Callable[[object], int | None], value: Value) -> int | None:
    return None if value.constant is None else tell(value.constant)


def alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Return two values of one kind: a text beside a time or a truth value says one, too.

    Raises
    ------
    AdqlError
        They are of different kinds.
    """
    left, right = _as(left, right), _as(right, left)
    kinds = family(left.type), family(right.type)
    if None not in kinds and kinds[0] != kinds[1]:
        refuse(right.node, f"{left.type} and {right.type} do not compare")
    return left, right


def _as(value: Value, other: Value) -> Value:
    if value.type == "text" and other.type == "timestamp" and isinstance(value.constant, str):
        return time(value)
    if other.type == "boolean" and value.type != "boolean" and value.constant is not None:
        word = str(value.constant).lower()
        if word in _TRUE | _FALSE:
            return replace(value, sql=str(word in _TRUE).lower(), type="boolean")
    return value


def conditions(node: exp.Expr, word: str, parts: Sequence[Value]) -> Value:
    """Return several conditions with AND or OR between them."""
    for part in parts:
        condition(part)
    return combined(node, f"({f' {word} '.join(part.sql for part in parts)})", "boolean", parts)


def condition(value: Value) -> Value:
    """Return a value if it is a condition.

    Raises
    ------
    AdqlError
        It is not.
    """
    if isinstance(value, Containment):
        refuse(value.node, "this is 1 or 0: compare it with one of them, as 1 = CONTAINS(...)")
    if value.type != "boolean":
        refuse(value.node, "a condition is expected here, such as a comparison")
    return value
