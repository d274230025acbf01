"""A command as a user runs it: how long it takes, and what it and its processes hold in memory."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter


@dataclass
class Measured:
    """How a command went; memory in MB, shared pages counted once, sampled."""

    seconds: float
    status: int
    lines: list[str]
    line_seconds: list[float]
    memory: list[float] = field(default_factory=list)

    @property
    def peak(self) -> float:
        """The most memory that was held at once."""
        return max(self.memory, default=0.0)


def measure(
    command: Sequence[str],
    environment: dict[str, str],
    server: Path | None = None,
    sample_s: float | None = None,
    answer: Callable[[str, subprocess.Popen], None] = lambda line, process: None,
) -> Measured:
    """Run a command to its end.

    Parameters
    ----------
    command, environment
        What to run.
    server
        Folder in which the processes of a server work that belong to it, too.
    sample_s
        How often to look at the memory, which costs some 50 ms of a core each time; None: never.
    answer
        Told each line that the command writes, and its process.
    """
    start = perf_counter()
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    memory: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while sample_s is not None and not over.wait(sample_s):
            memory.append(sum(map(_megabytes, {*_family(process.pid), *_workers_in(server)})))

    watcher = threading.Thread(target=watch)
    watcher.start()
    lines, line_seconds = [], []
    assert process.stdout is not None
    for text in process.stdout:
        lines.append(text.rstrip())
        line_seconds.append(perf_counter() - start)
        answer(text, process)
    status = process.wait()
    seconds = perf_counter() - start
    over.set()
    watcher.join()
    return Measured(seconds, status, lines, line_seconds, memory)


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:  # to which are added its children
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
    return found


def _workers_in(folder: Path | None) -> list[int]:
    """Return the processes that work in a folder of a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*") if folder else ():
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink().parent == folder:
                found.append(int(process.name))
    return found


def _megabytes(pid: int) -> float:
    with contextlib.suppress(OSError):
        for text in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if text.startswith("Pss:"):
                return int(text.split()[1]) / 1024
    return 0.0
