"""The queue in the database, as the worker uses it: jobs are taken, and what came of them told.

What is told of several jobs is one transaction, since a commit costs more than all of it.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from trapdb.database.connection import call, call_all
from trapdb.exchange.event import Event
from trapdb.response.light_curve import columns_of
from trapdb.response.statements import statement

Connection = psycopg.Connection[Any]

# A failed task is tried again after so long, twice as long after each attempt; s.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 1800.0


@dataclass(frozen=True)
class Job:
    """A job that was taken, as ``trap.take_work`` has it."""

    job_id: UUID
    token: int
    payload: Mapping[str, Any]
    attempts: int
    event_id: int
    responder: str
    package_id: int | None
    task: int | None
    title: str | None
    prepared: Any
    before: Mapping[str, Any] | None

    def mine(self) -> dict[str, Any]:
        """Return by which arguments routines know the job, and that it is the worker's."""
        return {"job_id": self.job_id, "token": self.token}


@dataclass(frozen=True)
class Done:
    """A job is done: what came of it, and what else there is to say."""

    job: Job
    result: Any
    said: Sequence[str] = ()

    def told(self) -> tuple[LiteralString, dict[str, Any]]:
        """Return how the database is told: a routine, and its arguments."""
        return "finish_job", {
            **self.job.mine(),
            "result": Jsonb(self.result),
            "said": list(self.said),
        }


@dataclass(frozen=True)
class Responded:
    """A responder was called: the packages that it made, or why it was not called."""

    job: Job
    packages: Sequence[Any]
    note: str | None

    def told(self) -> tuple[LiteralString, dict[str, Any]]:
        """Return how the database is told, which stores the packages."""
        return "finish_response", {
            **self.job.mine(),
            "packages": Jsonb(self.packages),
            "note": self.note,
        }


@dataclass(frozen=True)
class Failed:
    """A job failed: why, and after how many seconds it is to be tried again; None: never."""

    job: Job
    error: str
    again_s: float | None = None

    def told(self) -> tuple[LiteralString, dict[str, Any]]:
        """Return how the database is told."""
        return "fail_job", {
            **self.job.mine(),
            "error": self.error.replace("\0", "") or "no reason given",
            "again_after": None if self.again_s is None else timedelta(seconds=self.again_s),
        }


Outcome = Done | Responded | Failed


def pause_s(attempt: int) -> float:
    """Return after how long a task is tried again, s: longer after each attempt, and by chance.

    Chance keeps those that failed together from coming back together.
    """
    pause = min(FIRST_PAUSE_S * 2.0 ** min(attempt - 1, 30), LONGEST_PAUSE_S)
    return pause * random.uniform(0.75, 1.25)


def _place(job: Job) -> tuple[int, int, str, int]:
    """Return the place of a job in the order in which all lock them: nobody waits in a ring.

    That is by package and task; calls of responders, which are of none, come before.
    """
    return job.package_id or 0, job.task or 0, job.responder, job.event_id


def take(conn: Connection, queue: str, worker: str, lease: timedelta, most: int) -> list[Job]:
    """Take what is next of a queue."""
    rows = call(conn, "take_work", queue=queue, worker=worker, lease=lease, most=most)
    return [Job(*row) for row in rows]


def renew(conn: Connection, jobs: Sequence[Job], lease: timedelta) -> set[UUID]:
    """Renew leases; return the jobs that still are the worker's."""
    rows = call(
        conn,
        "renew_work",
        job_ids=[job.job_id for job in jobs],
        tokens=[job.token for job in jobs],
        lease=lease,
    )
    return {row.renew_work for row in rows}


def prepare(conn: Connection, prepared: Sequence[tuple[Job, Any]]) -> set[UUID]:
    """Keep what is prepared of tasks; return those that still are the worker's."""
    with conn.transaction():
        in_order = sorted(prepared, key=lambda one: _place(one[0]))
        told = call_all(
            conn,
            [("prepare_task", {**job.mine(), "prepared": Jsonb(value)}) for job, value in in_order],
        )
    return {job.job_id for (job, _), (row,) in zip(in_order, told, strict=True) if row.prepare_task}


def tell(conn: Connection, outcomes: Sequence[Outcome]) -> None:
    """Tell what came of jobs, in one transaction; of those of which it was told nothing changes."""
    in_order = sorted(outcomes, key=lambda one: _place(one.job))
    with conn.transaction():
        call_all(conn, [outcome.told() for outcome in in_order])


def sweep(conn: Connection) -> None:
    """End tasks whose deadline has passed, and retract events that waited for a replay in vain."""
    call(conn, "expire_tasks", most=1000)
    call(conn, "retract_events")


def hand_back(conn: Connection, jobs: Sequence[Job]) -> None:
    """Let others begin jobs at once."""
    with conn.transaction():
        call_all(conn, [("hand_back_job", job.mine()) for job in sorted(jobs, key=_place)])


def events(conn: Connection, event_ids: Iterable[int]) -> dict[int, tuple[Event, int | None]]:
    """Return events by their numbers, and their sources as of today: a replay gives new numbers."""
    rows = conn.execute(statement("events"), {"event_ids": sorted(set(event_ids))}).fetchall()
    return {row.event_id: (Event.of(row), row.source_today) for row in rows}


def begun(conn: Connection, event_id: int, responder: str) -> list[Any]:
    """Return what a responder had begun about the events that a retraction withdraws."""
    return call(conn, "begun_tasks", event_id=event_id, responder=responder)


def light_curves(
    conn: Connection, source_ids: Iterable[int | None]
) -> dict[int | None, dict[str, Any]]:
    """Return the columns of light curves by source; they are empty where it is not there any more.

    They are as of one moment.
    """
    wanted = sorted({one for one in source_ids if one is not None})
    with conn.transaction():
        curves = call_all(conn, [("lightcurve_of", {"source_id": one}) for one in wanted])
    return {None: columns_of([])} | dict(zip(wanted, map(columns_of, curves), strict=True))


def stamps(conn: Connection, source_id: int | None) -> dict[str, bytes]:
    """Return the stamps of a source, the last one of each occasion, as FITS files."""
    import gzip

    if source_id is None:
        return {}
    rows = conn.execute(statement("stamps"), {"source_id": source_id}).fetchall()
    return {row.occasion: gzip.decompress(row.fits) for row in rows}
