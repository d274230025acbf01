"""Time steps that wait for a classifier: the sources that they touched are classified.

It is done here and not in a process of its own: a classifier is numbers, and runs nothing.
"""

import logging
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from trapdb.classify.applying import judge, load
from trapdb.classify.model import Model
from trapdb.database.connection import call, one_line
from trapdb.errors import TrapdbError
from trapdb.response.statements import statement

log = logging.getLogger(__name__)

Connection = psycopg.Connection[Any]

QUEUE = "classification"
# For so long a time step is the worker's: 10,000 sources of long light curves take less.
LEASE = timedelta(minutes=10)
# Classifiers that are kept in memory.
KEPT = 4


class Classifiers:
    """The classifiers that were used last, by name."""

    def __init__(self) -> None:
        self._models: dict[str, tuple[str, Model]] = {}

    def find(self, conn: Connection, name: str) -> Model:
        """Return a classifier; one of the same name may have come in the place of another one."""
        rows = conn.execute(statement("classifier"), {"name": name}).fetchall()
        digest = rows[0].digest if rows else ""
        kept = self._models.pop(name, None)
        if kept is None or kept[0] != digest:
            kept = digest, load(conn, name)
        self._models[name] = kept
        while len(self._models) > KEPT:
            self._models.pop(next(iter(self._models)))
        return kept[1]


def classify_next(conn: Connection, worker: str, classifiers: Classifiers) -> bool:
    """Classify the sources of the next time step that waits; return whether there was one."""
    jobs = call(conn, "take_job", queue=QUEUE, worker=worker, lease=LEASE)
    for job in jobs:
        mine = {"job_id": job.job_id, "token": job.token}
        asked = job.payload
        name, image = asked["classifier"], asked["known_image_id"]
        facts = {"classifier": name, "known_image_id": image}
        try:
            with conn.transaction():
                model = classifiers.find(conn, name)
                stored = judge(conn, name, model, asked["source_ids"], image)
                call(conn, "finish_job", result=Jsonb({"sources": stored}), **mine)
        except (TrapdbError, psycopg.Error) as error:
            if isinstance(error, psycopg.OperationalError):
                raise
            line = one_line(error) if isinstance(error, psycopg.Error) else str(error)
            call(conn, "fail_job", error=line, again_after=None, **mine)
            log.warning("image %d: %s: %s", image, name, line, extra={"event": "failed", **facts})
        else:
            log.info(
                "image %d: %s classified %d sources", image, name, stored,
                extra={"event": "classified", "sources": stored, **facts},
            )  # fmt: skip
    return bool(jobs)


def sweep(conn: Connection) -> None:
    """Remove what was done long ago."""
    call(conn, "remove_expired_jobs", queue=QUEUE)
