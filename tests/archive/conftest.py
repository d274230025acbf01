"""An archive of two data sets of one simulated field, which the tests of this folder only read."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.conftest import READER
from trapdb.archive import Archive, connect
from trapdb.simulate import Truth, simulate

PROGRAM = [sys.executable, "-m", "trapdb"]


@pytest.fixture(scope="package")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """Four epochs in two bands of a small field with a flare and a one-epoch transient."""
    folder = tmp_path_factory.mktemp("archive") / "field"
    return simulate(folder, epochs=4, size=192, sources=6, bands=2)


@pytest.fixture(scope="package")
def archive_url(cluster: Any, template: Any, truth: Truth) -> Iterator[str]:
    """A reader's connection string to an archive that has the field twice."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database client template {}").format(name))
        url = cluster.url("client")
        for dataset in ("field", "again"):
            ingest = ["ingest", truth.folder, "--dataset", dataset, "--database", url]
            subprocess.run([*PROGRAM, *ingest], check=True, capture_output=True)
        yield cluster.url("client", READER)
        conn.execute("drop database client with (force)")


@pytest.fixture(scope="package")
def database(archive_url: str) -> Archive:
    """The archive by way of the database."""
    return connect(archive_url)


@pytest.fixture(scope="package")
def service_address(archive_url: str) -> Iterator[str]:
    """The address of TAP at a service of the archive, on this machine."""
    serve = [*PROGRAM, "serve", "--port", "0", "--database", archive_url]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"\(TAP: (\S+)\)", process.stdout.readline())
            assert found
            yield found[1]
        finally:
            process.terminate()


@pytest.fixture(scope="package")
def service(service_address: str) -> Archive:
    """The archive by way of TAP."""
    return connect(service_address)


@pytest.fixture(params=["database", "service"])
def archive(request: pytest.FixtureRequest) -> Archive:
    """The archive, each way it can be reached."""
    return request.getfixturevalue(request.param)
