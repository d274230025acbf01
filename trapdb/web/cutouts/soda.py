"""Images, and pieces of them, out of their files.

Source: IVOA Recommendation, SODA 1.0.
"""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import wraps
from typing import IO

import psycopg
from anyio import from_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from extractor.parts import OpenPlane
from trapdb.errors import TrapdbError
from trapdb.web import offered
from trapdb.web.cutouts import piece, regions
from trapdb.web.cutouts.images import Stored, read, stored
from trapdb.web.cutouts.piece import Piece
from trapdb.web.cutouts.regions import Region
from trapdb.web.descriptors import FITS
from trapdb.web.faults import Busy, Refused, told
from trapdb.web.replies import Endpoint, streamed, while_there
from trapdb.web.requests import Parameters, base_url, parameters_of, service_of
from trapdb.web.service import Service
from trapdb.web.spooled import chunks_of
from trapdb.web.tap.capabilities import availability, capabilities_with

_FORMATS = (FITS, "application/fits", "fits")
_SHAPES: dict[str, Callable[[str], Region]] = {
    "CIRCLE": regions.circle,
    "POLYGON": regions.polygon,
    "POS": regions.shape,
}


class _Several(Refused):
    """A parameter that is there more than once, and may not be."""


class _Nothing(Exception):
    """There is nothing in what is asked for, which is no mistake."""


@dataclass(frozen=True)
class Wanted:
    """What a request says: which image, what of it, and what it has to be."""

    identifier: str
    region: Region | None
    band: tuple[float, float] | None
    time: tuple[float, float] | None
    stokes: frozenset[str]

    def includes(self, image: Stored) -> bool:
        """Whether an image, which has one plane, is of what is asked for."""
        return (
            _overlap(self.band, image.band)
            and _overlap(self.time, image.time)
            and (not self.stokes or image.stokes in self.stokes)
        )


def wanted_of(parameters: Parameters) -> Wanted:
    """Return what a request says.

    Raises
    ------
    Refused
        It makes no sense, or asks for several things at once.
    """
    for name in ("ID", *_SHAPES, "BAND", "TIME"):
        if len(set(parameters.all(name))) > 1:
            raise _Several(f"{name} is there more than once: ask one by one")
    given = [(name, value) for name in _SHAPES if (value := parameters.one(name))]
    if len(given) > 1:
        names = " and ".join(name for name, _ in given)
        raise _Several(f"{names} are there: ask with one region at once")
    form = parameters.one("RESPONSEFORMAT")
    if form and form.lower() not in _FORMATS:
        raise Refused(f"RESPONSEFORMAT={form[:60]!r}: images come as {FITS}")
    band, time = parameters.one("BAND"), parameters.one("TIME")
    return Wanted(
        parameters.required("ID"),
        _SHAPES[given[0][0]](given[0][1]) if given else None,
        regions.interval(band, "BAND") if band else None,
        regions.interval(time, "TIME") if time else None,
        frozenset(value.upper() for value in parameters.all("POL")),
    )


def _overlap(asked: tuple[float, float] | None, there: tuple[float, float]) -> bool:
    return asked is None or (asked[0] <= there[1] and there[0] <= asked[1])


def _telling(endpoint: Endpoint) -> Endpoint:
    """Let errors be told in the words of SODA, section 5.2."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (TrapdbError, psycopg.Error) as error:
            status, message = told(error)
            word = "UsageError"
            if isinstance(error, _Several):
                word = "MultiValuedParamNotSupported"
            elif status == Busy.status:
                word = "ServiceUnavailable"
            return PlainTextResponse(f"{word}: {message}\n", status)

    return answered


@_telling
async def soda(request: Request) -> Response:
    """Answer with an image, or a piece of it."""
    service = service_of(request)
    wanted = wanted_of(await parameters_of(request))
    # what is sent to nobody if the client goes away
    reply = Response(status_code=400)
    async with while_there(request), AsyncExitStack() as stack:
        image = await stored(service, wanted.identifier)
        chunks = _cut(service, image, wanted)
        seconds, name = service.settings.limits.job_seconds, f"image_{image.number}.fits"
        try:
            reply = await streamed(chunks, stack, seconds, FITS, name)
        except _Nothing:
            reply = Response(status_code=204)
    return reply


async def _cut(service: Service, image: Stored, wanted: Wanted) -> AsyncIterator[bytes]:
    """Yield what is wanted of an image as a file.

    Raises
    ------
    _Nothing
        There is nothing.
    TrapdbError
        Its file is gone or has changed, or it cannot be done here, now, or in the time that is set.
    """
    with tempfile.TemporaryFile() as file:
        if not (wanted.includes(image) and await _written(service, image, wanted, file)):
            raise _Nothing
        async for chunk in chunks_of(file):
            yield chunk


async def _written(service: Service, image: Stored, wanted: Wanted, file: IO[bytes]) -> bool:
    """Write what is wanted of an image, in a thread; return whether there is anything."""
    settings = service.settings
    out = Piece(wanted.region, wanted.identifier, settings.title, settings.limits.spool_bytes)

    def write(plane: OpenPlane) -> TrapdbError | bool:
        return piece.write(out, plane, file, from_thread.check_cancelled)

    found = await read(service, image, write)
    if isinstance(found, TrapdbError):
        raise found
    return found


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    here = base_url(request)
    return capabilities_with(offered.pieces(here), f"{here}/soda")


ROUTES = [
    Route("/soda", soda, methods=["GET", "POST"]),
    Route("/soda/capabilities", capabilities),
    Route("/soda/availability", availability),
]
