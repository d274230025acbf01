"""The queue between arriving images and the ingest."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from extractor import ImageKey
from trapdb.configuration.keys import Stream
from trapdb.ingest.outcome import Fate, Outcome
from trapdb.ingest.steps import TimeStep
from trapdb.stream.collector import Collector

# Ctrl-C that comes in the moment in which a thread begins to wait is heard when it wakes up.
WAKE_S = 1.0


@dataclass
class News:
    """Other events: files that cannot become images, and warnings for the user."""

    refused: list[Outcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Inbox:
    """Images that arrived and are not ingested yet; threads add them.

    Parameters
    ----------
    collector : Collector
        Makes time steps of them.
    settings : Stream
    discard : callable
        Told the path of each image that is dropped.
    """

    def __init__(
        self,
        collector: Collector,
        settings: Stream,
        discard: Callable[[str], None] = lambda path: None,
    ) -> None:
        self._ahead = timedelta(seconds=settings.ahead_s)
        self._collector = collector
        self._discard = discard
        self._changed = threading.Condition()
        self._news = News()
        self._broken: Exception | None = None

    def put(
        self,
        images: Sequence[ImageKey],
        arrived: datetime | None = None,
        droppable: bool = True,
    ) -> None:
        """Add complete images; by default they arrived just now."""
        arrived = arrived or datetime.now(UTC)
        latest = arrived + self._ahead
        with self._changed:
            for image in images:
                if image.taken_at > latest:
                    self._leave_out(
                        image,
                        Fate.UNREADABLE,
                        f"it says that it was taken at {image.taken_at:%Y-%m-%d %H:%M:%S}, which "
                        "is yet to come: check DATE-OBS (stream.ahead_s allows more)",
                    )
            present = [image for image in images if image.taken_at <= latest]
            dropped = self._collector.add(present, time.monotonic(), arrived, droppable)
            for step in dropped:
                for image in step.images:
                    self._leave_out(
                        image,
                        Fate.DROPPED,
                        f"its time step {step.taken_at:%Y-%m-%d %H:%M:%S} was the oldest of too "
                        "many that waited, and dropped: images come faster than they are taken",
                    )
            self._changed.notify()

    def _leave_out(self, image: ImageKey, fate: Fate, reason: str) -> None:
        self._discard(image.path)
        self._news.refused.append(Outcome(image.path, fate, reason))

    def refuse(self, refused: Outcome) -> None:
        """Report a file that cannot become an image."""
        with self._changed:
            self._news.refused.append(refused)
            self._changed.notify()

    def warn(self, message: str) -> None:
        """Report a warning to the user."""
        with self._changed:
            self._news.warnings.append(message)
            self._changed.notify()

    def fail(self, error: Exception) -> None:
        """End the stream: nothing can come any more."""
        with self._changed:
            self._broken = error
            self._changed.notify()

    def steps(self, tell: Callable[[News], None]) -> Iterator[TimeStep | None]:
        """Yield time steps as they are complete, without end, for `ingest.steps.ahead`.

        Parameters
        ----------
        tell : callable
            Told what else happened, in the thread that asks for the steps.

        Raises
        ------
        Exception
            What the stream failed with.
        """
        given = 0  # so often None tells that there is nothing to wait for but what was given
        while True:
            step, news = self._next(wait=not given)
            if news.refused or news.warnings:
                tell(news)
            if step is not None:
                given += 1
                yield step
            elif given:
                given -= 1
                yield None

    def _next(self, wait: bool) -> tuple[TimeStep | None, News]:
        with self._changed:
            step = self._collector.pop(time.monotonic())
            if step is None and wait and not (self._news.refused or self._news.warnings):
                if self._broken:
                    raise self._broken
                due = self._collector.due(time.monotonic())
                self._changed.wait(WAKE_S if due is None else min(due, WAKE_S))
                step = self._collector.pop(time.monotonic())
            news, self._news = self._news, News()
            return step, news
