"""A service, on this machine, of the archive that the tests of ADQL read."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.adql.conftest import fill
from tests.conftest import WEB, WORKER
from tests.service import running

SECONDS = 5
DESCRIBED = {
    "publisher": "The <first> observatory & friends",
    "contact": "archive@example.org",
    "identifier": "ivo://org.example/sky-and-sea",
    "description": "Sources that come & go.",
    "creators": ["Ardent, A.", "Brisk, B."],
}
SETTINGS = (
    """
[serve]
title = "Sky & <Sea>"
upload_from_private_addresses = true
results = "{results}"
"""
    + "".join(f"{name} = {json.dumps(value)}\n" for name, value in DESCRIBED.items())
    + """
[serve.limits]
seconds = {seconds}
queries = 4
wait = 1
rows = 5000
default_rows = 2000
request_bytes = 1000000
requests_bytes = 1500000
upload_rows = 300
spool_bytes = 300000
"""
)


@pytest.fixture(scope="package")
def database(cluster: Any, template: Any) -> Iterator[str]:
    """The administrator's connection string to the archive."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database archived template {}").format(name))
        with psycopg.connect(
            cluster.url("archived"), autocommit=True, row_factory=namedtuple_row
        ) as filled:
            fill(filled)
            filled.execute("analyze")
        yield cluster.url("archived")
        conn.execute("drop database archived with (force)")


@pytest.fixture(scope="package")
def here(cluster: Any, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service."""
    folder = tmp_path_factory.mktemp("serve")
    config = folder / "serve.toml"
    config.write_text(SETTINGS.format(results=folder / "results", seconds=SECONDS))
    with running(
        *("--config", config, "--database", cluster.url("archived", WEB)),
        TRAPDB_JOBS_URL=cluster.url("archived", WORKER),
    ) as service:
        yield service.address


@pytest.fixture(scope="package")
def http(here: str) -> Iterator[httpx.Client]:
    """A client of the service."""
    with httpx.Client(base_url=here, timeout=30) as client:
        yield client


@pytest.fixture(scope="package")
def look(database: str) -> Iterator[psycopg.Connection]:
    """An administrator's connection to the archive."""
    with psycopg.connect(database, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="package")
def stilts() -> str:
    """The program stilts; tests that want it skip where it is not installed."""
    from shutil import which

    found = which("stilts")
    if not found:
        pytest.skip("stilts is not installed: on Debian, apt install stilts")
    return found
