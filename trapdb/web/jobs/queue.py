"""The queue in the database, as the service uses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from trapdb.web.faults import Busy
from trapdb.web.statements import statement

# The words of UWS for the states of a job.
PHASES = {
    "held": "PENDING",
    "waiting": "QUEUED",
    "running": "EXECUTING",
    "done": "COMPLETED",
    "failed": "ERROR",
    "aborted": "ABORTED",
}
ENDED = ("COMPLETED", "ERROR", "ABORTED")


@dataclass(frozen=True)
class Turn:
    """A job that was taken: its identifier, the token that says so, and what is to be done."""

    job_id: UUID
    token: int
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Queue:
    """The queue of a name, by a login that may do nothing else."""

    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]
    name: str

    async def add(self, payload: dict[str, Any], expires_at: datetime, most: int) -> UUID:
        """Add a job, held; return its identifier.

        Raises
        ------
        Busy
            There are `most` that have not ended.
        """
        ((job_id,),) = await self._rows(
            "add_job", payload=Jsonb(payload), expires_at=expires_at, most=most
        )
        if job_id is None:
            raise Busy("as many jobs wait as may: try again in a while")
        return UUID(str(job_id))

    async def change(
        self,
        job_id: UUID,
        payload: dict[str, Any] | None = None,
        expires_at: datetime | None = None,
        release: bool = False,
    ) -> bool:
        """Change a job, or let it be begun; return whether that could be."""
        return await self._said(
            "change_job",
            job_id=job_id,
            payload=None if payload is None else Jsonb(payload),
            expires_at=expires_at,
            release=release,
        )

    async def job(self, job_id: UUID) -> Any:
        """Return the row of a job; None if there is none."""
        rows = await self._rows("job_of", job_id=job_id)
        return rows[0] if rows else None

    async def jobs(
        self, states: Sequence[str] | None, after: datetime | None, limit: int
    ) -> list[Any]:
        """Return the rows of jobs, the last ones first."""
        return await self._rows(
            "jobs_of", states=None if states is None else list(states), after=after, limit=limit
        )

    async def take(self, worker: str, lease: timedelta) -> Turn | None:
        """Take the next job; None: there is none."""
        rows = await self._rows("take_job", worker=worker, lease=lease)
        return Turn(*rows[0]) if rows else None

    async def renew(self, turn: Turn, lease: timedelta) -> bool:
        """Renew the lease; return whether the job still is the worker's."""
        return await self._said("renew_job", job_id=turn.job_id, token=turn.token, lease=lease)

    async def finish(self, turn: Turn, result: dict[str, Any]) -> bool:
        """Finish the job; return whether it still was the worker's."""
        return await self._said(
            "finish_job", job_id=turn.job_id, token=turn.token, result=Jsonb(result)
        )

    async def fail(self, turn: Turn, error: str, again_after: timedelta | None = None) -> bool:
        """Say why it failed; return whether it still was the worker's."""
        return await self._said(
            "fail_job",
            job_id=turn.job_id,
            token=turn.token,
            error=error.replace("\0", ""),
            again_after=again_after,
        )

    async def hand_back(self, turn: Turn) -> bool:
        """Let another begin the job at once; return whether it still was the worker's."""
        return await self._said("hand_back_job", job_id=turn.job_id, token=turn.token)

    async def abort(self, job_id: UUID) -> bool:
        """Abort a job; return whether it had not ended."""
        return await self._said("abort_job", job_id=job_id)

    async def remove(self, job_id: UUID) -> bool:
        """Remove a job; return whether it was there."""
        return await self._said("remove_job", job_id=job_id)

    async def remove_expired(self) -> None:
        """Remove the jobs whose time has come."""
        await self._rows("remove_expired_jobs")

    async def _said(self, name: str, **values: Any) -> bool:
        ((said,),) = await self._rows(name, **values)
        return bool(said)

    async def _rows(self, name: str, **values: Any) -> list[Any]:
        try:
            async with (
                self.pool.connection() as conn,
                conn.cursor(row_factory=namedtuple_row) as cursor,
            ):
                await cursor.execute(statement(name), {"queue": self.name, **values})
                return await cursor.fetchall()
        except PoolTimeout as error:
            raise Busy("the queue does not answer: try again in a moment") from error
