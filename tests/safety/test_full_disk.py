"""A disk that fills up costs the time step, image or file that had no room, and is told of."""

import os
import re
import signal
import subprocess
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest, load_known, story, tell
from tests.safety.trouble import Commands, end_of, held, monitor, wait_for_steps
from tests.server.conftest import end, temporary_home
from tests.stream.sender import message, send


@contextmanager
def disk(folder, megabytes):
    """Mount a small disk on a folder."""
    options = f"size={megabytes}m,mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted, which needs root: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder):
    """Fill the disk, and free it again at the end."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture(scope="module")
def trapdb(field):
    """The command line on a private server with a disk of its own."""
    with temporary_home() as home, disk(home, 400):
        commands = Commands(home)
        try:
            commands.complete("db", "start")
            load_known(commands, field)
            yield commands
        finally:
            end(commands.server)


@pytest.fixture(scope="module")
def calm(trapdb, field):
    (found,) = tell(trapdb, story(field, "calm")[:1])
    return found


@pytest.fixture
def small(tmp_path):
    (tmp_path / "small").mkdir()
    with disk(tmp_path / "small", 2) as folder:
        yield folder


def use_up_the_log(conn):
    """Write to the server's log until it needs more room than there is, which ends the server."""
    with suppress(psycopg.OperationalError):
        while True:
            conn.execute("select pg_logical_emit_message(true, '', ''), pg_switch_wal()")


@pytest.mark.parametrize("what", [pytest.param("the data", marks=pytest.mark.slow), "the log"])
def test_the_disk_of_the_database_fills_up(trapdb, field, calm, what):
    """With no room for its write-ahead log, PostgreSQL ends, and cannot start."""
    name = f"no room for {what}"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with ExitStack() as later:
        with held(trapdb.server, "association") as wait, monitor(trapdb.server) as conn:
            assert wait().at == "associate_image"
            later.enter_context(full(trapdb.home))
            if what == "the log":
                use_up_the_log(conn)
        ended = end_of(process)
        assert ended.status == 2
        told = ended.complaint
        assert re.match(r"trapdb: time step 2026.* failed and is rolled back: .*the disk of ", told)
        assert f"{trapdb.server.data} is full" in told
        assert "the same command goes on from there" in told
        again = trapdb.run(*ingest(field, name))
        assert again.status == 2
        assert again.complaint.startswith("trapdb: ")
    trapdb.complete(*ingest(field, name))
    with monitor(trapdb.server) as conn:
        assert bits_that_differ(calm, contents(conn, name)) == []


def test_no_room_for_received_images(trapdb, field, small, tmp_path):
    settings = tmp_path / "alone.toml"
    settings.write_text("[stream]\nimages_per_step = 1\n")
    process = trapdb.start("ingest", "--listen", "127.0.0.1:0", small, "--config", settings)

    def wait_for(pattern):
        for line in process.stderr:
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no {pattern}")

    address = "127.0.0.1", int(wait_for(r"listening at 127\.0\.0\.1:(\d+)")[1])
    images = [message(field / f"epoch{epoch:04}_band00.fits") for epoch in range(3)]
    send(address, images[0])
    wait_for("00:00:00  1 of 1 images")
    with full(small):
        send(address, images[1])
        told = wait_for(f"^dropped: {small}: an image from .* cannot be written: (.*)$")
        assert re.match("No space left on device|Not enough space on disk", told[1])
        # the image before, and the ballast
        assert len([name for name in os.listdir(small) if not name.startswith(".")]) == 2
    send(address, images[2])
    wait_for("00:20:00  1 of 1 images")
    process.send_signal(signal.SIGINT)
    ended = end_of(process)
    assert ended.status == 130
    assert "  1 dropped: they came faster than they are taken, or could not be written" in ended.err


@pytest.mark.slow
def test_no_room_for_what_is_written(trapdb, field, small, calm):
    """What was there before stays."""
    outputs = {
        "sources.csv": ["export", "running_catalogue", "--dataset", "calm"],
        "plane.png": ["plot", "variability", "--dataset", "calm"],
        "found.xml": ["extract", field / "epoch0000_band00.fits", "--format", "votable"],
    }
    for name in outputs:
        (small / name).write_text("before")
    with full(small):
        for name, command in outputs.items():
            ended = trapdb.run(*command, "-o", small / name)
            assert ended.status == 2
            assert ended.complaint.startswith(f"trapdb: {small / name}: cannot be written: No")
        maps = trapdb.run("extract", field / "epoch0000_band00.fits", "--maps", small)
        assert maps.status == 2
        assert "epoch0000_band00.noise.fits: cannot be written: No" in maps.complaints[0]
    assert {path.name: path.read_text() for path in small.iterdir()} == dict.fromkeys(
        outputs, "before"
    )
