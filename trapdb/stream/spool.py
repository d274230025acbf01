"""The directory of the files of received images; there is nothing else in it."""

import fcntl
import hashlib
import os
import re
import tempfile
import threading
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from trapdb.errors import InputError
from trapdb.paths import printable
from trapdb.stream.message import Message, to_hdu

# The names that files get. Files with other names belong to somebody else and are never touched.
IMAGE = re.compile(r"[0-9a-f]{20}\.fits")
UNFINISHED = re.compile(rf"{IMAGE.pattern}\.[0-9]+\.part")
# A file, as NFS locks no directories.
LOCK = ".trapdb-lock"


class Spool:
    """Files of received images in a directory, which `spool_in` locks.

    Parameters
    ----------
    directory : str
    keep : int
        How many files of images that were taken stay, the last ones.
    """

    def __init__(self, directory: str, keep: int) -> None:
        self.directory = directory
        self._keep = keep
        self._done: deque[str] = deque()

    def write(self, message: Message) -> str:
        """Write an image; return the path of its file, whose name is the same for the same image.

        Raises
        ------
        MessageError
            It is no image.
        OSError
        """
        hdu = to_hdu(message)
        digest = hashlib.sha256(message.cards)
        digest.update(message.array)
        path = os.path.join(self.directory, f"{digest.hexdigest()[:20]}.fits")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # another connection may bring the same image at the same time
            unfinished = f"{path}.{threading.get_ident()}.part"
            try:
                with open(unfinished, "wb") as stream:
                    hdu.writeto(stream)
                    # A machine may go down; and what is left for later the database would wait for
                    # at one of its commits, many images at once.
                    stream.flush()
                    os.fsync(stream.fileno())
                os.replace(unfinished, path)
            except OSError:  # half a file would take the room of those to come
                self.discard(unfinished)
                raise
        return path

    def left(self) -> list[str]:
        """List the images that a run before left; those that it did not finish are removed."""
        images = []
        for name in _files(self.directory):
            path = os.path.join(self.directory, name)
            if UNFINISHED.fullmatch(name):
                self.discard(path)
            elif IMAGE.fullmatch(name):
                images.append(path)
        return images

    def done(self, paths: Iterable[str]) -> None:
        """Note that images were taken, or never will be: their files may go in their turn."""
        self._done.extend(dict.fromkeys(path.partition("[")[0] for path in paths))
        while len(self._done) > self._keep:
            self.discard(self._done.popleft())

    def discard(self, path: str) -> None:
        """Remove the file of an image, if it has such a name."""
        folder, name = os.path.split(path)
        name = name.partition("[")[0]
        if _is_own(name):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder, name))


@contextmanager
def spool_in(directory: str, keep: int) -> Iterator[Spool]:
    """Lock a directory for received images; it is created if it does not exist.

    Parameters
    ----------
    directory : str
    keep : int
        See `Spool`.

    Raises
    ------
    InputError
        It cannot be created or written to, holds files of others, or another program has locked it.
    """
    try:
        os.makedirs(directory, exist_ok=True)
        _refuse_others_files(directory)
        with tempfile.TemporaryFile(dir=directory):
            pass  # a lock that is there already can be opened where nothing can be made
        lock = os.open(os.path.join(directory, LOCK), os.O_WRONLY | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(
            f"{directory}: received images cannot be written there: {error.strerror}"
        ) from error
    try:  # the kernel gives the lock back, however the program ends
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{directory}: another trapdb ingest --listen has it: give a directory of its own"
            ) from error
        yield Spool(directory, keep)
    finally:
        os.close(lock)


def _refuse_others_files(directory: str) -> None:
    others = [name for name in _files(directory) if not _is_own(name)]
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise InputError(
            f"{directory}: has files that no trapdb ingest --listen wrote ({printable(others[0])}"
            f"{more}): give an empty directory, as older files are removed there"
        )


def _files(directory: str) -> list[str]:
    with os.scandir(directory) as entries:
        return sorted(
            entry.name for entry in entries if not (entry.is_dir() or entry.name.startswith("."))
        )


def _is_own(name: str) -> bool:
    return bool(IMAGE.fullmatch(name) or UNFINISHED.fullmatch(name))
