"""Servers that can be copied, cut down and promoted, as on machines of their own."""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.places import SERVERS
from tests.safety.trouble import PATIENCE_S, CommandLine
from trapdb.server import installation

# the users of a private server, whose names the tests' helpers look for
ADMIN, OPERATOR, READER = "trapdb", "trapdb_ingest", "trapdb_query"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "shared_buffers": "32MB",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    # for standbys; these are the defaults
    "wal_level": "replica",
    "max_wal_senders": "10",
    "checkpoint_timeout": "1h",
}


def owner() -> pwd.struct_passwd:
    """Name the user that servers run as."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def as_owner(*command: object) -> list[str]:
    """Make a command one of the servers' user, which ends with this process."""
    drop = ["setpriv", "--pdeathsig", "INT", "--no-new-privs"]
    if os.geteuid() == 0:
        user = owner()
        drop += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*drop, *map(str, command)]


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder of the servers' user."""
    with tempfile.TemporaryDirectory(prefix="trapdb-elsewhere-", dir=SERVERS) as name:
        os.chown(name, owner().pw_uid, owner().pw_gid)
        yield Path(name)


@dataclass
class Server:
    """A server on a socket, and on a port of the loopback."""

    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, user: str = ADMIN, dbname: str = "trapdb", **more: object) -> str:
        """Return the connection string of a user; also of a private server's helpers."""
        where = {"host": str(self.folder), "port": self.port, "dbname": dbname, "user": user}
        return make_conninfo(**{**where, **more})

    def create(self) -> None:
        """Make an empty server."""
        program = installation.find().bindir / "initdb"
        run(program, "-D", self.data, "-U", ADMIN, "--auth=trust", "-E", "UTF8", "-N")

    def copy_of(self, other: "Server", *, standby: bool) -> None:
        """Make this a copy of a running server: a standby that follows it, or one of its own."""
        program = installation.find().bindir / "pg_basebackup"
        where = other.url(dbname="postgres", application_name=self.folder.name)
        follow = ["--write-recovery-conf"] if standby else []
        run(program, "-d", where, "-D", self.data, "--checkpoint=fast", "--no-sync", *follow)

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = SETTINGS | {"unix_socket_directories": str(self.folder)} | self.settings
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                as_owner(
                    *(installation.find().bindir / "postgres", "-D", self.data),
                    *("-p", self.port),
                    *(f"--{key}={value}" for key, value in settings.items()),
                ),
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        wait_for(self.answers, (self.folder / "log").read_text)

    def admit(self, *rules: str) -> None:
        """Set who may connect through the port; through the socket everybody may."""
        socket = ["local all all trust", "local replication all trust"]
        (self.data / "pg_hba.conf").write_text("\n".join([*socket, *rules, ""]))
        with self.connect() as conn:
            conn.execute("select pg_reload_conf()")

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg.connect(self.url(dbname="postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it; by KILL, as a power failure would."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def promote(self) -> None:
        """Make a standby the primary."""
        with self.connect(dbname="postgres") as conn:
            conn.execute("select pg_promote()")

    def connect(self, **where: object) -> psycopg.Connection:
        return psycopg.connect(self.url(**where), autocommit=True)


@dataclass(frozen=True)
class Client(CommandLine):
    """The command line on a database elsewhere."""

    database: str
    reader: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def _environment(self) -> dict[str, str]:
        names = {
            "TRAPDB_HOME": "/nowhere",
            "PGPASSFILE": "/nowhere",
            "TRAPDB_DATABASE_URL": self.database,
            "TRAPDB_READER_URL": self.reader or self.database,
        }
        return os.environ | names | self.environment


def run(*command: object) -> None:
    """Run a program of PostgreSQL as the servers' user."""
    done = subprocess.run(
        as_owner(*command), capture_output=True, text=True, cwd="/tmp", check=False
    )
    assert done.returncode == 0, done.stderr


def wait_for(is_so, otherwise=lambda: "") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)


def replayed(standby: Server, primary: Server) -> bool:
    """Return whether a standby shows all that its primary has committed."""
    with primary.connect() as conn:
        (now,) = conn.execute("select pg_current_wal_lsn()").fetchone()
    with standby.connect() as conn:
        return conn.execute("select pg_last_wal_replay_lsn() >= %s", [now]).fetchone()[0]


def between(servers: Sequence[Server], user: str, **more: object) -> str:
    """Return the connection string that finds the primary of several servers."""
    return make_conninfo(
        host=",".join(str(server.folder) for server in servers),
        port=",".join(str(server.port) for server in servers),
        dbname="trapdb",
        user=user,
        target_session_attrs="read-write",
        **more,
    )


@contextmanager
def copied(of: Server, port: int, *, standby: bool = False, **settings: str) -> Iterator[Server]:
    """Copy a running server, and run the copy."""
    with folder() as place:
        server = Server(place, port, settings)
        server.copy_of(of, standby=standby)
        try:
            server.start()
            yield server
        finally:
            server.end(signal.SIGKILL)
