"""A private server with two clients that never end, and what ends or holds up its processes.

One client listens, one follows a directory.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.watching import run
from trapdb.database.connection import call, open_url
from trapdb.errors import TrapdbError
from trapdb.server import private_server
from trapdb.server.private_server import Server

# How often who is killed, in percent.
VICTIMS = {"worker": 30, "nursery": 20, "backend": 25, "server": 17, "client": 8}
IDLE_S, QUERY_S = 30.0, 10.0

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


@dataclass(frozen=True)
class Process:
    """A process of a place: `whose` is the data set of its client, or "server"."""

    pid: int
    whose: str
    role: str


def processes_of(place: Place) -> list[Process]:
    """Find the processes of a place, also those whose parent is gone."""
    clients = {client.mark.encode(): client for client in place.clients}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            pid = int(folder.name)
            if (folder / "cwd").readlink().parent == place.home:
                found.append(Process(pid, "server", "server"))
                continue
            marks = clients.keys() & set((folder / "environ").read_bytes().split(b"\0"))
            for client in map(clients.__getitem__, marks):
                role = "client" if pid == client.pid else "other"
                if b"trapdb.measuring.worker" in (folder / "cmdline").read_bytes():
                    role = "nursery" if _parent(folder) == client.pid else "worker"
                found.append(Process(pid, client.name, role))
    return found


def kill(
    place: Place,
    mortal: Client,
    chance: random.Random,
    pause_s: float,
    struck: Counter[str],
    over: threading.Event,
) -> None:
    """Kill processes of a place at random moments, so far apart on the average, until it is over.

    Of the clients only one dies.
    """
    while not over.wait(chance.expovariate(1 / pause_s)):
        (victim,) = chance.choices(list(VICTIMS), list(VICTIMS.values()))
        how = chance.choice(
            [signal.SIGKILL, signal.SIGQUIT] if victim == "server" else [signal.SIGKILL]
        )
        pids = _pids(place, mortal, victim)
        with suppress(ProcessLookupError):
            if pids:
                os.kill(chance.choice(pids), how)
                struck[f"{victim}, {how.name}"] += 1


def read(
    place: Place, chance: random.Random, pause_s: float, struck: Counter[str], over: threading.Event
) -> None:
    """Hold transactions open, and ask too much, so far apart on the average, until it is over."""
    kinds: dict[str, Callable[[psycopg.Connection], object]] = {
        "reader, idle in transaction": lambda conn: over.wait(IDLE_S),
        "reader, heavy query": lambda conn: run(conn, "too_much"),
    }
    while not over.wait(chance.expovariate(1 / pause_s)):
        kind = chance.choice(list(kinds))
        # the server may be away, or go away
        with suppress(psycopg.Error, TrapdbError), place.connection("trapdb_query") as conn:
            conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with conn.transaction():
                call(conn, "limit_time", seconds=QUERY_S)
                run(conn, "look_at_catalogue")
                struck[kind] += 1
                kinds[kind](conn)


def _pids(place: Place, mortal: Client, victim: str) -> list[int]:
    if victim == "client":
        return [] if mortal.pid is None else [mortal.pid]
    with suppress(psycopg.Error, TrapdbError):  # the server is away
        if victim == "server":
            first = private_server.status(Server(place.home)).pid
            return [] if first is None else [first]
        if victim == "backend":
            with place.connection() as conn:
                return [row.pid for row in run(conn, "ingesting")]
    return [process.pid for process in processes_of(place) if process.role == victim]


def _parent(folder: Path) -> int:
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
