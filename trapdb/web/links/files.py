"""Files that are in the database: noise maps of images, and stamps of sources."""

from io import BytesIO
from typing import Any

import numpy as np
from anyio import to_thread
from psycopg.rows import namedtuple_row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.database import ids
from trapdb.web.descriptors import FITS
from trapdb.web.faults import Refused
from trapdb.web.identifiers import image_meant, source_meant
from trapdb.web.replies import refusing
from trapdb.web.requests import parameters_of, service_of
from trapdb.web.statements import statement


class _Absent(Refused):
    status = 404


@refusing
async def noise(request: Request) -> Response:
    """Give the noise of an image on the mesh on which it is known."""
    identifier = (await parameters_of(request)).required("ID")
    number = image_meant(identifier)
    found = None
    if number is not None:
        found = await _row(request, "noise_of_image", image_id=number)
    if found is None:
        raise _Absent(f"there is no noise map of {identifier[:80]!r}")
    with np.errstate(all="ignore"):
        first = np.divide((found.l0, found.m0), (found.dl, found.dm))
    if not np.isfinite(first).all():  # a restored dump may say anything
        raise _Absent(
            f"the noise map of {identifier[:80]!r} makes no sense: its cells have no size"
        )
    content = await to_thread.run_sync(noise_file, found)
    return _file(content, f"noise_{number}.fits")


def noise_file(noise: Any) -> bytes:
    """Return a noise map as a FITS file.

    Its grid is regular in direction cosines about the middle of the image: that is the projection
    SIN, for which CDELT is the step in degrees.

    Parameters
    ----------
    noise : namedtuple
        ``ra`` and ``dec`` of the middle, deg; ``l0`` and ``m0``, direction cosines of the first
        point, with the steps ``dl`` and ``dm``; ``rms``, list of rows, Jy/beam, None where blank.
    """
    from astropy.io import fits

    header = fits.Header(
        {
            **{"CTYPE1": "RA---SIN", "CUNIT1": "deg", "CRVAL1": noise.ra},
            **{"CRPIX1": 1 - noise.l0 / noise.dl, "CDELT1": float(np.degrees(noise.dl))},
            **{"CTYPE2": "DEC--SIN", "CUNIT2": "deg", "CRVAL2": noise.dec},
            **{"CRPIX2": 1 - noise.m0 / noise.dm, "CDELT2": float(np.degrees(noise.dm))},
            **{"RADESYS": "ICRS", "BUNIT": "Jy/beam"},
        }
    )
    header.add_comment("Noise at the points of a mesh: between them it is interpolated.")
    out = BytesIO()
    fits.PrimaryHDU(np.array(noise.rms, np.float32), header).writeto(out)
    return out.getvalue()


@refusing
async def stamp(request: Request) -> Response:
    """Give the stamp of a source that was cut out of an image."""
    parameters = await parameters_of(request)
    identifier = parameters.required("ID")
    parameters.required("IMAGE")
    image = parameters.count("IMAGE")
    number = source_meant(identifier)
    found = None
    if number is not None and image is not None:
        place = {"dataset_id": ids.dataset_of_source(number), "source_id": number}
        found = await _row(request, "stamp_file", **place, image_id=image)
    if found is None:
        raise _Absent(f"there is no stamp of {identifier[:80]!r} in image {image}")
    # it is compressed as it is stored, and whoever fetches it has it as it was
    reply = _file(found.fits, f"stamp_{number}_{image}.fits")
    reply.headers["Content-Encoding"] = "gzip"
    return reply


async def _row(request: Request, name: str, **values: int) -> Any:
    async with (
        service_of(request).reading() as conn,
        conn.cursor(row_factory=namedtuple_row) as cursor,
    ):
        await cursor.execute(statement(name), values)
        return await cursor.fetchone()


def _file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type=FITS, headers=headers)


ROUTES = [
    Route("/noise", noise, methods=["GET", "POST"]),
    Route("/stamp", stamp, methods=["GET", "POST"]),
]
