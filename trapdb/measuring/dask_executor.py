"""The workers of a Dask cluster: they measure images ahead of the database, on other machines.

An image is two tasks. The first returns the image with its pixels, which stays with its worker.
The second returns what is stored in the database. A forced fit is a task on the result of the
first one, so that it runs where the pixels are. If the pixels are lost with their worker, Dask
repeats the first task, which reads the file again.
"""

import logging
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from threading import Event
from types import TracebackType
from typing import Any

from extractor import Image, ImageKey, Measurements
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.errors import ImageLost, InputError, TrapdbError
from trapdb.exchange.found import Found
from trapdb.measuring import dask_tasks
from trapdb.measuring.dask_tasks import File
from trapdb.timing import Timings

KEYS_A_TASK = 32
LOOK_S = 5.0  # how often to look whether there are workers, while nothing comes
AT_ONCE = 1  # the priority of short tasks and awaited ones; images are below 0, in their order
LOGGERS = ("distributed", "distributed.client", "tornado.application")

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """An image that was handed in to be measured, or that was measured before."""

    number: int
    file: File
    configuration: Configuration
    headers: Sequence[Mapping[str, object]]
    digest: str = ""  # empty until it is known
    task: Callable[..., Any] | None = None  # the task that reads it first
    kept: Any = None  # the future of its pixels
    told: Any = None  # the future of the result

    @property
    def path(self) -> str:
        """The image's path, as the user gave it."""
        return self.file.path


