"""The place of the private server, and the owner of its folders."""

import contextlib
import hashlib
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from trapdb.errors import TrapdbError

DATABASE = "trapdb"
ADMINISTRATOR = "trapdb"
PORT = 5432


class ServerError(TrapdbError):
    """The private server cannot be created, started, reached or stopped."""


@dataclass(frozen=True)
class Server:
    """A private server, running or not.

    Attributes
    ----------
    home : Path
        The folder that holds everything of it.
    """

    home: Path

    @property
    def data(self) -> Path:
        """The data folder of PostgreSQL."""
        return self.home / "pgdata"

    @property
    def socket(self) -> Path:
        """The folder of the socket.

        Short, since the system allows 107 bytes for a socket's path, and the same from every
        session of the user. ``XDG_RUNTIME_DIR`` is not: it is missing in a cron job, and emptied
        when the user logs out, which the server outlives.
        """
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:8]
        if os.geteuid() == 0:
            return Path(f"/run/trapdb-{digest}")
        return Path(f"/tmp/trapdb-{os.geteuid()}-{digest}")

    def url(self, user: str = ADMINISTRATOR, database: str = DATABASE) -> str:
        """Name the database as libpq, psql and psycopg take it.

        Parameters
        ----------
        user : str
            ``trapdb`` (may do everything), ``trapdb_ingest`` (operator) or ``trapdb_query``
            (reader).
        database : str
            Its name.

        Returns
        -------
        str
            A URL that stands by itself, whatever PGHOST or PGPORT say.
        """
        where = urlencode({"host": str(self.socket), "port": PORT}, safe="/")
        return f"postgresql://{user}@/{database}?{where}"


def locate() -> Server:
    """Name the private server of this user, whether it exists or not.

    Returns
    -------
    Server
        The one under ``TRAPDB_HOME``; by default under the user's data folder, and for root
        under the system's, because a root home is usually closed to the user that the server
        has to run as.
    """
    if chosen := os.environ.get("TRAPDB_HOME"):
        home = Path(chosen).expanduser()
    elif os.geteuid() == 0:
        home = Path("/var/lib/trapdb")
    else:
        home = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "trapdb"
    return Server(home.resolve())


def owner() -> pwd.struct_passwd:
    """Name the system user that the server runs as: PostgreSQL refuses to be root.

    Returns
    -------
    struct_passwd
        This process's user; ``postgres`` if that is root.

    Raises
    ------
    ServerError
        There is no such user.
    """
    try:
        return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise ServerError(
            "as root, trapdb runs PostgreSQL as the system user postgres, which does not exist: "
            "adduser --system --group --home /var/lib/postgresql postgres"
            if os.geteuid() == 0
            else f"user {os.geteuid()} has no name on this machine, as PostgreSQL wants: add it "
            "to /etc/passwd, or name a server by --database"
        ) from None


def run_as_owner(
    command: list[str | Path], folder: Path, **arguments: Any
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user, in an environment without surprises.

    Parameters
    ----------
    command : list
        Program and arguments.
    folder : Path
        Where to run it; that user has to have access.
    **arguments
        More for `subprocess.run`; input and output, if they are not to be none and kept.

    Returns
    -------
    CompletedProcess
        With what it printed.
    """
    if os.geteuid() == 0:
        user = owner()
        arguments |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # PGDATA, PGOPTIONS and the like would reach the server; a session of its own keeps the
    # terminal's Ctrl-C from it.
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        start_new_session=True,
        text=True,
        check=False,
        **{**streams, **arguments},
    )


def make_home(home: Path) -> None:
    """Make the home, if need be.

    Parameters
    ----------
    home : Path
        The folder.

    Raises
    ------
    ServerError
        It cannot be made, is another user's, others can write to it, or the server's user
        cannot enter it.
    """
    try:
        for folder in [*reversed(home.parents), home]:
            if not folder.exists():
                _make_folder(folder)
    except OSError as error:
        raise ServerError(f"cannot make {home}: {error.strerror}; set TRAPDB_HOME") from None
    info = home.stat()
    if info.st_uid != os.geteuid():
        raise ServerError(
            f"{home} belongs to user {info.st_uid}: work as that user, or set TRAPDB_HOME"
        )
    if info.st_mode & 0o022:
        raise ServerError(f"{home} can be written by others: chmod go-w {home}")
    # The system is asked: it knows more than the permission bits, such as access lists.
    ask = 'for folder; do test -x "$folder" || { printf %s "$folder"; exit 1; }; done'
    answer = run_as_owner(["sh", "-c", ask, "sh", *reversed(home.parents), home], Path("/"))
    if answer.returncode != 0:
        raise ServerError(
            f"the server runs as user {owner().pw_name}, which may not enter {answer.stdout}: "
            f"set TRAPDB_HOME to another folder, or chmod o+x {answer.stdout}"
        )


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o755, exist_ok=True)  # others may be making it, too
    if os.geteuid() == 0:  # the server is another user, who is to enter whatever the umask
        folder.chmod(0o755)


def make_socket_folder(folder: Path) -> None:
    """Make the folder of the socket empty, if nobody else can have a hand in it.

    Parameters
    ----------
    folder : Path
        Its place; no server is using it.

    Raises
    ------
    ServerError
        Something else is there: a folder of another user's could lead to his server.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, owner().pw_uid, owner().pw_gid)
    if not is_private(folder):
        raise ServerError(
            f"{folder} is needed for the server's socket, but is no folder of user "
            f"{owner().pw_name} that is closed to others: have it removed, or set TRAPDB_HOME "
            "to another folder"
        )
    # A killed server leaves a lock beside its socket, with a process id not to be believed.
    for leftover in folder.iterdir():
        leftover.unlink()


def is_private(folder: Path) -> bool:
    """Return whether a folder is the server user's own and closed to all others.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.

    Returns
    -------
    bool
        False for a symbolic link, too.
    """
    try:
        info = folder.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(info.st_mode)
        and stat.S_IMODE(info.st_mode) == 0o700
        and info.st_uid == owner().pw_uid
    )
