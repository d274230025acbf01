"""A stream of time steps for the ingest, with the threads that feed it."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from trapdb.configuration.keys import Configuration
from trapdb.errors import InputError
from trapdb.ingest.steps import TimeStep
from trapdb.stream.collector import Collector
from trapdb.stream.folder import follow
from trapdb.stream.inbox import Inbox, News
from trapdb.stream.receiver import Server, listen_at
from trapdb.stream.spool import spool_in


@dataclass(frozen=True)
class Source:
    """A source of time steps.

    Attributes
    ----------
    where : str
        In words.
    steps : callable
        Yields them; its argument receives other events. See `Inbox.steps`.
    done : callable
        To be called with the paths of images that are finished.
    """

    where: str
    steps: Callable[[Callable[[News], None]], Iterator[TimeStep | None]]
    done: Callable[[Iterable[str]], None] = lambda paths: None


@contextmanager
def following(directories: Sequence[str], configuration: Configuration) -> Iterator[Source]:
    """Follow directories from when steps are asked for; see `trapdb.stream.folder`.

    Raises
    ------
    InputError
        A directory cannot be read.
    """
    for directory in directories:
        try:
            os.scandir(directory).close()
        except OSError as error:
            raise InputError(f"{directory}: cannot be followed: {error.strerror}") from error
    inbox = Inbox(Collector(configuration.stream), configuration.stream)
    ended = threading.Event()

    def work() -> None:
        follow(directories, configuration, inbox, ended)

    try:
        yield Source(f"following {', '.join(directories)}", _begun_with(work, inbox))
    finally:
        ended.set()


@contextmanager
def listening(address: str, directory: str, configuration: Configuration) -> Iterator[Source]:
    """Listen for images at ``HOST:PORT``; see `trapdb.stream.receiver`.

    Peers can connect at once. Their images are read, and the directory is changed, when steps are
    requested.

    Raises
    ------
    InputError
        The address cannot be opened, or the directory not be used.
    """
    settings = configuration.stream
    with listen_at(address) as listener, spool_in(directory, settings.keep_images) as spool:
        host, port = listener.getsockname()[:2]
        inbox = Inbox(Collector(settings, bounded=True), settings, spool.discard)
        server = Server(listener, spool, inbox, settings, configuration.image.keywords)
        try:
            yield Source(
                f"listening at {host}:{port}, images go to {directory}",
                _begun_with(server.run, inbox),
                spool.done,
            )
        finally:
            server.close()


def _begun_with(
    work: Callable[[], None], inbox: Inbox
) -> Callable[[Callable[[News], None]], Iterator[TimeStep | None]]:
    """Return the steps of an inbox, which a thread fills from when they are asked for."""

    def run() -> None:
        try:
            work()
        except Exception as error:  # whoever waits for images has to receive it
            inbox.fail(error)

    def steps(tell: Callable[[News], None]) -> Iterator[TimeStep | None]:
        threading.Thread(target=run, daemon=True).start()
        return inbox.steps(tell)

    return steps
