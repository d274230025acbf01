"""What happened in a place, and what its data sets have of it."""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from benchmarks.soak.feed import Feed
from benchmarks.soak.place import Place
from benchmarks.watching import run
from trapdb.errors import TrapdbError


@dataclass(frozen=True)
class Story:
    """What was done in a place: images given to each data set, processes that were struck."""

    place: Place
    feeds: dict[str, Feed] = field(default_factory=dict)
    struck: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Contents:
    """What a data set has: images, and files that were refused, by the reason.

    Attributes
    ----------
    missing, surplus : int
        Images that it lacks and for which there is no reason; that it should not have.
    """

    images: Counter[str]
    refused: Counter[str]
    missing: int
    surplus: int


def contents(story: Story) -> dict[str, Contents]:
    """Compare the data sets with what was given."""
    with story.place.connection() as conn:
        images, refused = run(conn, "images_of_soak"), run(conn, "refused_in_soak")
    found = {}
    for name, feed in story.feeds.items():
        times = {row.taken_at for row in images if row.dataset == name}
        # a client that was started again may have met a file once more
        files = {(row.reason, row.path): row.detail for row in refused if row.dataset == name}
        dropped = {_step_in(detail) for (reason, _), detail in files.items() if reason == "dropped"}
        found[name] = Contents(
            Counter(row.status for row in images if row.dataset == name),
            Counter(reason for reason, _ in files),
            len(feed.expected - times - dropped),
            len(times - feed.expected - feed.late),
        )
    return found


def _step_in(detail: str) -> datetime:
    """Find the time step that a reason names."""
    found = re.search(r"time step (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", detail)
    assert found, detail
    return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)


def is_complete(story: Story) -> bool:
    """Tell whether the data sets have all that they will get."""
    with suppress(psycopg.Error, TrapdbError):  # the server may be on its way back
        return all(not found.missing for found in contents(story).values())
    return False
