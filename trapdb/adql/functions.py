"""The functions of ADQL that give numbers and texts, and its aggregate functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from trapdb.adql.geometry import number
from trapdb.adql.places import refuse
from trapdb.adql.types import DOUBLE, INTEGERS, NUMBERS
from trapdb.adql.values import NULL, Value, as_double, combined

Write = Callable[[exp.Expr, Sequence[Value]], Value]


@dataclass(frozen=True)
class Function:
    """A function: how many arguments it has, and what it is in SQL."""

    least: int
    most: int
    write: Write


def call(node: exp.Anonymous, arguments: Sequence[Value]) -> Value:
    """Return the value of a function.

    Raises
    ------
    AdqlError
        There is no such function, or it has other arguments.
    """
    function = FUNCTIONS.get(node.this)
    if function is None:
        why = "is not supported" if node.this in UNSUPPORTED else "is no function of ADQL"
        refuse(node, f"{node.this} {why}")
    if not function.least <= len(arguments) <= function.most:
        wanted = " or ".join(str(n) for n in range(function.least, function.most + 1))
        refuse(node, f"{node.this} takes {wanted}, not {len(arguments)} arguments")
    return function.write(node, arguments)


def _doubles(name: str) -> Write:
    """Make a function of numbers that is computed in double precision."""

    def write(node: exp.Expr, arguments: Sequence[Value]) -> Value:
        for one in arguments:
            number(one, "a number")
        written = ", ".join(as_double(one) for one in arguments)
        return combined(node, f"{name}({written})", DOUBLE, arguments)

    return write


def _same_type(name: str) -> Write:
    """Make a function of a number that leaves an integer one."""

    def write(node: exp.Expr, arguments: Sequence[Value]) -> Value:
        (one,) = arguments
        number(one, "a number")
        if one.type not in INTEGERS:
            return combined(node, f"{name}({as_double(one)})", DOUBLE, arguments)
        return combined(node, f"{name}({one.sql})", one.type, arguments) if name == "abs" else one

    return write


def _decimals(name: str) -> Write:
    """Make ROUND or TRUNCATE; both are exact in decimals, as the digits are that one reads."""

    def write(node: exp.Expr, arguments: Sequence[Value]) -> Value:
        one, digits = arguments[0], arguments[1] if len(arguments) > 1 else None
        number(one, "a number")
        if digits and digits.type not in INTEGERS:
            refuse(digits.node, "the number of decimal places is an integer")
        places = f"{digits.sql}::integer" if digits else "0"
        written = f"{name}({one.sql}::numeric, {places})::double precision"
        return combined(node, written, DOUBLE, arguments)

    return write


def _mod(node: exp.Expr, arguments: Sequence[Value]) -> Value:
    one, other = arguments
    for value in arguments:
        number(value, "a number")
        if value.random:
            refuse(value.node, "MOD takes no random numbers")
    if one.type in INTEGERS and other.type in INTEGERS:
        type_ = max(one.type, other.type, key=NUMBERS.index)  # type: ignore[type-var]
        return combined(node, f"mod({one.sql}, {other.sql})", type_, arguments)
    a, b = as_double(one), as_double(other)
    return combined(node, f"({a} - {b} * trunc({a} / {b}))", DOUBLE, arguments)


def _random(node: exp.Expr, arguments: Sequence[Value]) -> Value:
    # the argument has no meaning since ADQL 2.1
    for one in arguments:
        number(one, "a number")
    return replace(combined(node, "random()", DOUBLE, arguments), random=True)


def _case_of(name: str) -> Write:
    def write(node: exp.Expr, arguments: Sequence[Value]) -> Value:
        (one,) = arguments
        if one.type not in ("text", None):
            refuse(one.node, f"a text is expected here, and this is of type {one.type}")
        return combined(node, f"{name}({one.sql})", "text", arguments)

    return write


FUNCTIONS = {
    "ABS": Function(1, 1, _same_type("abs")),
    "ACOS": Function(1, 1, _doubles("acos")),
    "ASIN": Function(1, 1, _doubles("asin")),
    "ATAN": Function(1, 1, _doubles("atan")),
    "ATAN2": Function(2, 2, _doubles("atan2")),
    "CEILING": Function(1, 1, _same_type("ceil")),
    "COS": Function(1, 1, _doubles("cos")),
    "COT": Function(1, 1, _doubles("cot")),
    "DEGREES": Function(1, 1, _doubles("degrees")),
    "EXP": Function(1, 1, _doubles("exp")),
    "FLOOR": Function(1, 1, _same_type("floor")),
    "LOG": Function(1, 1, _doubles("ln")),
    "LOG10": Function(1, 1, _doubles("log")),
    "LOWER": Function(1, 1, _case_of("lower")),
    "MOD": Function(2, 2, _mod),
    "PI": Function(0, 0, _doubles("pi")),
    "POWER": Function(2, 2, _doubles("power")),
    "RADIANS": Function(1, 1, _doubles("radians")),
    "RAND": Function(0, 1, _random),
    "ROUND": Function(1, 2, _decimals("round")),
    "SIN": Function(1, 1, _doubles("sin")),
    "SQRT": Function(1, 1, _doubles("sqrt")),
    "TAN": Function(1, 1, _doubles("tan")),
    "TRUNCATE": Function(1, 2, _decimals("trunc")),
    "UPPER": Function(1, 1, _case_of("upper")),
}
# Functions that ADQL has, too.
UNSUPPORTED = ("IN_UNIT", "REGION")

AGGREGATES = ("AVG", "COUNT", "MAX", "MIN", "SUM")


def aggregate(node: exp.Anonymous, argument: Value | None, distinct: bool, own: int) -> Value:
    """Return the value of an aggregate function.

    Parameters
    ----------
    node
        The function.
    argument
        What it is of; None for all rows.
    distinct
        Whether equal values count once.
    own
        The number of the scope whose rows it is of.

    Raises
    ------
    AdqlError
        The argument has an aggregate function in it, is of a query further out, or is no number
        where one is needed.
    """
    if argument is None:
        return Value(node=node, sql="count(*)", type="bigint", aggregate=node)
    if argument.aggregate:
        refuse(argument.aggregate, "an aggregate function within an aggregate function")
    outer = frozenset(one for one in argument.references if one.scope != own)
    if outer and outer == argument.references:
        refuse(node, "an aggregate function of columns of the query around this one")
    sql, type_ = argument.sql, argument.type
    if sql == NULL or argument.constant is not None:
        sql += f"::{type_ or 'text'}"  # the server does not guess here what a literal is
    if node.this in ("AVG", "SUM"):
        number(argument, "a number")
        if node.this == "AVG" or type_ not in INTEGERS:
            sql, type_ = as_double(argument), DOUBLE
        else:
            type_ = "bigint"
    elif node.this == "COUNT":
        type_ = "bigint"
    elif type_ == "boolean":
        refuse(node, f"{node.this} of a truth value")
    written = f"{node.this.lower()}({'distinct ' if distinct else ''}{sql})"
    if node.this == "SUM" and type_ == "bigint":
        written += "::bigint"  # PostgreSQL adds up bigint in numeric
    return Value(
        node=node,
        sql=written,
        type=type_,
        references=outer,
        aggregate=node,
        random=argument.random,
    )
