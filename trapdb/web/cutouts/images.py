"""The images that pieces are cut out of: found by their identifiers, and opened again."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from anyio import CapacityLimiter, move_on_after, to_thread
from psycopg.rows import dict_row

from extractor.parts import OpenPlane
from extractor.readers.metadata import Metadata
from trapdb.database import ids
from trapdb.errors import ImageLost
from trapdb.web.cutouts.header import MJD_0
from trapdb.web.faults import Refused
from trapdb.web.identifiers import image_meant
from trapdb.web.service import Service
from trapdb.web.statements import statement

T = TypeVar("T")

_LIGHT = 299792458  # m/s
# A second image of the same moment, band and Stokes parameter has another beam; files keep times
# to a millisecond, and numbers to so many digits.
_MOMENT = timedelta(milliseconds=1)
_DIGITS = 1e-6


class NoImage(Refused):
    """There is no such image, or no more."""

    status = 404


@dataclass(frozen=True)
class Stored:
    """An image as the database knows it.

    Attributes
    ----------
    number : int
        Its id.
    path : str
        Its file.
    headers : sequence of mapping
        The sets of header values, with one of which it was read.
    taken_at : datetime
        Start, aware.
    duration : float
        s; 0 if unknown.
    freq_eff, bandwidth : float
        Hz; a bandwidth that is not known is 0.
    stokes : str
        Stokes parameter.
    beam : tuple of float
        Axes and position angle, deg.
    """

    number: int
    path: str
    headers: Sequence[Mapping[str, object]]
    taken_at: datetime
    duration: float
    freq_eff: float
    bandwidth: float
    stokes: str
    beam: tuple[float, float, float]

    @property
    def band(self) -> tuple[float, float]:
        """Shortest and longest wavelength, m."""
        lowest = self.freq_eff - self.bandwidth / 2
        longest = _LIGHT / lowest if lowest > 0 else math.inf
        return _LIGHT / (self.freq_eff + self.bandwidth / 2), longest

    @property
    def time(self) -> tuple[float, float]:
        """Start and end, MJD (UTC)."""
        begin = (self.taken_at.replace(tzinfo=None) - MJD_0) / timedelta(days=1)
        return begin, begin + self.duration / 86400

    def is_this(self, metadata: Metadata) -> bool:
        """Whether what a file says of itself is what this image was when it was ingested."""
        beam = (metadata.beam.major, metadata.beam.minor, metadata.beam.pa)
        return (
            metadata.stokes == self.stokes
            and abs(metadata.taken_at - self.taken_at) < _MOMENT
            and math.isclose(metadata.freq_eff, self.freq_eff, rel_tol=_DIGITS)
            and all(
                math.isclose(one, other, rel_tol=_DIGITS, abs_tol=_DIGITS / 3600)
                for one, other in zip(beam, self.beam, strict=True)
            )
        )


async def stored(service: Service, identifier: str) -> Stored:
    """Return the accepted image of an identifier.

    Raises
    ------
    NoImage
        There is none.
    """
    number = image_meant(identifier)
    if number is None:
        raise NoImage(f"there is no image {identifier[:80]!r}")
    return await stored_by_number(service, number)


async def stored_by_number(service: Service, number: int) -> Stored:
    """Return an accepted image.

    Raises
    ------
    NoImage
        There is none.
    """
    place = {"dataset_id": ids.dataset_of(number), "image_id": number}
    async with service.reading() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement("image_file"), place)
        found = await cursor.fetchone()
        await cursor.execute(statement("supplied_header"), place)
        headers = [row["header"] for row in await cursor.fetchall()]
    if found is None:
        raise NoImage(f"there is no image {number}")
    return Stored(
        number=number,
        path=found["path"],
        headers=headers,
        taken_at=found["taken_at"],
        duration=found["duration"] or 0.0,
        freq_eff=found["freq_eff"],
        bandwidth=found["bandwidth"] or 0.0,
        stokes=found["stokes"],
        beam=(found["beam_major"], found["beam_minor"], found["beam_pa"]),
    )


async def read(service: Service, image: Stored, wanted: Callable[[OpenPlane], T]) -> T:
    """Return what is read of an image's file, in a thread.

    Parameters
    ----------
    service : Service
        The service, in whose turn it is read.
    image : Stored
        The image.
    wanted : callable
        Called with the open image; what it returns is returned.

    Raises
    ------
    NoImage
        The file is gone, or holds another image.
    Refused
        It takes longer than it may.
    Busy
        Too much is being read.
    """

    def work() -> T:
        from trapdb.measuring.reopening import opened_again

        with opened_again(image.path, image.headers, image.is_this) as plane:
            return wanted(plane)

    async with service.turn():
        with move_on_after(service.settings.limits.seconds):
            try:
                # one that hangs keeps its turn, and nobody else's thread
                return await to_thread.run_sync(work, limiter=CapacityLimiter(1))
            except ImageLost as error:
                raise NoImage(f"image {image.number}: {error.trouble}") from error
    raise Refused("reading the image took longer than it may here: ask for less of it")
