"""`--listen` and `--follow` killed, and started again, while images go on coming."""

import os
import random
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.safety.random_kills import Watched
from tests.safety.trouble import (
    PATIENCE_S,
    backend_of,
    end_of,
    held,
    kill_server,
    monitor,
    wait_for_steps,
    workers_of,
)
from tests.stream.sender import message, send
from trapdb.simulate import simulate

# no step is taken before it is whole, none is dropped, no file goes
SETTINGS = """[stream]
images_per_step = 2
wait_s = 600.0
rest_s = 0.1
queue_steps = 1000
keep_images = 1000
"""
SEED = 20260102
PAUSE_S = 0.2  # between images
LONGEST_S = 300.0


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Twelve epochs in two bands, in the order in which they come."""
    folder = tmp_path_factory.mktemp("stream")
    return simulate(folder, epochs=12, size=160, sources=6, one_epoch=5, bands=2).paths


class Stream:
    """A command that images come to, by one of the two ways."""

    def __init__(self, trapdb, folder, name, way):
        self._trapdb = trapdb
        self.folder = folder
        self.name = name
        folder.mkdir()
        settings = folder.parent / "stream.toml"
        settings.write_text(SETTINGS)
        self._options = [folder, "--dataset", name, "--config", settings]
        if way == "listen":
            with socket.create_server(("127.0.0.1", 0)) as free:
                self._address = free.getsockname()
            self._way = ["--listen", "{}:{}".format(*self._address)]
            self.bring = self._send
        else:
            self._way = ["--follow"]
            self.bring = self._move_in

    def start(self):
        return self._trapdb.start("ingest", *self._way, *self._options)

    def count(self):
        """Count the images that the data set has."""
        query = "select count(*) from trap.image where dataset = %s"
        with monitor(self._trapdb.server) as conn:
            return conn.execute(query, [self.name]).fetchone()[0]

    def compare(self, n_images):
        """Compare with the same images given at once."""
        calm = f"{self.name}, calm"
        self._options[2] = calm
        self._trapdb.complete("ingest", *self._options)
        with monitor(self._trapdb.server) as conn:
            found, whole = (contents(conn, name) for name in (self.name, calm))
            assert len(whole["image"]) == n_images
            assert bits_that_differ(whole, found) == []
            assert conn.execute("select * from trap.verify_dataset(%s)", [self.name]).rowcount == 0

    def _send(self, path):
        """Send an image until its file is there: the protocol knows no answer."""
        before = len(list(self.folder.glob("*.fits")))
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(OSError):  # nobody listens
                send(self._address, message(path))
            for _ in range(20):
                if len(list(self.folder.glob("*.fits"))) > before:
                    return
                time.sleep(0.05)
        raise TimeoutError(path)

    def _move_in(self, path):
        hidden = self.folder / f".{Path(path).name}"
        hidden.write_bytes(Path(path).read_bytes())
        hidden.rename(self.folder / Path(path).name)


def test_what_was_received_is_taken_after_a_kill(trapdb, paths, tmp_path):
    stream = Stream(trapdb, tmp_path / "received", "received and killed", "listen")
    process = stream.start()
    for path in paths[:4]:
        stream.bring(path)
    assert wait_for_steps(process, 1)
    with held(trapdb.server, "association") as wait:
        stream.bring(paths[4])
        stream.bring(paths[5])
        wait()
        stream.bring(paths[6])  # the other band comes later
        process.kill()
        end_of(process)
    process = stream.start()
    for path in paths[7:10]:
        stream.bring(path)
    while stream.count() < 10:
        assert process.poll() is None
        assert wait_for_steps(process, 1)
    process.send_signal(signal.SIGINT)
    assert end_of(process).status == 130
    stream.compare(10)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["listen", "follow"])
def test_kills_while_images_come(trapdb, paths, tmp_path, way):
    chance = random.Random(SEED)
    stream = Stream(trapdb, tmp_path / "coming", f"{way} killed", way)

    watched = Watched(stream.start())
    deadline = time.monotonic() + LONGEST_S
    try:
        for first in range(0, len(paths), 2):
            imager = threading.Thread(target=bring, args=(stream, paths[first : first + 2]))
            imager.start()
            struck = False
            while imager.is_alive() or not struck:
                assert time.monotonic() < deadline
                time.sleep(chance.uniform(0, 0.5))
                if watched.process.poll() is not None:
                    watched = restarted(stream, watched)
                elif not struck:
                    struck = kill_somebody(trapdb, watched.process, chance)
        while count_or_none(stream) != len(paths):
            assert time.monotonic() < deadline
            time.sleep(0.1)
            if watched.process.poll() is not None:
                watched = restarted(stream, watched)
    finally:
        watched.process.send_signal(signal.SIGINT)
        ended = watched.end()
    # the last one may have been started just now
    assert ended.status in (130, -signal.SIGINT), ended
    stream.compare(len(paths))


def bring(stream, paths):
    for path in paths:
        stream.bring(path)
        time.sleep(PAUSE_S)


def restarted(stream, watched):
    """Start a command again that has ended."""
    ended = watched.end()
    # killed, or the database went before it had begun
    assert ended.status in (-signal.SIGKILL, 2), ended
    assert len(ended.complaints) <= 1, ended
    return Watched(stream.start())


def count_or_none(stream):
    with suppress(psycopg.OperationalError):  # the server is not up again
        return stream.count()
    return None


def kill_somebody(trapdb, process, chance):
    """Kill somebody if the database is at work for a command; return whether it was."""
    victim = chance.choice(["client", "client", "worker", "backend", "server"])
    try:
        with monitor(trapdb.server) as conn:
            backend = backend_of(conn)
    except psycopg.OperationalError:  # the server is not up again
        return False
    # there are none that descend from it if the process was killed that they come from
    workers = workers_of(process)
    if not backend or (victim == "worker" and not workers):
        return False
    with suppress(ProcessLookupError):
        if victim == "client":
            process.kill()
        elif victim == "worker":
            os.kill(chance.choice(workers), signal.SIGKILL)
        elif victim == "backend":
            os.kill(backend.pid, signal.SIGKILL)
        else:
            kill_server(trapdb.server, signal.SIGKILL)
    return True
