"""The images that pieces are cut out of: found by their identifiers, and opened again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import dict_row

from extractor.readers.metadata import Metadata
from trapdb.database import ids
from trapdb.web.cutouts.header import MJD_0
from trapdb.web.faults import Refused
from trapdb.web.identifiers import image_meant
from trapdb.web.service import Service
from trapdb.web.statements import statement

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
    found = None
    if number is not None:
        place = {"dataset_id": ids.dataset_of(number), "image_id": number}
        async with service.reading() as conn, conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement("image_file"), place)
            found = await cursor.fetchone()
            await cursor.execute(statement("supplied_header"), place)
            headers = [row["header"] for row in await cursor.fetchall()]
    if number is None or found is None:
        raise NoImage(f"there is no image {identifier[:80]!r}")
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
