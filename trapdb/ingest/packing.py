"""Keep points of light curves by source behind an ingest, a bite after each time step.

No image waits for it: the bites are taken by a thread with a connection of its own, while the next
time steps come in, and after one that takes longer than a step the next one is left out.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg

from trapdb.errors import TrapdbError
from trapdb.ingest.bites import Bites

Connection = psycopg.Connection[Any]

# A young data set has nothing to pack before its 27 points a stretch and the last images that are
# left alone (sql/79_curves) are there.
FIRST_STEP = 43
# A bite visits a source for so many points that came in: half of what fills a stretch, so that
# packing keeps up although every other visit finds too little.
POINTS_A_SOURCE = 13
LARGEST_BITE = 5000
# s, after which a bite at the end of a run is given up
PATIENCE_S = 10.0
# What may go wrong beside an ingest, and is no fault of it: the connection, its statements, a
# private server that cannot be started.
_FAULTS = (psycopg.Error, TrapdbError, OSError)

log = logging.getLogger(__name__)


class Packing:
    """Packs points of a data set behind an ingest; a context manager that ends with it.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    dataset_id : int
    connect : callable
        Opens a connection; returns None if there is none to be had.
    """

    def __init__(
        self, dataset: str, dataset_id: int, connect: Callable[[], Connection | None]
    ) -> None:
        self._bites = Bites(dataset, dataset_id, at_once=False)
        self._connect = connect
        self._conn: Connection | None = None
        self._after: int | None = None  # a source somewhere, since runs may be short
        self._bite: Future[int | None] | None = None
        self._given_up = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="packing")

    def __enter__(self) -> "Packing":
        """Begin with nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the bite that is under way, but not for a server that is gone."""
        if self._bite is not None:
            try:
                self._bite.result(PATIENCE_S)
            except TimeoutError:
                self._given_up = True  # before it is seen whether a connection is there by now
                if self._conn is not None:
                    with suppress(psycopg.Error):
                        self._conn.cancel()
            except _FAULTS:
                pass
        self._thread.shutdown(wait=True)
        self._drop()

    def follow(self, points: int) -> None:
        """Take a bite after a time step that brought points, if the last bite has ended.

        What fails is told in the log, and done another time: nothing depends on it. A source that
        cannot be packed is left out for the rest of the run.
        """
        if self._bite is not None:
            if not self._bite.done():
                return
            try:
                self._after = self._bite.result()
            except _FAULTS as error:
                log.info("light curves are not packed for now: %s", error)
                self._drop()
        sources = min(LARGEST_BITE, points // POINTS_A_SOURCE + 1)
        self._bite = self._thread.submit(self._take, self._after, sources)

    def _take(self, after: int | None, sources: int) -> int | None:
        """Take a bite; return the last source of it, None when there are no more."""
        if self._conn is None:
            self._conn = self._connect()
        if self._conn is None or self._given_up:
            return None
        return self._bites.take(self._conn, after, sources, lambda: self._given_up)

    def _drop(self) -> None:
        if self._conn is not None:
            with suppress(psycopg.Error):
                self._conn.close()
            self._conn = None
