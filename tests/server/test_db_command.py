"""``trapdb db``, on the private server and on one of the user's."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import psycopg
import pytest
from click.testing import CliRunner, Result

from trapdb.cli import cli
from trapdb.server import private_server
from trapdb.server.private_server import Server


@pytest.fixture
def db_command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name in ("TRAPDB_DATABASE_URL", "TRAPDB_READER_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["db", *arguments], standalone_mode=False)

    return run


@pytest.fixture
def in_use(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The module's server, as the one to be used."""
    monkeypatch.setenv("TRAPDB_HOME", str(running.home))
    return running


class TestPrivate:
    def test_status_starts_nothing(self, home, db_command) -> None:
        result = db_command("status")
        assert result.return_value == 0
        assert "not running" in result.output
        assert list(home.iterdir()) == []

    def test_status_of_a_running_one(self, in_use: Server, db_command) -> None:
        result = db_command("status")
        assert result.return_value == 0
        for part in [str(in_use.home), in_use.url(), "PostgreSQL 1", "the schema is current"]:
            assert part in result.output

    def test_url_leads_there(self, in_use: Server, db_command) -> None:
        with psycopg.connect(db_command("url").output.strip()) as conn:
            assert conn.info.user == "trapdb"

    def test_upgrade_with_nothing_to_do(self, in_use: Server, db_command) -> None:
        assert "nothing to do" in db_command("upgrade").output

    def test_stop_says_what_was(self, filled: Server, db_command) -> None:
        assert db_command("stop").output == "stopped\n"
        assert db_command("stop").output == "was not running\n"

    def test_psql_hands_its_arguments_on(self, in_use: Server) -> None:
        result = psql("-At", "-c", "select current_user", "-v", "x=1")
        assert (result.stdout, result.stderr, result.returncode) == ("trapdb\n", "", 0)


class TestBehind:
    """A server whose schema an older trapdb made."""

    @pytest.fixture
    def behind(self, in_use: Server) -> Iterator[Server]:
        with psycopg.connect(in_use.url()) as conn:
            conn.execute("update trap_data.code_manifest set sha256 = 'of another file'")
        yield in_use
        with psycopg.connect(in_use.url(), autocommit=True) as conn:
            conn.execute("drop schema if exists mine cascade")
        private_server.ensure_running()

    def test_it_is_upgraded_by_itself_and_this_is_said(
        self, behind: Server, db_command, caplog
    ) -> None:
        assert db_command("status").return_value == 2
        with caplog.at_level(logging.INFO, "trapdb"):
            private_server.ensure_running()
        assert caplog.messages == ["the schema of the private database was brought up to date"]
        assert db_command("status").return_value == 0

    def test_psql_works_when_an_upgrade_is_refused(self, behind: Server) -> None:
        with psycopg.connect(behind.url()) as conn:
            conn.execute("create schema mine")
            conn.execute("create view mine.own as select * from trap.running_catalogue")
        with pytest.raises(Exception, match=r"mine\.own"):
            private_server.ensure_running()
        assert psql("-At", "-c", "drop schema mine cascade").returncode == 0
        private_server.ensure_running()


class TestServerOfTheUser:
    def test_what_is_missing_is_said_with_the_remedy(self, raw_db_url: str, db_command) -> None:
        result = db_command("status", "--database", raw_db_url)
        assert result.return_value == 2
        assert "CREATE EXTENSION pg_sphere" in result.output
        assert "TRAPDB_READER_URL" in result.output
        assert "the database has no trapdb schema" in result.output

    def test_upgrade_then_status(self, raw_db_url: str, db_command, monkeypatch) -> None:
        monkeypatch.setenv("TRAPDB_DATABASE_URL", raw_db_url)
        monkeypatch.setenv("TRAPDB_READER_URL", raw_db_url)
        assert "the schema was missing" in db_command("upgrade").output
        result = db_command("status")
        assert result.return_value == 0
        assert "missing" not in result.output

    def test_an_operator_is_not_told_to_become_administrator(
        self, operator_db: psycopg.Connection, db_command
    ) -> None:
        info = operator_db.info
        url = f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"
        result = db_command("status", "--database", url)
        assert result.return_value == 0
        assert "trapdb_admin" not in result.output

    def test_the_private_server_is_left_in_peace(self, home, raw_db_url: str, db_command) -> None:
        db_command("status", "--database", raw_db_url)
        db_command("url", "--database", raw_db_url)
        assert list(home.iterdir()) == []

    def test_a_password_is_not_among_the_arguments_of_psql(self, in_use: Server) -> None:
        # The shell that psql starts reads its parent's arguments, as anybody could.
        result = psql(
            "--database",
            in_use.url().replace("trapdb@", "trapdb:s3cret@"),
            *("-At", "-c", r"\! tr '\0' ' ' < /proc/$PPID/cmdline"),
        )
        assert "psql" in result.stdout
        assert "s3cret" not in result.stdout


def psql(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from trapdb.cli import main; main()", "db", "psql", *arguments],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
