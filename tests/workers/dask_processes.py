"""A Dask scheduler and its workers, as the processes that a user starts."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.safety.trouble import PATIENCE_S, children_of


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class DaskProcesses:
    """A scheduler, and workers of one thread each.

    With a nanny, a worker that died is started again.
    """

    folder: Path
    scheme: str = "tcp"
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen | None = None
    others: list[subprocess.Popen] = field(default_factory=list)  # workers, or their nannies

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        self.scheduler = self._start("scheduler", "--port", self.port, "--protocol", self.scheme)

    def start_worker(self, nanny: bool = False, **environment: str) -> None:
        """Start a worker, which looks for the scheduler until there is one."""
        options = ["--nthreads", 1, "--nanny" if nanny else "--no-nanny"]
        folder = ["--local-directory", self.folder]
        self.others.append(self._start("worker", self.address, *options, *folder, **environment))

    def end_scheduler(self) -> None:
        assert self.scheduler is not None
        _end(self.scheduler)

    def workers(self) -> list[int]:
        """Return the workers that have nannies."""
        children = [child for nanny in self.others for child in children_of(nanny.pid)]
        return [child for child in children if _is_worker(child)]

    def kill_workers(self) -> None:
        """Kill all workers, and wait for others in their places."""
        before = self.workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(set(self.workers()) - set(before)) == len(before))

    def _start(self, what: str, *arguments: object, **environment: str) -> subprocess.Popen:
        with (self.folder / f"{what}-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, "--host", "127.0.0.1", "--no-dashboard"]
                + [str(argument) for argument in arguments],
                env={**os.environ, **self.environment, **environment},
                stdout=log,
                stderr=log,
                cwd=self.folder,
                process_group=0,
            )


@contextlib.contextmanager
def dask_processes(
    folder: Path, workers: int, *, nannies: bool = False, scheme: str = "tcp", **environment: str
) -> Iterator[DaskProcesses]:
    """Start a scheduler and workers; they end with the block."""
    processes = DaskProcesses(folder, scheme, environment)
    try:
        processes.start_scheduler()
        for _ in range(workers):
            processes.start_worker(nannies)
        yield processes
    finally:
        for process in (*processes.others, processes.scheduler):
            if process is not None:
                _end(process)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_worker(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False
