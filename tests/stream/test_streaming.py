"""`trapdb ingest --follow` and `--listen`: images that come one by one, until Ctrl-C."""

import io
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

import extractor
from tests.stream.sender import message, pixels, preamble, send
from trapdb.configuration.keys import Configuration, Stream
from trapdb.errors import InputError
from trapdb.simulate import simulate
from trapdb.stream.collector import Collector
from trapdb.stream.inbox import Inbox
from trapdb.stream.message import read_message
from trapdb.stream.receiver import Server, listen_at
from trapdb.stream.source import following, listening
from trapdb.stream.spool import Spool, spool_in

QUICK = "[stream]\nwait_s = 1.0\nrest_s = 0.1\nimages_per_step = 2\nkeep_images = 2\n"
COMMAND = [sys.executable, "-c", "from trapdb.cli import main; main()", "ingest", "--workers", "1"]


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """Three epochs in two bands."""
    folder = tmp_path_factory.mktemp("stream") / "field"
    return simulate(folder, epochs=3, size=128, sources=4, bands=2)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "night").mkdir()
    return tmp_path / "night"


@pytest.fixture
def start(db_url, tmp_path):
    """Run an ingest; give a function that waits for a line, and one that ends it."""
    (tmp_path / "quick.toml").write_text(QUICK)

    @contextmanager
    def run(*arguments, settings=""):
        (tmp_path / "quick.toml").write_text(QUICK + settings)
        options = ["--config", tmp_path / "quick.toml", "--database", db_url]
        with subprocess.Popen(
            [*COMMAND, *arguments, *options], stderr=subprocess.PIPE, text=True
        ) as process:
            deadline = threading.Timer(300, process.kill)
            deadline.start()
            lines = []

            def wait_for(pattern):
                for line in process.stderr:
                    lines.append(line)
                    if found := re.search(pattern, line):
                        return found
                raise AssertionError(f"no {pattern} in: {''.join(lines)}")

            def end():
                process.send_signal(signal.SIGINT)
                lines.extend(process.stderr)
                assert process.wait() == 130, "".join(lines)
                return "".join(lines)

            try:
                yield wait_for, end
            finally:
                process.kill()
                deadline.cancel()

    return run


def move_in(path, folder):
    """Write a file under a name that is not followed, and rename it."""
    hidden = folder / f".{path.name}"
    shutil.copy(path, hidden)
    hidden.rename(folder / path.name)


def test_a_directory_is_followed(start, field, folder, db):
    with start("--follow", folder) as (wait_for, end):
        wait_for("following")
        for path in field.paths[2:4]:
            move_in(path, folder)
        wait_for("00:10:00  2 of 2 images, .* s after they came")
        (folder / "broken.fits").write_bytes(b"no image")
        wait_for("unreadable: .*broken.fits")
        for path in field.paths[4:5]:  # the other band does not come
            move_in(path, folder)
        wait_for("00:20:00  1 of 1 images")
        move_in(field.paths[0], folder)
        wait_for("late: .*epoch0000_band00.fits: .*trapdb dataset rewind")
        told = end()
    assert "latency of the last 3 images: median" in told
    assert "stopped after time step" in told
    rows = db.execute(
        "select latency >= 0, arrived_at > taken_at from trap.image_latency"
    ).fetchall()
    assert rows == 3 * [(True, True)]
    refused = db.execute("select reason from trap.rejection order by 1").fetchall()
    assert refused == [("late",), ("unreadable",)]


def test_differences_are_made_beside_it(start, field, folder, db, tmp_path):
    less = tmp_path / "less"
    settings = f'[difference]\noutput = "{less}"\nthreshold = 6\n'
    with start("--follow", folder, settings=settings) as (wait_for, end):
        wait_for("following")
        for step, paths in enumerate((field.paths[:2], field.paths[2:4], field.paths[4:])):
            for path in paths:
                move_in(path, folder)
            wait_for(f"00:{step}0:00  2 of 2 images")
        told = end()  # which waits for them
    assert "data set night_difference: " in told
    rows = db.execute("select parent_image_id, references_count from trap.difference").fetchall()
    assert sorted(row[1] for row in rows) == [1, 1, 2, 2]
    assert len(list(less.iterdir())) == 4
    assert db.execute("select * from trap.verify_dataset('night_difference')").fetchall() == []


