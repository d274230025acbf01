"""Creating, starting, watching and stopping PostgreSQL itself.

The lock ``running`` is inherited by every process of the server. It tells for certain whether
the data is in use. A recorded process id does not: after a reboot it may be another program's,
and it says nothing of another machine that shares the folder.
"""

import contextlib
import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import psycopg
from psycopg.pq import PGconn, Ping

from trapdb.database.private_place import (
    ADMINISTRATOR,
    Server,
    ServerError,
    is_private,
    make_socket_folder,
    owner,
    run_as_owner,
)
from trapdb.errors import NoRoom
from trapdb.server import installation
from trapdb.server.private_server import template
from trapdb.server.private_server.lock import LockedError, locked

PATIENCE_S = 300.0  # for a start with recovery, and for a stop with its last checkpoint
WAL_SEGMENT = 2**24  # bytes: the room that a start may need for the write-ahead log
ORPHANS_S = 5.0  # what orphans get to end by themselves
FRESH = "pgdata.new-"  # how the data folder's name begins while it is made
SYNCS = 16  # files brought to the disk at a time, which it does together

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """The state of a private server that is not started for it.

    Attributes
    ----------
    running : bool
        Whether it accepts connections.
    pid : int or None
        Its first process, which may live though the server does not answer.
    version : str
        PostgreSQL's version, of the running server.
    """

    running: bool
    pid: int | None
    version: str


def status(server: Server) -> Status:
    """Return the state of the server without starting it.

    Parameters
    ----------
    server : Server
        Which.

    Returns
    -------
    Status
        What was seen.
    """
    running = _ping(server) == Ping.OK
    version = ""
    if running:
        with psycopg.connect(server.url(database="postgres")) as conn:
            version = conn.info.parameter_status("server_version") or ""
    return Status(running, _first_process(server), version)


def answers(server: Server) -> bool:
    """Return whether the server accepts connections, now or as soon as it is up.

    Parameters
    ----------
    server : Server
        Which.

    Returns
    -------
    bool
        False if nobody listens.
    """
    deadline = time.monotonic() + PATIENCE_S
    while (answer := _ping(server)) == Ping.REJECT and time.monotonic() < deadline:
        time.sleep(0.05)  # it is starting, recovering or stopping
    return answer == Ping.OK


def start(server: Server) -> None:
    """Start the server, creating its data folder if need be; the caller holds the lock.

    Parameters
    ----------
    server : Server
        Which; it does not answer.

    Raises
    ------
    ServerError, NoRoom
        It does not start; the message says why.
    """
    _end_orphans(server)
    with _nobody_running(server, ORPHANS_S) as lock:
        if is_unsettled(server):  # nobody was let in, and the machine may have crashed since
            shutil.rmtree(server.data, ignore_errors=True)
        if not server.data.exists():
            _create(server, lock)
        log.info("starting the private PostgreSQL under %s", server.home)
        programs = programs_of(server)
        make_socket_folder(server.socket)
        _write_settings(server)
        # PostgreSQL would believe the recorded id, be it another program's or a zombie's.
        (server.data / "postmaster.pid").unlink(missing_ok=True)
        # No path of the user's among the arguments: pg_ctl hands them to a shell.
        timeout = f"--timeout={PATIENCE_S:.0f}"
        result = run_as_owner(
            [programs.bindir / "pg_ctl", "start", "--pgdata=.", "--log=start.log", timeout],
            folder=server.data,
            pass_fds=[lock],
        )
    if result.returncode != 0:
        for folder in (server.data, server.data / "pg_wal"):  # which may be on a disk of its own
            if folder.exists() and shutil.disk_usage(folder).free < WAL_SEGMENT:
                raise NoRoom(
                    f"PostgreSQL does not start, the disk of {folder} is full: make room there "
                    f"({_last_words(server)})"
                )
        raise ServerError(f"PostgreSQL does not start: {_last_words(server)}")


def is_unsettled(server: Server) -> bool:
    """Return whether the server is new, and a crash of the machine would leave it in pieces.

    Parameters
    ----------
    server : Server
        Which.

    Returns
    -------
    bool
        True from before its files are made until `settle`; meanwhile nobody is to use it.
    """
    return _mark(server).exists()


