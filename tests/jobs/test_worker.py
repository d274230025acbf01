"""A worker that does not hear from the queue any more."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from trapdb.web.jobs import worker
from trapdb.web.jobs.queue import Turn


class Silent:
    """A queue that cannot be reached, at once or after a long time."""

    def __init__(self, seconds):
        self.seconds = seconds

    async def renew(self, turn, lease):
        await asyncio.sleep(self.seconds)
        raise psycopg.OperationalError("away")


@pytest.mark.parametrize("seconds", [0, 3600])
def test_it_stops_when_the_job_may_be_anothers(monkeypatch, seconds):
    ended = []

    async def work(service, jobs, turn):
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(turn)

    monkeypatch.setattr(worker, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(worker, "_do", work)
    jobs = worker.Jobs(Silent(seconds), None)
    turn = Turn(uuid4(), 1, {}, 1)
    asyncio.run(asyncio.wait_for(worker._take_turn(None, jobs, turn), 60))
    assert ended == [turn]
