"""A new server begins with the files that the one before left, if they are what is wanted."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.places import SERVERS
from tests.server.conftest import temporary_home
from trapdb import schema
from trapdb.server import installation, private_server
from trapdb.server.private_server import template
from trapdb.simulate import simulate

IDENTITY = """
select system_identifier, current_setting('trapdb.name') from pg_control_system()
"""


def identity_of(home: Path) -> tuple[int, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAPDB_HOME", str(home))
        with psycopg.connect(private_server.ensure_running().url()) as conn:
            assert schema.status_of(conn).state is schema.State.CURRENT
            return conn.execute(IDENTITY).fetchone()


@pytest.fixture(scope="module")
def cache() -> Iterator[Path]:
    with (
        tempfile.TemporaryDirectory(prefix="trapdb-cache-", dir="/tmp") as name,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_CACHE_HOME", name)
        yield Path(name)


@pytest.fixture(scope="module")
def first(cache: Path) -> Iterator[tuple[int, str]]:
    """The first server, which leaves a template."""
    with temporary_home() as home:
        yield identity_of(home)


@pytest.fixture
def kept(first, cache: Path) -> Path:
    (path,) = (cache / "trapdb").iterdir()
    return path


@pytest.fixture
def unpacked(tmp_path: Path, server_user):
    """Return what a new data folder would begin with."""
    with tempfile.TemporaryDirectory(prefix="trapdb-data-", dir=SERVERS) as name:
        os.chown(name, server_user.pw_uid, server_user.pw_gid)

        def unpack() -> list[str]:
            with (tmp_path / "lock").open("w") as lock:
                there = template.unpack(Path(name), installation.find(), lock.fileno())
            found = os.listdir(name)
            assert there == bool(found)
            return found

        yield unpack


def test_the_second_has_the_files_of_the_first_and_a_name_of_its_own(first, home: Path) -> None:
    number, name = identity_of(home)
    assert number == first[0]
    assert name != first[1]


def test_it_is_closed_to_others_and_whole(kept: Path, unpacked) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    found = unpacked()
    assert "PG_VERSION" in found
    assert "postmaster.pid" not in found
    assert not {*template.LEFT_OUT} & {*found}


def test_one_that_others_can_read_or_write_is_not_taken(kept: Path, unpacked) -> None:
    kept.chmod(0o620)
    assert unpacked() == []
    kept.chmod(0o600)


def test_one_that_is_cut_short_is_not_taken(kept: Path, unpacked) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[:1_000_000])
    assert unpacked() == []
    kept.write_bytes(whole)


@pytest.mark.parametrize("differs", ["schema", "PostgreSQL", "pgSphere"])
def test_that_of_other_software_is_not_taken(
    kept: Path, unpacked, differs: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = installation.find()
    one = installation.Installation(installed.bindir, installed.version)
    if differs == "schema":
        monkeypatch.setattr(schema, "digest", lambda: "another")
    elif differs == "PostgreSQL":
        one = installation.Installation(installed.bindir, (installed.major, 999))
    else:
        one.__dict__["extensions"] = tmp_path
    monkeypatch.setattr(installation, "find", lambda: one)
    assert unpacked() == []


def test_few_are_kept(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for number in range(4):
        monkeypatch.setattr(schema, "digest", lambda number=number: str(number))
        assert template.can_be_kept(installation.find())
        template.keep(data, installation.find())
    assert len([*(tmp_path / "trapdb").iterdir()]) == template.KEPT


def test_where_there_is_no_place_for_one_there_is_a_server(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "trapdb").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    identity_of(home)


def ingest(home: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Run an ingest as a user does; it ends when its workers do, which hold the same pipes."""
    return subprocess.run(
        [sys.executable, "-m", "trapdb", "ingest", *map(str, options)],
        env=os.environ | {"TRAPDB_HOME": str(home), "TRAPDB_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    simulate(folder, epochs=4, size=128, sources=5)
    return folder


def test_images_that_are_measured_while_the_server_is_made_are_all_there(
    first, home: Path, images: Path
) -> None:
    done = ingest(home, images, "--dataset", "early")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(private_server.locate().url()) as conn:
        paths = conn.execute("select path from trap.image order by taken_at").fetchall()
    assert [Path(path).name for (path,) in paths] == sorted(path.name for path in images.iterdir()
                                                            if path.suffix == ".fits")  # fmt: skip


def test_a_server_that_cannot_be_made_is_one_line_and_the_end_of_the_workers(
    home: Path, images: Path
) -> None:
    (home / "file").touch()
    done = ingest(home / "file" / "below", images)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("trapdb: cannot make ")
