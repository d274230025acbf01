"""The listener as operators run it: a process of its own, on a database of the test's own."""

import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from trapdb.simulate import simulate

PATIENCE_S = 60


class Listener:
    """`trapdb alert listen`, and the lines that it has told."""

    def __init__(self, process):
        self._process = process
        self._lines = queue.Queue()
        self.told = []
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            self._lines.put(line.rstrip("\n"))

    def line(self, text):
        """Wait for a line that holds a text; return it."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise AssertionError(f"no {text!r} in {self.told}") from None
            self.told.append(line)
            if text in line:
                return line

    def stop(self, number=signal.SIGTERM):
        self._process.send_signal(number)
        return self.ended()

    def ended(self):
        return self._process.wait(PATIENCE_S)


@pytest.fixture
def listening(db, db_url, tmp_path):
    """Start listeners with some options."""

    @contextmanager
    def start(*options, command=("alert", "listen")):
        process = subprocess.Popen(
            [sys.executable, "-m", "trapdb", *command, *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TRAPDB_DATABASE_URL": db_url, "PYTHONUNBUFFERED": "1",
                 "TRAPDB_HOME": str(tmp_path / "home")},
        )  # fmt: skip
        listener = Listener(process)
        try:
            yield listener
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    return start


@pytest.fixture(scope="session")
def field(tmp_path_factory):
    """Four epochs in two bands of a small field."""
    folder = tmp_path_factory.mktemp("field") / "field"
    return simulate(folder, epochs=4, size=192, sources=6, bands=2)
