"""Open the queue and the folder of the results."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from trapdb.errors import InputError
from trapdb.server import private_server
from trapdb.web.jobs.queue import Queue
from trapdb.web.jobs.results import Results
from trapdb.web.jobs.worker import Jobs
from trapdb.web.settings import Settings


def results_folder(settings: Settings) -> Path:
    """Make the folder of the results, if it is not there, and return it.

    Raises
    ------
    InputError
        It cannot be made or written to.
    """
    folder = settings.results or private_server.locate().home / "results"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"{folder}: no results can be kept there: {error.strerror}; name another folder by "
            "results in section [serve]"
        ) from error
    return folder


@asynccontextmanager
async def job_queue(settings: Settings, database: str) -> AsyncIterator[Jobs]:
    """Open the queue.

    Parameters
    ----------
    settings : Settings
        The settings.
    database : str
        Connection string with the login for the queue.
    """
    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
        database,
        kwargs={"application_name": "trapdb serve, jobs", "autocommit": True},
        configure=_configure,
        min_size=1,
        max_size=settings.workers + 3,
        timeout=settings.limits.wait,
        open=False,
    )
    results = Results(results_folder(settings), settings.results_bytes)
    async with pool:
        yield Jobs(Queue(pool, settings.queue), results)


async def _configure(conn: psycopg.AsyncConnection[Any]) -> None:
    await conn.execute("set search_path = trap, pg_temp")