class DaskCluster:
    """The workers of a Dask scheduler; a context manager that disconnects from it.

    Parameters
    ----------
    address : str
        Address of the scheduler, as ``tcp://host:port``.

    Attributes
    ----------
    images_in_memory : int
        Most images of this program that the workers have in memory, being measured or kept.
    image_limit_s : float
        A worker that is busy with one image for longer is ended, s.
    warnings : list of str
        Warnings about the results.

    Raises
    ------
    InputError
        There is no such scheduler, or Dask is not installed.
    TrapdbError
        Workers have another version of trapdb.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.images_in_memory = 1
        self.image_limit_s = 600.0
        self._waiting: deque[Job] = deque()
        self._in_memory: dict[int, Job] = {}  # handed to Dask, the oldest first
        self._numbers = count()
        self._folder = os.getcwd()
        self._client, self._killed = _connect(address)
        try:
            with self._talking():
                self._wait_for_workers()
                self.warnings: Sequence[str] = self._check_versions()
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> "DaskCluster":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; the workers drop this program's images, and continue to run."""
        with suppress(OSError):
            self._client.close()

    @property
    def count(self) -> int:
        """How many images are measured at the same time."""
        with self._talking():
            return max(sum(self._client.nthreads().values()), 1)

    @property
    def in_memory(self) -> int:
        """How many images the workers have in memory now."""
        return len(self._in_memory)

    def read_keys(
        self, paths: Sequence[str], header: Mapping[str, object]
    ) -> list[list[ImageKey | ExtractorError] | ExtractorError]:
        """Read the keys that order images from the headers of files.

        Of an unreadable file there is an error, and one for planes of a file that have no key.
        """
        files = [self._file(path) for path in paths]
        batches = [
            files[start : start + KEYS_A_TASK] for start in range(0, len(files), KEYS_A_TASK)
        ]
        futures = [self._submit(dask_tasks.read_keys, batch, header) for batch in batches]
        return [
            keys
            for batch, future in zip(batches, futures, strict=True)
            for keys in self._keys(batch, header, future)
        ]

    def _keys(
        self, files: Sequence[File], header: Mapping[str, object], future: Any
    ) -> list[list[ImageKey | ExtractorError] | ExtractorError]:
        """Wait for the keys of files; if workers died over them, read one file after the other.

        Not all at once: when a worker dies, Dask blames all tasks that it had.
        """
        try:
            return self._result(future)
        except self._killed:
            if len(files) == 1:
                return [_deadly(files[0].path)]
        return [
            keys
            for file in files
            for keys in self._keys(
                [file], header, self._submit(dask_tasks.read_keys, [file], header)
            )
        ]

    def identify(self, path: str, configuration: Configuration) -> Job:
        """Submit an image to be read and identified, after those that were submitted before it."""
        return self._hand_in(path, configuration, dask_tasks.identify)

    def measure(self, path: str, configuration: Configuration) -> Job:
        """Submit an image to be measured, after those that were submitted before it."""
        return self._hand_in(path, configuration, dask_tasks.measure)

    def result(self, job: Job) -> Image | Found:
        """Wait for the result of a job: of `measure` or of `identify`.

        Raises
        ------
        extractor.errors.ExtractorError
            The image cannot be read or measured; the message says why.
        TrapdbError
            The scheduler is gone, or a worker has another version of trapdb.
        """
        if job in self._waiting:
            self._waiting.remove(job)
            self._make_room()
            self._start(job)
        try:
            answer = self._result(job.told)
        except self._killed:
            answer = self._result_alone(job)
        if isinstance(answer, Found):
            job.digest, job.file = answer.image.digest, self._file(answer.image.path)
        if not (isinstance(answer, Found) and answer.is_kept):
            self._let_go(job)
        self._hand_out()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def recall(
        self,
        path: str,
        digest: str,
        configuration: Configuration,
        headers: Sequence[Mapping[str, object]],
    ) -> Job:
        """Make a job of an image that was measured before, with one of these sets of keywords."""
        return Job(next(self._numbers), self._file(path), configuration, headers, digest)

    def force(self, job: Job, places: Any) -> tuple[Measurements, Timings]:
        """Measure an image by force, on the worker that holds its pixels.

        Raises
        ------
        ImageLost
            The pixels have to be read again, and the file is gone or has changed.
        """
        return self._insist(job, self._force, places)

    def cut(self, job: Job, ra: Sequence[float], dec: Sequence[float], size: float) -> list[bytes]:
        """Cut stamps out of an image, on the worker that holds its pixels.

        Raises
        ------
        ImageLost
            The pixels have to be read again, and the file is gone or has changed.
        """
        return self._insist(job, self._cut, ra, dec, size)

    def release(self, job: Job) -> None:
        """Release the pixels of an image; for another forced fit it is read again."""
        if job in self._waiting:
            self._waiting.remove(job)
        self._let_go(job)
        job.told = None
        self._hand_out()

    def _file(self, path: str) -> File:
        return File(path, self._folder)

    def _hand_in(self, path: str, configuration: Configuration, task: Callable[..., Any]) -> Job:
        headers = [configuration.image.keywords]
        job = Job(next(self._numbers), self._file(path), configuration, headers, task=task)
        self._waiting.append(job)
        self._hand_out()
        return job

    def _hand_out(self) -> None:
        """Submit waiting images to Dask, as far as there is room."""
        while self._waiting and len(self._in_memory) < self.images_in_memory:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        """Submit the tasks of an image: it is read, and measured if that is requested."""
        self._in_memory[job.number] = job
        if job.task is dask_tasks.identify:
            job.told = self._submit(job.task, job.file, job.configuration, priority=-job.number)
            return
        job.kept = self._submit(
            dask_tasks.measure,
            job.file,
            job.configuration,
            version("trapdb"),
            priority=-job.number,
        )
        job.told = self._submit(dask_tasks.find, job.kept, priority=AT_ONCE)

    def _force(self, job: Job, places: Any) -> Any:
        what = job.file, job.digest, job.headers, job.configuration
        if job.kept is None:
            self._make_room()
            self._in_memory[job.number] = job
            job.kept = self._submit(dask_tasks.measure_again, *what, priority=AT_ONCE)
        fits = self._submit(dask_tasks.force, job.kept, *what, places, priority=AT_ONCE)
        return self._result(fits)

    def _cut(self, job: Job, ra: Sequence[float], dec: Sequence[float], size: float) -> Any:
        what = job.kept, job.file, job.digest, job.headers, ra, dec, size
        return self._result(self._submit(dask_tasks.cut, *what, priority=AT_ONCE))

    def _insist(self, job: Job, work: Callable[..., Any], *arguments: Any) -> Any:
        """Return what is done with an image; once more if workers died over it."""
        try:
            answer = work(job, *arguments)
        except self._killed:  # see _result_alone
            self._let_go(job)
            self._wait_for_others()
            try:
                answer = work(job, *arguments)
            except self._killed as error:
                raise _deadly(job.path) from error
        if isinstance(answer, Exception):
            if isinstance(answer, ImageLost):
                self._let_go(job)
            raise answer
        return answer

    def _make_room(self) -> None:
        """Release the oldest images, so that another one can go ahead of those that wait."""
        while len(self._in_memory) >= self.images_in_memory:
            oldest = next(iter(self._in_memory.values()))
            if oldest.told is not None:  # its result may still be asked for
                self._wait(oldest.told)
            self._let_go(oldest)

    def _let_go(self, job: Job) -> None:
        job.kept = None  # Dask frees a result that has no future any more
        self._in_memory.pop(job.number, None)

    def _result_alone(self, job: Job) -> Any:
        """Measure an image again by itself after workers died.

        If workers die often, Dask blames all images that they had.
        """
        self._let_go(job)
        self._wait_for_others()
        self._start(job)
        try:
            return self._result(job.told)
        except self._killed:
            return _deadly(job.path)

    def _wait_for_others(self) -> None:
        for other in self._in_memory.values():
            if other.told is not None:
                self._wait(other.told)

    def _submit(self, task: Callable[..., Any], *arguments: Any, priority: int = 0) -> Any:
        with self._talking():
            return self._client.submit(
                dask_tasks.within,
                self.image_limit_s,
                task,
                *arguments,
                pure=False,
                priority=priority,
            )

    def _result(self, future: Any) -> Any:
        self._wait(future)
        with self._talking():
            return future.result()

    def _wait(self, future: Any) -> None:
        """Wait until a task has ended, with a result or an error."""
        done = Event()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(LOOK_S):
            if self._client.status != "running":
                raise self._lost()
            with self._talking():
                self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        if self._client.nthreads():
            return
        log.info("waiting for a worker at %s", self.address, extra={"event": "waiting"})
        self._client.wait_for_workers(1)

    def _check_versions(self) -> list[str]:
        """Compare the software versions of all workers with those of this process.

        Raises
        ------
        TrapdbError
            A worker has no trapdb, or another version of it.
        """
        here = dask_tasks.software()
        differ = set()
        for worker, there in self._client.run(dask_tasks.software, on_error="return").items():
            if isinstance(there, OSError):  # it has just ended
                continue
            if isinstance(there, Exception):
                raise TrapdbError(
                    f"the Dask worker {worker} has no trapdb that works ({_in_one_line(there)}): "
                    f"install trapdb {here['trapdb']} there"
                )
            if there["trapdb"] != here["trapdb"]:
                raise TrapdbError(
                    f"the Dask worker {worker} has trapdb {there['trapdb']}, this is "
                    f"{here['trapdb']}: install the same"
                )
            differ |= {f"{name} {there[name]}" for name in here if there[name] != here[name]}
        if not differ:
            return []
        ours = ", ".join(f"{name} {value}" for name, value in here.items())
        return [
            f"Dask workers have {', '.join(sorted(differ))}, this is {ours}: what they measure may "
            "differ in the last digits"
        ]

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Report in one line if the scheduler is gone."""
        try:
            yield
        except TrapdbError:
            raise
        except Exception as error:  # a client that is closed meanwhile can raise anything
            if isinstance(error, (CancelledError, OSError)) or self._client.status != "running":
                raise self._lost() from error
            raise

    def _lost(self) -> TrapdbError:
        return TrapdbError(
            f"the Dask scheduler at {self.address} went away; when it is back, the same command "
            "goes on"
        )


def _connect(address: str) -> tuple[Any, type[Exception]]:
    """Connect to a scheduler; return Dask's client, and its error for tasks that kill workers."""
    try:
        import dask
    except ImportError as error:
        raise InputError("--scheduler: install Dask: pip install 'trapdb[dask]'") from error
    # Dask's own log lines on a scheduler that is gone are replaced by one line.
    dask.config.set({"logging": dict.fromkeys(LOGGERS, "critical")})
    from distributed import Client, KilledWorker, Security

    try:
        keys = Security().get_connection_args("client")
        # checked here, because the client would take a minute to give up
        if address.startswith("tls://") and keys["ssl_context"] is None:
            raise ValueError(
                "Dask's configuration lacks certificates: distributed.comm.tls.ca-file, "
                "client.cert, client.key"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions, which are compared later
            return Client(address, set_as_default=False), KilledWorker
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler can be reached at {address}: {_in_one_line(error)}"
        ) from error


def _in_one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _deadly(what: str) -> ExtractorError:
    """Return the error for work that is not tried again."""
    return ExtractorError(
        f"{what}: Dask workers died over it: have they enough memory (--images-in-memory, and "
        "their own limit), and trapdb? Or it took too long (ingest.image_limit_s)"
    )
