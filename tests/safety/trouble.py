"""Commands as processes of their own, on a private server, and what can end them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from trapdb.server import private_server
from trapdb.server.private_server import Server

# Exit statuses of a command that came to its end: with all images, or all but those refused.
COMPLETE = (0, 1)
# Reached by what hangs alone, also where a machine is slow and busy.
PATIENCE_S = 300.0
_STEP_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  (\d+) ")
_NOTES = (
    "trapdb: starting the private PostgreSQL",
    "the database ",
    "unreadable:",
    "rejected:",
    "stopped ",
    "monitored positions:",
    "waiting for a worker",
)


@dataclass(frozen=True)
class Ended:
    """A command that ended; `complaints` are the lines of standard error that tell neither progress
    nor what a run brought.
    """

    status: int
    out: str
    err: list[str]

    @property
    def complaints(self) -> list[str]:
        return [
            line
            for line in self.err
            if line and not (_STEP_LINE.match(line) or line.startswith(("data set", "  ", *_NOTES)))
        ]

    @property
    def complaint(self) -> str:
        """The one line that tells why it ended."""
        assert len(self.complaints) == 1, self
        return self.complaints[0]


class CommandLine:
    """The command line on some database, which its environment names."""

    @property
    def _environment(self) -> dict[str, str]:
        raise NotImplementedError

    def start(self, *arguments: object) -> subprocess.Popen:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "trapdb", *map(str, arguments)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> Ended:
        """Run a command to its end."""
        return end_of(self.start(*arguments))

    def complete(self, *arguments: object) -> Ended:
        """Run a command, which has to come to its end."""
        ended = self.run(*arguments)
        assert ended.status in COMPLETE, ended
        return ended


@dataclass(frozen=True)
class Commands(CommandLine):
    """The command line on a private server."""

    home: Path

    @property
    def server(self) -> Server:
        return Server(self.home)

    @property
    def _environment(self) -> dict[str, str]:
        others = ("TRAPDB_DATABASE_URL", "TRAPDB_READER_URL")
        kept = {name: value for name, value in os.environ.items() if name not in others}
        return kept | {"TRAPDB_HOME": str(self.home)}


def end_of(process: subprocess.Popen) -> Ended:
    """Wait for a command to end."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return Ended(process.returncode, out, err.splitlines())


def next_line(process: subprocess.Popen) -> str:
    """Wait for a line of standard error; none if it ends.

    Nothing is read behind it, which `end_of` would never see.
    """
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(process.stderr.fileno(), 1)):
        line += byte
    return line.decode()


def wait_for_steps(process: subprocess.Popen, count: int) -> bool:
    """Wait until a command has brought in so many time steps; false if it ends before."""
    while count:
        line = next_line(process)
        if not line:
            return False
        count -= is_step(line)
    return True


def wait_until_told(process: subprocess.Popen, text: str) -> None:
    """Wait until a command says something, whatever it says before."""
    told = []
    while line := next_line(process):
        told.append(line)
        if text in line:
            return
    raise AssertionError(f"it ended without {text!r}: {told}")


def is_step(line: str) -> bool:
    """Return whether a line of standard error says that a time step brought images."""
    step = _STEP_LINE.match(line)
    return step is not None and step.group(1) != "0"


def step_lines(ended: Ended) -> list[str]:
    """Return what a command that ended said of its time steps."""
    return [line for line in ended.err if _STEP_LINE.match(line)]


def workers_of(process: subprocess.Popen) -> list[int]:
    """Find the worker processes of a command, and the one that they come from."""
    found = [process.pid]
    for pid in found:  # to which are added its children
        found += children_of(pid)
    return [pid for pid in found if _is_worker(pid)]


def children_of(pid: int) -> list[int]:
    """Find the processes that a process has started; none if it is gone."""
    with contextlib.suppress(OSError):
        threads = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for t in threads for child in (t / "children").read_text().split()]
    return []


def _is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"trapdb.measuring.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


@contextlib.contextmanager
def monitor(private: Server) -> Iterator[psycopg.Connection]:
    """Connect as the administrator; the connection may be killed with the server."""
    conn = psycopg.connect(private.url(), autocommit=True)
    try:
        yield conn
    finally:
        conn.close()


@dataclass(frozen=True)
class Backend:
    """The server process that works for a command, and what it is doing."""

    pid: int
    at: str


def backend_of(conn: psycopg.Connection, waiting: bool = False) -> Backend | None:
    """Find the server process that works for a command, one that waits for a lock if asked."""
    row = conn.execute(
        "select pid, state, query from pg_stat_activity where usename = 'trapdb_ingest'"
        " and (wait_event_type = 'Lock' or not %s)",
        [waiting],
    ).fetchone()
    if row is None:
        return None
    pid, state, query = row
    routine = re.search(r'"?trap(?:_data)?"?\."?(\w+)', query or "")
    doing = routine.group(1) if routine else (query or "nothing yet").split()[0].lower()
    return Backend(pid, doing if state == "active" else f"{state or 'starting'}")


@contextlib.contextmanager
def held(private: Server, table: str) -> Iterator[Callable[[], Backend]]:
    """Hold a table, so that who writes to it waits; give a function that waits for him."""
    with monitor(private) as conn, monitor(private) as watching:
        conn.autocommit = False
        conn.execute(f"lock table trap_data.{table} in exclusive mode")

        def wait() -> Backend:
            deadline = time.monotonic() + PATIENCE_S
            while (found := backend_of(watching, waiting=True)) is None:
                assert time.monotonic() < deadline, f"nobody writes to {table}"
                time.sleep(0.005)
            return found

        yield wait


def kill_server(private: Server, how: signal.Signals) -> None:
    """Send a signal to the first process of the server: KILL, or QUIT to stop at once."""
    os.kill(private_server.status(private).pid, how)


@contextlib.contextmanager
def crippled(private: Server) -> Iterator[None]:
    """Keep the server from starting again."""
    settings = private.data / "postgresql.conf"
    sound = settings.read_bytes()
    settings.write_bytes(sound + b"\nno_such_setting = 1\n")
    yield
    settings.write_bytes(sound)
