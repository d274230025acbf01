"""Queries that are answered at once.

Source: IVOA Recommendation, TAP 1.1, section 2.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.asking import answer
from trapdb.web.faults import Refused
from trapdb.web.formats import Format, format_of
from trapdb.web.replies import refusing, streamed, while_there
from trapdb.web.requests import Parameters, base_url, parameters_of, service_of
from trapdb.web.service import Service
from trapdb.web.statements import statement
from trapdb.web.tap.uploads import store_tables, uploaded

_LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")


def query_of(parameters: Parameters) -> str:
    """Return the query of a request, and see to what else it says.

    Raises
    ------
    Refused
        There is none, or it is in another language, or another version is asked for.
    """
    request, version = parameters.one("REQUEST"), parameters.one("VERSION")
    if request not in (None, "doQuery"):
        raise Refused(f"REQUEST={request[:40]!r}: the one that there is is doQuery")
    if version not in (None, "1.0", "1.1"):
        raise Refused(f"VERSION={version[:40]!r}: this is TAP 1.1")
    language = parameters.required("LANG")
    if language.upper() not in _LANGUAGES:
        raise Refused(f"LANG={language[:40]!r}: queries are in {', '.join(_LANGUAGES)}")
    return parameters.required("QUERY")


@dataclass(frozen=True)
class Wanted:
    """What a request for a query says."""

    query: str
    limit: int | None
    format: Format


def wanted_of(parameters: Parameters) -> Wanted:
    """Return what a request for a query says.

    Raises
    ------
    Refused
        It makes no sense.
    """
    return Wanted(
        query_of(parameters),
        parameters.count("MAXREC"),
        format_of(parameters.one("RESPONSEFORMAT") or parameters.one("FORMAT")),
    )


async def answered(
    service: Service,
    stack: AsyncExitStack,
    here: str,
    wanted: Wanted,
    documents: Sequence[tuple[str, bytes]],
    seconds: float | None = None,
) -> AsyncIterator[bytes]:
    """Run a query; return the pieces of the document that answers it.

    Parameters
    ----------
    service : Service
        The service.
    stack : contextlib.AsyncExitStack
        Takes what is needed until the last piece.
    here : str
        Address of the service.
    wanted : Wanted
        What is asked.
    documents : sequence of (str, bytes)
        Tables that were uploaded.
    seconds : float or None
        Time that the database may take, in s; None: as is usual.

    Raises
    ------
    TrapdbError, psycopg.Error
        It cannot be answered.
    """
    async with AsyncExitStack() as turn:
        if documents:
            wait = service.settings.limits.wait if seconds is None else seconds
            await turn.enter_async_context(service.storing(wait))
        conn = await stack.enter_async_context(service.connection())
        uploads = await store_tables(service.settings, conn, documents)
    await conn.execute(statement("read_only"))
    if seconds is not None:
        await conn.execute(statement("time_limit"), [f"{seconds * 1000:.0f}"])
    row_of = wanted.format.row_of
    given = await stack.enter_async_context(
        answer(service, conn, here, wanted.query, wanted.limit, uploads, row_of=row_of)
    )
    return wanted.format.write(given)


@refusing
async def sync(request: Request) -> Response:
    """Answer a query."""
    service = service_of(request)
    parameters = await parameters_of(request)
    wanted = wanted_of(parameters)
    # what is sent to nobody if the client goes away
    reply = Response(status_code=400)
    async with while_there(request):
        documents = await uploaded(service.settings, parameters, request.state.take)
        async with AsyncExitStack() as stack:
            chunks = await answered(service, stack, base_url(request), wanted, documents)
            form, seconds = wanted.format, service.settings.limits.job_seconds
            reply = await streamed(chunks, stack, seconds, form.media_type, f"answer.{form.ending}")
    return reply
