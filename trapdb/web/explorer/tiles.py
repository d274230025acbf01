"""Pictures of images: tiles of a whole one, and stamps about a source, out of its file."""

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from anyio import to_thread
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from extractor.geometry import sky
from extractor.parts import OpenPlane
from trapdb.web.cutouts.images import NoImage, Stored, read, stored_by_number
from trapdb.web.explorer.kept_stamps import Kept, kept_stamp
from trapdb.web.explorer.pictures import STRETCHES, TILE, grey, levels_of, png
from trapdb.web.explorer.reading import Unknown, number_in, rows
from trapdb.web.explorer.replies import data, in_data
from trapdb.web.requests import service_of

_LEAST_STAMP = 12  # pixels of the image
_LARGEST_STAMP = 2048  # the same: it is held whole
_BAND = 2**22  # pixels that are read at once
_FOR_A_DAY = {"Cache-Control": "private, max-age=86400"}

Section = tuple[slice, slice]


@dataclass(frozen=True)
class Picture:
    """A picture as PNG, and whether it is of a stamp that is kept, for the file is gone."""

    content: bytes
    of_kept: bool = False


class Pictures:
    """The pictures that were made last, as many as there is room for.

    Parameters
    ----------
    room : int
        Bytes.
    """

    def __init__(self, room: int = 32_000_000) -> None:
        self._kept: OrderedDict[object, Picture] = OrderedDict()
        self._free = room

    def get(self, what: object) -> Picture | None:
        """Return a picture, if it is kept."""
        if what in self._kept:
            self._kept.move_to_end(what)
        return self._kept.get(what)

    def keep(self, what: object, picture: Picture) -> None:
        """Keep a picture, in the place of those that nobody asked for lately."""
        before = self._kept.pop(what, Picture(b""))
        self._free += len(before.content) - len(picture.content)
        self._kept[what] = picture
        while self._free < 0:
            self._free += len(self._kept.popitem(last=False)[1].content)


@in_data
async def tile(request: Request) -> Response:
    """Answer with a tile of an image.

    Tiles of level L are TILE pixels of 2^L pixels of the image each, counted from its first one.
    """
    image_id = number_in(request, "image", "image")
    level, x, y, stretch = (
        number_in(request, name, "tile") for name in ("level", "x", "y", "stretch")
    )
    if level > 16 or max(x, y) > 2**20 or stretch not in STRETCHES:
        raise Unknown("there is no such tile")

    def section(plane: OpenPlane | Kept, wcs: Any, image: Stored) -> Section:
        # of a level far beyond those that show the image, a tile is many times as large as that
        if level > levels_of(plane.shape):
            raise Unknown("there is no such tile")
        size = TILE << level
        return slice(y * size, (y + 1) * size), slice(x * size, (x + 1) * size)

    return await _picture(request, image_id, ("tile", level, x, y), stretch, 1 << level, section)


@in_data
async def stamp(request: Request) -> Response:
    """Answer with what is about a source in an image, so many beams wide and high.

    Images are deleted some day: it is then what the database keeps of it, blank around that. If it
    keeps nothing, which is no fault, the answer is ``{"trouble": ...}``. A picture of what it keeps
    has a header ``Kept-Stamp``.
    """
    image_id = number_in(request, "image", "image")
    source_id = number_in(request, "source", "source")
    beams, stretch = (number_in(request, name, "stamp") for name in ("beams", "stretch"))
    if not 1 <= beams <= 50 or stretch not in STRETCHES:
        raise Unknown("there is no such stamp")
    async with service_of(request).reading() as conn:
        place = await rows(conn, "source_in_image", source_id=source_id, image_id=image_id)
    if not place:
        raise Unknown(f"there is no source {source_id} in image {image_id}")

    def section(plane: OpenPlane | Kept, wcs: Any, image: Stored) -> Section:
        ((x, y),) = np.transpose(sky.to_pixel(wcs, [place[0].ra], [place[0].dec]))
        if not (math.isfinite(x) and math.isfinite(y)):
            raise Unknown("the source lies beyond the image")
        scale = np.sqrt(abs(np.linalg.det(wcs.pixel_scale_matrix)))
        size = max(_LEAST_STAMP, round(beams * image.beam[0] / scale))
        if size > _LARGEST_STAMP:
            raise Unknown("the stamp would be too large: ask for fewer beams")
        half = size // 2
        row, column = round(y), round(x)
        return slice(row - half, row + half + 1), slice(column - half, column + half + 1)

    async def kept() -> Kept | None:
        return await kept_stamp(service_of(request), source_id, image_id)

    what = ("stamp", source_id, beams)
    try:
        return await _picture(request, image_id, what, stretch, 1, section, kept)
    except NoImage as error:
        return await data(request, {"trouble": str(error)})


