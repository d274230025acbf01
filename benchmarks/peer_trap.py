"""TraP on the same files, as it comes from PyPI, with a database in a file."""

import tempfile
from pathlib import Path

from benchmarks.extraction import peers
from benchmarks.processes import Measured, measure
from trapdb.workers import count_cores

VERSION = "1.4.0"


def run_trap(folder: Path) -> Measured | None:
    """Run TraP on the images in a folder; None if it cannot be installed, or does not end well."""
    python = peers.environment("trap", [f"trap=={VERSION}"])
    if python is None:
        return None
    with tempfile.TemporaryDirectory(prefix="trap-", dir="/tmp") as place:
        command = [
            str(Path(python).with_name("trap-run")),
            *("--input_images", str(folder)),
            *("--db_backend", "sqlite", "--db_name", f"{place}/trap.db", "--db_overwrite"),
            *("--log_dir", place, "--nr_threads", str(count_cores())),
            *("--detection_threshold", "8", "--analysis_threshold", "3"),
        ]
        done = measure(command, {}, sample_s=1.0)
    if done.status:
        print("# TraP failed:", *done.lines[-3:], sep="\n# ")
        return None
    return done
