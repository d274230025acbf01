"""Rows as text, made by PostgreSQL: it writes numbers to the last digit, and sooner than Python."""

from collections.abc import Sequence

from psycopg import sql

from trapdb.web.fields import Field

# format() takes a hundred arguments, itself one of them.
_MOST = 99
_AS_IT_IS = sql.SQL("{0}")
_TEXT = sql.SQL("({})::text")
TIME = sql.SQL("""to_char({}, 'YYYY-MM-DD"T"HH24:MI:SS.US')""")


def line(
    fields: Sequence[Field],
    names: Sequence[sql.Composable],
    marks: tuple[str, str, str],
    *,
    text: sql.SQL,
    real: sql.SQL = _AS_IT_IS,
) -> sql.Composed:
    """Return the SQL of a row as a text, in which NULL is none.

    Parameters
    ----------
    fields : sequence of Field
        The columns.
    names : sequence of psycopg.sql.Composable
        What they are called in the query.
    marks : tuple of str
        What stands before the first value, between two, and after the last.
    text, real : psycopg.sql.SQL
        The SQL of texts and of real numbers, as they are to be written; ``{0}`` is the value.
    """
    before, between, after = marks
    values = [value(one, name, text, real) for one, name in zip(fields, names, strict=True)]
    parts: list[sql.Composable] = [sql.Literal(before)]
    for start in range(0, len(values), _MOST):
        some = values[start : start + _MOST]
        end = after if start + _MOST >= len(values) else between
        form = sql.Literal(between.join(["%s"] * len(some)) + end)
        parts.append(sql.SQL("format({}, {})").format(form, sql.SQL(", ").join(some)))
    return sql.SQL(" || ").join(parts)


def value(
    field: Field, name: sql.Composable, text: sql.SQL = _AS_IT_IS, real: sql.SQL = _AS_IT_IS
) -> sql.Composable:
    """Return the SQL of a value that as a text is written as it should be; `line` has the rest."""
    if field.type == "timestamp":
        return TIME.format(name)
    if field.datatype == "char":
        return text.format(_TEXT.format(name))
    if field.datatype == "boolean":
        return _TEXT.format(name)
    if field.arraysize is not None:
        return sql.SQL("array_to_string({}, ' ')").format(name)
    return real.format(name) if field.datatype in ("float", "double") else name
