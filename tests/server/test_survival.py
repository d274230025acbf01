"""The private server outlives its clients, and what is committed outlives the server."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from trapdb.server import private_server
from trapdb.server.private_server import Server, ServerError, contents, daemon
from trapdb.server.private_server.lock import locked


def number(private: Server) -> int:
    with psycopg.connect(private.url()) as conn:
        return conn.execute("select number from kept").fetchone()[0]


def wait_for(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 300
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_outlives_the_process_that_started_it(home: Path, client) -> None:
    starter = client(
        "server.ensure_started(); print('up', flush=True); import time; time.sleep(60)"
    )
    assert starter.stdout.readline() == "up\n"
    pid = private_server.status(private_server.locate()).pid
    os.killpg(starter.pid, signal.SIGINT)  # what the terminal does at Ctrl-C
    starter.communicate()
    assert private_server.status(private_server.ensure_started()).pid == pid


def test_stop_and_start_keep_everything(filled: Server) -> None:
    assert private_server.stop(filled)
    assert not private_server.status(filled).running
    assert not filled.socket.exists()
    assert not private_server.stop(filled)
    assert number(private_server.ensure_started()) == 7


def test_stopping_ends_clients_that_are_at_work(filled: Server) -> None:
    with psycopg.connect(filled.url()) as conn:
        conn.execute("update kept set number = 8")
        assert private_server.stop(filled)
        with pytest.raises(psycopg.OperationalError):
            conn.execute("select 1")
    assert number(private_server.ensure_started()) == 7


def test_the_first_process_killed(filled: Server) -> None:
    os.kill(private_server.status(filled).pid, signal.SIGKILL)
    assert number(private_server.ensure_started()) == 7


def test_the_first_process_killed_while_a_child_is_busy(
    filled: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "ORPHANS_S", 0.3)
    with contextlib.closing(psycopg.connect(filled.url(), autocommit=True)) as conn:
        busy = conn.info.backend_pid
        # A loop that never looks up: it does not notice that its parent died.
        conn.pgconn.send_query(b"do $$ begin loop end loop; end $$")
        os.kill(private_server.status(filled).pid, signal.SIGKILL)
        assert number(private_server.ensure_started()) == 7
        assert busy not in daemon._processes(filled)


def test_a_bystander_in_the_data_folder_is_left_alone(
    filled: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "ORPHANS_S", 0.1)
    with subprocess.Popen(["sleep", "60"], cwd=filled.data) as bystander:
        os.kill(private_server.status(filled).pid, signal.SIGKILL)
        assert number(private_server.ensure_started()) == 7
        private_server.stop(filled)
        assert bystander.poll() is None
        bystander.kill()


def test_everything_killed_and_the_socket_folder_swept_away(filled: Server, kill_all) -> None:
    kill_all(filled)
    for path in filled.socket.iterdir():
        path.unlink()
    filled.socket.rmdir()
    assert number(private_server.ensure_started()) == 7


def test_a_recorded_process_that_is_another_program(filled: Server, server_user, kill_all) -> None:
    kill_all(filled)
    # After a reboot the number may belong to any program, of the same user even.
    user = {"user": server_user.pw_uid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], cwd="/", **user) as stranger:
        lines = (filled.data / "postmaster.pid").read_text().split("\n")
        (filled.data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        assert number(private_server.ensure_started()) == 7
        assert stranger.poll() is None
        assert private_server.stop(filled)
        assert stranger.poll() is None
        stranger.kill()


def test_killed_while_the_data_folder_is_made(home: Path, client) -> None:
    starter = client()
    wait_for(lambda: [*home.glob("pgdata.new-*/global")])
    os.killpg(starter.pid, signal.SIGKILL)
    starter.communicate()
    private = private_server.ensure_running()
    psycopg.connect(private.url("trapdb_query")).close()
    wait_for(lambda: not [*home.glob("pgdata.new-*")])


def test_killed_between_start_and_schema(home: Path) -> None:
    private = private_server.ensure_started()
    assert private_server.ensure_running() == private
    psycopg.connect(private.url("trapdb_query")).close()


def test_a_server_whose_socket_was_removed_is_named_and_can_be_stopped(
    filled: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "ORPHANS_S", 0.1)
    pid = private_server.status(filled).pid
    for path in filled.socket.iterdir():
        path.unlink()
    with pytest.raises(ServerError, match=f"process {pid}.*does not answer.*trapdb db stop"):
        private_server.ensure_started()
    assert private_server.stop(filled)
    assert number(private_server.ensure_started()) == 7


def test_a_server_that_hangs_is_named(filled: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "ORPHANS_S", 0.1)
    monkeypatch.setattr(daemon, "PATIENCE_S", 0.1)
    monkeypatch.setattr(contents, "ANSWER_S", 2)
    pid = private_server.status(filled).pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ServerError, match=f"process {pid}.*does not answer"):
        private_server.ensure_started()
    with pytest.raises(ServerError, match=f"does not end.*kill -9 {pid}"):
        private_server.stop(filled)
    os.kill(pid, signal.SIGCONT)


def test_data_in_use_elsewhere_are_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "ORPHANS_S", 0.1)
    with (
        locked(home / "running"),
        pytest.raises(ServerError, match="in use by another machine or container"),
    ):
        private_server.ensure_started()


def test_a_start_that_fails_says_why(filled: Server) -> None:
    private_server.stop(filled)
    log = filled.data / "pg_wal"
    log.rename(filled.home / "on a disk that is not mounted")
    with pytest.raises(ServerError, match=r"does not start: .*pg_wal"):
        private_server.ensure_started()
    (filled.home / "on a disk that is not mounted").rename(log)
    with (filled.data / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'plenty'\n")
    with pytest.raises(ServerError, match=r'does not start: .*"shared_buffers": "plenty"'):
        private_server.ensure_started()


def test_a_new_server_that_may_be_in_pieces_is_made_again(home: Path, kill_all) -> None:
    """The machine crashed before the new files were on the disk: nobody had been let in."""
    private = private_server.ensure_started()
    kill_all(private)
    (home / "unsettled").touch()
    (private.data / "global" / "pg_control").write_bytes(b"")
    psycopg.connect(private_server.ensure_running().url("trapdb_query")).close()
    assert not (home / "unsettled").exists()


def test_a_new_server_whose_maker_died_is_brought_to_the_disk(home: Path) -> None:
    private = private_server.ensure_started()
    kept = (private.data / "PG_VERSION").stat().st_ino
    (home / "unsettled").touch()
    psycopg.connect(private_server.ensure_running().url("trapdb_query")).close()
    assert (private.data / "PG_VERSION").stat().st_ino == kept
    assert not (home / "unsettled").exists()
