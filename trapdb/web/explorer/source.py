"""The page of a source: its light curve, what it is judged by, and what is around it."""

from astropy import units as u
from astropy.coordinates import SkyCoord
from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.reading import columns, row_in, rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.faults import Refused
from trapdb.web.requests import service_of

_POINTS = 20_000  # drawn at once, the latest
_NEIGHBOURS = 20
_COUNTERPARTS = 20
_LABELS = 50
_TIMES = 50
_FAMILY = 50
_STAMPS = 50


@on_page
async def source(request: Request) -> Response:
    """Show the page."""
    async with service_of(request).reading() as conn:
        found = await row_in(request, conn, "source")
        of = {"source_id": found.source_id}
        shown = {
            "judged": await rows(conn, "source_bands", **of),
            "neighbours": await rows(conn, "source_neighbours", **of, most=_NEIGHBOURS),
            "counterparts": await rows(conn, "source_counterparts", **of, most=_COUNTERPARTS),
            "held": await rows(conn, "source_classes", **of, most=_TIMES),
            "family": await rows(conn, "source_family", **of, most=_FAMILY),
            "labels": await rows(conn, "source_labels", **of, most=_LABELS),
            "classes": await rows(conn, "label_classes"),
        }
    place = SkyCoord(found.ra, found.dec, unit="deg")
    return page(
        request,
        "source.html",
        dataset=found,
        source=found,
        hours=place.ra.to_string(u.hourangle, sep=" ", precision=2, pad=True),
        degrees=place.dec.to_string(u.deg, sep=" ", precision=1, pad=True, alwayssign=True),
        **shown,
    )


@in_data
async def light_curve(request: Request) -> Response:
    """Answer with the latest points of a source, eta and V after each, and its kept stamps."""
    async with service_of(request).reading() as conn:
        found = await row_in(request, conn, "source")
        points = await rows(conn, "source_points", source_id=found.source_id, most=_POINTS)
        history = await rows(conn, "source_history", source_id=found.source_id)
        bands = await rows(conn, "bands", dataset_id=found.dataset_id)
        stamps = await rows(conn, "kept_stamps", source_id=found.source_id)
    return await data(
        request,
        {
            "points": columns(points),
            "history": columns(history),
            "bands": bands,
            "stamps": stamps,
            "cut_off": len(points) == _POINTS,
        },
    )


@in_data
async def beams(request: Request) -> Response:
    """Answer with the times and beams of images of a source, ``?images=ID,ID``."""
    named = request.query_params.get("images", "")
    given = named.split(",") if named else []
    if len(given) > _STAMPS or not all(
        one.isascii() and one.isdigit() and len(one) < 19 for one in given
    ):
        raise Refused("images: expected numbers of images, with commas between them")
    async with service_of(request).reading() as conn:
        found = await row_in(request, conn, "source")
        images = await rows(
            conn, "image_beams", source_id=found.source_id, image_ids=list(map(int, given))
        )
    return await data(request, images)
