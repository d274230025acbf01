"""TraP on the same files, as it comes from PyPI, with a database in a file."""

import tempfile
from pathlib import Path

from benchmarks.extraction import peers
from benchmarks.processes import Measured, measure
from trapdb.measuring.workers import count_cores

VERSION = "1.4.0"

# It has no defaults for these: what trapdb does, as far as the two have the same meaning.
OPTIONS = (
    *("--detection_threshold", "8", "--analysis_threshold", "3", "--deblend_nthresh", "0"),
    *("--im_margin", "5", "--im_back_size_x", "64", "--im_back_size_y", "64"),
    *("--rms_min", "0", "--rms_max", "100", "--reduction_factor_for_rms", "8"),
    *("--de_ruiter_r_max", "5.68", "--max_nr_consecutive_force_fits", "10"),
    *("--ew_sys_err", "2.3", "--ns_sys_err", "2.3"),
)


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
            *OPTIONS,
        ]
        done = measure(command, {}, sample_s=1.0)
    if done.status:
        print("# TraP failed:", *done.lines[-3:], sep="\n# ")
        return None
    return done
