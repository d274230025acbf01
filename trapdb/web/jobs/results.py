"""The folder with results of jobs, and with the tables that were uploaded for them.

It may be shared by services beside each other. The name of a result has the job and the token of
the turn in which it was made, so that two workers never write the same file.
"""

import os
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from trapdb.web.faults import Refused

# An unfinished file that nobody has written to for so long is nobody's.
FORGOTTEN_S = 3600.0
_UPLOAD = re.compile(r"upload-[0-9a-f]{32}")


@dataclass(frozen=True)
class Results:
    """The folder, and how much may be in it, in bytes."""

    folder: Path
    quota: int

    def used(self) -> int:
        """Return how much is in it, in bytes."""
        return sum(entry.stat().st_size for entry in os.scandir(self.folder) if entry.is_file())

    def left(self) -> int:
        """Return how much room there is, in bytes."""
        return self.quota - self.used()

    def require(self, size: int) -> None:
        """Refuse what there is no room for.

        Raises
        ------
        Refused
            There is less room.
        """
        if size > self.left():
            raise Refused(
                "there is no room for more results: remove jobs that are not needed any more, "
                "or come back when some have expired"
            )

    def result(self, job_id: UUID, token: int) -> Path:
        """Return the path of a result."""
        return self.folder / f"result-{job_id.hex}-{token}"

    def keep_upload(self, content: bytes) -> str:
        """Keep an uploaded table; return the name under which it is there.

        Raises
        ------
        Refused
            There is no room for it.
        """
        self.require(len(content))
        name = f"upload-{uuid4().hex}"
        put(self.folder / name, content)
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
            if time.time() - entry.stat().st_mtime > FORGOTTEN_S:
                self.discard(Path(entry.path))

    def discard(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)


def put(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
