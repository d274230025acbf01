"""Services of one archive, started as users start them, on a queue and a folder that they share."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.conftest import WEB, WORKER

PROGRAM = [sys.executable, "-m", "trapdb", "serve", "--port", "0"]


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


class Running:
    """A service, and where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"\(TAP: (\S+)\)", line)
        if found is None:
            process.wait()
            pytest.fail(f"the service does not start: {line}")
        self.address = found[1]


@pytest.fixture
def start(
    cluster: Any, archive_name: str, queue: psycopg.Connection, tmp_path: Path
) -> Iterator[Callable[..., Running]]:
    """Start a service; keys of section [serve] may be given."""
    started = []

    def service(**keys: object) -> Running:
        file = tmp_path / f"serve{len(started)}.toml"
        results = f'results = "{tmp_path / "results"}"\n'
        file.write_text(
            "[serve]\n" + results + "".join(f"{name} = {keys[name]}\n" for name in keys)
        )
        environment = {
            **os.environ,
            "TRAPDB_SERVICE_URL": cluster.url(archive_name, WEB),
            "TRAPDB_JOBS_URL": cluster.url(archive_name, WORKER),
        }
        command = [*PROGRAM, "--config", str(file)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return Running(process)

    yield service
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


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
