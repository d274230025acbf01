"""The service of an archive, started as users start it: ``trapdb serve``."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = [sys.executable, "-m", "trapdb", "serve", "--port", "0", "--no-browser"]


@dataclass(frozen=True)
class Service:
    """A service that runs: its process, its address, and with which key pages write there."""

    process: subprocess.Popen[str]
    address: str
    key: str | None

    @property
    def tap(self) -> str:
        """The address of TAP."""
        return f"{self.address}/tap"

    def megabytes(self) -> float:
        """Return the most memory that its process held at once."""
        told = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", told)[0]) / 1024


@contextmanager
def running(*options: object, **environment: str) -> Iterator[Service]:
    """Run a service with options and variables of the environment, until the end."""
    inherited = {name: value for name, value in os.environ.items() if name != "TRAPDB_JOBS_URL"}
    with subprocess.Popen(
        [*PROGRAM, *map(str, options)],
        stdout=subprocess.PIPE,
        text=True,
        env={**inherited, **environment},
    ) as process:
        try:
            yield _told(process)
        finally:
            process.terminate()


def _told(process: subprocess.Popen[str]) -> Service:
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r"is at (\S+)/ ", line)
    if not found:
        raise AssertionError(f"the service does not start: {line}")
    key = None
    if "--writable" in process.args and "127.0.0.1" in found[1]:
        key = process.stdout.readline().rpartition("#key=")[2].strip()
    return Service(process, found[1], key)
