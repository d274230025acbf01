"""Associate images anew from their stored measurements: after a rewind, or in another data set.

The pixels are needed only where a forced fit is asked for at a place that was not measured before,
and to measure new sources in the images before them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import psycopg

from trapdb.configuration.keys import Configuration
from trapdb.database import ids, routines
from trapdb.errors import ImageLost
from trapdb.exchange.requests import ForcedRequests
from trapdb.ingest.backfill import Memory, fill_in_step
from trapdb.ingest.outcome import Filled
from trapdb.measuring.here import Here
from trapdb.timing import Timings

Connection = psycopg.Connection[Any]


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
    backfilled : int
        Points that new sources gained in other images.
    unmeasured : list of Filled
        Images in which fits are missing, because they need pixels that are gone.
    """

    taken_at: datetime
    images: int
    forced: int
    backfilled: int
    unmeasured: list[Filled]


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
    made_of = {dataset_id, *(ids.dataset_of(image.image_id) for image in images)}
    headers = [header for one in sorted(made_of) for header in routines.supplied_headers(conn, one)]
    memory = Memory(configuration.null_detection.backfill, headers, configuration, timings, Here())
    for taken_at, group in groupby(images, key=lambda image: image.taken_at):
        with conn.transaction():
            routines.begin_time_step(conn, dataset_id, taken_at)
            copies = []
            for origin in group:
                with timings.stage("associate"):
                    image_id = routines.copy_image(conn, run_id, origin.image_id)
                    routines.associate_image(conn, image_id)
                copies.append((image_id, origin))
            forced, filled = 0, []
            for image_id, origin in copies:
                with timings.stage("null detection"):
                    requests = routines.reuse_forced(conn, image_id)
                lost = _force(conn, image_id, origin, requests, memory, timings)
                filled += [lost] if lost else []
                with timings.stage("null detection"):
                    forced += routines.add_forced(conn, image_id)
            filled += fill_in_step(
                conn, run_id, dataset_id, copies[0][0], memory, configuration, timings
            )
            memory.shrink()
            routines.close_time_step(conn)
        backfilled = sum(image.points for image in filled)
        yield Replayed(taken_at, len(copies), forced, backfilled, [f for f in filled if f.missing])


def _force(
    conn: Connection,
    image_id: int,
    origin: Any,
    requests: ForcedRequests,
    memory: Memory,
    timings: Timings,
) -> Filled | None:
    """Make the forced fits that an image's origin has not; return what is missing if it is lost."""
    if not len(requests):
        return None
    memory.recall(origin._replace(image_id=image_id))
    try:
        fits = memory.force(image_id, requests)
    except ImageLost as lost:
        missing = list(zip(requests.ra.tolist(), requests.dec.tolist(), strict=True))
        return Filled(origin.path, origin.taken_at, 0, lost.trouble, missing)
    with timings.stage("null detection"):
        routines.copy_forced(conn, image_id, routines.next_row(conn, image_id), requests, fits)
    return None
