"""PostgreSQL on this machine: where its programs and its extensions are."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from trapdb.errors import TrapdbError

OLDEST = 15
PACKAGES = "postgresql-{0} postgresql-{0}-pgsphere"


class InstallationError(TrapdbError):
    """PostgreSQL or pgSphere is missing on this machine."""


@dataclass(frozen=True)
class Installation:
    """One installed PostgreSQL server."""

    bindir: Path
    version: tuple[int, int]

    @property
    def major(self) -> int:
        """The major version, which a data folder is bound to."""
        return self.version[0]

    @cached_property
    def extensions(self) -> Path:
        """The folder of the extensions' control files and scripts."""
        return Path(_output(self.bindir / "pg_config", "--sharedir"), "extension")

    @property
    def has_pgsphere(self) -> bool:
        """Whether pgSphere is installed for this server."""
        return (self.extensions / "pg_sphere.control").exists()

    def __str__(self) -> str:
        """Name the server as an error message needs it."""
        return f"PostgreSQL {self.version[0]}.{self.version[1]} ({self.bindir})"


def find_all() -> list[Installation]:
    """Find every PostgreSQL server on this machine.

    Returns
    -------
    list of Installation
        Newest first; a server is listed once.
    """
    found = {}
    for bindir in _places():
        if (bindir / "initdb").exists() and (bindir / "pg_config").exists():
            match = re.search(r"(\d+)(?:\.(\d+))?", _output(bindir / "postgres", "--version"))
            if match:
                version = (int(match[1]), int(match[2] or 0))
                found[bindir.resolve()] = Installation(bindir.resolve(), version)
    return sorted(found.values(), key=lambda one: one.version, reverse=True)


def find(major: int | None = None) -> Installation:
    """Choose the server to run.

    Parameters
    ----------
    major : int, optional
        The major version that an existing data folder needs.

    Returns
    -------
    Installation
        The newest one that has pgSphere.

    Raises
    ------
    InstallationError
        There is none; the message says what to install.
    """
    wanted = [
        one for one in find_all() if one.major == major or (major is None and one.major >= OLDEST)
    ]
    if not wanted:
        what = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or newer"
        raise InstallationError(
            f"{what} is not installed: {as_root('apt install')} {PACKAGES.format(major or OLDEST)}"
        )
    for one in wanted:
        if one.has_pgsphere:
            return one
    raise InstallationError(
        f"pgSphere is not installed for {wanted[0]}: "
        f"{as_root('apt install')} postgresql-{wanted[0].major}-pgsphere"
    )


def find_psql() -> str:
    """Find psql, which a client of a remote server has without a server of its own.

    Returns
    -------
    str
        Its path.

    Raises
    ------
    InstallationError
        There is none.
    """
    servers = [str(one.bindir / "psql") for one in find_all() if (one.bindir / "psql").exists()]
    program = next(iter(servers), None) or shutil.which("psql")
    if program is None:
        raise InstallationError(f"psql is missing: {as_root('apt install')} postgresql-client")
    return program


def as_root(command: str) -> str:
    """Word a command for the administrator.

    Parameters
    ----------
    command : str
        What root has to run.

    Returns
    -------
    str
        The command as this user has to type it.
    """
    return command if os.geteuid() == 0 else f"sudo {command}"


def _places() -> Iterator[Path]:
    """Folders that may hold the server's programs; Debian puts none of them on PATH."""
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    yield from Path("/usr").glob("pgsql-*/bin")
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir"))


def _output(program: Path | str, option: str) -> str:
    return _printed(program, option, os.stat(program).st_mtime_ns)


@cache
def _printed(program: Path | str, option: str, changed_ns: int) -> str:
    """Return what a program prints, which stays as long as the program does."""
    result = subprocess.run([program, option], capture_output=True, text=True, check=False)
    return result.stdout.strip()
