"""Worker processes of this machine: they measure images ahead of the database.

Each is at the other end of a pipe (`trapdb.measuring.worker`). A worker that dies is replaced.
Another one repeats its work, and the pixels that it kept are read again when they are needed.
"""

import itertools
import os
import signal
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from trapdb.errors import TrapdbError
from trapdb.measuring.nursery import new_worker

if TYPE_CHECKING:
    from extractor import Image, ImageKey, Measurements
    from extractor.errors import ExtractorError
    from trapdb.configuration.keys import Configuration
    from trapdb.exchange.found import Found
    from trapdb.timing import Timings

MAX_DEATHS = 3  # of workers by the same image
MAX_STILLBORN = 10  # workers in a row that end before they are ready
KEYS_A_CALL = 32
AWAITED = ("force", "cut")  # by the time step


@dataclass(eq=False)
class Job:
    """An image that was handed in to be measured, or that was measured before."""

    number: int
    path: str
    configuration: "Configuration"
    headers: "Sequence[Mapping[str, object]]"
    digest: str = ""  # empty until it is known
    keeper: "_Worker | None" = None  # the worker that holds its pixels
    wanted: bool = True
    call: "_Call | None" = None


@dataclass(eq=False)
class _Call:
    number: int
    method: str
    arguments: tuple
    job: Job | None = None
    max_deaths: int = MAX_DEATHS
    deaths: int = 0
    done: bool = False
    answer: Any = None

    @property
    def needs_room(self) -> bool:
        """Whether the call reads the pixels of an image into memory."""
        return self.job is not None and self.job.keeper is None


@dataclass(eq=False)
class _Worker:
    connection: Connection
    pid: int | None = None  # when it is ready
    busy_since: float = 0.0  # with the first of those that it has in hand
    in_hand: dict[int, _Call] = field(default_factory=dict)


