"""Work on jobs: take one, answer its query into a file, say so; and clear up."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
from anyio import to_thread

from trapdb.errors import TrapdbError
from trapdb.web.faults import Busy, told
from trapdb.web.jobs.queue import Queue, Turn
from trapdb.web.jobs.results import Results, settle
from trapdb.web.requests import Parameters
from trapdb.web.service import Service
from trapdb.web.tap.sync import answered, wanted_of

# So long a job is a worker's without a sign of life.
LEASE = timedelta(seconds=30)
IDLE_S = 1.0
SWEEP_S = 300.0
RETRY = timedelta(seconds=5)
# How much is written before one looks again whether there is room for it.
STEP = 8_000_000  # bytes


@dataclass(frozen=True)
class Jobs:
    """The jobs of a service: the queue, the results, and a sign that there is something to do."""

    queue: Queue
    results: Results
    came: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def working(service: Service, jobs: Jobs) -> AsyncIterator[None]:
    """Work on jobs in the background."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    tasks = [
        asyncio.create_task(_work(service, jobs, f"{name}:{number}"))
        for number in range(service.settings.workers)
    ]
    tasks.append(asyncio.create_task(_sweep(jobs)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _work(service: Service, jobs: Jobs, worker: str) -> None:
    while True:
        try:
            turn = await jobs.queue.take(worker, LEASE)
        except (psycopg.Error, Busy):
            turn = None  # the database is away; it will be back
        if turn:
            await _take_turn(service, jobs, turn)
        else:
            jobs.came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(jobs.came.wait(), IDLE_S)


async def _take_turn(service: Service, jobs: Jobs, turn: Turn) -> None:
    """Work on a job as long as it is ours, or may be: when the lease is over, it is another's."""
    task = asyncio.create_task(_do(service, jobs, turn))
    lease = LEASE.total_seconds()
    over = time.monotonic() + lease
    stopped = True
    try:
        while not task.done() and (left := over - time.monotonic()) > 0:
            await asyncio.wait({task}, timeout=min(left, lease / 3))
            asked = time.monotonic()
            if task.done():
                break
            # one who does not hear from the database asks again as long as the lease lasts
            with suppress(psycopg.Error, Busy, TimeoutError):
                async with asyncio.timeout(over - asked):
                    if not await jobs.queue.renew(turn, LEASE):
                        break
                over = asked + lease
        stopped = False
    finally:
        task.cancel()
        (fault,) = await asyncio.gather(task, return_exceptions=True)
        if stopped:  # with the service: nobody has to wait until the lease is over
            with suppress(psycopg.Error, Busy):
                await jobs.queue.hand_back(turn)
    if isinstance(fault, Exception):
        logging.getLogger("trapdb.web").error("job %s", turn.job_id, exc_info=fault)
        with suppress(psycopg.Error, Busy):
            await jobs.queue.fail(turn, "the service has a fault; what it was is in its log")


async def _do(service: Service, jobs: Jobs, turn: Turn) -> None:
    path = jobs.results.result(turn.job_id, turn.token)
    unfinished = path.with_name(f"{path.name}.part")
    again = None
    try:
        media_type, name = await _write(service, jobs, turn, unfinished)
        await to_thread.run_sync(settle, unfinished, path)
        result = {"file": path.name, "media_type": media_type, "name": name}
        if not await jobs.queue.finish(turn, result):
            jobs.results.discard(path)
        return
    except TimeoutError:
        error = "the query took longer than it may: ask for less, or give it more time"
    except OSError as fault:
        error = f"the result cannot be written: {fault.strerror or fault}"
    except psycopg.OperationalError as fault:
        _, error = told(fault)
        again = None if isinstance(fault, psycopg.errors.QueryCanceled) else RETRY
    except Busy as fault:
        error, again = str(fault), RETRY
    except (TrapdbError, psycopg.Error) as fault:
        _, error = told(fault)
    finally:
        jobs.results.discard(unfinished)
    # if this cannot be said, the lease ends, and somebody takes the job again
    with suppress(psycopg.Error, Busy):
        await jobs.queue.fail(turn, error, again)


async def _write(service: Service, jobs: Jobs, turn: Turn, path: Path) -> tuple[str, str]:
    """Write the answer to a file; return its type, and a name for it."""
    payload = turn.payload
    wanted = wanted_of(Parameters(payload["parameters"]))
    documents = [
        (name, await to_thread.run_sync(jobs.results.upload, file))
        for name, file in payload["uploads"]
    ]
    seconds = payload["seconds"]
    jobs.results.require(1)
    async with asyncio.timeout(seconds), AsyncExitStack() as stack:
        chunks = await answered(service, stack, payload["here"], wanted, documents, seconds)
        written = 0
        with path.open("wb") as file:
            async for chunk in chunks:
                await to_thread.run_sync(file.write, chunk)
                written += len(chunk)
                if written >= STEP:
                    written = 0
                    await to_thread.run_sync(jobs.results.require, 0)
            await to_thread.run_sync(file.flush)
            await to_thread.run_sync(os.fsync, file.fileno())
        jobs.results.require(0)
    return wanted.format.media_type, f"answer.{wanted.format.ending}"


async def _sweep(jobs: Jobs) -> None:
    """Remove jobs whose time has come, and files that belong to none."""
    while True:
        with suppress(psycopg.Error, Busy, OSError):
            await jobs.queue.remove_expired()
            known = await jobs.queue.jobs(None, None, 1_000_000)
            wanted = {job.result["file"] for job in known if job.result}
            wanted |= {file for job in known for _, file in job.payload["uploads"]}
            await to_thread.run_sync(jobs.results.sweep, wanted)
        await asyncio.sleep(SWEEP_S)
