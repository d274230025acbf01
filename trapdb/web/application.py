"""The application: the services' routes, and what holds for all of them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.web.cones import ROUTES as CONES
from trapdb.web.curves import ROUTES as CURVES
from trapdb.web.cutouts.soda import ROUTES as SODA
from trapdb.web.explorer.costly import Costly
from trapdb.web.explorer.live import Live
from trapdb.web.explorer.people import Writing, people
from trapdb.web.explorer.replies import error_page, for_people
from trapdb.web.explorer.routes import ROUTES as EXPLORER
from trapdb.web.explorer.tiles import Pictures
from trapdb.web.guard import Guard
from trapdb.web.jobs.opening import job_queue
from trapdb.web.jobs.uws import ROUTES as JOBS
from trapdb.web.jobs.worker import working
from trapdb.web.links.datalink import ROUTES as LINKS
from trapdb.web.links.files import ROUTES as FILES
from trapdb.web.moc import ROUTES as MOC
from trapdb.web.registry import ROUTES as REGISTRY
from trapdb.web.replies import error_reply
from trapdb.web.room import Room
from trapdb.web.service import serving
from trapdb.web.settings import Settings
from trapdb.web.sia.images import ROUTES as IMAGES
from trapdb.web.tap.routes import ROUTES as TAP

ROUTES: list[Route] = [
    *EXPLORER,
    *TAP,
    *JOBS,
    *REGISTRY,
    *SODA,
    *MOC,
    *LINKS,
    *FILES,
    *CURVES,
    *CONES,
    *IMAGES,
]


def application(
    settings: Settings,
    database: str,
    jobs_database: str | None,
    writing: Writing | None = None,
) -> Starlette:
    """Return the application.

    Parameters
    ----------
    settings : Settings
        What it is, and what it may do.
    database : str
        Connection string with the login for queries.
    jobs_database : str or None
        The same for the queue of jobs; None: there are no jobs.
    writing : Writing or None
        How people write; None: nothing can be written.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            service = await stack.enter_async_context(serving(settings, database))
            app.state.service, app.state.jobs, app.state.people = service, None, None
            if writing:
                app.state.people = await stack.enter_async_context(people(writing))
            if jobs_database:
                app.state.jobs = await stack.enter_async_context(job_queue(settings, jobs_database))
                workers = await stack.enter_async_context(serving(_of_workers(settings), database))
                await stack.enter_async_context(working(workers, app.state.jobs))
            app.state.costly, app.state.live = Costly(), Live(service)
            app.state.pictures = Pictures()
            stack.push_async_callback(app.state.costly.aclose)
            looking = asyncio.create_task(app.state.live.run())
            stack.callback(looking.cancel)
            yield

    return Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(
                Guard,
                most_bytes=settings.limits.request_bytes,
                room=Room(settings.limits.requests_bytes),
                names=_names(settings),
                path=urlsplit(settings.base_url or "").path,
            )
        ],
        exception_handlers={HTTPException: _unknown, Exception: _fault},
        lifespan=lifespan,
    )


def _names(settings: Settings) -> set[str]:
    """Return the names under which the service is known."""
    ours = (settings.host, urlsplit(settings.base_url or "").hostname, socket.gethostname())
    return {"localhost", *(name.lower() for name in ours if name)}


def _of_workers(settings: Settings) -> Settings:
    """Give jobs connections of their own: they neither wait for other queries, nor keep them."""
    limits = settings.limits.model_copy(update={"queries": settings.workers})
    return settings.model_copy(update={"limits": limits})


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = {404: "there is nothing at this address", 405: "this address takes other methods"}
    return _error(request, error.status_code, what.get(error.status_code, error.detail))


async def _fault(request: Request, error: Exception) -> Response:
    return _error(request, 500, "the service has a fault; what it was is in its log")


def _error(request: Request, status: int, message: str) -> Response:
    if for_people(request):
        return error_page(request, status, message)
    return error_reply(status, message)
