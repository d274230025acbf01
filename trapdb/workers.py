"""Worker processes of this machine: they measure images ahead of the database.

Each is a Python of its own at the end of a pipe (`trapdb.worker`), started anew, so that it
inherits neither threads nor connections. One that dies is replaced; what it was doing another does
again, and the pixels that it kept are read again when they are asked for.
"""

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from trapdb.errors import TrapdbError

if TYPE_CHECKING:
    from extractor import ImageKey, Measurements
    from extractor.errors import ExtractorError
    from trapdb.config import Configuration
    from trapdb.measurer import Found
    from trapdb.timing import Timings

# The cores are shared by whole workers, not by the threads of one.
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")
MAX_DEATHS = 3  # of workers by the same image
MAX_STILLBORN = 10  # workers in a row that end before they are ready
KEYS_A_CALL = 32


@dataclass(eq=False)
class Job:
    """An image that was handed in to be measured, or that was measured before."""

    number: int
    path: str
    configuration: "Configuration"
    headers: "Sequence[Mapping[str, object]]"
    digest: str = ""  # when it is known
    keeper: "_Worker | None" = None  # who has its pixels
    wanted: bool = True
    measuring: "_Call | None" = None


@dataclass(eq=False)
class _Call:
    number: int
    method: str
    arguments: tuple
    job: Job | None = None
    deaths: int = 0
    done: bool = False
    answer: Any = None

    @property
    def needs_room(self) -> bool:
        """Whether it brings the pixels of an image into memory."""
        return self.method == "digest" or (self.job is not None and self.job.keeper is None)


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen
    connection: Connection
    ready: bool = False
    in_hand: dict[int, _Call] = field(default_factory=dict)


