"""What the page of queries shows of an answer, to a query in ADQL or in SQL."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from trapdb.adql.cursor import Lines
from trapdb.errors import AdqlError, TrapdbError
from trapdb.web.asking import answer
from trapdb.web.cells import cell
from trapdb.web.faults import told
from trapdb.web.fields import Field
from trapdb.web.lines import value
from trapdb.web.service import Service

_ROWS = 1000  # shown
_CELLS = 100_000  # shown, of fewer rows where there are many columns
_LONGEST = 200  # characters of a value that are shown
_LEADS_TO = {"source_id": "source", "ancestor_id": "source", "image_id": "image"}
_NUMBERS = ("short", "int", "long", "float", "double")
_SQL_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric"), "number"),
    **dict.fromkeys(("timestamp", "timestamptz"), "time"),
}
_AROUND = 60  # characters that are shown before a mistake, and after it
_WORD = re.compile(r"[\w.]{1,60}|\S")
_BEFORE = len('DECLARE "answer" CURSOR FOR ')  # what psycopg puts before a query


@dataclass(frozen=True)
class Column:
    """A column of an answer: what is told of it, what it can be drawn as, and where it leads."""

    name: str
    unit: str | None
    description: str | None
    kind: str
    leads_to: str | None


@dataclass(frozen=True)
class Mistake:
    """Where a query is wrong, counted from 1, and the line there: before it, the word, after it."""

    line: int
    column: int
    before: str
    word: str
    after: str


@dataclass(frozen=True)
class Shown:
    """What a page shows of an answer, or what is wrong with the query."""

    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[str | None]] = ()
    overflow: bool = False
    trouble: str | None = None
    mistake: Mistake | None = None


async def by_adql(service: Service, here: str, text: str) -> Shown:
    """Ask in ADQL; `here` is the address of the service."""
    try:
        async with (
            service.reading() as conn,
            answer(service, conn, here, text, _ROWS, row_of=_row) as given,
        ):
            most = max(1, _CELLS // len(given.fields))
            found: list[list[str | None]] = []
            async for batch in given.batches():
                found += (list(map(_cut, row)) for row in batch)
                if len(found) > most:
                    break
            overflow = given.overflow or len(found) > most
            return Shown(list(map(_column, given.fields)), found[:most], overflow)
    except AdqlError as error:
        return Shown(trouble=str(error), mistake=_mistake(text, error.line, error.column))
    except (TrapdbError, psycopg.Error) as error:
        return Shown(trouble=told(error)[1])


async def by_sql(service: Service, text: str) -> Shown:
    """Ask in SQL, by one statement for which there can be a cursor: that only reads."""
    try:
        async with service.reading_once() as conn, conn.cursor(name="answer") as cursor:
            await cursor.execute(text.encode())
            columns = [_sql_column(one) for one in cursor.description or ()]
            found = await cursor.fetchmany(_ROWS + 1)
    except psycopg.Error as error:
        place = int(error.diag.statement_position or 0) - 1 - _BEFORE
        message = told(error)[1]
        if place < 0:
            return Shown(trouble=message)
        line, column = Lines(text).place(place)
        where = f"line {line}, column {column}: {message}"
        return Shown(trouble=where, mistake=_mistake(text, line, column))
    except TrapdbError as error:
        return Shown(trouble=told(error)[1])
    texts = [[_cut(_text(one)) for one in row] for row in found[:_ROWS]]
    return Shown(columns, texts, len(found) > _ROWS)


def _sql_column(one: psycopg.Column) -> Column:
    kind = _SQL_KINDS.get(one.type_display, "text")
    leads_to = _LEADS_TO.get(one.name) if kind == "number" else None
    return Column(one.name, None, None, kind, leads_to)


def _text(one: object) -> str | None:
    if isinstance(one, dict):
        return json.dumps(one, ensure_ascii=False)
    return None if one is None else cell(one)


def _row(fields: Sequence[Field], names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of a row as texts, which are read no further than they are shown."""
    texts = (value(one, name) for one, name in zip(fields, names, strict=True))
    return sql.SQL(", ").join(
        sql.SQL("left(({})::text, {})").format(one, sql.Literal(_LONGEST + 1)) for one in texts
    )


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _column(one: Field) -> Column:
    kind = "text"
    if one.type == "timestamp":
        kind = "time"
    elif one.datatype in _NUMBERS and one.arraysize is None:
        kind = "number"
    # whatever the query calls it
    name = one.origin[1] if one.origin else one.name
    leads_to = _LEADS_TO.get(name) if kind == "number" else None
    return Column(one.name, one.unit, one.description, kind, leads_to)


def _mistake(text: str, line: int, column: int) -> Mistake:
    whole = text.split("\n")[line - 1]
    before, rest = whole[: column - 1], whole[column - 1 :]
    found = _WORD.match(rest)
    word = found[0] if found else ""
    after = rest[len(word) :]
    return Mistake(line, column, before[-_AROUND:], word, after[:_AROUND])
