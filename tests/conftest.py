"""The suite's databases: one throw-away cluster, one database with the schema, clones of it.

`db` is what a test usually asks for: a connection to a database of its own that has the current
schema. `operator_db` and `reader_db` are connections of other users to that same database.
"""

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pytest_postgresql import factories

from tests.places import SERVERS
from trapdb import schema
from trapdb.server import installation

# An example may take long: the first one pays for imports, and machines are busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SUPERUSER = "trapdb"
OPERATOR = "test_operator"
READER = "test_reader"
WEB = "test_web"
WORKER = "test_worker"
RATER = "test_rater"
RESTRICTED = "test_restricted"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Cluster:
    """A running server, in the form that pytest-postgresql's `depends_on` reads."""

    host: str
    bindir: Path
    port: int = 5432
    user: str = SUPERUSER
    password: None = None
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template1"

    def url(self, dbname: str, user: str = SUPERUSER) -> str:
        """Return the connection string of a database."""
        return make_conninfo(host=self.host, port=self.port, dbname=dbname, user=user)


@contextmanager
def run_cluster() -> Iterator[Cluster]:
    """Run a server on a socket only, which dies with this process; as root, as user postgres."""
    server = installation.find()
    with tempfile.TemporaryDirectory(prefix="trapdb-test-", dir=SERVERS) as name:
        folder = Path(name)
        identity: dict[str, object] = {}
        drop = ["setpriv", "--pdeathsig", "INT", "--no-new-privs"]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            drop += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        subprocess.run(
            [
                *(server.bindir / "initdb", "--pgdata", folder / "data", "--username", SUPERUSER),
                *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **identity,
        )
        settings = {**SETTINGS, "unix_socket_directories": name}
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *drop,
                    *(server.bindir / "postgres", "-D", folder / "data"),
                    *(f"--{key}={value}" for key, value in settings.items()),
                ],
                stdout=output,
                stderr=output,
                cwd=folder,
                start_new_session=True,
            )
        try:
            wait_until_ready(name, process, log)
            yield Cluster(host=name, bindir=server.bindir)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def wait_until_ready(host: str, process: subprocess.Popen, log: Path) -> None:
    while process.poll() is None:
        try:
            psycopg.connect(host=host, user=SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"the test server does not start:\n{log.read_text()}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew, then compare"
    )


def pytest_configure() -> None:
    """Hear Ctrl-C, as the commands have to that tests start: a shell's background jobs do not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Their tests share what takes seconds to set up: archives, services, servers.
TOGETHER = (
    *("adql", "alerts", "archive", "database_elsewhere", "explorer", "hats", "jobs", "safety"),
    *("server", "tap", "transfer"),
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process a file at a time, or a folder of which the tests share set-ups.

    Where most tests are, it begins: what is left to the end is short.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFileOrFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            folder = path.removeprefix("tests/").split("/")[0]
            return folder if folder in TOGETHER else path

    return ByFileOrFolder(config, log)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with run_cluster() as running:
        yield running


@pytest.fixture(scope="session")
def bare_cluster() -> Iterator[Cluster]:
    """A server on which trapdb's roles were never made."""
    with run_cluster() as running:
        yield running


def build_template(**connection: object) -> None:
    """Build the database that every test gets a clone of."""
    connection.pop("autocommit", None)
    url = make_conninfo(**connection)
    schema.upgrade(url)
    with psycopg.connect(url) as conn:
        # A development tool: tests that need it skip where it is not installed.
        if conn.execute(
            "select 1 from pg_available_extensions where name = 'plpgsql_check'"
        ).fetchone():
            conn.execute("create extension plpgsql_check")
        conn.execute(f"create role {OPERATOR} login in role trapdb_operator")
        conn.execute(f"create role {READER} login in role trapdb_reader")
        conn.execute(f"create role {WEB} login in role trapdb_public")
        conn.execute(f"create role {WORKER} login in role trapdb_worker")
        conn.execute(f"create role {RATER} login in role trapdb_rater")
        conn.execute(f"create role {RESTRICTED} login in role trapdb_restricted")


template = factories.postgresql_noproc(depends_on="cluster", dbname="trapdb", load=[build_template])


@pytest.fixture(scope="session")
def origin(template: Any) -> str:
    """The database that `db` is a clone of: a folder or a module may put another in its place."""
    name: str = template.template_dbname
    return name


class Clones:
    """The database that tests have one after the other, thrown away once it is written to."""

    NAME = "clone"

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self._untouched: tuple[str, int] | None = None

    def of(self, origin: str) -> str:
        """Return the name of a clone of a database; nobody else is connected to it."""
        self._conn.execute(
            "select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = any(%s)",
            [[self.NAME, origin]],
        )
        if self._untouched != (origin, self._transactions()):
            self._conn.execute(f"drop database if exists {self.NAME}")
            self._conn.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(self.NAME), sql.Identifier(origin)
                )
            )
            self._untouched = origin, self._transactions()
        return self.NAME

    def _transactions(self) -> int:
        """Count the transactions of the cluster that wrote: who only reads is given no number."""
        row = self._conn.execute("select pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
        assert row
        return int(row[0])


@pytest.fixture(scope="session")
def clones(cluster: Cluster) -> Iterator[Clones]:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        yield Clones(conn)


@pytest.fixture
def db(cluster: Cluster, clones: Clones, origin: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection, in autocommit mode, to a database as if it were fresh."""
    with psycopg.connect(cluster.url(clones.of(origin)), autocommit=True) as conn:
        yield conn


@pytest.fixture
def db_url(db: psycopg.Connection, cluster: Cluster) -> str:
    """The superuser's connection string of the same database."""
    return cluster.url(db.info.dbname)


@pytest.fixture
def operator_db(db: psycopg.Connection, cluster: Cluster) -> Iterator[psycopg.Connection]:
    """An operator's connection to the same database."""
    with psycopg.connect(cluster.url(db.info.dbname, OPERATOR), autocommit=True) as conn:
        yield conn


@pytest.fixture
def reader_db(db: psycopg.Connection, cluster: Cluster) -> Iterator[psycopg.Connection]:
    """A reader's connection to the same database."""
    with psycopg.connect(cluster.url(db.info.dbname, READER), autocommit=True) as conn:
        yield conn


@pytest.fixture
def raw_db_url(cluster: Cluster) -> Iterator[str]:
    """The superuser's connection string of an empty database, without schema or extension."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute("create database raw template template0")
        yield cluster.url("raw")
        conn.execute("drop database raw with (force)")
