"""The first page: what the archive is, and the ways to use it."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from trapdb.web.templates import rendered


async def page(request: Request) -> Response:
    """Show the page."""
    return HTMLResponse(rendered(request, "landing.html"))
