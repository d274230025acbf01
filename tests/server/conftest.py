"""Private servers of the tests' own, each cleared away with all its processes."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.places import SERVERS
from trapdb.server import private_server
from trapdb.server.private_server import Server, daemon


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="trapdb-home-", dir=SERVERS)).resolve()
    home.chmod(0o755)
    try:
        yield home
    finally:
        end(Server(home))
        shutil.rmtree(home)
        shutil.rmtree(Server(home).socket, ignore_errors=True)


def end(private: Server) -> None:
    """Kill all processes of a server, as a power failure would."""
    while processes := daemon._processes(private):
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty TRAPDB_HOME."""
    with temporary_home() as folder:
        monkeypatch.setenv("TRAPDB_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def used_data() -> Iterator[Path]:
    """A data folder that holds a committed row, of a server that was stopped."""
    with temporary_home() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAPDB_HOME", str(folder))
        private = private_server.ensure_started()
        with psycopg.connect(private.url()) as conn:
            conn.execute("create table kept as select 7 as number")
        private_server.stop(private)
        yield private.data


@pytest.fixture
def filled(home: Path, used_data: Path) -> Server:
    """A running server that holds a committed row."""
    subprocess.run(["cp", "--archive", used_data, home], check=True)
    return private_server.ensure_started()


@pytest.fixture
def kill_all() -> Callable[[Server], None]:
    """Kill all processes of a server, as a power failure would."""
    return end


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A running private server, shared by the tests of a module, which leave it running."""
    with temporary_home() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAPDB_HOME", str(folder))
        yield private_server.ensure_running()


@pytest.fixture
def server_user() -> pwd.struct_passwd:
    """The user that servers run as."""
    return pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)


@pytest.fixture
def client(home: Path) -> Callable[..., subprocess.Popen]:
    """Start another process that wants the server, in a session of its own."""

    def start(code: str = "server.ensure_running()") -> subprocess.Popen:
        logged = "import logging; logging.basicConfig(level=logging.INFO)"
        imported = "from trapdb.server import private_server as server"
        return subprocess.Popen(
            [sys.executable, "-c", f"{logged}; {imported}; {code}"],
            env=os.environ | {"TRAPDB_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start