@contextlib.contextmanager
def settling(server: Server) -> Iterator[Callable[[], None]]:
    """Bring the files of a new server to the disk beside other work; the caller holds the lock.

    They are many and small, and to wait for each of them takes longer than to make them.

    Parameters
    ----------
    server : Server
        Which; it runs.

    Yields
    ------
    callable
        Waits until they are there; from then on the server can be used.
    """
    if not is_unsettled(server):
        yield lambda: None
        return
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(_sync_all, server.data)

        def settle() -> None:
            try:
                done.result()
            except OSError as error:
                raise ServerError(
                    f"the new database cannot be written to the disk: {error.strerror}"
                ) from None
            _mark(server).unlink(missing_ok=True)
            _sync(server.home)

        yield settle


def keep_as_template(server: Server) -> None:
    """Keep the files of a new server for the next ones; the caller holds the lock.

    Parameters
    ----------
    server : Server
        Which; it runs, and is stopped for the time.

    Raises
    ------
    ServerError, NoRoom
        It does not stop or start.
    """
    programs = programs_of(server)
    if template.can_be_kept(programs):
        _end(server)
        template.keep(server.data, programs)
        start(server)


def stop(server: Server) -> bool:
    """Stop the server; what its clients had not committed is rolled back.

    Parameters
    ----------
    server : Server
        Which.

    Returns
    -------
    bool
        Whether there was one to stop.

    Raises
    ------
    ServerError
        It does not end.
    """
    if not server.home.exists():
        return False
    with locked(server.home / "starting"):
        return _end(server)


def programs_of(server: Server) -> installation.Installation:
    """Find the programs that fit the data, which only its own major version can read.

    Parameters
    ----------
    server : Server
        Which; its data folder exists.

    Returns
    -------
    Installation
        The newest of that major version.
    """
    return installation.find(int((server.data / "PG_VERSION").read_text()))


def last_line(text: str) -> str:
    """Return the most informative line of a program's output.

    Parameters
    ----------
    text : str
        What it printed.

    Returns
    -------
    str
        The last line that is not empty.
    """
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")


def _end(server: Server) -> bool:
    """Stop the server, under the lock; return whether there was one."""
    pid = _first_process(server)
    if pid is not None:
        os.kill(pid, signal.SIGINT)  # "fast": clients are disconnected, then a checkpoint
    else:
        _end_orphans(server)
    try:
        with _nobody_running(server, PATIENCE_S if pid else ORPHANS_S):
            shutil.rmtree(server.socket, ignore_errors=True)
    except ServerError:
        if _first_process(server) is None:
            raise
        raise ServerError(
            f"the server does not end within {PATIENCE_S:.0f} s; its log is {server.data}/log. "
            f"What is committed is safe even so: kill -9 {pid}"
        ) from None
    return pid is not None


def _ping(server: Server) -> Ping:
    """Ask whether the server accepts connections, if the socket is truly its own."""
    if not is_private(server.socket):
        return Ping.NO_RESPONSE
    conninfo = server.url(database="postgres") + "&connect_timeout=5"
    return Ping(PGconn.ping(conninfo.encode()))


def _processes(server: Server) -> list[int]:
    """Find PostgreSQL's processes on this machine that serve, or make, the data.

    They work in a folder of the home's. So may the user's shell, or tar, which is none of them.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder := (process / "cwd").readlink()).parent == server.home:
                program = (process / "exe").readlink().name.removesuffix(" (deleted)")
                is_unpacking = program == "tar" and folder.name.startswith(FRESH)
                if program in ("postgres", "initdb", "pg_ctl") or is_unpacking:
                    found.append(int(process.name))
    return found


def _first_process(server: Server) -> int | None:
    """Return the id of the process that all others of the server descend from, if it lives."""
    try:
        pid = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if pid in _processes(server) else None


@contextlib.contextmanager
def _nobody_running(server: Server, patience_s: float) -> Iterator[int]:
    """Hold the lock that says that no process of the server lives, on this machine or another."""
    try:
        with locked(server.home / "running", patience_s) as lock:
            if _first_process(server) is not None:
                raise LockedError  # started by other means than this module's
            yield lock
    except LockedError:
        if (pid := _first_process(server)) is not None:
            raise ServerError(
                f"the server under {server.home} (process {pid}) lives but does not answer on "
                f"{server.socket}: trapdb db stop, then try again; its log is {server.data}/log"
            ) from None
        raise ServerError(
            f"the data under {server.home} is in use by another machine or container: "
            "stop trapdb there, or set TRAPDB_HOME to a folder of this machine"
        ) from None


def _end_orphans(server: Server) -> None:
    """End what goes on without its parent: a query of a killed server, a killed client's initdb."""
    if _first_process(server) is not None:
        return
    deadline = time.monotonic() + ORPHANS_S
    while orphans := _processes(server):
        if time.monotonic() > deadline:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGQUIT)
            return
        time.sleep(0.05)


