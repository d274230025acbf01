"""What is sent back: answers as they come, and errors as documents."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import wraps

import psycopg
from anyio import CancelScope, move_on_after
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trapdb.errors import TrapdbError
from trapdb.web import votable
from trapdb.web.faults import told

# What the system says where no more can be written.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Endpoint = Callable[[Request], Awaitable[Response]]


def error_reply(
    status: int, message: str, document: Callable[[str], str] = votable.error_document
) -> Response:
    """Return an error as a VOTable, as DALI wants it, or as another standard does."""
    headers = {"Retry-After": "10"} if status == 503 else None
    return Response(document(message), status, media_type=votable.VOTABLE, headers=headers)


def refusing(
    endpoint: Endpoint, document: Callable[[str], str] = votable.error_document
) -> Endpoint:
    """Let an endpoint answer with a document when what it was asked for makes no sense."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (TrapdbError, psycopg.Error) as error:
            return error_reply(*told(error), document)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            message = f"there is no room on the service's disk: {error.strerror}"
            return error_reply(507, message, document)

    return answered


@asynccontextmanager
async def while_there(request: Request) -> AsyncIterator[None]:
    """Give up what is done within when the client goes away.

    Parameters
    ----------
    request : Request
        The request, whose body has been read.
    """
    with CancelScope() as scope:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            scope.cancel()

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
            with CancelScope(shield=True):
                await asyncio.wait({watching})


class _Streamed(StreamingResponse):
    """A document that is sent as it is made; in the end, what it held is let go."""

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        held: AsyncExitStack,
        seconds: float,
        media_type: str,
        headers: dict[str, str] | None,
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self._held = held
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with move_on_after(self._seconds):
                await super().__call__(scope, receive, send)
        finally:
            # not in the pieces' own end: of what was not begun, that never comes
            with CancelScope(shield=True):
                await self._held.aclose()


async def streamed(
    chunks: AsyncIterator[bytes],
    held: AsyncExitStack,
    seconds: float,
    media_type: str,
    filename: str | None = None,
) -> Response:
    """Return a document that is sent as it is made.

    The first piece is made before, so that what goes wrong until then is told with its status. When
    the client goes away, making it ends, and what it holds is let go.

    Parameters
    ----------
    chunks : async iterator of bytes
        The pieces.
    held : contextlib.AsyncExitStack
        What is needed until the end: a connection, a query. It is taken over if all goes well.
    seconds : float
        Time in which the client has to take it, in s; what is left then is not sent.
    media_type : str
        What it is.
    filename : str or None
        Name under which a browser keeps it.
    """
    # what comes after the head, too, for that is where the rows begin
    first = [chunk async for chunk in _some(chunks, 2)]

    async def sent() -> AsyncIterator[bytes]:
        for chunk in first:
            yield chunk
        async for chunk in chunks:
            yield chunk

    headers = {"Content-Disposition": f'inline; filename="{filename}"'} if filename else None
    return _Streamed(sent(), held.pop_all(), seconds, media_type, headers)


async def _some(chunks: AsyncIterator[bytes], number: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        try:
            yield await anext(chunks)
        except StopAsyncIteration:
            return