def test_a_directory_that_is_followed_again_goes_on(start, field, folder, db):
    for path in field.paths:
        shutil.copy(path, folder)
    for images in (6, 0):
        with start("--follow", folder) as (wait_for, end):
            wait_for("00:20:00  (2 of 2|0 of 2 images, 2 known)")
            assert f"{images} of 6 images taken" in end()
    assert db.execute("select count(*) from trap.image").fetchone() == (6,)


def test_images_are_received(start, field, folder, db, run_here):
    with start("--listen", "127.0.0.1:0", folder) as (wait_for, end):
        port = int(wait_for(r"listening at 127\.0\.0\.1:(\d+)")[1])
        send(("127.0.0.1", port), *map(message, field.paths[:2]))
        wait_for("00:00:00  2 of 2 images, .* s after they came")
        send(("127.0.0.1", port), b"GET / HTTP/1.1\r\n\r\n".ljust(512))
        wait_for(r"127\.0\.0\.1:\d+: not an image of AARTFAAC's protocol .*; connection closed")
        for first, minute in ((2, 10), (4, 20)):
            for path in reversed(field.paths[first : first + 2]):  # each band has a connection
                send(("127.0.0.1", port), message(path))
            wait_for(f"00:{minute}:00  2 of 2 images")
        end()
    assert len(list(folder.glob("*.fits*"))) <= 4  # the last step's may just have been about to go
    status, _ = run_here("ingest", *field.paths, "--dataset", "given", "--workers", "1")
    assert status == 0
    received, given = (
        db.execute(
            "select i.digest, count(*), sum(m.int_flux) from trap.image i"
            " join trap.measurement m using (image_id) where i.dataset = %s and kind = 'blind'"
            " group by i.digest order by 1",
            [name],
        ).fetchall()
        for name in ("night", "given")
    )
    assert received == given
    (warning,) = db.execute("select message from trap.run_warning").fetchone()
    assert "not an image" in warning


@pytest.fixture
def serve(tmp_path):
    """Start a server in this process; give its address, spool and inbox."""
    servers = []

    def serve(on_drop=None, **settings):
        chosen = Stream(images_per_step=1, **settings)
        (tmp_path / "spool").mkdir(exist_ok=True)
        spool = Spool(str(tmp_path / "spool"), chosen.keep_images)
        inbox = Inbox(Collector(chosen, bounded=True), chosen, on_drop or spool.discard)
        listener = listen_at("127.0.0.1:0")
        servers.append((Server(listener, spool, inbox, chosen, {}), listener))
        threading.Thread(target=servers[-1][0].run, daemon=True).start()
        return listener.getsockname(), spool, inbox

    yield serve
    for server, listener in servers:
        server.close()
        listener.close()


def next_news(inbox):
    news = []

    def stop(told):
        news.append(told)
        raise StopAsyncIteration

    with pytest.raises(StopAsyncIteration):
        for _ in inbox.steps(stop):
            pass
    return news[0]


def test_images_that_come_too_fast_are_dropped_oldest_first(serve, field, tmp_path):
    dropped = threading.Event()

    def note(path):
        spool.discard(path)
        dropped.set()

    address, spool, inbox = serve(note, queue_steps=2)
    send(address, *map(message, field.paths[::2]))
    assert dropped.wait(60)
    told = next_news(inbox)
    (image,) = told.refused
    assert image.fate == "dropped"
    assert "images come faster than they are taken" in image.reason
    assert not os.path.exists(image.path)
    assert len(os.listdir(spool.directory)) == 2


