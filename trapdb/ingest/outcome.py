"""Outcomes of images, time steps and runs."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from extractor.errors import ExtractorError
from trapdb.paths import printable
from trapdb.timing import Timings

EXAMPLES = 10
LATENCIES = 1000
NOT_TEXT = ExtractorError("its name is not written in UTF-8: rename it")


class Fate(StrEnum):
    """The outcome of an image."""

    TAKEN = "taken"
    REJECTED = "rejected"  # failed a check; recorded with its reasons
    UNREADABLE = "unreadable"  # cannot be read, or not be placed in time, frequency and sky
    LATE = "late"  # of a time that the data set has passed
    KNOWN = "known"  # the data set has this image already
    AMBIGUOUS = "ambiguous"  # one of several of one time, band, Stokes parameter and region
    DROPPED = "dropped"  # came faster than images are taken, or could not be written


@dataclass(frozen=True)
class Outcome:
    """The outcome of one image, and the reason."""

    path: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class Filled:
    """The back-fill of one image.

    Attributes
    ----------
    path : str
        Its file.
    taken_at : datetime
        Its time.
    points : int
        Points that it gained.
    trouble : str
        What is wrong with the file; empty if it could be read.
    missing : sequence of (float, float)
        If the file could not be read: right ascension and declination (deg) of the missing points.
    """

    path: str
    taken_at: datetime
    points: int
    trouble: str = ""
    missing: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class StepReport:
    """The results of one time step.

    ``latency`` is the time from each image's arrival until its time step is about to be committed,
    s, if images arrive one by one. ``unused_rows`` counts the rows of source lists that are not
    used, by the reason, ``lone_stokes`` images that lack another Stokes parameter beside them, by
    which and what follows.
    """

    taken_at: datetime
    images: list[Outcome]
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    filled: Sequence[Filled] = ()
    latency: Sequence[float] = ()
    unused_rows: Mapping[str, int] = field(default_factory=dict)
    lone_stokes: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Summary:
    """The results of a run, from its beginning to where it ended.

    It stays small, however long the run: ``examples`` holds only the first images of each fate.
    ``latencies`` holds those of the latest images that arrived one by one, s. ``unused_rows``
    counts the rows of source lists that are not used, by the reason, ``lone_stokes`` images that
    lack another Stokes parameter beside them, by which and what follows.
    """

    dataset: str
    fates: Counter[Fate] = field(default_factory=Counter)
    examples: dict[Fate, list[Outcome]] = field(default_factory=dict)
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES))
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    backfilled: int = 0
    unused_rows: Counter[str] = field(default_factory=Counter)
    lone_stokes: Counter[str] = field(default_factory=Counter)
    last_step: datetime | None = None
    timings: Timings = field(default_factory=Timings)

    def count(self, images: Sequence[Outcome]) -> None:
        """Count the outcomes of images."""
        for image in images:
            self.fates[image.fate] += 1
            examples = self.examples.setdefault(image.fate, [])
            if len(examples) < EXAMPLES:
                examples.append(image)

    def add(self, step: StepReport) -> None:
        """Add the results of a time step."""
        self.last_step = step.taken_at
        self.count(step.images)
        self.latencies.extend(step.latency)
        self.measurements += step.measurements
        self.forced += step.forced
        self.backfilled += sum(image.points for image in step.filled)
        self.new_sources += step.new_sources
        self.unused_rows.update(step.unused_rows)
        self.lone_stokes.update(step.lone_stokes)


def unreadable(path: str, error: Exception) -> Outcome:
    """Return the outcome of a file that cannot become an image."""
    reason = str(error).removeprefix(f"{path}: ")
    return Outcome(printable(path), Fate.UNREADABLE, printable(reason))
