"""Associate images anew from their stored measurements: after a rewind, or in another data set.

Pixels are needed only for forced fits at places that were not measured before, and to measure new
sources in the images before them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import psycopg

from trapdb.database import ids, routines
from trapdb.errors import ImageLost
from trapdb.exchange.requests import ForcedRequests
from trapdb.ingest.backfill import fill_in_step
from trapdb.ingest.events import add_events
from trapdb.ingest.memory import Memory
from trapdb.ingest.outcome import Filled
from trapdb.ingest.run import Run
from trapdb.ingest.stamps import keep_stamps
from trapdb.measuring.keeper import Keeper
from trapdb.timing import Timings

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Replayed:
    """The replay of one time step.

    Attributes
    ----------
    taken_at : datetime
        Time of the step.
    images : int
        Images associated.
    forced : int
        Forced fits stored, reused ones and new ones.
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


class Copying:
    """How images come into the data set: as they are."""

    def digest_of(self, origin: Any) -> str:
        """Return the digest of the copy of an image."""
        digest: str = origin.digest
        return digest

    def copy(self, conn: Connection, run: Run, origin: Any) -> int:
        """Copy an image with its blind measurements into the open time step; return its id."""
        return routines.copy_image(conn, run.run_id, origin.image_id)


def replay(
    run: Run, images: Sequence[Any], keeper: Keeper, copying: Copying | None = None
) -> Iterator[Replayed]:
    """Associate images anew, one transaction a time step.

    Parameters
    ----------
    run : Run
        Run that stores the images in its data set.
    images : sequence
        As `routines.replayable_images` returns them, in the order of time.
    keeper : Keeper
        It measures images again where that is needed.
    copying : Copying, optional
        How images are copied; by default as they are.

    Yields
    ------
    Replayed
        After each time step.

    Raises
    ------
    LateImage
        The data set has a later time step already.
    """
    made_of = sorted({run.dataset_id, *(ids.dataset_of(image.image_id) for image in images)})
    headers = [
        header for one in made_of for header in run.database.insist(routines.supplied_headers, one)
    ]
    configuration, timings = run.configuration, run.summary.timings
    count = configuration.null_detection.backfill
    memory = Memory(count, headers, configuration, timings, keeper)
    for taken_at, group in groupby(images, key=lambda image: image.taken_at):
        with run.interrupts.finishing():
            yield _replay_step(run, taken_at, list(group), memory, copying or Copying())


def _replay_step(
    run: Run, taken_at: datetime, origins: list[Any], memory: Memory, copying: Copying
) -> Replayed:
    def write(conn: Connection) -> Replayed:
        return _write_step(conn, run, taken_at, origins, memory, copying)

    digests = [copying.digest_of(origin) for origin in origins]

    def is_there(conn: Connection, replayed: Replayed) -> bool:
        known = routines.known_images(conn, run.dataset_id, digests)
        return all(digest in known and known[digest].status != "rewound" for digest in digests)

    replayed = run.database.commit(write, is_there)
    run.remember(digests)
    return replayed


def _write_step(
    conn: Connection,
    run: Run,
    taken_at: datetime,
    origins: list[Any],
    memory: Memory,
    copying: Copying,
) -> Replayed:
    """Associate the images of a time step anew, in the caller's transaction."""
    timings = run.summary.timings
    routines.begin_time_step(conn, run.dataset_id, taken_at)
    run.require_past(conn)
    copies = []
    for origin in origins:
        with timings.stage("associate"):
            image_id = copying.copy(conn, run, origin)
            run.correct(conn, image_id, origin.path)
            routines.associate_image(conn, image_id)
        copies.append((image_id, origin._replace(digest=copying.digest_of(origin))))
    forced, filled = 0, []
    for image_id, origin in copies:
        with timings.stage("null detection"):
            requests = routines.reuse_forced(conn, image_id)
        lost = _force(conn, image_id, origin, requests, memory, timings)
        filled += [lost] if lost else []
        with timings.stage("null detection"):
            forced += routines.add_forced(conn, image_id)
    filled += fill_in_step(conn, run, copies[0][0], memory)
    with timings.stage("leakage"):
        routines.fit_leakage(conn)
    keep_stamps(conn, run, memory)
    routines.request_classification(conn)
    add_events(conn, run)
    memory.shrink()
    routines.close_time_step(conn)
    backfilled = sum(image.points for image in filled)
    return Replayed(taken_at, len(copies), forced, backfilled, [f for f in filled if f.missing])


def _force(
    conn: Connection,
    image_id: int,
    origin: Any,
    requests: ForcedRequests,
    memory: Memory,
    timings: Timings,
) -> Filled | None:
    """Make the forced fits that an image's origin lacks; return the missing ones if it is lost."""
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
