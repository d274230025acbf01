"""Services of one archive, started as users start them, on a queue and a folder that they share."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.conftest import WEB, WORKER
from tests.service import Service, running


@pytest.fixture(scope="package")
def archive_name(cluster: Any, template: Any) -> Iterator[str]:
    """A database with the schema, for all tests of the folder."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database served template {}").format(name))
        yield "served"
        conn.execute("drop database served with (force)")


@pytest.fixture
def queue(cluster: Any, archive_name: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to the archive, whose queue is empty."""
    with psycopg.connect(cluster.url(archive_name), autocommit=True) as conn:
        conn.execute("delete from trap_data.job")
        yield conn


@pytest.fixture
def start(
    cluster: Any, archive_name: str, queue: psycopg.Connection, tmp_path: Path
) -> Iterator[Callable[..., Service]]:
    """Start a service; keys of section [serve] may be given."""
    started: list[Service] = []
    with ExitStack() as stack:

        def service(**keys: object) -> Service:
            file = tmp_path / f"serve{len(started)}.toml"
            lines = [
                f'results = "{tmp_path / "results"}"',
                *(f"{k} = {v}" for k, v in keys.items()),
            ]
            file.write_text("\n".join(["[serve]", *lines, ""]))
            started.append(
                stack.enter_context(
                    running(
                        *("--config", file),
                        TRAPDB_SERVICE_URL=cluster.url(archive_name, WEB),
                        TRAPDB_JOBS_URL=cluster.url(archive_name, WORKER),
                    )
                )
            )
            return started[-1]

        yield service
        for one in started:
            one.process.kill()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], list[str]]:
    """List the names of the results and uploaded tables that are kept."""
    return lambda: sorted(path.name for path in (tmp_path / "results").iterdir())


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until something holds, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
    return found