def test_a_peer_that_brings_nothing_is_left(serve):
    address, _, inbox = serve(patience_s=0.2)
    with socket.create_connection(address) as connection:
        connection.sendall(preamble(2880, 4096))
        (warning,) = next_news(inbox).warnings
        assert "no whole image within 0.2 s" in warning
        assert connection.recv(1) == b""


def test_an_image_that_is_read_slowly_is_not_overtaken(serve, field, monkeypatch):
    """As the first one is, for which modules are imported; the next comes by another connection."""
    overtaken = threading.Event()
    begun = []

    def read_keys(path, **options):
        begun.append(path)
        if len(begun) == 1:
            overtaken.wait(1)
        else:
            overtaken.set()
        return extractor.read_keys(path, **options)

    monkeypatch.setattr("trapdb.stream.receiver.extractor", SimpleNamespace(read_keys=read_keys))
    address, _, inbox = serve(wait_s=60)
    for path in field.paths[:4:2]:
        send(address, message(path))
        while not begun:
            time.sleep(0.01)
    steps = inbox.steps(lambda told: None)
    taken = [step.taken_at for step in itertools.islice(filter(None, steps), 2)]
    assert taken == sorted(taken)


def test_connections_are_bounded(serve):
    address, _, inbox = serve(connections=1)
    with socket.create_connection(address), socket.create_connection(address) as second:
        assert second.recv(1) == b""
        (warning,) = next_news(inbox).warnings
    assert "connection refused: there are 1 already" in warning


def test_complaints_that_had_to_wait_are_told_though_no_other_comes(serve, monkeypatch):
    monkeypatch.setattr("trapdb.stream.receiver.COMPLAINT_S", 0.3)
    address, _, inbox = serve(connections=1)
    with socket.create_connection(address):
        for _ in range(4):
            with socket.create_connection(address) as refused:
                assert refused.recv(1) == b""
        told = 0
        while told < 4:
            for warning in next_news(inbox).warnings:
                more = re.search(r" \(and (\d+) more like it before\)$", warning)
                told += 1 + int(more[1] if more else 0)
    assert told == 4


def test_an_image_without_its_metadata_is_refused_and_leaves_no_file(serve, field, tmp_path):
    path = shutil.copy(field.paths[0], tmp_path / "odd.fits")
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["MJD-OBS"], hdus[0].header["DATE-OBS"]
    address, spool, inbox = serve()
    send(address, message(path))
    (refused,) = next_news(inbox).refused
    assert re.search(r"observation time \(DATE-OBS\).* \(from 127\.0\.0\.1:\d+\)", refused.reason)
    assert os.listdir(spool.directory) == []


@pytest.mark.parametrize("address", ["6000", "localhost:", "localhost:99999", "nowhere.invalid:1"])
def test_an_address_that_is_none_is_refused_and_leaves_nothing(run_here, tmp_path, db, address):
    status, told = run_here("ingest", "--listen", address, tmp_path / "received")
    assert status == 2
    assert f"--listen {address}: " in told
    assert not (tmp_path / "received").exists()
    assert db.execute("select count(*) from trap.dataset").fetchone() == (0,)


def test_an_address_in_use_is_refused_and_leaves_nothing(run_here, tmp_path, db):
    with socket.create_server(("127.0.0.1", 0)) as used:
        address = "{}:{}".format(*used.getsockname())
        status, told = run_here("ingest", "--listen", address, tmp_path / "received")
    assert (status, told.count("\n")) == (2, 1)
    assert f"--listen {address}: Address already in use" in told
    assert not (tmp_path / "received").exists()
    assert db.execute("select count(*) from trap.dataset").fetchone() == (0,)


@pytest.fixture
def run_here(capsys, db_url):
    from trapdb import cli

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            cli.main([*map(str, arguments), "--database", db_url])
        return left.value.code or 0, capsys.readouterr().err

    return run