async def _picture(
    request: Request,
    image_id: int,
    what: object,
    stretch: int,
    binned: int,
    section: Callable[[OpenPlane | Kept, Any, Stored], Section],
    kept_instead: Callable[[], Awaitable[Kept | None]] | None = None,
) -> Response:
    """Answer with the picture of a section of an image, made once."""
    service, kept = service_of(request), request.app.state.pictures
    name = (image_id, what, stretch)
    # also of one that is kept: it may be shown no more
    image = await stored_by_number(service, image_id)
    picture = kept.get(name)
    if picture is None:
        async with service.reading() as conn:
            (noise,) = await rows(conn, "noise_of_image", image_id=image_id)

        def work(plane: OpenPlane | Kept, wcs: Any) -> NDArray[np.float32] | Unknown:
            try:
                return _binned(plane, section(plane, wcs, image), binned)
            except Unknown as error:
                return error  # raised, it would be taken for a fault of the file

        try:
            piece = None
            pixels = await read(
                service, image, lambda plane: work(plane, plane.metadata.projection.wcs)
            )
        except NoImage:
            piece = await kept_instead() if kept_instead else None
            if piece is None:
                raise
            pixels = work(piece, piece.wcs)
        if isinstance(pixels, Unknown):
            raise pixels
        shades = grey(pixels, noise.rms_median, stretch)
        picture = Picture(await to_thread.run_sync(png, shades), piece is not None)
        kept.keep(name, picture)
    headers = {**_FOR_A_DAY, "Kept-Stamp": "yes"} if picture.of_kept else _FOR_A_DAY
    return Response(picture.content, media_type="image/png", headers=headers)


def _binned(plane: OpenPlane | Kept, wanted: Section, binned: int) -> NDArray[np.float32]:
    """Return the pixels of a section, or means of squares of them, read some rows at a time."""
    rows, columns = wanted
    step = max(1, _BAND // ((columns.stop - columns.start) * binned)) * binned
    bands = (
        _section(plane, (slice(first, min(first + step, rows.stop)), columns))
        for first in range(rows.start, rows.stop, step)
    )
    return np.concatenate([_means(band, binned) for band in bands])


def _section(plane: OpenPlane | Kept, wanted: Section) -> NDArray[np.float32]:
    """Return the pixels of a section, NaN beyond the image."""
    found = np.full([part.stop - part.start for part in wanted], np.nan, np.float32)
    inside = [
        slice(max(part.start, 0), min(part.stop, length))
        for part, length in zip(wanted, plane.shape, strict=True)
    ]
    if all(part.start < part.stop for part in inside):
        there = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(inside, wanted, strict=True)
        )
        found[there] = plane.read(*inside)
    return found


def _means(pixels: NDArray[np.float32], binned: int) -> NDArray[np.float32]:
    """Return the means of squares of pixels, of those that are not blank."""
    if binned == 1:
        return pixels
    ny, nx = (length // binned for length in pixels.shape)
    squares = pixels.reshape(ny, binned, nx, binned)
    there = np.isfinite(squares)
    number = there.sum((1, 3))
    total = np.where(there, squares, 0).sum((1, 3))
    return np.where(number, total / np.maximum(number, 1), np.nan).astype(np.float32)
