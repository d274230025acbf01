"""What a private server is like when it was just made."""

import logging
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from trapdb import schema
from trapdb.server import private_server
from trapdb.server.private_server import Server, daemon


def test_there_is_a_database_with_the_current_schema(running: Server) -> None:
    with psycopg.connect(running.url()) as conn:
        assert schema.status_of(conn).state is schema.State.CURRENT


def test_one_of_many_processes_makes_it_and_all_get_it(client) -> None:
    code = "s = server.ensure_running(); print(s.url('trapdb_query'), server.status(s).pid)"
    told = [process.communicate() for process in [client(code) for _ in range(4)]]
    assert len({out for out, _ in told}) == 1
    assert sum(err.count("creating a database") for _, err in told) == 1
    assert sum(err.count("starting") for _, err in told) == 1


def test_it_starts_whatever_the_umask(home: Path, client) -> None:
    deep = home / "made" / "for it"
    process = client(
        f"import os; os.umask(0o077); os.environ['TRAPDB_HOME'] = {str(deep)!r}; "
        "s = server.ensure_started(); print(server.status(s).running, server.stop(s))"
    )
    out, err = process.communicate()
    assert out == "True True\n", err


def test_it_is_silent_once_it_runs(running: Server, caplog) -> None:
    with caplog.at_level(logging.INFO, "trapdb"):
        assert private_server.ensure_running() == running
    assert caplog.messages == []


def test_it_is_not_root(running: Server, server_user: pwd.struct_passwd) -> None:
    seen = 0
    for pid in daemon._processes(running):
        with suppress(FileNotFoundError, ProcessLookupError):  # autovacuum's come and go
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            ids = [line.split()[1:] for line in status if line.startswith(("Uid", "Gid"))]
            assert ids == [[str(server_user.pw_uid)] * 4, [str(server_user.pw_gid)] * 4]
            seen += 1
    assert seen


def test_the_socket_is_in_a_folder_of_its_own_that_others_cannot_enter(
    running: Server, server_user: pwd.struct_passwd
) -> None:
    info = running.socket.lstat()
    assert stat.S_IMODE(info.st_mode) == 0o700
    assert info.st_uid == server_user.pw_uid
    assert [path.name for path in running.socket.iterdir() if path.is_socket()] == [".s.PGSQL.5432"]


def test_the_data_are_closed_to_others(running: Server) -> None:
    assert stat.S_IMODE(running.data.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("jit", "off"),
        ("max_wal_size", "1GB"),
        ("checkpoint_timeout", "5min"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_settings(running: Server, setting: str, value: str) -> None:
    with psycopg.connect(running.url()) as conn:
        assert conn.execute("select current_setting(%s)", [setting]).fetchone() == (value,)


def test_settings_of_the_user_win_and_last(filled: Server) -> None:
    with psycopg.connect(filled.url(), autocommit=True) as conn:
        conn.execute("alter system set work_mem = '77MB'")
    private_server.stop(filled)
    private_server.ensure_started()
    with psycopg.connect(filled.url()) as conn:
        assert conn.execute("show work_mem").fetchone() == ("77MB",)


def test_the_url_holds_whatever_the_environment_says(
    running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "9", "PGHOST": "nowhere.invalid", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(running.url("trapdb_query")) as conn:
        assert conn.info.user == "trapdb_query"


def test_a_server_in_a_deep_folder_has_a_short_socket(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = home / ("d" * 120) / "with space, 'quote' and $HOME"
    deep.mkdir(parents=True)
    monkeypatch.setenv("TRAPDB_HOME", str(deep))
    private = private_server.ensure_started()
    try:
        assert len(str(private.socket)) < 60
        psycopg.connect(private.url()).close()
    finally:
        private_server.stop(private)


class TestTheReader:
    @pytest.fixture
    def conn(self, running: Server):
        with psycopg.connect(running.url("trapdb_query"), autocommit=True) as connection:
            yield connection

    def test_reads(self, conn) -> None:
        assert conn.execute("select count(*) from trap.dataset").fetchone() == (0,)

    def test_has_a_time_limit_and_begins_read_only(self, conn) -> None:
        assert conn.execute("show statement_timeout").fetchone() == ("1min",)
        assert conn.execute("show transaction_read_only").fetchone() == ("on",)

    def test_cannot_write_when_it_says_so(self, conn) -> None:
        conn.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("insert into trap_data.dataset default values")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("create table public.mine (x int)")

    @pytest.mark.parametrize("role", ["trapdb", "trapdb_admin", "trapdb_operator", "trapdb_ingest"])
    def test_cannot_become_another(self, conn, role: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(f"set role {role}")

    def test_cannot_lift_its_limit_of_space(self, conn) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("set temp_file_limit = -1")

    def test_cannot_reach_files_or_programs(self, conn) -> None:
        for statement in [
            "copy (select 1) to program 'true'",
            "copy (select 1) to '/tmp/x'",
            "select pg_read_file('/etc/passwd')",
        ]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


def test_the_operator_is_no_administrator(running: Server) -> None:
    with psycopg.connect(running.url("trapdb_ingest"), autocommit=True) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("create schema mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("set role trapdb_admin")


def test_the_default_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAPDB_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    assert private_server.locate().home == Path("/somewhere/trapdb")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert private_server.locate().home == Path("/home/somebody/.local/share/trapdb")
    # A root home is closed to the user that the server runs as.
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert private_server.locate().home == Path("/var/lib/trapdb")
