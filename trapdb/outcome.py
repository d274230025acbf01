"""What becomes of images, time steps and runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from trapdb.backfill import Filled
from trapdb.timing import Timings


class Fate(StrEnum):
    """What became of an image."""

    TAKEN = "taken"
    REJECTED = "rejected"  # failed a check; recorded with its reasons
    UNREADABLE = "unreadable"  # cannot be read, or not be placed in time, frequency and sky
    LATE = "late"  # of a time that the data set has passed
    KNOWN = "known"  # the data set has this image already


@dataclass(frozen=True)
class Outcome:
    """What became of one image, and why."""

    path: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class StepReport:
    """What one time step brought."""

    taken_at: datetime
    images: list[Outcome]
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    filled: Sequence[Filled] = ()


@dataclass
class Summary:
    """What a run brought, from its beginning to where it ended."""

    dataset: str
    images: list[Outcome] = field(default_factory=list)
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    backfilled: int = 0
    last_step: datetime | None = None
    timings: Timings = field(default_factory=Timings)

    def count(self) -> Counter[Fate]:
        """Count the images by what became of them."""
        return Counter(image.fate for image in self.images)

    def add(self, step: StepReport) -> None:
        """Add what a time step brought."""
        self.last_step = step.taken_at
        self.images += step.images
        self.measurements += step.measurements
        self.forced += step.forced
        self.backfilled += sum(image.points for image in step.filled)
        self.new_sources += step.new_sources


def unreadable(path: str, error: Exception) -> Outcome:
    """Tell why a file cannot become an image."""
    return Outcome(path, Fate.UNREADABLE, str(error).removeprefix(f"{path}: "))
