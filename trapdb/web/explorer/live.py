"""Data sets that grow: who looks at one is told when it has.

One loop looks, once a second and only while somebody listens, however many they are.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trapdb.errors import TrapdbError
from trapdb.web.explorer.reading import dataset_of, rows
from trapdb.web.explorer.replies import in_data
from trapdb.web.faults import Busy
from trapdb.web.requests import service_of
from trapdb.web.service import Service

_EVERY_S = 1.0
_QUIET_S = 15.0  # a word at least so often, by which it is noticed that a client went away
_MOST = 100


class Live:
    """Those who listen, by data set, and the loop that looks."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listening: dict[int, int] = {}
        self._seen: dict[int, Any] = {}
        self._looked = asyncio.Condition()
        self._open = True

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            if self._listening:
                # a database that is away is looked for again
                with suppress(psycopg.Error, TrapdbError):
                    await self._look()
            async with self._looked:
                self._looked.notify_all()
            await asyncio.sleep(_EVERY_S)

    async def _look(self) -> None:
        async with self._service.reading() as conn:
            found = await rows(conn, "progress", dataset_ids=list(self._listening))
        self._seen = {row.dataset_id: row for row in found}

    def close(self) -> None:
        """Let all who listen go, within a second."""
        self._open = False

    async def events(self, dataset_id: int) -> AsyncIterator[str]:
        """Yield server-sent events: how far the data set is, whenever that has changed.

        Raises
        ------
        Busy
            Too many listen already.
        """
        self._listening[dataset_id] = self._listening.get(dataset_id, 0) + 1
        try:
            loop = asyncio.get_running_loop()
            yield "retry: 3000\n\n"
            told, told_at = None, loop.time()
            while self._open:
                async with self._looked:
                    await self._looked.wait()
                now = self._seen.get(dataset_id)
                if now and now != told:
                    taken_at = now.last_taken_at and now.last_taken_at.timestamp() * 1000
                    grown = {"time_steps": now.time_steps, "last_taken_at": taken_at}
                    yield f"data: {json.dumps(grown)}\n\n"
                    told, told_at = now, loop.time()
                elif loop.time() - told_at > _QUIET_S:
                    yield ": still here\n\n"
                    told_at = loop.time()
        finally:
            self._listening[dataset_id] -= 1
            if not self._listening[dataset_id]:
                del self._listening[dataset_id]

    def require_room(self) -> None:
        """Refuse one more who wants to listen, if there are many.

        Raises
        ------
        Busy
            There are.
        """
        if sum(self._listening.values()) >= _MOST:
            raise Busy("as many as the service takes are watching: reload the page to see more")


@in_data
async def live(request: Request) -> Response:
    """Tell of a data set when it has grown."""
    watching: Live = request.app.state.live
    watching.require_room()
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
    return StreamingResponse(
        watching.events(dataset.dataset_id),
        media_type="text/event-stream",
        # a proxy is not to keep what it is sent until there is more
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
