"""Repair of Debian's pgSphere 1.2.0, which newer minor releases of PostgreSQL refuse.

The script of pgSphere 1.2.0 (Debian's postgresql-15-pgsphere 1.1.1) defines two operators
for the sake of old clients, `@ (bigint, smoc)` and `@ (spoint, smoc)`, and claims for them
the commutator and the negator of `<@`. PostgreSQL 15.18 let the claim pass; 15.20 refuses
it, so that CREATE EXTENSION fails, and with it the restore of any dump that needs pgSphere.

The repair takes the two clauses away from the two statements. Both operators stay and give
the same results, hence the version stays 1.2.0: a database made with the original script
and one made with the repaired script hold the same objects. Because version and control
file stay as they are, a plain CREATE EXTENSION and `pg_restore` take the repaired script,
a database that has the extension already is not concerned, and nothing is pinned when a
newer pgSphere is installed.

The repaired script is derived here, from the file that is installed. Where that file belongs
to a Debian package it is set aside with dpkg-divert: a re-installation or an upgrade of the
package then updates the set-aside original and leaves the repaired script in force. Run
again, the repair follows whatever the package now holds, and clears itself away when the
package is sound.

As root: `python -m trapdb.server.pgsphere` repairs all servers of this machine,
`python -m trapdb.server.pgsphere --undo` puts the originals back.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from trapdb.server import installation

COMMAND = installation.as_root(f"{sys.executable} -m trapdb.server.pgsphere")
SCRIPT = "pg_sphere--1.2.0.sql"
MARK = "-- Derived by trapdb from pgSphere's own script, which stands beside it as .distrib.\n"
FAULT = re.compile(
    r"(CREATE OPERATOR @ \(\s*LEFTARG\s*=\s*(?:bigint|spoint),\s*RIGHTARG\s*=\s*smoc,[^;]*?)"
    r"\s*COMMUTATOR\s*=\s*'@>',\s*NEGATOR\s*=\s*'!<@',"
)


def is_due(extensions: Path) -> bool:
    """Return whether `repair` would change anything.

    Parameters
    ----------
    extensions : Path
        The server's folder of extension scripts.

    Returns
    -------
    bool
        True where CREATE EXTENSION would run the mistyped statements, and where an earlier
        repair no longer fits the package.
    """
    script = extensions / SCRIPT
    wanted = _repaired(script)
    if wanted is None:
        return _aside(script).exists() or (script.exists() and _is_ours(script))
    return not script.exists() or script.read_text() != wanted


def repair(extensions: Path) -> str:
    """Bring a folder of extensions into the state described above.

    Parameters
    ----------
    extensions : Path
        The server's folder of extension scripts.

    Returns
    -------
    str
        What was done, in a few words; empty when nothing was to be done.
    """
    script = extensions / SCRIPT
    wanted = _repaired(script)
    if not is_due(extensions):
        return ""
    if wanted is None:
        return undo(extensions)
    if not _aside(script).exists():
        _set_aside(script)
    fresh = script.with_suffix(".new")
    fresh.write_text(wanted)
    fresh.chmod(0o644)
    os.replace(fresh, script)
    return f"repaired {script}"


def undo(extensions: Path) -> str:
    """Put pgSphere's own script back, if `repair` had replaced it.

    Parameters
    ----------
    extensions : Path
        The server's folder of extension scripts.

    Returns
    -------
    str
        What was done, in a few words; empty when nothing was to be done.
    """
    script = extensions / SCRIPT
    aside = _aside(script)
    ours = script.exists() and _is_ours(script)
    if not ours and not aside.exists():
        return ""
    if ours:
        script.unlink()
    if _dpkg("dpkg-divert", "--list", script):
        _divert("--remove", script)
    elif aside.exists():
        aside.rename(script)
    return f"put pgSphere's own script back: {script}"


def _aside(script: Path) -> Path:
    return script.with_name(script.name + ".distrib")


def _repaired(script: Path) -> str | None:
    """Derive the script that should be in force; None where pgSphere's own will do."""
    original = _aside(script) if _aside(script).exists() else script
    if not original.exists() or _is_ours(original):
        return None  # a package without this script leaves nothing to derive from
    text, faults = FAULT.subn(r"\1", original.read_text())
    return MARK + text if faults else None


def _is_ours(script: Path) -> bool:
    return script.read_text().startswith(MARK)


def _set_aside(script: Path) -> None:
    """Move the original out of the way, telling dpkg where the file is dpkg's."""
    if _dpkg("dpkg-query", "--search", script):
        _divert("--add", script)
    else:
        script.rename(_aside(script))


def _divert(action: str, script: Path) -> None:
    # --local: a diversion of this machine's administrator, belonging to no package.
    how: list[str | Path] = ["--quiet", "--local", "--rename", "--divert", _aside(script)]
    subprocess.run(["dpkg-divert", *how, action, script], check=True)


def _dpkg(*command: str | Path) -> str:
    """Ask dpkg; no answer where there is no dpkg or it does not know."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def main() -> None:
    """Repair pgSphere for every PostgreSQL of this machine.

    ``--undo`` takes the repair back; ``--check`` changes nothing and exits with status 1
    where a repair is due.
    """
    option = sys.argv[1] if len(sys.argv) > 1 else ""
    folders = [server.extensions for server in installation.find_all()]
    if option == "--check":
        sys.exit(any(is_due(folder) for folder in folders))
    for folder in folders:
        if not os.access(folder, os.W_OK):
            sys.exit(f"{folder} may only be changed by root: {COMMAND}")
        if done := undo(folder) if option == "--undo" else repair(folder):
            print(done)


if __name__ == "__main__":
    main()
