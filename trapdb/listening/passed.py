"""What a bridge has passed on, in a file: also the next bridge between the same ends knows it."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from trapdb.errors import TrapdbError
from trapdb.listening.kept import alerts_folder
from trapdb.whole_file import whole_file

# A day of all that GCN sends are some thousand; a broker that was away sends none that is older.
DAYS = 30.0
REMEMBERED = 100_000
# A line has a time, s, in so many digits, and a digest.
_TIME, _DIGEST = 12, 64
_LINE = _TIME + 1 + _DIGEST + 1


class Passed:
    """Identifiers of what was passed on, the last ones: by their digests, in memory and in a file.

    Parameters
    ----------
    path : Path or None
        The file, which grows by a line for each; None: in memory alone.
    say : callable
        Given a line when the disk takes nothing.
    """

    def __init__(self, path: Path | None, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._known: dict[str, int] = {}
        self._file: BinaryIO | None = None
        self._lines = 0
        if path is not None:
            self._known = _read(path)
            self._keep(self._write_anew)

    def __contains__(self, ivorn: str) -> bool:
        """Return whether it was passed on."""
        return _digest(ivorn) in self._known

    def add(self, ivorn: str) -> None:
        """Know that it was passed on."""
        digest, now = _digest(ivorn), int(time.time())
        self._known[digest] = now
        if len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)))
        self._keep(lambda: self._append(digest, now))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _keep(self, write: Callable[[], None]) -> None:
        if self._path is None:
            return
        try:
            write()
        except (OSError, TrapdbError) as error:  # it goes on, as it would without a file
            self._say(f"{self._path}: what was passed on is forgotten at a restart: {error}")
            self._path = None

    def _append(self, digest: str, now: int) -> None:
        if self._file is None or self._lines > 2 * REMEMBERED:
            self._write_anew()
            return
        self._file.write(_line(digest, now))
        os.fsync(self._file.fileno())
        self._lines += 1

    def _write_anew(self) -> None:
        """Write the file whole, without what is too old."""
        assert self._path is not None
        self.close()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with whole_file(self._path) as aside:
            aside.write_bytes(b"".join(_line(one, when) for one, when in self._known.items()))
            aside.chmod(0o600)
        self._file = self._path.open("ab", buffering=0)
        self._lines = len(self._known)


@contextmanager
def passed_between(
    broker: tuple[str, int] | None, servers: str, topic: str | None, say: Callable[[str], None]
) -> Iterator[Passed]:
    """Give what was passed on between a broker, if there is one, and a topic of Kafka's servers."""
    ends = repr((broker, servers, topic))
    name = hashlib.sha256(ends.encode()).hexdigest()[:16]
    passed = Passed(alerts_folder() / f"passed-{name}", say)
    try:
        yield passed
    finally:
        passed.close()


def _digest(ivorn: str) -> str:
    return hashlib.sha256(ivorn.encode()).hexdigest()


def _line(digest: str, when: int) -> bytes:
    return f"{when:0{_TIME}} {digest}\n".encode()


def _read(path: Path) -> dict[str, int]:
    """Read what is not too old; a line that a crash has cut is none."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError:
        return {}
    oldest = int(time.time() - DAYS * 86400)
    found = {
        line[_TIME + 1 : -1].decode(): int(line[:_TIME])
        for line in lines
        if len(line) == _LINE and line[:_TIME].isdigit() and int(line[:_TIME]) >= oldest
    }
    return dict(list(found.items())[-REMEMBERED:])
