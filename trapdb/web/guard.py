"""What is seen to before a request reaches a service: where to and how large it is; and headers."""

import asyncio
import ipaddress
import math
import time
from collections.abc import Callable, Collection
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from anyio import move_on_after
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trapdb.errors import TrapdbError
from trapdb.web.faults import Refused, told
from trapdb.web.replies import error_reply
from trapdb.web.room import Room, Take

# A request of this size needs no room: there is always some for a query.
SMALL = 65536  # bytes
# A body that comes more slowly would keep its room for ever.
SECONDS = 300.0
_HEADERS = {
    "Server": f"trapdb/{version('trapdb')}",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Scripts, styles and data are the service's own, and no other page shows one of its pages.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
}


class _TooLarge(Refused):
    """A body that is larger than it may be."""

    status = 413


class _TooSlow(Refused):
    """A body that does not come to its end."""

    status = 408


class Guard:
    """Refuse requests that are meant for others, and bodies that are too large; set headers.

    A page on the Web whose name leads to this machine all at once would else read, in a browser
    here, what only this machine should.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    most_bytes : int
        Size of a body, at most.
    room : Room
        Room for all bodies of requests that have not been answered.
    names : collection of str
        The names under which the service is known, in lower case, besides addresses in numbers.
    path : str
        The path of its address. A proxy may take it away from those of requests, or leave it.
    """

    def __init__(
        self, app: ASGIApp, most_bytes: int, room: Room, names: Collection[str], path: str = ""
    ) -> None:
        self._app = app
        self._path = path
        self._most = most_bytes
        self._room = room
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["root_path"] = self._path
        host = Headers(scope=scope).get("host", "")
        if not self._is_ours(host):
            elsewhere: Any = error_reply(
                421, f"the service is not known as {host[:80]!r}: its address is set by base_url"
            )
            await elsewhere(scope, receive, send)
            return
        with self._room.holding() as (take, free):
            # for what is fetched because the request says so
            scope.setdefault("state", {})["take"] = take
            await self._bounded(scope, receive, send, take, free)

    async def _bounded(
        self, scope: Scope, receive: Receive, send: Send, take: Take, free: Callable[[], None]
    ) -> None:
        taken, begun, is_there = 0, False, False
        end = time.monotonic() + SECONDS

        async def bounded() -> Message:
            nonlocal taken, is_there
            with move_on_after(math.inf if is_there else end - time.monotonic()) as waiting:
                message = await receive()
            if waiting.cancelled_caught:
                raise _TooSlow(f"the request did not come within {SECONDS:.0f} s")
            is_there = not message.get("more_body", False)
            size = len(message.get("body", b""))
            taken += size
            if taken > self._most:
                raise _TooLarge(f"the request is larger than {self._most} bytes")
            if taken > SMALL:
                take(size)
            return message

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                # what was sent is stored by now; who asks one after the other finds room
                free()
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, bounded, with_headers)
        except TrapdbError as error:
            if begun:
                raise
            free()
            refused: Any = error_reply(*told(error))
            await refused(scope, receive, send)
        except asyncio.CancelledError:
            # the service ends and waits no longer; an answer that has begun just breaks off
            if not begun:
                ending: Any = error_reply(503, "the service is being stopped: ask again later")
                await ending(scope, receive, with_headers)

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name in self._names or bool(ipaddress.ip_address(name))
        except ValueError:
            return False