class Workers:
    """So many worker processes; a context manager that ends them.

    Parameters
    ----------
    count : int
        How many.
    images_in_memory : int
        How many images they have in memory between them, being measured or kept, at the most.
    """

    def __init__(self, count: int, images_in_memory: int) -> None:
        self.images_in_memory = images_in_memory
        # Guards all that follows: a thread for each worker takes its answers.
        self._changed = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._kept: dict[int, Job] = {}  # measured images that have their pixels, oldest first
        self._numbers = itertools.count()
        self._stillborn = 0
        self._broken: TrapdbError | None = None
        self._closed = False
        self._workers = [self._start() for _ in range(count)]

    def __enter__(self) -> "Workers":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes, whatever they are doing."""
        with self._changed:
            self._closed = True
            for worker in self._workers:
                worker.process.kill()
        for worker in self._workers:
            worker.process.wait()

    @property
    def pids(self) -> list[int]:
        """The processes."""
        with self._changed:
            return [worker.process.pid for worker in self._workers]

    @property
    def in_memory(self) -> int:
        """How many images they have in memory now."""
        with self._changed:
            return self._count_images()

    def read_keys(
        self, paths: Sequence[str], header: Mapping[str, object]
    ) -> "list[list[ImageKey] | ExtractorError]":
        """Read what orders images from the headers of files, or why it cannot be read."""
        calls = [
            self._call("read_keys", (paths[start : start + KEYS_A_CALL], header))
            for start in range(0, len(paths), KEYS_A_CALL)
        ]
        return [key for call in calls for key in self._answer(call)]

    def digest(self, path: str, configuration: "Configuration") -> str:
        """Read an image to tell which it is."""
        return self._answer(self._call("digest", (path, configuration)))

    def measure(self, path: str, configuration: "Configuration") -> Job:
        """Have an image measured, after those that were handed in before it."""
        job = Job(next(self._numbers), path, configuration, [configuration.image.header])
        job.measuring = self._call("measure", (job.number, path, configuration), job)
        return job

    def result(self, job: Job) -> "Found":
        """Wait for what was found in an image.

        Raises
        ------
        extractor.errors.ExtractorError
            It cannot be read or measured; the message says why.
        TrapdbError
            Worker processes do not start.
        """
        assert job.measuring is not None
        return self._answer(job.measuring)

    def recall(
        self,
        path: str,
        digest: str,
        configuration: "Configuration",
        headers: "Sequence[Mapping[str, object]]",
    ) -> Job:
        """Name an image that was measured before, with one of these sets of header values."""
        return Job(next(self._numbers), path, configuration, headers, digest)

    def force(self, job: Job, places: Any) -> "tuple[Measurements, Timings]":
        """Have an image measured by force, by the worker that keeps its pixels.

        Raises
        ------
        ImageLost
            They have to be read again, and the file is gone or has changed.
        """
        arguments = (job.number, job.path, job.configuration, job.digest, job.headers, places)
        return self._answer(self._call("force", arguments, job))

    def release(self, job: Job) -> None:
        """Give up the pixels of an image; asked for a forced fit, it is read again."""
        with self._changed:
            job.wanted = False
            if job.measuring is not None and job.measuring in self._waiting:
                self._waiting.remove(job.measuring)
            self._forget(job)
            self._hand_out()

    def _call(self, method: str, arguments: tuple, job: Job | None = None) -> _Call:
        with self._changed:
            call = _Call(next(self._numbers), method, arguments, job)
            if method == "force":  # the time step waits for it
                if job is not None and job.keeper is not None:
                    self._send(job.keeper, call)
                else:
                    self._waiting.appendleft(call)
            else:
                self._waiting.append(call)
            self._hand_out()
        return call

    def _answer(self, call: _Call) -> Any:
        """Wait for the answer of a call."""
        with self._changed:
            while not (call.done or self._broken):
                self._make_room(call)
                self._changed.wait()
        if not call.done and self._broken:
            raise self._broken
        if isinstance(call.answer, Exception):
            raise call.answer
        return call.answer

    def _make_room(self, call: _Call) -> None:
        """Let the oldest image that is kept go, if somebody waits for one that has no room."""
        if call in self._waiting and call.needs_room:
            while self._kept and self._count_images() >= self.images_in_memory:
                self._forget(next(iter(self._kept.values())))
            self._hand_out()

    def _count_images(self) -> int:
        in_hand = (call for worker in self._workers for call in worker.in_hand.values())
        return len(self._kept) + sum(call.needs_room for call in in_hand)

    def _forget(self, job: Job) -> None:
        self._kept.pop(job.number, None)
        if job.keeper is not None:
            self._send(job.keeper, _Call(-1, "release", (job.number,)))
            job.keeper = None

    def _hand_out(self) -> None:
        """Give what waits to workers that have nothing to do, as far as there is room."""
        for worker in self._workers:
            if not self._waiting:
                return
            if worker.in_hand or not worker.ready:
                continue
            if self._waiting[0].needs_room and self._count_images() >= self.images_in_memory:
                return
            self._send(worker, self._waiting.popleft())

    def _send(self, worker: _Worker, call: _Call) -> None:
        if call.method != "release":  # which has no answer
            worker.in_hand[call.number] = call
        with suppress(OSError):  # it is dead: who listens to it notices
            worker.connection.send((call.number, call.method, call.arguments))

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        # the place of this package, should it be imported from a folder and not be installed
        places = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trapdb.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
                process_group=0,  # Ctrl-C reaches the parent alone
            )
        worker = _Worker(process, Connection(ours.detach()))
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Take the answers of a worker until it dies."""
        try:
            with worker.connection, suppress(EOFError, OSError):
                while True:
                    self._take(worker, *worker.connection.recv())
        finally:  # nobody would hear it any more, whatever became of it
            worker.process.kill()
            with self._changed:
                if not self._closed:
                    self._replace(worker)
                self._changed.notify_all()

    def _take(self, worker: _Worker, number: int | None, answer: Any) -> None:
        with self._changed:
            if number is None:
                worker.ready, self._stillborn = True, 0
                self._hand_out()
                return
            call = worker.in_hand.pop(number)
            failed = isinstance(answer, Exception)
            if call.job is not None and not failed:
                self._note_keeper(call, worker, answer)
            call.answer, call.done = answer, True
            self._hand_out()
            self._changed.notify_all()

    def _note_keeper(self, call: _Call, worker: _Worker, answer: Any) -> None:
        job = call.job
        assert job is not None
        if call.method == "measure":
            job.digest = answer.image.digest
            if not answer.is_kept:
                return
        job.keeper = worker
        self._kept[job.number] = job
        if not job.wanted:
            self._forget(job)

    def _replace(self, worker: _Worker) -> None:
        status = worker.process.wait()
        self._workers.remove(worker)
        for job in [job for job in self._kept.values() if job.keeper is worker]:
            del self._kept[job.number]
            job.keeper = None
        for call in reversed(worker.in_hand.values()):
            call.deaths += 1
            if call.deaths < MAX_DEATHS:
                self._waiting.appendleft(call)
            else:
                call.answer, call.done = _deadly(call, status), True
        if not worker.ready:
            self._stillborn += 1
        if self._stillborn > MAX_STILLBORN:
            self._broken = TrapdbError(
                f"worker processes end as soon as they start, with status {status}: "
                "what they say should stand above"
            )
        else:
            self._workers.append(self._start())
            self._hand_out()


def _deadly(call: _Call, status: int) -> Exception:
    """Give the reason why something is not tried again."""
    from extractor.errors import ExtractorError

    what = call.job.path if call.job else call.method
    return ExtractorError(
        f"{what}: each worker process that worked on it died, the last with status {status}: "
        "was there too little memory? (--workers, images_in_memory)"
    )
