"""Numbers: as they are written, and the four operations."""

from dataclasses import replace
from math import isfinite

from sqlglot import exp

from trapdb.adql.places import refuse
from trapdb.adql.types import DOUBLE, INTEGERS, NUMBERS, common_type
from trapdb.adql.values import NULL, Value, as_double, combined, double

SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_INTEGER_MAX, _BIGINT_MAX = 2**31 - 1, 2**63 - 1


def literal(node: exp.Literal) -> Value:
    """Return a number as it is written: one without point and exponent is an integer.

    Raises
    ------
    AdqlError
        It is larger than numbers can be.
    """
    written: str = node.this
    if written.isdigit():
        digits = written.lstrip("0") or "0"
        if len(digits) > 19 or int(digits) > _BIGINT_MAX:
            refuse(node, f"{written[:40]} is too large for an integer: write it as 1E20 is written")
        number = int(digits)
        type_ = "integer" if number <= _INTEGER_MAX else "bigint"
        return Value(node=node, sql=digits, type=type_, constant=number)
    value = float(written)
    if not isfinite(value):
        refuse(node, f"{written[:40]} is too large for a number")
    return Value(node=node, sql=double(value), type=DOUBLE, constant=value)


def negative(node: exp.Expr, value: Value) -> Value:
    """Return a number with its sign turned.

    Raises
    ------
    AdqlError
        It is no number.
    """
    value = _number(value)
    if isinstance(value.constant, int | float):
        number = -value.constant
        sql = double(number) if isinstance(number, float) else f"({number})"
        return combined(node, sql, value.type, [value], number)
    return combined(node, f"(- {value.sql})", value.type, [value])


def computed(node: exp.Expr, left: Value, right: Value) -> Value:
    """Return a sum, difference, product or quotient; the quotient of integers is one, too.

    Raises
    ------
    AdqlError
        One of them is no number.
    """
    left, right = _number(left), _number(right)
    type_ = common_type([left.type, right.type])
    sign = SIGNS[type(node)]
    sql = f"({left.sql} {sign} {right.sql})"
    return combined(node, sql, type_, [left, right], _constant(sign, left, right, type_))


def _constant(sign: str, left: Value, right: Value, type_: str | None) -> int | float | None:
    """Compute with constants as PostgreSQL does; None where it would refuse to."""
    a, b = left.constant, right.constant
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return None
    try:
        if sign == "/" and type_ in INTEGERS:
            number = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        elif sign == "/":
            number = a / b
        else:
            number = a + b if sign == "+" else a - b if sign == "-" else a * b
    except (ZeroDivisionError, OverflowError):
        return None
    return number if isfinite(number) else None


def _number(value: Value) -> Value:
    if value.type not in NUMBERS and value.type is not None:
        refuse(value.node, f"a number is expected here, and this is of type {value.type}")
    # PostgreSQL has to be told what NULL is where there are operators of several types
    return replace(value, sql=as_double(value), type=DOUBLE) if value.sql == NULL else value
