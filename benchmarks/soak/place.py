"""A private server with two clients that never end: one listens, one follows a directory."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from trapdb.database.connection import open_url
from trapdb.server.private_server import Server

# A variable of the environment that marks a client and all that descend from it.
MARK = "SOAK_CLIENT"
RESTART_S = 2.0
PATIENCE_S = 120.0
INTERRUPTED, KILLED = 130, -signal.SIGKILL

SETTINGS = """
[ingest]
workers = 1

[stream]
images_per_step = 1
rest_s = 0.5
"""
# One in the middle, one beside it, one outside of the images.
MONITORED = "name,ra,dec\nmiddle,150.0,30.0\nbeside,150.0,30.1\nfar,151.0,31.0\n"


@dataclass
class Client:
    """A `trapdb ingest` that is started again whenever it ends, as by systemd.

    Attributes
    ----------
    name : str
        Of its data set.
    home : Path
        Of its server.
    arguments : list of str
        What it ingests, and how.
    pid : int or None
        While it runs.
    statuses : list of int
        How those ended that did.
    """

    name: str
    home: Path
    arguments: list[str]
    pid: int | None = None
    statuses: list[int] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What it says."""
        return self.home / f"{self.name}.log"

    @property
    def mark(self) -> str:
        """What is in the environment of its processes."""
        return f"{MARK}={self.home / self.name}"

    def run(self, over: threading.Event) -> None:
        """Run it until it is over, and interrupt it then."""
        environment = _environment(self.home, TMPDIR=str(self.home / "tmp"))
        environment[MARK] = self.mark.partition("=")[2]
        command = [*TRAPDB, "ingest", *self.arguments, "--dataset", self.name, "--log-json"]
        while not over.is_set():
            with (
                self.log.open("ab") as log,
                subprocess.Popen(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                ) as process,
            ):
                self.pid = process.pid
                while process.poll() is None and not over.wait(0.2):
                    pass
                process.send_signal(signal.SIGINT)  # unless it has ended
                try:
                    self.statuses.append(process.wait(PATIENCE_S))
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
                self.pid = None
            over.wait(RESTART_S)


@dataclass(frozen=True)
class Place:
    """The server, in a folder of its own, and its clients.

    Attributes
    ----------
    name : str
        In words.
    home : Path
        Its folder.
    port : int
        At which one client listens.
    listening, following : Client
    """

    name: str
    home: Path
    port: int
    listening: Client
    following: Client

    @property
    def clients(self) -> tuple[Client, Client]:
        """Both."""
        return self.listening, self.following

    @property
    def incoming(self) -> Path:
        """The directory that is followed."""
        return self.home / "incoming"

    @contextlib.contextmanager
    def connection(self, user: str = "trapdb") -> Iterator[psycopg.Connection]:
        """Connect to the server, which is not started for it."""
        with open_url(Server(self.home).url(user)) as conn:
            yield conn

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of trapdb to its end."""
        command, environment = [*TRAPDB, *arguments], _environment(self.home)
        return subprocess.run(command, env=environment, capture_output=True, text=True)


TRAPDB = [sys.executable, "-m", "trapdb"]


@contextlib.contextmanager
def place(name: str) -> Iterator[Place]:
    """Make a place with a server that runs, and clients that do not yet."""
    home = Path(tempfile.mkdtemp(prefix=f"trapdb-soak-{name}-", dir="/tmp"))
    home.chmod(0o755)  # the server's user has to enter it
    for folder in ("incoming", "tmp"):
        (home / folder).mkdir()
    settings, monitored = home / "soak.toml", home / "monitored.csv"
    settings.write_text(SETTINGS)
    monitored.write_text(MONITORED)
    options = ["--config", str(settings), "--monitor", str(monitored)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listen = ["--listen", f"127.0.0.1:{port}", str(home / "received")]
    follow = ["--follow", str(home / "incoming")]
    made = Place(
        name,
        home,
        port,
        Client("received", home, [*listen, *options]),
        Client("followed", home, [*follow, *options]),
    )
    try:
        made.run("db", "start")
        yield made
    finally:
        made.run("db", "stop")
        shutil.rmtree(home)


def _environment(home: Path, **others: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRAPDB_")}
    return own | {"TRAPDB_HOME": str(home)} | others
