"""What the explorer sends back: pages, data for their scripts, and errors as either."""

import gzip
import json
import math
from collections.abc import Callable
from datetime import datetime
from functools import wraps

import psycopg
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from trapdb.errors import TrapdbError
from trapdb.web.faults import told
from trapdb.web.replies import Endpoint
from trapdb.web.static import packed
from trapdb.web.templates import rendered

_SERVICES = ("/tap/", "/data/", "/assets/")
# what scripts, whose numbers are double precision, can count
_EXACT = 2**53


def page(request: Request, template: str, **values: object) -> Response:
    """Answer with a page."""
    return HTMLResponse(
        rendered(request, template, **values), headers={"Cache-Control": "no-cache"}
    )


def error_page(request: Request, status: int, message: str) -> Response:
    """Answer with a page that says what went wrong."""
    headers = {"Retry-After": "10"} if status == 503 else None
    content = rendered(request, "error.html", status=status, message=message)
    return HTMLResponse(content, status, headers=headers)


def for_people(request: Request) -> bool:
    """Return whether it is a page that was asked for, rather than one of the services."""
    here = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return "text/html" in request.headers.get("accept", "") and not here.startswith(_SERVICES)


async def data(request: Request, value: object, again_s: float | None = None) -> Response:
    """Answer with JSON: times in ms since 1970, as scripts count them, NaN and infinite as null.

    Numbers that a script would round, ids of sources among them, are texts.

    Parameters
    ----------
    request : Request
        The request.
    value : object
        Rows, numbers, texts, and lists and dictionaries of them.
    again_s : float or None
        Time after which there will be a later answer, in s.
    """
    return sent(request, await written(value), again_s)


async def written(value: object) -> bytes:
    """Return what `data` answers with, compressed: as such it is a tenth as large, to be kept."""
    return await to_thread.run_sync(_compressed, value)


def sent(request: Request, content: bytes, again_s: float | None = None) -> Response:
    """Answer with what `written` returned, as `data` does."""
    headers = {"Cache-Control": "no-cache"}
    if again_s is not None:
        headers["Again-In"] = f"{again_s:.2f}"
    return packed(request, content, "application/json", headers)


def _compressed(value: object) -> bytes:
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "replace"), 5, mtime=0)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    if isinstance(value, datetime):
        return value.timestamp() * 1000
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if hasattr(value, "_asdict"):  # a row
        return _plain(value._asdict())
    if isinstance(value, list | tuple):
        return list(map(_plain, value))
    return value


def on_page(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint answer with a page when what it was asked for makes no sense."""
    return _told(endpoint, error_page)


def in_data(endpoint: Endpoint) -> Endpoint:
    """Let an endpoint answer with {"error": ...} when what it was asked for makes no sense."""
    return _told(
        endpoint, lambda request, status, message: JSONResponse({"error": message}, status)
    )


def _told(endpoint: Endpoint, reply: Callable[[Request, int, str], Response]) -> Endpoint:
    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (TrapdbError, psycopg.Error) as error:
            return reply(request, *told(error))

    return answered
