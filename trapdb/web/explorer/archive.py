"""The first page: the data sets, where on the sky they are, and the ways to use the archive."""

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.reading import dataset_of, rows
from trapdb.web.explorer.replies import data, in_data, on_page, page, sent, written
from trapdb.web.faults import Refused
from trapdb.web.requests import service_of
from trapdb.web.service import Service

_DATASETS = 50  # on a page
_FOOTPRINTS = 100  # of each, drawn
_DEFINITIONS = 20


@on_page
async def archive(request: Request) -> Response:
    """Show the page; ``?before=ID`` shows older data sets."""
    given = request.query_params.get("before")
    if given is not None and not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Refused(f"before={given[:40]!r}: expected the number of a data set")
    before = int(given) if given else None
    async with service_of(request).reading() as conn:
        found = await rows(conn, "datasets", before=before, most=_DATASETS + 1)
    return page(
        request,
        "archive.html",
        datasets=found[:_DATASETS],
        before=before,
        older=found[_DATASETS - 1].dataset_id if len(found) > _DATASETS else None,
    )


@in_data
async def footprints(request: Request) -> Response:
    """Answer with the footprints of the data sets of a page, ``?ids=ID,ID``."""
    given = request.query_params.get("ids", "").split(",")
    if len(given) > _DATASETS or not all(
        one.isascii() and one.isdigit() and len(one) < 10 for one in given
    ):
        raise Refused("ids: expected numbers of data sets, with commas between them")
    async with service_of(request).reading() as conn:
        found = await rows(conn, "footprints", dataset_ids=list(map(int, given)), most=_FOOTPRINTS)
    return await data(request, found)


@in_data
async def tally(request: Request) -> Response:
    """Answer with how much there is in a data set, and how many candidates by definition.

    It has ``sources``, ``images``, ``rejected``; and ``candidates``, a list of definitions with
    ``count``, None where counting takes longer than a query may.
    """
    service = service_of(request)
    async with service.reading() as conn:
        dataset = await dataset_of(request, conn)

    async def counted() -> bytes:
        async with service.reading() as conn:
            (content,) = await rows(conn, "content", dataset_id=dataset.dataset_id)
            definitions = await rows(conn, "definitions", most=_DEFINITIONS)
        candidates = [
            {**one._asdict(), "count": await _candidates(service, dataset.dataset, one.name)}
            for one in definitions
        ]
        return await written({**content._asdict(), "candidates": candidates})

    state = (dataset.time_steps, dataset.last_taken_at)
    kept = await request.app.state.costly.get(("tally", dataset.dataset_id), state, counted)
    return sent(request, kept.value, kept.again_s)


async def _candidates(service: Service, dataset: str, definition: str) -> int | None:
    async with service.reading() as conn:
        try:
            ((count,),) = await rows(conn, "candidates_by", definition=definition, dataset=dataset)
        except psycopg.errors.QueryCanceled:
            return None
    return int(count)
