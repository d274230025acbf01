"""From a request that is answered by rows to the reply."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.answers import Answer
from trapdb.web.formats import Format
from trapdb.web.replies import streamed, while_there
from trapdb.web.requests import service_of
from trapdb.web.service import Connection


async def answering(
    request: Request,
    form: Format,
    asked: Callable[[Connection], AbstractAsyncContextManager[Answer]],
) -> Response:
    """Send the rows of a query as they come.

    Parameters
    ----------
    request : Request
        The request, whose body has been read.
    form : Format
        In which form they are sent.
    asked : callable
        From a connection that only reads to the answer.
    """
    service = service_of(request)
    # what is sent to nobody if the client goes away
    reply = Response(status_code=400)
    async with while_there(request), AsyncExitStack() as stack:
        conn = await stack.enter_async_context(service.reading())
        given = await stack.enter_async_context(asked(conn))
        seconds = service.settings.limits.job_seconds
        name = f"answer.{form.ending}"
        reply = await streamed(form.write(given), stack, seconds, form.media_type, name)
    return reply
