"""Collect images that arrive one by one, in any order, into time steps."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from extractor import ImageKey
from trapdb.configuration.keys import Stream
from trapdb.ingest.steps import TimeStep, in_order

# The last time steps, as many as this, decide how many images the next one should have. So a band
# that fails for good is awaited this many times.
REMEMBERED = 10
# At most this many dropped steps are remembered. An image of an older one is late by then.
DROPPED = 1000


@dataclass
class _Waiting:
    """A time step as far as it is there; `since` is when its first image came."""

    since: float
    images: list[ImageKey] = field(default_factory=list)
    arrived: dict[str, datetime] = field(default_factory=dict)
    closed: bool = False
    droppable: bool = True

    @property
    def planes(self) -> int:
        return len({(image.freq_eff, image.stokes) for image in self.images})


class Collector:
    """Time steps that wait until they are complete, and for those before them.

    A step is complete when it has the expected number of images of different frequency or Stokes
    parameter: that of the settings, else the most that one of the last steps had. It waits no
    longer than the settings allow. An image of a step that was already released makes a step of its
    own at once, which the ingest then reports as late. An image of a dropped step is dropped, too:
    no step is stored in pieces.

    Parameters
    ----------
    settings : Stream
    bounded : bool
        Whether no more steps may wait than the settings allow, and older ones are dropped.
    """

    def __init__(self, settings: Stream, bounded: bool = False) -> None:
        self._settings = settings
        self._bounded = bounded
        self._waiting: dict[datetime, _Waiting] = {}
        self._last: datetime | None = None
        self._planes: deque[int] = deque(maxlen=REMEMBERED)
        self._dropped: deque[datetime] = deque(maxlen=DROPPED)

    def add(
        self, images: Sequence[ImageKey], now: float, arrived: datetime, droppable: bool = True
    ) -> list[TimeStep]:
        """Add images.

        Parameters
        ----------
        images : sequence of ImageKey
        now : float
            The time on any clock, s.
        arrived : datetime
            When they came, aware.
        droppable : bool
            Whether their steps count among those that may wait, and can be dropped.

        Returns
        -------
        list of TimeStep
            What is dropped: the oldest steps, and images of those that were.
        """
        dropped = []
        for image in images:
            if image.taken_at in self._dropped:
                dropped.append(TimeStep(image.taken_at, [image]))
                continue
            waiting = self._waiting.setdefault(image.taken_at, _Waiting(now, droppable=droppable))
            waiting.images.append(image)
            waiting.arrived[image.path] = arrived
        while self._bounded:
            in_queue = [taken_at for taken_at, step in self._waiting.items() if step.droppable]
            if len(in_queue) <= self._settings.queue_steps:
                break
            oldest = min(in_queue)
            if not self._is_complete(oldest, now):
                # Others wait for this step, so release it as it is.
                self._waiting[oldest].closed = True
                break
            dropped.append(self._take(oldest))
            self._dropped.append(oldest)
        return dropped

    def pop(self, now: float) -> TimeStep | None:
        """Return the next time step if it is complete."""
        if not self._waiting:
            return None
        first = min(self._waiting)
        if not self._is_complete(first, now):
            return None
        step = self._take(first)
        self._last = max(first, self._last or first)
        return step

    def due(self, now: float) -> float | None:
        """Return how many seconds the next time step still waits, at the most; None without one.

        More images can complete it before.
        """
        if not self._waiting:
            return None
        return max(self._waiting[min(self._waiting)].since + self._settings.wait_s - now, 0.0)

    def _is_complete(self, taken_at: datetime, now: float) -> bool:
        waiting = self._waiting[taken_at]
        expected = self._settings.images_per_step or max(self._planes, default=None)
        return (
            waiting.closed
            or self._is_late(taken_at)
            or (expected is not None and waiting.planes >= expected)
            or now >= waiting.since + self._settings.wait_s
        )

    def _is_late(self, taken_at: datetime) -> bool:
        return self._last is not None and taken_at <= self._last

    def _take(self, taken_at: datetime) -> TimeStep:
        waiting = self._waiting.pop(taken_at)
        if not self._is_late(taken_at):
            self._planes.append(waiting.planes)
        return TimeStep(taken_at, in_order(waiting.images), waiting.arrived)
