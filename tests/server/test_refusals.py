"""Places and machines that will not do, each told in one line with what to do."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from trapdb.server import installation, private_server
from trapdb.server.installation import Installation, InstallationError
from trapdb.server.private_server import ServerError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def refusal() -> str:
    with pytest.raises(ServerError) as caught:
        private_server.ensure_started()
    message = str(caught.value)
    assert "\n" not in message
    return message


@as_root
def test_a_home_behind_a_closed_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("TRAPDB_HOME", str(closed / "further" / "down"))
    assert refusal() == (
        f"the server runs as user postgres, which may not enter {closed}: "
        f"set TRAPDB_HOME to another folder, or chmod o+x {closed}"
    )


@as_root
def test_a_home_of_somebody_else(home: Path, server_user) -> None:
    os.chown(home, server_user.pw_uid, -1)
    assert f"{home} belongs to user {server_user.pw_uid}" in refusal()


def test_a_home_that_others_can_write(home: Path) -> None:
    home.chmod(0o777)
    assert refusal() == f"{home} can be written by others: chmod go-w {home}"


def test_a_home_that_cannot_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").touch()
    monkeypatch.setenv("TRAPDB_HOME", str(home / "file" / "below"))
    assert refusal().startswith(f"cannot make {home / 'file' / 'below'}: Not a directory")


@pytest.mark.parametrize("trap", ["open folder", "link", "file"])
def test_a_place_for_the_socket_that_another_has_taken(home: Path, trap: str) -> None:
    private = private_server.locate()
    if trap == "open folder":
        private.socket.mkdir(mode=0o755)
    elif trap == "link":
        (home / "elsewhere").mkdir(mode=0o700)
        private.socket.symlink_to(home / "elsewhere")
    else:
        private.socket.touch()
    try:
        assert f"{private.socket} is needed for the server's socket" in refusal()
    finally:
        if trap == "open folder":
            private.socket.rmdir()
        else:
            private.socket.unlink()


@pytest.fixture
def stopped(home: Path, used_data: Path) -> Path:
    """The data folder of a server that does not run."""
    subprocess.run(["cp", "--archive", used_data, home], check=True)
    return home / "pgdata"


def test_a_setting_that_postgresql_does_not_know(stopped: Path) -> None:
    with (stopped / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    assert 'unrecognized configuration parameter "no_such_setting" in file' in refusal()


def test_a_file_of_settings_that_is_not_there(stopped: Path) -> None:
    with (stopped / "postgresql.conf").open("a") as file:
        file.write("include 'mine.conf'\n")
    assert 'mine.conf": No such file or directory' in refusal()


def test_a_data_folder_that_is_open_to_others(stopped: Path) -> None:
    stopped.chmod(0o755)
    message = refusal()
    assert "has invalid permissions" in message
    assert "(0700)" in message
    assert "(0750)" in message


def test_settings_are_the_servers_to_read_at_every_start(stopped: Path, server_user) -> None:
    settings = stopped / "trapdb.conf"
    written = settings.read_text()
    settings.write_text("port = 1\n")
    settings.chmod(0)
    os.chown(settings, os.geteuid(), -1)
    private_server.stop(private_server.ensure_started())
    info = settings.stat()
    assert (stat.S_IMODE(info.st_mode), info.st_uid) == (0o600, server_user.pw_uid)
    assert settings.read_text().split("unix_")[0] == written.split("unix_")[0]


def test_no_postgresql(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "find_all", lambda: [])
    with pytest.raises(InstallationError, match=r"PostgreSQL 15 or newer is not installed: .*apt"):
        private_server.ensure_started()


def test_a_postgresql_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "find_all", lambda: [Installation(Path("/old"), (14, 9))])
    with pytest.raises(InstallationError, match="PostgreSQL 15 or newer is not installed"):
        installation.find()


def test_a_postgresql_without_pgsphere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare = Installation(tmp_path, (16, 4))
    bare.__dict__["extensions"] = tmp_path
    monkeypatch.setattr(installation, "find_all", lambda: [bare])
    with pytest.raises(InstallationError, match="apt install postgresql-16-pgsphere"):
        installation.find()


def test_data_of_another_major_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "find_all", lambda: [Installation(Path("/new"), (17, 2))])
    with pytest.raises(InstallationError, match=r"PostgreSQL 15 is not installed.*postgresql-15"):
        installation.find(15)
