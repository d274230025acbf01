"""The folder with results of jobs, and with the tables that were uploaded for them.

It may be shared by services beside each other. The name of a result has the job and the token of
the turn in which it was made, so that two workers never write the same file.
"""

import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from trapdb.errors import TrapdbError
from trapdb.web.faults import Refused

# An unfinished file that nobody has written to for so long is nobody's.
FORGOTTEN_S = 3600.0
_UPLOAD = re.compile(r"upload-[0-9a-f]{32}")


class Full(TrapdbError):
    """There is no room for a result, or for a table that is uploaded."""

    status = 507


@dataclass(frozen=True)
class Results:
    """The folder, and how much may be in it, in bytes."""

    folder: Path
    quota: int

    def used(self) -> int:
        """Return how much is in it, in bytes."""
        total = 0
        for entry in os.scandir(self.folder):
            with suppress(FileNotFoundError):  # somebody has just removed it
                total += entry.stat().st_size if entry.is_file() else 0
        return total

    def require(self, size: int) -> None:
        """Refuse what there is no room for.

        Raises
        ------
        Full
            There are not so many bytes left.
        """
        if size > self.quota - self.used():
            raise Full(
                "there is no room for it among the results of jobs: ask for less, remove jobs that "
                "are not needed any more, or come back when some have expired"
            )

    def result(self, job_id: UUID, token: int) -> Path:
        """Return the path of a result."""
        return self.folder / f"result-{job_id.hex}-{token}"

    def keep_upload(self, content: bytes) -> str:
        """Keep an uploaded table; return the name under which it is there.

        Raises
        ------
        Full
            There is no room for it.
        """
        self.require(len(content))
        name = f"upload-{uuid4().hex}"
        try:
            _put(self.folder / name, content)
        except OSError as error:
            raise Full(f"the table cannot be kept: {error.strerror or error}") from error
        return name

    def upload(self, name: str) -> bytes:
        """Return an uploaded table that was kept.

        Raises
        ------
        Refused
            It is gone.
        """
        if not _UPLOAD.fullmatch(name):
            raise Refused("there is no such table")
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise Refused("the table that was uploaded is gone") from None

    def sweep(self, wanted: Collection[str]) -> None:
        """Remove what belongs to no job and has not been touched for long."""
        for entry in os.scandir(self.folder):
            if entry.name in wanted or not entry.is_file():
                continue
            with suppress(FileNotFoundError):
                if time.time() - entry.stat().st_mtime > FORGOTTEN_S:
                    self.discard(Path(entry.path))

    def discard(self, path: Path) -> None:
        """Remove a file, if it is there; what cannot be removed now is swept later."""
        with suppress(OSError):
            path.unlink()


def settle(unfinished: Path, path: Path) -> None:
    """Give a file that is on disk as a whole its name, for good."""
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        settle(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
