"""A stream of time steps for the ingest, with the threads that feed it."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from trapdb.config import Configuration
from trapdb.steps import TimeStep
from trapdb.stream.collector import Collector
from trapdb.stream.folder import follow
from trapdb.stream.inbox import Inbox, News
from trapdb.stream.server import Server, Spool, listen_at


@dataclass(frozen=True)
class Source:
    """Where time steps come from.

    Attributes
    ----------
    where : str
        In words.
    steps : callable
        Gives them; told what else happens. See `Inbox.steps`.
    done : callable
        To be told the paths of images that are done with.
    """

    where: str
    steps: Callable[[Callable[[News], None]], Iterator[TimeStep | None]]
    done: Callable[[Iterable[str]], None] = lambda paths: None


@contextmanager
def following(directories: Sequence[str], configuration: Configuration) -> Iterator[Source]:
    """Follow directories; see `trapdb.stream.folder`."""
    inbox = Inbox(Collector(configuration.stream), configuration.stream)
    ended = threading.Event()
    header = configuration.image.header
    _start(lambda: follow(directories, configuration.stream, header, inbox, ended), inbox)
    try:
        yield Source(f"following {', '.join(directories)}", inbox.steps)
    finally:
        ended.set()


@contextmanager
def listening(address: str, directory: str, configuration: Configuration) -> Iterator[Source]:
    """Listen for images at ``HOST:PORT``; see `trapdb.stream.server`.

    Raises
    ------
    InputError
        The address or the directory cannot be had.
    """
    settings = configuration.stream
    spool = Spool(directory, settings.keep_images)
    with listen_at(address) as listener:
        host, port = listener.getsockname()[:2]
        inbox = Inbox(Collector(settings, bounded=True), settings, spool.discard)
        server = Server(listener, spool, inbox, settings, configuration.image.header)
        _start(server.run, inbox)
        try:
            yield Source(
                f"listening at {host}:{port}, images go to {directory}", inbox.steps, spool.done
            )
        finally:
            server.close()


def _start(work: Callable[[], None], inbox: Inbox) -> None:
    def run() -> None:
        try:
            work()
        except Exception as error:  # whoever waits for images has to hear of it
            inbox.fail(error)

    threading.Thread(target=run, daemon=True).start()
