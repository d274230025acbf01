"""Measure images at sources that became known later.

During an ingest this is part of the time step that founds the sources. On request each image is a
transaction, so that an interrupted back-fill continues where it stopped.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from trapdb.database import routines
from trapdb.errors import ImageLost
from trapdb.exchange.requests import NOWHERE
from trapdb.ingest.memory import Memory
from trapdb.ingest.outcome import Filled
from trapdb.ingest.run import Run
from trapdb.measuring.keeper import Keeper

Connection = psycopg.Connection[Any]

# The reason in the log for a file that cannot be read again.
LOST = "lost"


def fill_in_step(conn: Connection, run: Run, first_image_id: int, memory: Memory) -> list[Filled]:
    """Measure the sources that the open time step founded, in its other images and the latest ones.

    Sources that were blended with them in these images are measured, too.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, when its forced fits are added.
    run : Run
        Run that ingests the step.
    first_image_id : int
        First image of the step.
    memory : Memory
        Holds the images of the step.

    Returns
    -------
    list of Filled
        One for each image. A lost file costs only the points of its image, and is in the run's log.
    """
    count = run.configuration.null_detection.backfill
    if not count:
        return []
    with run.summary.timings.stage("back-fill"):
        founded = routines.founded_since(conn, run.dataset_id, first_image_id)
        if not founded:
            return []
        # sources that are separate now may have been one blend in the images before
        sources = sorted({*founded, *routines.part_blends(conn, founded, count)})
        images = routines.backfill_images(conn, run.dataset_id, sources, count)
    return [_add(conn, run, image, sources, memory) for image in images]


def fill(
    run: Run, source_ids: list[int], images: Sequence[Any], keeper: Keeper
) -> Iterator[Filled]:
    """Measure images at the sources that lack a point in them, one transaction for each image.

    Parameters
    ----------
    run : Run
        Run, of the data set of the sources.
    source_ids : list of int
        The sources.
    images : sequence
        As `routines.backfill_images` returns them.
    keeper : Keeper
        Measures them.

    Yields
    ------
    Filled
        After each image.
    """
    headers = run.database.insist(routines.supplied_headers, run.dataset_id)
    memory = Memory(0, headers, run.configuration, run.summary.timings, keeper)
    for image in images:
        # before locking the data set: reading takes longer than all the work under the lock
        memory.recall(image)
        with suppress(ImageLost):
            memory.force(image.image_id, NOWHERE)
        with run.interrupts.finishing():
            yield _fill_one(run, image, source_ids, memory)


def _fill_one(run: Run, image: Any, source_ids: list[int], memory: Memory) -> Filled:
    before = run.database.insist(routines.next_row, image.image_id)

    def write(conn: Connection) -> Filled:
        routines.begin_backfill(conn, run.dataset_id)
        run.require_past(conn)
        return _add(conn, run, image, source_ids, memory)

    def is_there(conn: Connection, filled: Filled) -> bool:
        return filled.points > 0 and routines.next_row(conn, image.image_id) > before

    filled = run.database.commit(write, is_there)
    memory.shrink()
    return filled


def _add(conn: Connection, run: Run, image: Any, source_ids: list[int], memory: Memory) -> Filled:
    """Add the points that an image lacks, in the caller's transaction, or record the reason."""
    timings = run.summary.timings
    with timings.stage("back-fill"):
        requests = routines.backfill_requests(conn, image.image_id, source_ids)
    if not len(requests):
        return Filled(image.path, image.taken_at, 0)
    memory.recall(image)
    try:
        fits = memory.force(image.image_id, requests)
    except ImageLost as lost:
        routines.log_refused_file(conn, run.run_id, image.path, LOST, lost.trouble)
        missing = list(zip(requests.ra.tolist(), requests.dec.tolist(), strict=True))
        return Filled(image.path, image.taken_at, 0, lost.trouble, missing)
    with timings.stage("back-fill"):
        first_row = routines.next_row(conn, image.image_id)
        routines.copy_forced(conn, image.image_id, first_row, requests, fits)
        return Filled(image.path, image.taken_at, routines.add_backfill(conn, image.image_id))
