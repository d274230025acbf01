"""Files of a new server, kept to begin the next one with: to make them takes seconds.

They are one file in the user's cache, which others can neither write nor read. Its name is a digest
of all that they were made by and from, so that what another version made is not taken. Without it,
and where it cannot be kept, a server is made from nothing.
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from trapdb import schema
from trapdb.database.private_place import run_as_owner
from trapdb.server.installation import Installation

KEPT = 2  # of versions that are used in turn
# What a start writes anew, and what tells of one.
LEFT_OUT = ("log", "start.log", "postmaster.opts", "trapdb.conf")


def unpack(folder: Path, programs: Installation, lock: int) -> bool:
    """Fill a data folder.

    Parameters
    ----------
    folder : Path
        The folder, empty; it is left empty if there is nothing to fill it with.
    programs : Installation
        The server that is to run on it.
    lock : int
        A descriptor that the unpacking process holds, too.

    Returns
    -------
    bool
        Whether there was a template.
    """
    path = _place(programs)
    with contextlib.suppress(OSError):  # there is none, or no tar
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            info = os.fstat(file.fileno())
            if info.st_uid != os.geteuid() or info.st_mode & 0o077:
                return False
            done = run_as_owner(["tar", "-xpf", "-"], folder, stdin=file, pass_fds=[lock])
        if done.returncode == 0:
            os.utime(path)
            return True
        for half_made in folder.iterdir():
            shutil.rmtree(half_made) if half_made.is_dir() else half_made.unlink()
    return False


def can_be_kept(programs: Installation) -> bool:
    """Return whether a template of a server would have a place."""
    folder = _place(programs).parent
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder.stat().st_uid == os.geteuid() and os.access(folder, os.W_OK)
    return False


def keep(folder: Path, programs: Installation) -> None:
    """Keep a data folder as the template; a disk that is full keeps none.

    Parameters
    ----------
    folder : Path
        The folder of a server that was stopped, and never used.
    programs : Installation
        The server that made it.
    """
    path = _place(programs)
    with contextlib.suppress(OSError):
        descriptor, fresh = tempfile.mkstemp(prefix="server-", dir=path.parent)
        try:
            with open(descriptor, "wb") as file:
                done = run_as_owner(
                    ["tar", *(f"--exclude=./{name}" for name in LEFT_OUT), "-cf", "-", "."],
                    folder,
                    stdout=file,
                    stderr=subprocess.DEVNULL,
                )
                os.fsync(file.fileno())
            if done.returncode == 0:
                os.rename(fresh, path)
        finally:
            Path(fresh).unlink(missing_ok=True)
        found = sorted(path.parent.glob("server-*"), key=lambda one: one.stat().st_mtime)
        for older in found[:-KEPT]:
            older.unlink()


def _place(programs: Installation) -> Path:
    """Name the file of the template."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        cache = Path(chosen)
    else:
        cache = Path("/var/cache" if os.geteuid() == 0 else "~/.cache").expanduser()
    made_by = hashlib.sha256(f"{platform.machine()} {programs} {schema.digest()}".encode())
    here = Path(__file__).parent
    for path in [*sorted(programs.extensions.glob("pg_sphere*")), *sorted(here.glob("*.*"))]:
        made_by.update(path.name.encode() + path.read_bytes())
    return cache / "trapdb" / f"server-{made_by.hexdigest()[:32]}"
