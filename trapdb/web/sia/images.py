"""The service: images that a request describes, as rows of ObsCore.

Source: IVOA Recommendation, Simple Image Access 2.0.
"""

from contextlib import AbstractAsyncContextManager

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.web import offered
from trapdb.web.answering import answering
from trapdb.web.answers import Answer
from trapdb.web.asking import answer
from trapdb.web.formats import format_of
from trapdb.web.replies import refusing
from trapdb.web.requests import base_url, parameters_of, service_of
from trapdb.web.service import Connection
from trapdb.web.sia.query import query_of
from trapdb.web.tap.capabilities import availability, capabilities_with


@refusing
async def images(request: Request) -> Response:
    """Give the images that a request describes."""
    parameters = await parameters_of(request)
    form, limit = format_of(parameters.one("RESPONSEFORMAT")), parameters.count("MAXREC")
    query = query_of(parameters)
    service, here = service_of(request), base_url(request)

    def asked(conn: Connection) -> AbstractAsyncContextManager[Answer]:
        return answer(service, conn, here, query, limit, row_of=form.row_of)

    return await answering(request, form, asked)


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    here = base_url(request)
    return capabilities_with(offered.images(here), f"{here}/sia2")


ROUTES = [
    Route("/sia2", images, methods=["GET", "POST"]),
    Route("/sia2/capabilities", capabilities),
    Route("/sia2/availability", availability),
]
