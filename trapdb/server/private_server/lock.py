"""Locks on files, which end with the processes that hold them."""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from trapdb.database.private_place import ServerError


class LockedError(Exception):
    """Others hold the lock, and kept it."""


@contextlib.contextmanager
def locked(path: Path, patience_s: float = float("inf")) -> Iterator[int]:
    """Hold the lock on a file.

    Parameters
    ----------
    path : Path
        The file; made if absent, never removed.
    patience_s : float
        How long to wait for others who hold it, in seconds.

    Yields
    ------
    int
        The file's descriptor. A process that inherits it holds the lock, too, to its end.

    Raises
    ------
    LockedError
        The patience ran out.
    ServerError
        The file system has no locks, or the file is not ours.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise ServerError(f"cannot open {path}: {error.strerror}; set TRAPDB_HOME") from None
    try:
        deadline = time.monotonic() + patience_s
        while not _lock_now(path, descriptor):
            if time.monotonic() >= deadline:
                raise LockedError(path)
            time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock_now(path: Path, descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):
            raise
        raise ServerError(
            f"the file system of {path.parent} has no locks: set TRAPDB_HOME to a local folder"
        ) from None
    return True
