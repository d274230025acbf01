"""The page of queries: what is asked, what there is to ask for, and the answer."""

import ipaddress
import re
from functools import partial

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.answers import by_adql, by_sql
from trapdb.web.explorer.own_page import is_from_own_page
from trapdb.web.explorer.reading import rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.faults import Refused
from trapdb.web.replies import while_there
from trapdb.web.requests import base_url, parameters_of, service_of
from trapdb.web.settings import Settings
from trapdb.web.tap.examples import EXAMPLES

_LINE_END = re.compile(r"\r\n?")
_OF_PROXIES = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class _Forbidden(Refused):
    """A request that may not be made so, or from there."""

    status = 403


@on_page
async def query(request: Request) -> Response:
    """Show the page, with the answer to ``?query=`` in ADQL or, by POST, in SQL.

    A query to which another page led is shown, and run when the reader says so: reading harms
    nobody, but it takes the time of this machine. One that makes no sense is no fault of the
    page, whose status says so: it shows the mistake.
    """
    service = service_of(request)
    text = _LINE_END.sub("\n", (await parameters_of(request)).one("QUERY") or "")
    asked, in_sql = bool(text.strip()), request.method == "POST"
    if in_sql:
        _require_own_page(request)
    elsewhere = request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    shown = None
    # what is sent to nobody if the client goes away
    reply = Response(status_code=400)
    async with while_there(request):
        if asked and in_sql:
            shown = await by_sql(service, text)
        elif asked and not elsewhere:
            shown = await by_adql(service, base_url(request), text)
        show = partial(
            page,
            request,
            "query.html",
            query=text,
            shown=shown,
            elsewhere=asked and elsewhere,
            takes_sql=_takes_sql(request),
            in_sql=in_sql,
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


def for_this_machine(settings: Settings) -> bool:
    """Return whether a service is for who sits at this machine, and shows the whole database."""
    if settings.base_url or settings.datasets is not None:
        return False
    try:
        return settings.host == "localhost" or ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        return False


def _takes_sql(request: Request) -> bool:
    return for_this_machine(service_of(request).settings) and not any(
        name in request.headers for name in _OF_PROXIES
    )


def _require_own_page(request: Request) -> None:
    """Refuse a query in SQL unless it comes from the page itself, at this machine."""
    if not _takes_sql(request):
        raise _Forbidden("this service takes queries in ADQL: SQL is for `trapdb query`")
    if not is_from_own_page(request):
        raise _Forbidden("queries in SQL are taken from the service's own page")
