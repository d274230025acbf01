"""The page of an image: all of it to be zoomed in, its sources, its noise, its checks."""

from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from extractor.geometry import sky
from extractor.parts import OpenPlane
from trapdb.web.cutouts.images import NoImage, read, stored_by_number
from trapdb.web.explorer.pictures import STRETCHES, TILE, levels_of
from trapdb.web.explorer.reading import columns, row_in, rows
from trapdb.web.explorer.replies import data, in_data, on_page, page
from trapdb.web.requests import service_of

_SOURCES = 2000  # drawn, the brightest


@on_page
async def image(request: Request) -> Response:
    """Show the page."""
    async with service_of(request).reading() as conn:
        found = await row_in(request, conn, "image")
        checks = await rows(conn, "image_checks", image_id=found.image_id)
        (beside,) = await rows(conn, "image_beside", image_id=found.image_id)
    return page(
        request,
        "image.html",
        dataset=found,
        image=found,
        checks=checks,
        beside=beside,
        stretches=STRETCHES,
    )


@in_data
async def shown(request: Request) -> Response:
    """Answer with what is drawn of an image: its size, where its sources are, its noise map.

    Without the file there are neither size nor places; ``trouble`` says why.
    """
    service = service_of(request)
    async with service.reading() as conn:
        found = await row_in(request, conn, "image")
        sources = await rows(conn, "image_sources", image_id=found.image_id, most=_SOURCES)
        noise = await rows(conn, "image_noise", image_id=found.image_id)
    answer: dict[str, Any] = {
        "noise": noise[0] if noise else None,
        "sources": columns(sources),
        "cut_off": len(sources) == _SOURCES,
        "trouble": None,
        "tile": TILE,
    }

    def placed(plane: OpenPlane) -> dict[str, Any]:
        wcs = plane.metadata.projection.wcs
        x, y = sky.to_pixel(wcs, [one.ra for one in sources], [one.dec for one in sources])
        scale = float(np.sqrt(abs(np.linalg.det(wcs.pixel_scale_matrix))))
        height, width = plane.shape
        return {
            "width": width,
            "height": height,
            "levels": levels_of(plane.shape),
            "pixel_deg": scale,
            "x": x.tolist(),
            "y": y.tolist(),
        }

    if found.status == "accepted":
        try:
            stored = await stored_by_number(service, found.image_id)
            answer |= await read(service, stored, placed)
        except NoImage as error:
            answer["trouble"] = str(error)
    else:
        answer["trouble"] = f"the image is {found.status}: its pixels are not shown"
    return await data(request, answer)