def _create(server: Server, lock: int) -> None:
    """Make the data folder: aside, then in one move, so that it is there whole or not at all."""
    programs = installation.find()
    log.info("creating a database under %s (%s)", server.home, programs)
    for half_made in server.home.glob(f"{FRESH}*"):
        shutil.rmtree(half_made)
    fresh = Path(tempfile.mkdtemp(prefix=FRESH, dir=server.home))
    os.chown(fresh, owner().pw_uid, owner().pw_gid)
    if not template.unpack(fresh, programs, lock):
        _create_from_nothing(fresh, programs, lock)
    _mark(server).touch()
    _sync(server.home)
    fresh.rename(server.data)
    _sync(server.home)


def _create_from_nothing(fresh: Path, programs: installation.Installation, lock: int) -> None:
    # What builds the schema is imported meanwhile, which takes as long.
    threading.Thread(target=import_module, args=("alembic.command",), daemon=True).start()
    # The sort order of the C locale never changes, as those of others do with the C library.
    locale = ["--no-locale", "--encoding=UTF8"]
    who = ["--auth=trust", f"--username={ADMINISTRATOR}"]
    # What it makes is brought to the disk later: `settling`.
    made = run_as_owner(
        [programs.bindir / "initdb", "--no-sync", "--pgdata=.", "--data-checksums", *locale, *who],
        folder=fresh,
        pass_fds=[lock],
    )
    if made.returncode != 0:
        raise ServerError(f"cannot create a database: {last_line(made.stderr)}")
    with (fresh / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'trapdb.conf'\n")


def _mark(server: Server) -> Path:
    """Return the file that is there as long as the server is new."""
    return server.home / "unsettled"


def _sync_all(folder: Path) -> None:
    """Bring a folder to the disk with all that is in it."""
    paths = [
        Path(place, name) for place, _, names in os.walk(folder) for name in (os.curdir, *names)
    ]
    with ThreadPoolExecutor(SYNCS) as threads:
        for _ in threads.map(_sync, paths):
            pass


def _sync(path: Path) -> None:
    """Bring a file to the disk, or which files a folder has."""
    with contextlib.suppress(FileNotFoundError):  # the server is at work already
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_settings(server: Server) -> None:
    settings = Path(__file__).with_name("settings.conf").read_text()
    text = f"{settings}\nunix_socket_directories = '{server.socket}'\n"
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with open(os.open(server.data / "trapdb.conf", flags, 0o600), "r+") as file:
        os.fchown(file.fileno(), owner().pw_uid, owner().pw_gid)  # it is the server that reads it
        os.fchmod(file.fileno(), 0o600)
        if file.read() != text:  # a full disk would leave it empty
            file.seek(0)
            file.truncate()
            file.write(text)


def _last_words(server: Server) -> str:
    """Find the line that says why a start failed, with the detail that belongs to it."""
    logs = [server.data / "start.log", *(server.data / "log").glob("*.log")]
    lines: list[str] = []
    for log in sorted((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime):
        lines += log.read_text(errors="replace").splitlines()
    where = f"(logs: start.log and log/ in {server.data})"
    fatal = [n for n, line in enumerate(lines) if "FATAL:" in line or "PANIC:" in line]
    if not fatal:
        return f"{last_line(lines[-1] if lines else '')} {where}"
    last = fatal[-1]
    if last and lines[last].endswith("contains errors"):  # which the line before it tells
        last -= 1
    said = lines[last]
    if detail := "".join(lines[last + 1 : last + 2]).partition("DETAIL:")[2]:
        said += f": {detail.strip()}"
    return f"{said} {where}"
