"""The repair of pgSphere 1.2.0, on copies of the installed files and servers."""

import difflib
import os
import shutil
from pathlib import Path

import psycopg
import pytest

from trapdb.server import pgsphere, private_server
from trapdb.server.installation import Installation
from trapdb.server.private_server import Server, ServerError

SKY = """
create table sky as
    select i, spoint(radians(i), radians(i / 10.0)) as position from generate_series(0, 359) as i;
create index on sky using gist (position);
"""
NEAR = "select i from sky where position <@ scircle(spoint(radians(10), radians(1)), radians(0.5))"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_only_the_faulty_clauses_go(extensions: Path) -> None:
    original = (extensions / pgsphere.SCRIPT).read_text()
    pgsphere.repair(extensions)
    repaired = (extensions / pgsphere.SCRIPT).read_text()
    changes = [
        line
        for line in difflib.ndiff(original.splitlines(), repaired.splitlines())
        if line[:2] in ("- ", "+ ")
    ]
    assert changes[0] == "+ " + pgsphere.MARK.rstrip()
    assert [" ".join(line.split()) for line in changes[1:]] == [
        *("- COMMUTATOR = '@>',", "- NEGATOR = '!<@',"),
        *("- COMMUTATOR = '@>',", "- NEGATOR = '!<@',"),
    ]


def test_a_second_time_there_is_nothing_to_do(extensions: Path) -> None:
    assert pgsphere.is_due(extensions)
    assert pgsphere.repair(extensions) == f"repaired {extensions / pgsphere.SCRIPT}"
    assert not pgsphere.is_due(extensions)
    before = snapshot(extensions)
    assert pgsphere.repair(extensions) == ""
    assert snapshot(extensions) == before


def test_undone_everything_is_as_before(extensions: Path) -> None:
    before = snapshot(extensions)
    pgsphere.repair(extensions)
    assert pgsphere.undo(extensions) != ""
    assert snapshot(extensions) == before
    assert pgsphere.undo(extensions) == ""


def test_cut_short_it_is_finished_the_next_time(extensions: Path) -> None:
    pgsphere.repair(extensions)
    complete = snapshot(extensions)
    (extensions / pgsphere.SCRIPT).unlink()
    assert pgsphere.is_due(extensions)
    pgsphere.repair(extensions)
    assert snapshot(extensions) == complete


def test_a_package_that_was_put_right_gets_its_script_back(extensions: Path) -> None:
    sound = pgsphere.FAULT.sub(r"\1", (extensions / pgsphere.SCRIPT).read_text())
    pgsphere.repair(extensions)
    (extensions / (pgsphere.SCRIPT + ".distrib")).write_text(sound)
    assert pgsphere.is_due(extensions)
    pgsphere.repair(extensions)
    assert (extensions / pgsphere.SCRIPT).read_text() == sound
    assert not pgsphere.is_due(extensions)


def test_a_package_that_has_no_such_script_any_more(extensions: Path) -> None:
    pgsphere.repair(extensions)
    (extensions / (pgsphere.SCRIPT + ".distrib")).unlink()
    pgsphere.repair(extensions)
    assert not (extensions / pgsphere.SCRIPT).exists()


def test_another_pgsphere_is_left_alone(extensions: Path) -> None:
    (extensions / pgsphere.SCRIPT).rename(extensions / "pg_sphere--1.5.1.sql")
    before = snapshot(extensions)
    assert not pgsphere.is_due(extensions)
    assert pgsphere.repair(extensions) == ""
    assert snapshot(extensions) == before


def test_no_pgsphere_at_all(tmp_path: Path) -> None:
    assert pgsphere.repair(tmp_path) == ""


@pytest.mark.skipif(
    shutil.which("dpkg-divert") is None or os.geteuid() != 0, reason="needs dpkg, and root"
)
def test_a_package_installed_again_leaves_the_repair(
    extensions: Path, tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A package of that one file, in a database of packages of its own.
    original = (extensions / pgsphere.SCRIPT).read_bytes()
    shutil.rmtree(extensions)
    files = tmp_path / "package" / extensions.relative_to("/")
    files.mkdir(parents=True)
    (files / pgsphere.SCRIPT).write_bytes(original)
    control = tmp_path / "package" / "DEBIAN" / "control"
    control.parent.mkdir()
    control.write_text(
        "Package: sphere\nVersion: 1\nArchitecture: all\nMaintainer: n <n@n>\nDescription: x\n"
    )
    admin = tmp_path / "dpkg"
    (admin / "updates").mkdir(parents=True)
    (admin / "info").mkdir()
    (admin / "status").touch()
    monkeypatch.setenv("DPKG_ADMINDIR", str(admin))
    run("dpkg-deb", "--build", tmp_path / "package", tmp_path / "sphere.deb")
    install = ["dpkg", "--admindir", admin, "--install", tmp_path / "sphere.deb"]

    run(*install)
    pgsphere.repair(extensions)
    repaired = snapshot(extensions)
    run(*install)
    assert snapshot(extensions) == repaired
    assert not pgsphere.is_due(extensions)

    pgsphere.undo(extensions)
    assert snapshot(extensions) == {pgsphere.SCRIPT: original}
    assert run("dpkg-divert", "--list", extensions / pgsphere.SCRIPT) == ""


def test_a_release_that_refuses_the_original_is_told_the_command(
    accepts_original: bool, private: Server
) -> None:
    if accepts_original:
        pytest.skip("this release of PostgreSQL takes pgSphere's own script")
    with pytest.raises(ServerError, match=r"repair it: .*python.* -m trapdb\.server\.pgsphere"):
        private_server.ensure_running()


def test_repaired_a_plain_create_extension_works(unrepaired: Installation, private: Server) -> None:
    pgsphere.repair(unrepaired.extensions)
    with psycopg.connect(private.url()) as conn:
        conn.execute("create extension pg_sphere")
        conn.execute(SKY)
        assert conn.execute(NEAR).fetchall() == [(10,)]
        # The two operators stay, and do what they did.
        point, moc = "spoint(0.1, 0.1)", "smoc(8, scircle(spoint(0.1, 0.1), 0.01))"
        assert conn.execute(f"select {point} @ {moc}").fetchone() == (True,)
        assert conn.execute("select 5::bigint @ '0/0-11'::smoc").fetchone() == (True,)


@pytest.mark.parametrize("made_by", ["original", "repaired"])
def test_a_dump_is_restored(
    unrepaired: Installation,
    accepts_original: bool,
    private: Server,
    made_by: str,
    tmp_path: Path,
    run,
) -> None:
    if made_by == "repaired":
        pgsphere.repair(unrepaired.extensions)
    elif not accepts_original:
        pytest.skip("this release of PostgreSQL refuses pgSphere's own script")
    with psycopg.connect(private.url()) as conn:
        conn.execute("create extension pg_sphere")
        conn.execute(SKY)
    pgsphere.repair(unrepaired.extensions)
    programs, dump = unrepaired.bindir, tmp_path / "dump"
    run(programs / "pg_dump", "--format=custom", f"--file={dump}", private.url())
    with psycopg.connect(private.url(), autocommit=True) as conn:
        assert conn.execute(NEAR).fetchall() == [(10,)]  # what was made before goes on
        conn.execute("create database copy")
    run(programs / "pg_restore", "--exit-on-error", "-d", private.url(database="copy"), dump)
    with psycopg.connect(private.url(database="copy")) as conn:
        assert conn.execute(NEAR).fetchall() == [(10,)]
