"""Images without end: the same sky again and again at later times, some of them with a fault."""

import itertools
import random
import re
import socket
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from astropy.io import fits

from benchmarks.headers import set_time
from benchmarks.soak.place import Place
from benchmarks.watching import run
from tests.stream.sender import preamble
from trapdb.errors import TrapdbError
from trapdb.simulate import simulate
from trapdb.stream.message import PREAMBLE

START = datetime(2020, 1, 1, tzinfo=UTC)  # images of the future are refused
STEP = timedelta(seconds=10)
# How often images are like what, in percent.
KINDS = {
    "good": 88,
    "with a new source": 2,
    "blank": 2,
    "given twice": 2,
    "broken off": 2,
    "no image": 2,
    "late": 2,
}
BLOCK = 2880  # bytes, of which FITS files are made
KEPT = 150  # files that stay in the directory that is followed
PATIENCE_S = 120.0

Original = tuple[fits.Header, Any]


@dataclass(frozen=True)
class Image:
    """An image as it is given: the cards of its header, and its pixels as big-endian floats."""

    name: str
    kind: str
    cards: bytes
    array: bytes


# Gives an image to a client; tells whether its data set ought to have it then.
Give = Callable[[Image], bool]


@dataclass
class Feed:
    """What a client was given.

    Attributes
    ----------
    count : Counter
        Images of each kind.
    expected, late : set of datetime
        Times of the images that the data set ought to have, and of those that it may have: what
        is late is not, if the client was away and finds all that came meanwhile.
    """

    count: Counter[str] = field(default_factory=Counter)
    expected: set[datetime] = field(default_factory=set)
    late: set[datetime] = field(default_factory=set)

    def run(
        self,
        give: Give,
        originals: Sequence[Original],
        chance: random.Random,
        period_s: float,
        over: threading.Event,
    ) -> None:
        """Send an image in each period until the end."""
        for number in itertools.count():
            if over.wait(period_s):
                return
            kind = "good"
            if number > 2 * len(originals):
                (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
            # of no other's time, and of one that is long past
            late = 10.5 * STEP if kind == "late" else timedelta()
            taken_at = START + number * STEP - late
            original, pixels = originals[number % len(originals)]
            cards = _at(original, taken_at).tostring().encode("ascii")
            array = _changed(pixels, kind, chance).astype(">f4").tobytes()
            if give(Image(f"image{number:06}.fits", kind, cards, array)):
                self.expected.add(taken_at)
            if kind == "late":
                self.late.add(taken_at)
            self.count[kind] += 1


def originals(count: int, size: int, sources: int) -> list[Original]:
    """Simulate images."""
    with tempfile.TemporaryDirectory(prefix="trapdb-images-", dir="/tmp") as folder:
        truth = simulate(Path(folder) / "images", epochs=count, size=size, sources=sources)
        made = []
        for path in truth.paths:
            with fits.open(path) as hdus:
                made.append((hdus[0].header.copy(), np.array(hdus[0].data)))
        return made


def as_files(place: Place) -> Give:
    """Write images into the directory that is followed, and remove old ones."""
    files: deque[Path] = deque()

    def write(name: str, content: bytes) -> None:
        unfinished = place.incoming / f".{name}"
        unfinished.write_bytes(content)
        files.append(unfinished.rename(place.incoming / name))
        while len(files) > KEPT:
            files.popleft().unlink()

    def give(image: Image) -> bool:
        content = image.cards + image.array + bytes(-len(image.array) % BLOCK)
        if image.kind == "no image":
            content = b"no image"
        if image.kind == "broken off":
            content = content[: len(content) // 2]
        write(image.name, content)
        if image.kind == "given twice":
            write(f"again-{image.name}", content)
        return image.kind not in ("no image", "broken off", "late")

    return give


def over_tcp(place: Place) -> Give:
    """Send images, one a connection; when that breaks they are sent again, as by an imager."""

    def send(content: bytes) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", place.port), PATIENCE_S) as connection:
                    connection.sendall(content)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(1)  # nothing: it is closed when all is taken
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def give(image: Image) -> bool:
        content = preamble(len(image.cards), len(image.array), ">") + image.cards + image.array
        if image.kind == "no image":
            content = b"no image".ljust(PREAMBLE)
        if image.kind == "broken off":
            send(content[: len(content) // 2])
        for _ in range(2 if image.kind == "given twice" else 1):
            send(content)
        return image.kind not in ("no image", "late")

    return give


def _at(original: fits.Header, taken_at: datetime) -> fits.Header:
    header = original.copy()
    set_time(header, taken_at)
    return header


def _changed(pixels: Any, kind: str, chance: random.Random) -> Any:
    if kind == "blank":
        return np.full_like(pixels, np.nan)
    if kind == "with a new source":
        changed = pixels.copy()
        y, x = (chance.randrange(40, length - 40) for length in pixels.shape[-2:])
        offset = np.arange(-12, 13)
        beam = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * 1.8**2))  # about the images' own
        changed[..., y - 12 : y + 13, x - 12 : x + 13] += 0.05 * beam
        return changed
    return pixels


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
    """Return whether the data sets have all that they will get."""
    with suppress(psycopg.Error, TrapdbError):  # the server may be on its way back
        return all(not found.missing for found in contents(story).values())
    return False
