"""Following directories: new image files, as they appear and are complete."""

import os
import stat
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from trapdb.configuration.keys import Stream
from trapdb.errors import InputError
from trapdb.measuring.image_files import images_in
from trapdb.paths import printable
from trapdb.stream.headers import read_keys
from trapdb.stream.inbox import Inbox

# A file that is still written to after so many times the wait for a time step is warned of.
RESTLESS = 10
# Looking takes at most this share of the time.
EFFORT = 0.1

Stamp = tuple[int, int]


@dataclass
class _File:
    stamp: Stamp  # size and time of the last change
    since: float  # when it was seen so first
    first: float  # when it was seen at all
    offered: Stamp | None = None
    warned: bool = False


@dataclass(frozen=True)
class Look:
    """What one look at the directories showed.

    Attributes
    ----------
    complete : list of str
        Files that are at rest now.
    warnings : list of str
        Of files that never rest, or vanished before they did.
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
    """

    def __init__(self, directories: Sequence[str], settings: Stream) -> None:
        self._directories = directories
        self._settings = settings
        self._files: dict[str, _File] = {}

    def look(self, now: float) -> Look:
        """Look at all files.

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
        for path in chain.from_iterable(images_in(directory) for directory in self._directories):
            stamp = _stamp(path)
            if stamp is None:  # gone since the directory was listed, or no file
                continue
            file = self._files.get(path) or _File(stamp, now, now)
            seen[path] = file
            if file.stamp != stamp:
                file.stamp, file.since = stamp, now
            if file.offered == stamp:
                continue
            if now - file.since >= self._settings.rest_s:
                file.offered, file.first = stamp, now
                found.complete.append(path)
            elif now - file.first > RESTLESS * self._settings.wait_s and not file.warned:
                file.warned = True
                found.warnings.append(
                    f"{printable(path)}: still being written {now - file.first:.0f} s after it "
                    "appeared; it is taken when it rests"
                )
        for path, file in self._files.items():
            if path not in seen and file.offered is None:
                found.warnings.append(f"{printable(path)}: vanished before it was complete")
        self._files = seen
        return found


def follow(
    directories: Sequence[str],
    settings: Stream,
    header: Mapping[str, object],
    inbox: Inbox,
    ended: threading.Event,
) -> None:
    """Put the images of directories into an inbox as they are complete, until it is ended."""
    folder = Folder(directories, settings)
    while not ended.is_set():
        start = time.monotonic()
        look = folder.look(start)
        for warning in look.warnings:
            inbox.warn(warning)
        images, refused = read_keys(look.complete, header)
        for outcome in refused:
            inbox.refuse(outcome)
        if images:  # all at once: what was there together is not waited for in turn
            inbox.put(images, datetime.now(UTC))
        busy = time.monotonic() - start
        ended.wait(max(settings.rest_s / 2, busy / EFFORT))


def _stamp(path: str) -> Stamp | None:
    """Give size (bytes) and time of the last change (ns), also of a directory that is an image.

    None: there is no file, or one that would be waited for when it is opened, such as a FIFO.
    """
    try:
        parts = [os.stat(path)]
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                parts += [os.stat(os.path.join(folder, name)) for name in names]
        elif not stat.S_ISREG(parts[0].st_mode):
            return None
    except OSError:
        return None
    return sum(part.st_size for part in parts), max(part.st_mtime_ns for part in parts)
