"""Environments of their own for peers: their pins conflict with those of the extractor."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("sep", "radio-pyse")


def environment(name: str = "peers", packages: Sequence[str] = PACKAGES) -> str | None:
    """Return the Python in which packages are, made in the user's cache if it is not there.

    None, and one line that says why, if they cannot be installed.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = cache / "trapdb" / f"{name}-{sys.version_info.major}.{sys.version_info.minor}"
    python, stamp = folder / "bin" / "python", folder / ".installed"
    if not stamp.exists():
        print(f"# installing {' and '.join(packages)} into {folder}", flush=True)
        try:
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(folder)],
                [str(python), "-m", "pip", "install", "--quiet", *packages],
            ):
                subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            names = " and ".join(packages)
            print(f"# without {names}, which could not be installed: {reason(error)}")
            return None
        # last: an installation that was cut short is done again
        stamp.touch()
    names = [package.split("==")[0] for package in packages]
    code = (
        "from importlib.metadata import version; "
        f"print(', '.join(name + ' ' + version(name) for name in {names!r}))"
    )
    told = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    print(f"# {told.stdout.strip()}", flush=True)
    return str(python)


def reason(error: Exception) -> str:
    """Return the line of the output that says what is wrong."""
    output = getattr(error, "stderr", None) or str(error)
    lines = [line.strip() for line in output.splitlines() if line.strip()] or [str(error)]
    wrong = [line for line in lines if line.startswith("ERROR")]
    return (wrong or lines)[-1]
