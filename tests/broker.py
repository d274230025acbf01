"""Comet, a broker of VOEvents that is not ours, on this machine; and its subscriber."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import comet
import pytest
from lxml import etree

HOST = "127.0.0.1"
SCHEMA = Path(comet.__file__).parent / "schema" / "VOEvent-v2.0.xsd"
PATIENCE_S = 60.0


def unused_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def complaint_of(packet: bytes) -> str:
    """Return what the standard's schema has to say against a packet; empty if it is valid."""
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    schema.validate(etree.fromstring(packet))
    return str(schema.error_log)


class Broker:
    """Takes packets of authors at `receive_port`, and hands them on at `broadcast_port`.

    It can be stopped and started again: the ports, and what it remembers, are the same.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.receive_port, self.broadcast_port = unused_port(), unused_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = _comet(
            self.folder,
            "--receive",
            f"--receive-port={self.receive_port}",
            "--broadcast",
            f"--broadcast-port={self.broadcast_port}",
            "--broadcast-test-interval=0",
            f"--author-whitelist={HOST}",
            f"--subscriber-whitelist={HOST}",
        )
        # The port for subscribers is open before that for authors; to try it would be to subscribe.
        wait_until(lambda: _answers(self.receive_port), self._process, self.log)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return (self.folder / "comet.log").read_text(errors="replace")


class Subscriber:
    """Comet as a subscriber of a broker: each packet becomes a file."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.saved = folder / "saved"
        self.log = folder / "comet.log"
        self._process = _comet(
            folder,
            f"--remote={HOST}:{broker.broadcast_port}",
            "--save-event",
            f"--save-event-directory={self.saved}",
        )

    def packets(self, count: int) -> list[bytes]:
        """Return all packets, when there are so many, in the order in which they came."""
        wait_until(lambda: len(self._whole()) >= count, self._process, self.log.read_text)
        return self._whole()

    def _whole(self) -> list[bytes]:
        files = sorted(self.saved.glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [text for path in files if (text := path.read_bytes()).endswith(b">\n")]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory) -> Iterator[Broker]:
    """One for many tests, which look at what they sent alone."""
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@contextmanager
def running_subscriber(folder: Path, broker: Broker) -> Iterator[Subscriber]:
    """Subscribe, and go on when the broker knows it: what went out before is not sent again."""
    before = broker.log().count("New subscriber")
    subscriber = Subscriber(folder, broker)
    try:
        wait_until(lambda: broker.log().count("New subscriber") > before, None, broker.log)
        yield subscriber
    finally:
        subscriber.stop()


def wait_until(happened, process, log) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert process is None or process.poll() is None, log()
        assert time.monotonic() < deadline, log()
        time.sleep(0.02)


def _comet(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "comet.log").open("ab") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "twisted", "--log-format=text", "comet"),
                *("--local-ivo=ivo://org.example/broker", f"--eventdb={folder / 'seen'}"),
                *options,
            ],
            cwd=folder,  # it leaves locks where it runs
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port)).close()
    except ConnectionRefusedError:
        return False
    return True
