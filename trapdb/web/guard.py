"""What is seen to before a request reaches a service: its size; and what every reply says."""

from importlib.metadata import version
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trapdb.web.replies import error_reply

_HEADERS = {
    "Server": f"trapdb/{version('trapdb')}",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class _TooLarge(Exception):
    """A body that is larger than it may be."""


class Guard:
    """Refuse bodies that are too large, however they come, and set headers.

    Parameters
    ----------
    app : ASGI application
        What is guarded.
    most_bytes : int
        Size of a body, at most.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, begun = 0, False

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise _TooLarge
            return message

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, bounded, told)
        except _TooLarge:
            if begun:
                raise
            refused: Any = error_reply(413, f"the request is larger than {self._most} bytes")
            await refused(scope, receive, send)