class Workers:
    """A number of worker processes; a context manager that ends them.

    Parameters
    ----------
    count : int
        How many processes.
    images_in_memory : int
        Most images that all of them have in memory, being measured or kept. It may be set as long
        as there are none.

    Attributes
    ----------
    image_limit_s : float
        A worker that is busy with one image for longer is ended, and the image given up, s.
    """

    def __init__(self, count: int, images_in_memory: int = 1) -> None:
        self.count = count
        self.images_in_memory = images_in_memory
        self.image_limit_s = 600.0
        self.warnings: Sequence[str] = ()  # they have the software of this process
        # Guards all that follows: a thread for each worker receives its answers.
        self._changed = threading.Condition()
        self._waiting: deque[_Call] = deque()
        self._kept: dict[int, Job] = {}  # measured images that have their pixels, oldest first
        self._numbers = itertools.count()
        self._stillborn = 0
        self._broken: TrapdbError | None = None
        self._closed = False
        self._workers: list[_Worker] = []
        with self._changed:  # one may be ready before the next is started
            self._workers += [self._start() for _ in range(count)]

    def __enter__(self) -> "Workers":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes, also if they are busy."""
        with self._changed:
            self._closed = True
            self._broken = self._broken or TrapdbError("the worker processes were ended")
            self._changed.notify_all()
            for worker in self._workers:
                if worker.pid is not None:
                    _kill(worker.pid)

    @property
    def pids(self) -> list[int]:
        """The processes that are ready."""
        with self._changed:
            return [worker.pid for worker in self._workers if worker.pid is not None]

    @property
    def in_memory(self) -> int:
        """How many images the workers have in memory now."""
        with self._changed:
            return self._count_images()

    def read_keys(
        self, paths: Sequence[str], header: Mapping[str, object]
    ) -> "list[list[ImageKey | ExtractorError] | ExtractorError]":
        """Read the keys that order images from the headers of files.

        Of an unreadable file there is an error, and one for planes of a file that have no key.
        """
        batches = [
            paths[start : start + KEYS_A_CALL] for start in range(0, len(paths), KEYS_A_CALL)
        ]
        calls = [self._read_keys(batch, header) for batch in batches]
        return [
            keys
            for batch, call in zip(batches, calls, strict=True)
            for keys in self._keys(batch, header, call)
        ]

    def _read_keys(self, paths: Sequence[str], header: Mapping[str, object]) -> _Call:
        deaths = MAX_DEATHS if len(paths) == 1 else 1  # of several, one is to blame
        return self._call("read_keys", (paths, header), max_deaths=deaths)

    def _keys(
        self, paths: Sequence[str], header: Mapping[str, object], call: _Call
    ) -> "list[list[ImageKey | ExtractorError] | ExtractorError]":
        """Wait for the keys of files; if a worker died over them, read each file by itself."""
        answer = self._wait(call)
        if not isinstance(answer, Exception):
            return answer
        if len(paths) == 1:
            return [cast("ExtractorError", answer)]
        alone = [self._read_keys([path], header) for path in paths]
        return [
            keys
            for path, call in zip(paths, alone, strict=True)
            for keys in self._keys([path], header, call)
        ]

    def identify(self, path: str, configuration: "Configuration") -> Job:
        """Submit an image to be read and identified, after those that were submitted before it."""
        job = Job(next(self._numbers), path, configuration, [])
        job.call = self._call("identify", (path, configuration), job)
        return job

    def measure(self, path: str, configuration: "Configuration") -> Job:
        """Submit an image to be measured, after those that were submitted before it."""
        job = Job(next(self._numbers), path, configuration, [configuration.image.keywords])
        job.call = self._call("measure", (job.number, path, configuration), job)
        return job

    def result(self, job: Job) -> "Image | Found":
        """Wait for the result of a job: of `measure` or of `identify`.

        Raises
        ------
        extractor.errors.ExtractorError
            The image cannot be read or measured; the message says why.
        TrapdbError
            Worker processes do not start.
        """
        assert job.call is not None
        return self._answer(job.call)

    def recall(
        self,
        path: str,
        digest: str,
        configuration: "Configuration",
        headers: "Sequence[Mapping[str, object]]",
    ) -> Job:
        """Make a job of an image that was measured before, with one of these sets of keywords."""
        return Job(next(self._numbers), path, configuration, headers, digest)

    def force(self, job: Job, places: Any) -> "tuple[Measurements, Timings]":
        """Measure an image by force, with the worker that holds its pixels.

        Raises
        ------
        ImageLost
            The pixels have to be read again, and the file is gone or has changed.
        """
        arguments = (job.number, job.path, job.configuration, job.digest, job.headers, places)
        return self._answer(self._call("force", arguments, job))

    def cut(self, job: Job, ra: Sequence[float], dec: Sequence[float], size: float) -> list[bytes]:
        """Cut stamps out of an image, with the worker that holds its pixels.

        Raises
        ------
        ImageLost
            The pixels have to be read again, and the file is gone or has changed.
        """
        arguments = (job.number, job.path, job.digest, job.headers, ra, dec, size)
        return self._answer(self._call("cut", arguments, job))

    def release(self, job: Job) -> None:
        """Release the pixels of an image; for another forced fit it is read again."""
        with self._changed:
            job.wanted = False
            if job.call is not None and job.call in self._waiting:
                self._waiting.remove(job.call)
            self._forget(job)
            self._hand_out()

    def _call(
        self, method: str, arguments: tuple, job: Job | None = None, max_deaths: int = MAX_DEATHS
    ) -> _Call:
        with self._changed:
            call = _Call(next(self._numbers), method, arguments, job, max_deaths)
            if method in AWAITED:
                if job is not None and job.keeper is not None:
                    self._send(job.keeper, call)
                else:
                    self._waiting.appendleft(call)
            else:
                self._waiting.append(call)
            self._hand_out()
        return call

    def _answer(self, call: _Call) -> Any:
        """Wait for the answer of a call; raise it if it is an error."""
        answer = self._wait(call)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _wait(self, call: _Call) -> Any:
        """Wait for the answer of a call."""
        with self._changed:
            while not (call.done or self._broken):
                self._make_room(call)
                self._changed.wait()
        if not call.done and self._broken:
            raise self._broken
        return call.answer

    def _make_room(self, call: _Call) -> None:
        """Release the oldest kept image, if an awaited call has no room."""
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
        """Send waiting calls to idle workers, as far as there is room."""
        for worker in self._workers:
            if not self._waiting:
                return
            if worker.in_hand or worker.pid is None:
                continue
            if self._waiting[0].needs_room and self._count_images() >= self.images_in_memory:
                return
            self._send(worker, self._waiting.popleft())

    def _send(self, worker: _Worker, call: _Call) -> None:
        if call.method != "release":  # which has no answer
            if not worker.in_hand:
                worker.busy_since = monotonic()
            worker.in_hand[call.number] = call
        message = call.number, call.method, call.arguments, self.image_limit_s
        with suppress(OSError):  # it is dead: the thread that listens to it notices
            worker.connection.send(message)

    def _start(self) -> _Worker:
        worker = _Worker(new_worker())
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        """Receive the answers of a worker until it dies."""
        try:
            with suppress(EOFError, OSError):
                while True:
                    self._take(worker, *worker.connection.recv())
        finally:  # nobody listens to this worker any more, so end it
            with self._changed:
                worker.connection.close()
                if not self._closed:
                    self._replace(worker)
                self._changed.notify_all()

    def _take(self, worker: _Worker, number: int | None, answer: Any) -> None:
        with self._changed:
            if number is None:
                worker.pid, self._stillborn = answer, 0
                if self._closed:
                    _kill(answer)
                self._hand_out()
                return
            call = worker.in_hand.pop(number)
            worker.busy_since = monotonic()
            failed = isinstance(answer, Exception)
            if call.job is not None and not failed:
                self._note_keeper(call, worker, answer)
            call.answer, call.done = answer, True
            self._hand_out()
            self._changed.notify_all()

    def _note_keeper(self, call: _Call, worker: _Worker, answer: Any) -> None:
        job = call.job
        assert job is not None
        if call.method in ("identify", "cut"):
            return
        if call.method == "measure":
            job.digest, job.path = answer.image.digest, answer.image.path
            if not answer.is_kept:
                return
        job.keeper = worker
        self._kept[job.number] = job
        if not job.wanted:
            self._forget(job)

    def _replace(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        for job in [job for job in self._kept.values() if job.keeper is worker]:
            del self._kept[job.number]
            job.keeper = None
        in_hand = list(worker.in_hand.values())
        is_late = monotonic() - worker.busy_since >= self.image_limit_s
        for call in reversed(in_hand):
            call.deaths += 1
            if is_late and call is in_hand[0]:
                call.answer, call.done = _too_long(call, self.image_limit_s), True
            elif call.deaths < call.max_deaths:
                self._waiting.appendleft(call)
            else:
                call.answer, call.done = _deadly(call), True
        if worker.pid is None:
            self._stillborn += 1
        if self._stillborn > MAX_STILLBORN:
            self._broken = TrapdbError(
                "worker processes end as soon as they start; what they say should stand above"
            )
        else:
            self._workers.append(self._start())
            self._hand_out()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _deadly(call: _Call) -> Exception:
    """Return the error for a call that is not tried again."""
    from extractor.errors import ExtractorError

    return ExtractorError(
        f"{_subject(call)}: {call.deaths} worker processes died over it: is there enough memory? "
        "(--workers, --images-in-memory)"
    )


def _too_long(call: _Call, limit_s: float) -> Exception:
    """Return the error for a call that took too long."""
    from extractor.errors import ExtractorError

    return ExtractorError(
        f"{_subject(call)}: ended because it took longer than {limit_s:g} s; the file may be "
        "damaged (ingest.image_limit_s)"
    )


def _subject(call: _Call) -> str:
    if call.job is not None:
        return call.job.path
    paths, _ = call.arguments
    return paths[0]
