"""Associate images anew from their stored measurements: after a rewind, or in another data set.

The pixels are needed only where a forced fit is asked for at a place that was not measured before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import psycopg

from extractor.errors import ExtractorError
from trapdb import api, pixels
from trapdb.config import Configuration
from trapdb.timing import Timings

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Unmeasured:
    """A forced fit that was asked for and could not be made: the file is not there any more."""

    path: str
    taken_at: datetime
    ra: float
    dec: float


@dataclass(frozen=True)
class Replayed:
    """What became of one time step.

    Attributes
    ----------
    taken_at : datetime
        Time of the step.
    images : int
        Images associated.
    forced : int
        Forced fits taken in, reused ones and new ones.
    unmeasured : list of Unmeasured
        Those that need pixels that are gone.
    """

    taken_at: datetime
    images: int
    forced: int
    unmeasured: list[Unmeasured]


def replay(
    conn: Connection,
    run_id: int,
    dataset_id: int,
    images: Sequence[Any],
    configuration: Configuration,
    timings: Timings,
) -> Iterator[Replayed]:
    """Associate images anew, one transaction a time step.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of an operator, in autocommit mode.
    run_id, dataset_id : int
        Run and data set that take the images.
    images : sequence
        As `api.replayable_images` gives them, in the order of time.
    configuration : Configuration
        That of the data set, for forced fits.
    timings : Timings
        Told where the time goes.

    Yields
    ------
    Replayed
        After each time step.

    Raises
    ------
    LateImage
        The data set has a later time step already.
    """
    for taken_at, group in groupby(images, key=lambda image: image.taken_at):
        with conn.transaction():
            api.begin_time_step(conn, dataset_id, taken_at)
            copies = []
            for origin in group:
                with timings.stage("associate"):
                    image_id = api.copy_image(conn, run_id, origin.image_id)
                    api.associate_image(conn, image_id)
                copies.append((image_id, origin))
            forced, unmeasured = 0, []
            for image_id, origin in copies:
                with timings.stage("null detection"):
                    requests = api.reuse_forced(conn, image_id)
                measured = _measure(origin, requests, configuration, timings)
                with timings.stage("null detection"):
                    if measured is not None:
                        first_row = api.next_row(conn, image_id)
                        api.copy_forced(conn, image_id, first_row, requests, measured)
                    forced += api.add_forced(conn, image_id)
                if measured is None:
                    places = zip(requests.ra.tolist(), requests.dec.tolist(), strict=True)
                    unmeasured += [Unmeasured(origin.path, taken_at, *place) for place in places]
            api.close_time_step(conn)
        yield Replayed(taken_at, len(copies), forced, unmeasured)


def _measure(
    origin: Any, requests: api.ForcedRequests, configuration: Configuration, timings: Timings
) -> Any:
    """Make the forced fits if the image's file is still there and the same, else return None."""
    if not len(requests):
        return None
    try:
        image = pixels.read(origin.path, configuration, timings)
    except ExtractorError:
        return None
    if image.digest != origin.digest:
        return None
    measured = pixels.extract(pixels.check(image, configuration, timings), configuration, timings)
    return pixels.force(measured, requests.ra, requests.dec, configuration, timings)
