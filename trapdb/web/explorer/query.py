"""The page of queries: ADQL, what there is to ask for, and the answer as a table and a plot."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import psycopg
from anyio import to_thread
from psycopg import sql
from starlette.requests import Request
from starlette.responses import Response

from trapdb.errors import AdqlError, TrapdbError
from trapdb.web.asking import answer
from trapdb.web.explorer.reading import rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.faults import told
from trapdb.web.fields import Field
from trapdb.web.lines import value
from trapdb.web.replies import while_there
from trapdb.web.requests import base_url, service_of
from trapdb.web.tap.examples import EXAMPLES

_ROWS = 1000  # shown; files have all
_LONGEST = 200  # characters of a value that are shown
_LEADS_TO = {"source_id": "source", "ancestor_id": "source", "image_id": "image"}
_NUMBERS = ("short", "int", "long", "float", "double")
_AROUND = 60  # characters that are shown before a mistake, and after it
_LINE_END = re.compile(r"\r\n?")
_WORD = re.compile(r"[\w.]{1,60}|\S")


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


@on_page
async def query(request: Request) -> Response:
    """Show the page, with the answer to ``?query=``.

    A query to which another page led is shown, and run when the reader says so: reading harms
    nobody, but it takes the time of this machine. One that makes no sense is no fault of the
    page, whose status says so: it shows the mistake.
    """
    text = _LINE_END.sub("\n", request.query_params.get("query", ""))
    asked = bool(text.strip())
    elsewhere = request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    shown = None
    # what is sent to nobody if the client goes away
    reply = Response(status_code=400)
    async with while_there(request):
        if asked and not elsewhere:
            shown = await _shown(request, text)
        show = partial(
            page,
            request,
            "query.html",
            query=text,
            shown=shown,
            elsewhere=asked and elsewhere,
            examples=EXAMPLES,
        )
        reply = await to_thread.run_sync(show)
    return reply


@in_data
async def dictionary(request: Request) -> Response:
    """Answer with the tables that can be asked, and their columns."""
    async with service_of(request).reading() as conn:
        tables = await rows(conn, "dictionary_tables")
        columns = await rows(conn, "dictionary_columns")
    return await data(request, {"tables": tables, "columns": columns})


async def _shown(request: Request, text: str) -> Shown:
    service = service_of(request)
    try:
        async with (
            service.reading() as conn,
            answer(service, conn, base_url(request), text, _ROWS, row_of=_row) as given,
        ):
            found = [list(map(_cut, row)) async for batch in given.batches() for row in batch]
            return Shown(list(map(_column, given.fields)), found, given.overflow)
    except AdqlError as error:
        return Shown(trouble=str(error), mistake=_mistake(text, error))
    except (TrapdbError, psycopg.Error) as error:
        return Shown(trouble=told(error)[1])


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


def _mistake(text: str, error: AdqlError) -> Mistake:
    line = text.split("\n")[error.line - 1]
    before, rest = line[: error.column - 1], line[error.column - 1 :]
    found = _WORD.match(rest)
    word = found[0] if found else ""
    after = rest[len(word) :]
    return Mistake(error.line, error.column, before[-_AROUND:], word, after[:_AROUND])
