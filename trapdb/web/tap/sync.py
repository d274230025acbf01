"""Queries that are answered at once.

Source: IVOA Recommendation, TAP 1.1, section 2.
"""

from contextlib import AsyncExitStack

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.answers import answer
from trapdb.web.faults import Refused
from trapdb.web.formats import format_of
from trapdb.web.replies import refusing, streamed
from trapdb.web.requests import Parameters, parameters_of, service_of
from trapdb.web.tap.uploads import upload_tables

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


def format_word(parameters: Parameters) -> str | None:
    """Return the word for the format that is wanted."""
    return parameters.one("RESPONSEFORMAT") or parameters.one("FORMAT")


@refusing
async def sync(request: Request) -> Response:
    """Answer a query."""
    service = service_of(request)
    parameters = await parameters_of(request)
    query, limit = query_of(parameters), parameters.count("MAXREC")
    form = format_of(format_word(parameters))
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(service.connection())
        uploads = await upload_tables(service, conn, parameters)
        await conn.execute("set transaction read only")
        given = await stack.enter_async_context(
            answer(service, conn, query, limit, uploads, in_binary2=form.in_binary2)
        )
        chunks = form.write(given)
        return await streamed(chunks, stack.pop_all(), form.media_type, f"answer.{form.ending}")
    raise AssertionError("an exit stack swallows nothing")
