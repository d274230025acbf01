"""Rows in VOTable's encoding BINARY2, made by PostgreSQL: its binary form of numbers is the same.

Source: IVOA Recommendation, VOTable 1.4, sections 5.4 and 6.
"""

from collections.abc import Sequence

from psycopg import sql

from trapdb.web.fields import Field
from trapdb.web.lines import TIME

# What is sent for NULL besides the bit that says so: NaN, for clients that do not look at it.
_NUMBERS = {
    "short": ("int2send", "0::smallint"),
    "int": ("int4send", "0"),
    "long": ("int8send", "0"),
    "float": ("float4send", "'NaN'"),
    "double": ("float8send", "'NaN'"),
}
_TRUTH = sql.SQL("case when {0} then 'T'::bytea when not {0} then 'F'::bytea else '?'::bytea end")
# in the client's encoding, which is UTF8
_TEXT = sql.SQL("coalesce(int4send(octet_length(textsend({0}))) || textsend({0}), int4send(0))")
_STAMP = sql.SQL("coalesce(int4send(26) || textsend(rpad({}, 26)), int4send(0))")
# The elements one after the other, without what PostgreSQL puts before an array.
_ELEMENTS = sql.SQL(
    "coalesce((select string_agg(float8send(e.value), ''::bytea order by e.place) "
    "from unnest({}) with ordinality as e (value, place)), {})"
)


def binary2_row(fields: Sequence[Field], names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of a row as one value of type bytea.

    Parameters
    ----------
    fields : sequence of Field
        The columns.
    names : sequence of psycopg.sql.Composable
        What they are called in the query.
    """
    parts = [_mask(names), *map(_value, fields, names)]
    return sql.SQL(" || ").join(parts)


def _mask(names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of the bits that tell which values are NULL: the first column's is highest."""
    octets = []
    for start in range(0, len(names), 8):
        bits = [
            sql.SQL("({} is null)::integer * {}").format(name, sql.Literal(128 >> place))
            for place, name in enumerate(names[start : start + 8])
        ]
        octets.append(
            sql.SQL("substr(int2send(({})::smallint), 2)").format(sql.SQL(" + ").join(bits))
        )
    return sql.SQL(" || ").join(octets)


def _value(field: Field, name: sql.Composable) -> sql.Composed:
    if field.datatype in _NUMBERS and field.arraysize is None:
        send, blank = _NUMBERS[field.datatype]
        return sql.SQL("{}(coalesce({}, {}))").format(sql.SQL(send), name, sql.SQL(blank))
    if field.datatype == "boolean":
        return _TRUTH.format(name)
    if field.datatype == "double" and field.arraysize == "*":
        return sql.SQL("int4send(coalesce(cardinality({}), 0)) || ").format(
            name
        ) + _ELEMENTS.format(name, sql.SQL("''::bytea"))
    if field.datatype == "double":
        nothing = sql.SQL("decode({}, 'hex')").format(
            sql.Literal("7ff8000000000000" * int(field.arraysize or 1))
        )
        return _ELEMENTS.format(name, nothing)
    if field.type == "timestamp":
        return _STAMP.format(TIME.format(name))
    return _TEXT.format(sql.SQL("({})::text").format(name))