def test_what_cannot_be_followed_is_told(run_here, field, tmp_path):
    status, told = run_here("ingest", "--follow", field.paths[0])
    assert (status, "--follow needs directories" in told) == (2, True)
    status, told = run_here("ingest", "--follow", "--listen", "127.0.0.1:0", tmp_path)
    assert (status, "give one of them" in told) == (2, True)


def test_what_a_run_before_left_is_taken_first(serve, field, tmp_path):
    (tmp_path / "spool").mkdir()
    for number, path in enumerate(field.paths[::2]):
        shutil.copy(path, tmp_path / "spool" / f"{number:020x}.fits")
    (tmp_path / "spool" / f"{3:020x}.fits.1.part").write_bytes(b"half")
    _, spool, inbox = serve(queue_steps=1)
    steps = inbox.steps(lambda news: pytest.fail(str(news)))
    assert [len(next(steps).images) for _ in range(3)] == [1, 1, 1]
    assert len(os.listdir(spool.directory)) == 3


def test_a_directory_of_others_files_is_refused(run_here, field, folder, db):
    for path in field.paths:
        shutil.copy(path, folder)
    status, told = run_here("ingest", "--listen", "127.0.0.1:0", folder)
    assert (status, told.count("\n")) == (2, 1)
    assert (
        f"{folder}: has files that no trapdb ingest --listen wrote (epoch0000_band00.fits" in told
    )
    assert "and 5 more): give an empty directory" in told
    assert len(os.listdir(folder)) == 6
    assert db.execute("select count(*) from trap.dataset").fetchone() == (0,)


def test_files_of_others_are_never_removed(folder):
    """They may come while the directory is in use."""
    kept = [folder / "a.fits", folder / "b.part", folder / f"{1:020x}.fits.gz"]
    removed = [folder / f"{1:020x}.fits", folder / f"{2:020x}.fits.7.part"]
    for path in (*kept, *removed):
        path.write_bytes(b"")
    spool = Spool(str(folder), 0)
    assert spool.left() == [str(removed[0])]
    spool.done(map(str, (*kept, *removed)))
    assert sorted(folder.glob("*.*")) == sorted(kept)


def test_an_image_has_a_file_of_its_own(folder, field):
    """By header and pixels: a sensor that hangs may send the same header twice."""
    sent = read_message(io.BytesIO(message(field.paths[0])).read, 10**6)
    other = replace(sent, array=sent.array[4:] + sent.array[:4])
    spool = Spool(str(folder), 2)
    first, second = spool.write(sent), spool.write(other)
    assert first != second
    assert spool.write(sent) == first
    for path, one in ((first, sent), (second, other)):
        np.testing.assert_array_equal(pixels(path).ravel(), np.frombuffer(one.array, "<f4"))


def test_a_directory_has_one_listener(run_here, folder):
    with spool_in(str(folder), 1):
        status, told = run_here("ingest", "--listen", "127.0.0.1:0", folder)
    assert (status, told.count("\n")) == (2, 1)
    assert f"{folder}: another trapdb ingest --listen has it" in told
    with spool_in(str(folder), 1):
        pass


@pytest.fixture
def closed_folder():
    """Make a folder that nobody may enter, and run as a user who is bound by that."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield place
        finally:
            os.seteuid(user)
            os.chmod(place, 0o755)


def test_a_directory_without_leave_to_write_is_refused(closed_folder):
    with (
        pytest.raises(InputError, match=f"{closed_folder}: received images cannot be written"),
        listening("127.0.0.1:0", closed_folder, Configuration()),
    ):
        pass


def test_a_directory_without_leave_to_read_is_not_followed(closed_folder):
    user = os.geteuid()
    os.seteuid(os.stat(closed_folder).st_uid)
    os.chmod(closed_folder, 0o000)
    os.seteuid(user)
    with (
        pytest.raises(InputError, match=f"{closed_folder}: cannot be followed: Permission"),
        following([closed_folder], Configuration()),
    ):
        pass
