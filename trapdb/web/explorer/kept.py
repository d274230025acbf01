"""Data of a data set that cost much, made once for all who ask (`costly.py`)."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.reading import dataset_of
from trapdb.web.explorer.replies import sent, written
from trapdb.web.requests import service_of
from trapdb.web.service import Connection


async def of_dataset(
    request: Request,
    kind: str,
    find: Callable[[Connection, Any], Awaitable[Any]],
    *asked: object,
) -> Response:
    """Answer with data of the data set that the address names.

    Parameters
    ----------
    request : Request
        The request.
    kind : str
        What it asks for.
    find : callable
        Finds it, with a connection and the row of the data set.
    *asked
        What it asks for besides the data set: all on which the answer depends.
    """
    service = service_of(request)
    async with service.reading() as conn:
        dataset = await dataset_of(request, conn)

    async def made() -> Any:
        async with service.reading() as conn:
            found = await find(conn, dataset)
        return await written(found)

    state = (dataset.time_steps, dataset.last_taken_at)
    question = (kind, (dataset.dataset_id, *asked))
    kept = await request.app.state.costly.get(question, state, made)
    return sent(request, kept.value, kept.again_s)
