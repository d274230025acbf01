"""Keep stamps of sources, cut out of images by whoever has their pixels."""

import logging
from itertools import groupby
from typing import Any

import psycopg

from trapdb.database import routines
from trapdb.errors import ImageLost
from trapdb.ingest.memory import Memory
from trapdb.ingest.run import Run

Connection = psycopg.Connection[Any]

log = logging.getLogger(__name__)


def keep_stamps(conn: Connection, run: Run, memory: Memory) -> None:
    """Keep the stamps that the configuration asks for in the open time step.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, when all its points are added.
    run : Run
        Run that adds the step.
    memory : Memory
        Holds the images of the step; earlier ones may be read again. A lost file costs only its
        stamps, with a warning.
    """
    if not run.configuration.stamps.of:
        return
    with run.summary.timings.stage("stamps"):
        wanted = routines.stamp_requests(conn)
        if not wanted:
            return
        lacking = [one for one in wanted if not one.is_there]
        cut: dict[int, bytes | None] = {}
        for _, group in groupby(lacking, key=lambda one: one.image_id):
            cut |= _cut(conn, run, list(group), memory)
        routines.add_stamps(conn, cut)


def _cut(conn: Connection, run: Run, wanted: list[Any], memory: Memory) -> dict[int, bytes | None]:
    """Cut stamps out of one image; None, with a warning, if it is lost."""
    image = wanted[0]
    memory.recall(image)
    cut: dict[int, bytes | None] = dict.fromkeys(one.number for one in wanted)
    try:
        # those of one image may be of sources that were discovered in several
        for size, group in groupby(sorted(wanted, key=_size), key=_size):
            alike = list(group)
            places = [one.ra for one in alike], [one.dec for one in alike]
            pieces = memory.cut(image.image_id, *places, size)
            cut.update(zip((one.number for one in alike), pieces, strict=True))
    except ImageLost as lost:
        message = f"{image.path}: no stamps of it: {lost.trouble}"
        log.warning(message, extra={"event": "warning"})
        routines.log_warning(conn, run.run_id, message)
    return cut


def _size(one: Any) -> float:
    return float(one.size)
