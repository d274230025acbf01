"""Measure images at sources that became known later.

During an ingest this is part of the time step that founds the sources. On request it is a
transaction an image, so that what was broken off goes on where it ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from extractor import Measurements
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.database import ids, routines
from trapdb.errors import ImageLost
from trapdb.exchange.requests import NOWHERE, ForcedRequests
from trapdb.ingest.outcome import Filled
from trapdb.measuring.executor import Keeper
from trapdb.measuring.here import Here
from trapdb.timing import Timings

Connection = psycopg.Connection[Any]

# What the log calls a file that cannot be read again.
LOST = "lost"


class Memory:
    """The latest images, by their ids, with all that was measured in them; others are read again.

    Parameters
    ----------
    count
        How many images `shrink` leaves.
    headers
        Sets of header values with which images of the data set were read.
    configuration
        How to measure what is read again.
    timings
        Told where the time goes.
    keeper
        Has the images.
    """

    def __init__(
        self,
        count: int,
        headers: Sequence[Mapping[str, object]],
        configuration: Configuration,
        timings: Timings,
        keeper: Keeper,
    ) -> None:
        self._count = count
        self._headers = headers
        self._configuration = configuration
        self._timings = timings
        self._keeper = keeper
        self._jobs: dict[int, Any] = {}

    def keep(self, image_id: int, job: Any) -> None:
        """Keep an image that was measured, at least until `shrink`."""
        self._jobs[image_id] = job

    def shrink(self) -> None:
        """Forget all images but the latest ones."""
        for image_id in sorted(self._jobs)[: max(len(self._jobs) - self._count, 0)]:
            self._keeper.release(self._jobs.pop(image_id))

    def recall(self, image: Any) -> None:
        """Name an image (with image_id, path and digest) that may be of earlier days."""
        job = self._jobs.get(image.image_id)
        # a time step that was rolled back may have had another image by this id
        if job is None or job.digest != image.digest:
            self._jobs[image.image_id] = self._keeper.recall(
                image.path, image.digest, self._configuration, self._headers
            )

    def force(self, image_id: int, requests: ForcedRequests) -> Measurements:
        """Measure an image that is kept, or was recalled, where it is asked for.

        Raises
        ------
        ImageLost
            It has to be read again, and the file is gone or has changed; or it cannot be measured,
            however often it is read.
        """
        job = self._jobs[image_id]
        try:
            fits, timings = self._keeper.force(job, requests)
        except ExtractorError as error:
            raise ImageLost(job.path, str(error).removeprefix(f"{job.path}: ")) from error
        self._timings.add(timings)
        return fits


def fill_in_step(
    conn: Connection,
    run_id: int,
    dataset_id: int,
    first_image_id: int,
    memory: Memory,
    configuration: Configuration,
    timings: Timings,
) -> list[Filled]:
    """Measure the sources that the open time step founded in its other images and in the latest.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, when its forced fits are added.
    run_id, dataset_id : int
        Run, and its data set.
    first_image_id : int
        First image of the step.
    memory : Memory
        Has the images of the step.
    configuration : Configuration
        That of the data set.
    timings : Timings
        Told where the time goes.

    Returns
    -------
    list of Filled
        One an image. A file that is lost costs its points only; it is in the run's log.
    """
    count = configuration.null_detection.backfill
    if not count:
        return []
    with timings.stage("back-fill"):
        founded = routines.founded_since(conn, dataset_id, first_image_id)
        images = routines.backfill_images(conn, dataset_id, founded, count) if founded else []
    return [_add(conn, run_id, image, founded, memory, timings) for image in images]


def fill(
    conn: Connection,
    run_id: int,
    source_ids: list[int],
    images: Sequence[Any],
    configuration: Configuration,
    timings: Timings,
) -> Iterator[Filled]:
    """Measure images at sources that lack a point in them, one transaction each.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of an operator, in autocommit mode.
    run_id : int
        Run, of the data set of the sources.
    source_ids : list of int
        The sources.
    images : sequence
        As `api.backfill_images` gives them.
    configuration : Configuration
        That of the data set.
    timings : Timings
        Told where the time goes.

    Yields
    ------
    Filled
        After each image.
    """
    dataset_id = ids.dataset_of(run_id)
    headers = routines.supplied_headers(conn, dataset_id)
    memory = Memory(0, headers, configuration, timings, Here())
    for image in images:
        # before the lock is taken: reading takes longer than all that is done with the lock
        memory.recall(image)
        with suppress(ImageLost):
            memory.force(image.image_id, NOWHERE)
        with conn.transaction():
            routines.begin_backfill(conn, dataset_id)
            filled = _add(conn, run_id, image, source_ids, memory, timings)
        memory.shrink()
        yield filled


def _add(
    conn: Connection,
    run_id: int,
    image: Any,
    source_ids: list[int],
    memory: Memory,
    timings: Timings,
) -> Filled:
    """Add the points that an image lacks, in the caller's transaction, or record why not."""
    with timings.stage("back-fill"):
        requests = routines.backfill_requests(conn, image.image_id, source_ids)
    if not len(requests):
        return Filled(image.path, image.taken_at, 0)
    memory.recall(image)
    try:
        fits = memory.force(image.image_id, requests)
    except ImageLost as lost:
        routines.log_refused_file(conn, run_id, image.path, LOST, lost.trouble)
        missing = list(zip(requests.ra.tolist(), requests.dec.tolist(), strict=True))
        return Filled(image.path, image.taken_at, 0, lost.trouble, missing)
    with timings.stage("back-fill"):
        first_row = routines.next_row(conn, image.image_id)
        routines.copy_forced(conn, image.image_id, first_row, requests, fits)
        return Filled(image.path, image.taken_at, routines.add_backfill(conn, image.image_id))
