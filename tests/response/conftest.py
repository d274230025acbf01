"""Events, and workers as users start them, on a database of the folder."""

import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.broker import broker  # noqa: F401
from tests.conftest import OPERATOR
from tests.feeding import FedImage, Feeder, measurements
from trapdb import cli


@pytest.fixture(scope="package")
def house_name(cluster: Any, template: Any) -> Iterator[str]:
    """A database with the schema and a source, for all tests of the folder."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database house template {}").format(name))
        yield "house"
        conn.execute("drop database house with (force)")


class House:
    """The database: a superuser's connection, and what tests do in it."""

    def __init__(self, conn: psycopg.Connection[Any], source: Any) -> None:
        self.conn = conn
        self.source = source

    def rows(self, query: str, *values: Any) -> list[Any]:
        cursor = self.conn.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *values: Any) -> Any:
        ((value,),) = self.rows(query, *values)
        return value

    def event(
        self, *responders: str, tense: str = "real", kind: str = "initial", **more: Any
    ) -> int:
        """Write an event of the source, which wakes responders; return its number."""
        columns = {
            "kind": kind, "tense": tense, "announced": True, "watch_id": 1, "watch_name": "flares",
            "definition_name": "flaring", "conditions": Jsonb([]), "responders": list(responders),
            "priority": 0, "dataset_id": self.source.dataset_id, "dataset_name": "survey",
            "source_id": self.source.source_id, "source_name": self.source.name,
            "ra": self.source.ra, "dec": self.source.dec, "position_error_arcsec": 2.5,
            "band_id": 1, "stokes": "I", "taken_at": self.source.last_seen,
            "discovered_at": self.source.first_seen, "known_image_id": 1,
            "figures": Jsonb({"snr_max": 12.5}), "versions": Jsonb({"trapdb": "1"}), **more,
        }  # fmt: skip
        statement = sql.SQL(
            "insert into trap_data.event ({}) values ({}) returning event_id"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        ((event_id,),) = self.conn.execute(statement, list(columns.values())).fetchall()
        self.rows(
            "select trap.add_job('response',"
            " jsonb_build_object('event_id', %s::bigint, 'responder', r),"
            " format('%%s/%%s', %s::bigint, r)) from unnest(%s::text[]) as r",
            event_id, event_id, list(responders),
        )  # fmt: skip
        return int(event_id)

    def packages(self) -> list[Any]:
        return self.rows("select * from trap_data.package order by package_id")

    def jobs(self, queue: str = "task") -> list[Any]:
        return self.rows("select * from trap_data.job where queue = %s order by number", queue)

    def states(self) -> list[list[str]]:
        """The state of each package, and those of its tasks."""
        return [
            [state, *states]
            for state, states in self.rows(
                "select p.state, array_agg(j.state order by j.task) from trap_data.package as p"
                " join trap_data.job as j using (package_id) group by p.package_id order by 1"
            )
        ]


@pytest.fixture
def house(cluster: Any, house_name: str) -> Iterator[House]:
    """The database, in which nothing is to be done."""
    with psycopg.connect(
        cluster.url(house_name), autocommit=True, row_factory=namedtuple_row
    ) as conn:
        conn.execute(
            "truncate trap_data.job, trap_data.package, trap_data.responder,"
            " trap_data.event restart identity cascade"
        )
        if not conn.execute("select from trap.dataset where dataset = 'survey'").fetchall():
            feeder = Feeder(conn, "survey")
            for flux in (1.0, 1.1, 5.0):
                found = measurements([123.0], [10.0], peak_flux=flux, int_flux=flux)
                feeder.step(FedImage(replace(found, snr=np.array([10 * flux]))))
        (source,) = conn.execute(
            "select dataset_id, source_id, name, ra, dec, first_seen, last_seen"
            " from trap.running_catalogue where dataset = 'survey'"
        ).fetchall()
        yield House(conn, source)


class Site:
    """A web server that keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.asked, self.answers = [], {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                site.asked.append((self.command, self.path, dict(self.headers), content))
                status, headers, said = site.answers.get(
                    (self.command, self.path), (200, {}, b"{}")
                )
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, method, path, status=200, headers=None, **said):
        self.answers[method, path] = status, headers or {}, json.dumps(said).encode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site():
    running = Site()
    yield running
    running.close()


class Responding:
    """Commands `trapdb response`, by an operator, with plug-ins of the test beside them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.plugins = folder / "plugins"
        self.plugins.mkdir()
        self.config = folder / "response.toml"
        self.config.write_text("")
        self.environment = {
            **os.environ,
            "TRAPDB_DATABASE_URL": url,
            "TRAPDB_READER_URL": url,
            "TRAPDB_HOME": str(folder / "home"),
            "PYTHONPATH": os.pathsep.join([str(self.plugins), *filter(None, sys.path)]),
        }

    def settings(self, text: str) -> None:
        self.config.write_text(textwrap.dedent(text))

    def plugin(self, code: str, *names: str, group: str = "trapdb.responders") -> None:
        """Install a package with responders of these names, which are functions of its module."""
        number = len(list(self.plugins.glob("*.py")))
        module = f"plugged_in_{number}"
        (self.plugins / f"{module}.py").write_text(textwrap.dedent(code))
        info = self.plugins / f"{module}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1\n")
        target = "" if group == "trapdb.tasks" else ":{}"
        entries = [f"{name} = {module}{target.format(name)}" for name in names]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *entries, ""]))

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, to be ended by force."""
        return subprocess.Popen(
            [sys.executable, "-m", "trapdb", "response", *words],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, *words: str, status: int = 0) -> tuple[str, list[str]]:
        """Run a command in this process; return what it prints, and the lines of its log."""
        output = StringIO()
        # a file, since what is tried shows what it prints
        with pytest.MonkeyPatch.context() as patch, TemporaryFile("w+") as log:
            for name in {*os.environ, *self.environment}:
                if name in self.environment:
                    patch.setenv(name, self.environment[name])
                else:
                    patch.delenv(name)
            patch.syspath_prepend(str(self.plugins))
            with (
                redirect_stdout(output),
                redirect_stderr(log),
                pytest.raises(SystemExit) as left,
            ):
                cli.main(["response", *words])
            log.seek(0)
            lines = log.read().splitlines()
        assert (left.value.code or 0) == status, lines
        return output.getvalue(), lines

    def once(self) -> list[str]:
        """Do all that is to be done now; return the lines of the log."""
        return self.run("run", "--once", "--config", str(self.config))[1]

    def listed(self, *words: str) -> list[dict[str, Any]]:
        """Return what is listed."""
        found: list[dict[str, Any]] = json.loads(self.run(*words, "--format", "json")[0])
        return found


@pytest.fixture
def responding(cluster: Any, house_name: str, tmp_path: Path) -> Responding:
    return Responding(cluster.url(house_name, OPERATOR), tmp_path)


@pytest.fixture
def operator(cluster: Any, house_name: str) -> Iterator[Callable[..., Any]]:
    """Call a routine as an operator; return its rows."""
    from trapdb.database.connection import call, open_url

    with open_url(cluster.url(house_name, OPERATOR)) as conn:

        def called(routine: Any, **arguments: Any) -> Any:
            return call(conn, routine, **arguments)

        yield called
