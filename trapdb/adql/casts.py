"""CAST: from one type to another."""

from collections.abc import Sequence

from sqlglot import exp

from trapdb.adql.places import refuse
from trapdb.adql.times import time, written_time
from trapdb.adql.types import INTEGERS, family
from trapdb.adql.values import Value, combined

_NAMES = {
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "REAL": "real",
    "DOUBLE PRECISION": "double precision",
    "CHAR": "text",
    "VARCHAR": "text",
    "TIMESTAMP": "timestamp",
}
_LONGEST = 10_485_760  # characters, in PostgreSQL


def cast(node: exp.Cast, value: Value) -> Value:
    """Return a value in another type.

    Raises
    ------
    AdqlError
        ADQL has no such type, or the value cannot become one.
    """
    to = node.args["to"]
    type_ = _NAMES.get(to.this)
    if type_ is None:
        refuse(to, f"nothing is cast to {to.this}: to {', '.join(_NAMES)}")
    if to.expressions and type_ != "text":
        refuse(to, f"{to.this} has no length")
    if type_ == "text":
        return combined(node, _as_text(value, to.expressions), "text", [value])
    if type_ == "timestamp":
        if value.type not in ("text", "timestamp", None):
            refuse(node, f"a {value.type} cannot be cast to a time, only a text")
        return time(value) if value.type == "text" else combined(node, value.sql, type_, [value])
    truth = value.type == "boolean" and type_ in INTEGERS
    if family(value.type) not in ("number", "text", None) and not truth:
        refuse(node, f"a {value.type} cannot be cast to a number")
    through = "::integer" if truth else ""
    return combined(node, f"{value.sql}{through}::{type_}", type_, [value])


def _as_text(value: Value, length: Sequence[exp.Expr]) -> str:
    if value.type == "timestamp":
        written = written_time(value)
    elif value.type == "text" and not length:
        return value.sql
    else:
        written = f"{value.sql}::text"
    if not length:
        return written
    (count,) = length
    if not 1 <= int(count.this[:9]) <= _LONGEST or len(count.this) > 9:
        refuse(count, f"a length is between 1 and {_LONGEST}")
    return f"{written}::varchar({int(count.this)})"
