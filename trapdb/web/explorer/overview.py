"""The page of a data set: its field, its images and how good they are, what varies, its runs."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trapdb.configuration.keys import Configuration
from trapdb.web.explorer import kept
from trapdb.web.explorer.reading import columns, dataset_of, rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.requests import Parameters, service_of

_IMAGES = 2000  # drawn at once
_FOOTPRINTS = 400
_SOURCES = 500
_TRANSIENTS = 100
_STANDARDS = 300  # sources of a band by which its images are judged
_RUNS = 20
_LINES = 50  # of warnings and refused files


@on_page
async def overview(request: Request) -> Response:
    """Show the page; ``?before=IMAGE`` shows older images in its time line."""
    before = Parameters({"before": request.query_params.getlist("before")}).count("before")
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
        runs = await rows(conn, "runs", dataset_id=dataset.dataset_id, most=_RUNS)
        run_ids = [run.run_id for run in runs]
        warnings = await rows(conn, "warnings", run_ids=run_ids, most=_LINES)
        refused = await rows(
            conn, "refused_files", dataset_id=dataset.dataset_id, run_ids=run_ids, most=_LINES
        )
        bands = await rows(conn, "bands", dataset_id=dataset.dataset_id)
        published = await rows(conn, "publication", dataset_id=dataset.dataset_id)
    return page(
        request,
        "dataset.html",
        dataset=dataset,
        before=before,
        bands=bands,
        published=published[0] if published else None,
        runs=runs,
        warnings=warnings,
        refused=refused,
        configuration=_settings(dataset.configuration),
    )


def _settings(held: Mapping[str, Any]) -> dict[str, object]:
    """Return the values of a configuration; its tense only if who serves is shown it."""
    values = Configuration.model_validate(held).flat()
    if "tense" not in held.get("dataset", {}):
        del values["dataset.tense"]
    return values


@in_data
async def images(request: Request) -> Response:
    """Answer with images, ``?before=`` or ``?after=`` one of them."""
    given = {name: request.query_params.getlist(name) for name in ("before", "after")}
    asked = Parameters(given)
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
        found = await rows(
            conn,
            "images",
            dataset_id=dataset.dataset_id,
            before=asked.count("before"),
            after=asked.count("after"),
            most=_IMAGES,
        )
        bands = await rows(conn, "bands", dataset_id=dataset.dataset_id)
    return await data(
        request, {"images": columns(found), "bands": bands, "more": len(found) == _IMAGES}
    )


@in_data
async def field(request: Request) -> Response:
    """Answer with what is drawn of the sky: footprints and the brightest sources."""

    async def found(conn: Any, dataset: Any) -> dict[str, Any]:
        ids = [dataset.dataset_id]
        return {
            "footprints": await rows(conn, "footprints", dataset_ids=ids, most=_FOOTPRINTS),
            "sources": columns(
                await rows(conn, "bright_sources", dataset_id=ids[0], most=_SOURCES)
            ),
        }

    return await kept.of_dataset(request, "field", found)


@in_data
async def transients(request: Request) -> Response:
    """Answer with the sources that vary most."""

    async def found(conn: Any, dataset: Any) -> list[Any]:
        return await rows(
            conn,
            "transients",
            dataset=dataset.dataset,
            dataset_id=dataset.dataset_id,
            most=_TRANSIENTS,
        )

    return await kept.of_dataset(request, "transients", found)


@in_data
async def offsets(request: Request) -> Response:
    """Answer with the systematic errors of the last images."""

    async def found(conn: Any, dataset: Any) -> dict[str, Any]:
        return columns(
            await rows(
                conn,
                "image_offsets",
                dataset_id=dataset.dataset_id,
                most=_IMAGES,
                sources=_STANDARDS,
            )
        )

    return await kept.of_dataset(request, "offsets", found)
