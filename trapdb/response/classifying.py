"""Time steps that wait for a classifier: the sources that they touched are classified.

It is done here and not in a process of its own: a classifier is numbers, and runs nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
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
# For so long a time step is the worker's without a sign of life; each batch is one.
LEASE = timedelta(minutes=10)
# So many sources at once, of which those with long light curves take seconds: a worker gives signs
# of life for what else it has between them.
BATCH = 1000
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


@dataclass
class _Step:
    """A time step that was taken, and how far it is classified."""

    mine: dict[str, Any]
    classifier: str
    image: int
    source_ids: Sequence[int]
    done: int = 0
    stored: int = 0


class Classifying:
    """Classifies time steps, some sources at a time: what else a worker does waits for no more.

    Parameters
    ----------
    worker : str
        Who takes the time steps.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._classifiers = Classifiers()
        self._step: _Step | None = None

    def go_on(self, conn: Connection) -> bool:
        """Classify the next sources of the time step that was begun, or of the next that waits.

        Returns
        -------
        bool
            Whether there were any.
        """
        if self._step is None:
            self._step = self._taken(conn)
        if self._step is None:
            return False
        step = self._step
        facts = {"classifier": step.classifier, "known_image_id": step.image}
        batch = step.source_ids[step.done : step.done + BATCH]
        is_last = step.done + len(batch) == len(step.source_ids)
        try:
            with conn.transaction():
                (row,) = call(conn, "renew_job", lease=LEASE, **step.mine)
                if not row.renew_job:  # it took too long, and is another's
                    self._step = None
                    return True
                model = self._classifiers.find(conn, step.classifier)
                stored = step.stored + judge(conn, step.classifier, model, batch, step.image)
                if is_last:
                    call(conn, "finish_job", result=Jsonb({"sources": stored}), **step.mine)
        except (TrapdbError, psycopg.Error) as error:
            if isinstance(error, psycopg.OperationalError):
                raise
            line = one_line(error) if isinstance(error, psycopg.Error) else str(error)
            call(conn, "fail_job", error=line, again_after=None, **step.mine)
            self._step = None
            log.warning(
                "image %d: %s: %s", step.image, step.classifier, line,
                extra={"event": "failed", **facts},
            )  # fmt: skip
            return True
        step.done += len(batch)
        step.stored = stored
        if is_last:
            self._step = None
            log.info(
                "image %d: %s classified %d sources", step.image, step.classifier, stored,
                extra={"event": "classified", "sources": stored, **facts},
            )  # fmt: skip
        return True

    def hand_back(self, conn: Connection) -> None:
        """Let others go on with what was begun: what is classified stays."""
        if self._step is not None:
            call(conn, "hand_back_job", **self._step.mine)
            self._step = None

    def _taken(self, conn: Connection) -> _Step | None:
        for job in call(conn, "take_job", queue=QUEUE, worker=self._worker, lease=LEASE):
            asked = job.payload
            return _Step(
                {"job_id": job.job_id, "token": job.token},
                asked["classifier"],
                asked["known_image_id"],
                asked["source_ids"],
            )
        return None


def sweep(conn: Connection) -> None:
    """Remove what was done long ago."""
    call(conn, "remove_expired_jobs", queue=QUEUE)
