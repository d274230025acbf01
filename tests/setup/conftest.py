"""Copies of the installed PostgreSQL servers, in which extensions can be tampered with."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.places import SERVERS
from trapdb.server import installation, pgsphere, private_server
from trapdb.server.installation import Installation
from trapdb.server.private_server import Server, daemon

WITH_SCRIPT = [
    one for one in installation.find_all() if (one.extensions / pgsphere.SCRIPT).exists()
]


@pytest.fixture(
    params=WITH_SCRIPT
    or [pytest.param(None, marks=pytest.mark.skip("no PostgreSQL with pgSphere 1.2.0 here"))],
    ids=lambda one: ".".join(map(str, one.version)) if one else "none",
)
def installed(request: pytest.FixtureRequest) -> Installation:
    """Each PostgreSQL of this machine (also one on PATH) that has pgSphere 1.2.0."""
    return request.param


@pytest.fixture
def extensions(installed: Installation, tmp_path: Path) -> Path:
    """A folder of extensions as the package brings it, without any repair."""
    folder = tmp_path / "extension"
    shutil.copytree(installed.extensions, folder)
    pgsphere.undo(folder)
    return folder


@pytest.fixture
def unrepaired(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """A copy of a server as its packages bring it, as the only one of this machine."""
    with tempfile.TemporaryDirectory(prefix="trapdb-programs-", dir="/tmp") as name:
        # A server finds its files by their places relative to its programs.
        folder = Path(name)
        folder.chmod(0o755)
        programs = installed.bindir.parent
        shared = installed.extensions.parent
        root = Path(os.path.commonpath([programs, shared]))
        for part in (programs, shared):
            copy = folder / "usr" / part.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(part, copy, ignore=shutil.ignore_patterns("bitcode"), symlinks=True)
        bindir = folder / "usr" / installed.bindir.relative_to(root)
        one = Installation(bindir, installed.version)
        assert one.extensions.is_relative_to(folder)
        pgsphere.undo(one.extensions)
        monkeypatch.setattr(installation, "find_all", lambda: [one])
        yield one


@pytest.fixture
def private(unrepaired: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A private server on that copy, started, without schema and extension."""
    with tempfile.TemporaryDirectory(prefix="trapdb-home-", dir=SERVERS) as name:
        Path(name).chmod(0o755)
        monkeypatch.setenv("TRAPDB_HOME", name)
        try:
            yield private_server.ensure_started()
        finally:
            daemon.stop(private_server.locate())


@pytest.fixture
def accepts_original(private: Server) -> bool:
    """Whether this release of PostgreSQL takes pgSphere's own script."""
    with psycopg.connect(private.url()) as conn:
        try:
            conn.execute("create extension pg_sphere")
        except psycopg.errors.InvalidFunctionDefinition:
            return False
        conn.rollback()
    return True


@pytest.fixture
def run():
    """Run a command that has to succeed."""

    def start(*command: object, **arguments: object) -> str:
        return subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            text=True,
            **arguments,
        ).stdout

    return start
