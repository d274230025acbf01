"""A service with data sets of all kinds, and a browser that looks at it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.conftest import OPERATOR, WEB
from tests.explorer.sky import HOSTILE, fill
from tests.explorer.watched import Watched
from tests.service import running


@pytest.fixture(scope="package")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the images of data set field."""
    return tmp_path_factory.mktemp("field")


@pytest.fixture(scope="package")
def database(cluster: Any, template: Any, field: Path) -> Iterator[str]:
    """The administrator's connection string to the database that the service reads."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database explored template {}").format(name))
        fill(cluster.url("explored", OPERATOR), cluster.url("explored"), field)
        yield cluster.url("explored")
        conn.execute("drop database explored with (force)")


@pytest.fixture(scope="package")
def look(database: str) -> Iterator[psycopg.Connection]:
    """An administrator's connection to that database."""
    with psycopg.connect(database, autocommit=True, row_factory=namedtuple_row) as conn:
        yield conn


@pytest.fixture(scope="package")
def here(cluster: Any, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service."""
    config = tmp_path_factory.mktemp("serve") / "serve.toml"
    config.write_text('[serve]\ntitle = "Sky & <Sea>"\npublisher = "<b>Observatory</b>"\n')
    with running("--database", cluster.url("explored", WEB), "--config", config) as service:
        yield service.address


@pytest.fixture(scope="package")
def http(here: str) -> Iterator[httpx.Client]:
    """A client of the service that is no browser."""
    with httpx.Client(base_url=here, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium; tests that want it skip where it is not installed.

    It is closed after each module: as long as it is open, Playwright's event loop runs, and no
    other test of the process can have one.
    """
    program = shutil.which("chromium")
    if not program:
        pytest.skip("chromium is not installed: on Debian, apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, here: str) -> Iterator[Any]:
    """A page of the browser, at which nothing may go wrong, and which asks nobody else."""
    with Watched(chromium, here) as watched:
        yield watched.page


@pytest.fixture(params=["", *HOSTILE])
def hostile(request: pytest.FixtureRequest) -> str:
    """The names of data sets that would like to be more than text."""
    name: str = request.param
    return name or "field"
