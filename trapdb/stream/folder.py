"""Following directories: new image files, as they appear and are complete."""

import os
import stat
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from extractor.readers.beside import path_beside
from extractor.readers.urls import is_url
from trapdb.configuration.keys import Configuration, Ingest, Stream
from trapdb.errors import InputError
from trapdb.measuring.image_files import images_in
from trapdb.measuring.products import passed_line, select
from trapdb.paths import printable
from trapdb.stream.headers import read_keys
from trapdb.stream.inbox import Inbox

# A file that is still written after this many times the wait for a time step causes a warning.
RESTLESS = 10
# Looking takes at most this share of the time.
EFFORT = 0.1

Stamp = tuple[int, int]


@dataclass
class _File:
    stamp: Stamp  # size and time of the last change
    since: float  # when it was first seen in this state
    first: float  # when it was first seen
    offered: Stamp | None = None
    warned: bool = False


@dataclass(frozen=True)
class Look:
    """The result of one examination of the directories.

    Attributes
    ----------
    complete : list of str
        Files that are at rest now.
    warnings : list of str
        On files that never rest, or that vanished before they did; once on each product that is
        passed over, and on each directory that cannot be searched.
    """

    complete: list[str]
    warnings: list[str]


class Folder:
    """Directories and what was seen in them.

    A file is complete when its size and the time of its last change stay the same for a while. One
    that changes afterwards counts as another one.

    Parameters
    ----------
    directories : sequence of str
        They are searched to the bottom.
    settings : Stream
    chosen : Ingest
        Which files are meant.
    beside : str, optional
        Where the file beside an image is, without which that is not complete.
    """

    def __init__(
        self,
        directories: Sequence[str],
        settings: Stream,
        chosen: Ingest,
        beside: str | None = None,
    ) -> None:
        self._directories = directories
        self._settings = settings
        self._chosen = chosen
        self._beside = beside
        self._files: dict[str, _File] = {}
        self._passed: set[str] = set()
        self._closed: set[str] = set()

    def look(self, now: float) -> Look:
        """Examine all files.

        Parameters
        ----------
        now : float
            The time on any clock, s.

        Raises
        ------
        InputError
            A directory is gone.
        """
        for directory in self._directories:
            if not os.path.isdir(directory):
                raise InputError(f"{directory}: the directory that was followed is gone")
        found = Look([], [])
        seen = {}
        paths, passed, closed = self._list()
        if news := sorted(set(passed) - self._passed):
            found.warnings.append(passed_line(news))
        self._passed = set(passed)
        for path in paths:
            try:
                stamp, lacking = self._stamp(path)
            except PermissionError as error:
                closed[path] = f"{printable(path)}: cannot be reached: {error.strerror}"
                continue
            if stamp is None:  # gone since the directory was listed, or no file
                continue
            file = self._files.get(path) or _File(stamp, now, now)
            seen[path] = file
            if file.stamp != stamp:
                file.stamp, file.since = stamp, now
            if file.offered == stamp:
                continue
            if lacking is None and now - file.since >= self._settings.rest_s:
                file.offered, file.first = stamp, now
                found.complete.append(path)
            elif now - file.first > RESTLESS * self._settings.wait_s and not file.warned:
                file.warned = True
                reason, when = "still being written", "it rests"
                if lacking is not None:
                    reason, when = f"without {printable(lacking)} beside it", "that is there"
                found.warnings.append(
                    f"{printable(path)}: {reason} {now - file.first:.0f} s after it "
                    f"appeared; it is taken when {when}"
                )
        for path, file in self._files.items():
            if path not in seen and file.offered is None and not path.startswith((*closed,)):
                found.warnings.append(f"{printable(path)}: vanished before it was complete")
        found.warnings.extend(closed[path] for path in sorted(closed.keys() - self._closed))
        self._files, self._closed = seen, set(closed)
        return found

    def _list(self) -> tuple[list[str], list[str], dict[str, str]]:
        """List files that are meant, products that are passed over, and closed directories."""
        closed: dict[str, str] = {}

        def refused(error: OSError) -> None:
            if not isinstance(error, FileNotFoundError):  # it is gone since it was listed
                place = printable(error.filename)
                closed[error.filename] = f"{place}: cannot be searched: {error.strerror}"

        paths = [path for directory in self._directories for path in images_in(directory, refused)]
        return *select(paths, self._chosen, self._beside), closed

    def _stamp(self, path: str) -> tuple[Stamp | None, str | None]:
        """Return the stamp of an image with the file beside it, and which of that is lacking.

        Raises
        ------
        PermissionError
            It cannot be told.
        """
        stamp = _stamp(path)
        other = path_beside(path, self._beside) if self._beside else None
        if stamp is None or other is None or is_url(other):
            return stamp, None
        beside = _stamp(other)
        if beside is None:
            return stamp, other
        return (stamp[0] + beside[0], max(stamp[1], beside[1])), None


def follow(
    directories: Sequence[str],
    configuration: Configuration,
    inbox: Inbox,
    ended: threading.Event,
) -> None:
    """Put the images of directories into an inbox as they are complete, until it is ended."""
    settings = configuration.stream
    folder = Folder(directories, settings, configuration.ingest, configuration.image.beside)
    while not ended.is_set():
        start = time.monotonic()
        look = folder.look(start)
        for warning in look.warnings:
            inbox.warn(warning)
        images, refused = read_keys(look.complete, configuration.image.keywords)
        for outcome in refused:
            inbox.refuse(outcome)
        if images:  # all at once: what was there together is not waited for in turn
            inbox.put(images, datetime.now(UTC))
        busy = time.monotonic() - start
        ended.wait(max(settings.rest_s / 2, busy / EFFORT))


def _stamp(path: str) -> Stamp | None:
    """Return size (bytes) and time of the last change (ns), also of a directory that is an image.

    None: there is no file, or one that would be waited for when it is opened, such as a FIFO.

    Raises
    ------
    PermissionError
        It cannot be told.
    """
    try:
        parts = [os.stat(path)]
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                parts += [os.stat(os.path.join(folder, name)) for name in names]
        elif not stat.S_ISREG(parts[0].st_mode):
            return None
    except PermissionError:
        raise
    except OSError:
        return None
    return sum(part.st_size for part in parts), max(part.st_mtime_ns for part in parts)
