"""A whole ingest, as a user runs it: files in, light curves out, on a private server made for it.

Each profile is a telescope's: its images, how long they may take, what they may hold in memory.
For the first one TraP 1.4.0 does the same files in the same run, in an environment of its own.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits

from benchmarks import report
from benchmarks.headers import set_time
from benchmarks.peer_trap import run_trap
from benchmarks.processes import Measured, measure
from trapdb.measuring.workers import count_cores
from trapdb.simulate import simulate

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Profile:
    """A telescope's images; goals are NaN where there is none.

    Attributes
    ----------
    images, distinct : int
        How many are ingested, and how many of them differ in more than their time.
    seconds : float
        Most that all may take, everything included.
    seconds_an_image : float
        Most that one may take, at the median.
    megabytes : float
        Most memory of all processes.
    sample_s : float
        How often to look at the memory.
    """

    images: int
    distinct: int
    size: int
    sources: int
    workers: int
    seconds: float = np.nan
    seconds_an_image: float = np.nan
    megabytes: float = np.nan
    sample_s: float = 2.0


PROFILES = {
    "field": Profile(10, 10, 2048, 2000, count_cores(), seconds=5, megabytes=1200, sample_s=0.1),
    "aartfaac": Profile(2000, 20, 1024, 100, 1, seconds_an_image=0.5),
    "askap": Profile(20, 5, 4096, 10_000, count_cores(), seconds_an_image=3),
}


def main() -> None:
    command = report.parser("Whole ingests, from files to light curves.", "ingest.png")
    command.add_argument("profiles", nargs="*", help=f"of {', '.join(PROFILES)}; all if none")
    command.add_argument("--images", type=int, help="other than the profile's number of images")
    command.add_argument("--without-trap", action="store_true", help="do not run TraP")
    options = command.parse_args()
    report.print_machine(options, "the command line, on a private server that does not exist yet")
    results = {}
    for name in options.profiles or PROFILES:
        profile = PROFILES[name]
        images = options.images or profile.images
        with _files(profile, images) as folder:
            # Looking at the memory often would take the time of a short one.
            short = profile.sample_s < 1
            results[name] = _ingest(folder, profile, None if short else profile.sample_s)
            if short:
                results[name].memory = _ingest(folder, profile, profile.sample_s).memory
            _print(name, profile, images, results[name])
            if name == "field" and not options.without_trap:
                _compare(run_trap(folder), results[name])
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, results))


@contextmanager
def _files(profile: Profile, images: int) -> Iterator[Path]:
    """Make the images of a profile: distinct ones, and copies of them at later times."""
    with tempfile.TemporaryDirectory(prefix="trapdb-images-", dir="/tmp") as place:
        folder = Path(place) / "images"
        truth = simulate(
            folder,
            epochs=min(profile.distinct, images),
            size=profile.size,
            sources=profile.sources,
            minimum_snr=20.0,
        )
        originals = [Path(path) for path in truth.paths]
        for number in range(len(originals), images):
            path = folder / f"epoch{number:04}_band00.fits"
            shutil.copyfile(originals[number % len(originals)], path)
            taken_at = START + timedelta(seconds=600 * number)
            with fits.open(path, mode="update", memmap=True) as hdus:
                set_time(hdus[0].header, taken_at)
        yield folder


def _ingest(folder: Path, profile: Profile, sample_s: float | None) -> Measured:
    home = Path(tempfile.mkdtemp(prefix="trapdb-benchmark-", dir="/tmp"))
    home.chmod(0o755)  # the server's user has to enter it
    environment = {"TRAPDB_HOME": str(home), "TRAPDB_DATABASE_URL": ""}
    trapdb = [sys.executable, "-m", "trapdb"]
    try:
        workers = ["--workers", str(profile.workers)]
        done = measure([*trapdb, "ingest", str(folder), *workers], environment, home, sample_s)
    finally:
        measure([*trapdb, "db", "stop"], environment)
        shutil.rmtree(home)
    if done.status:
        raise SystemExit("\n".join(done.lines[-5:]))
    return done


def step_seconds(done: Measured) -> np.ndarray:
    """Return the seconds from each time step to the next one."""
    ends = [
        seconds
        for text, seconds in zip(done.lines, done.line_seconds, strict=True)
        if " of 1 images, " in text
    ]
    return np.diff(ends)


def _print(name: str, profile: Profile, images: int, done: Measured) -> None:
    steps = step_seconds(done)
    group = max(min(20, len(steps) // 3), 1)
    early, late = np.median(steps[:group]), np.median(steps[-group:])
    quarter = max(len(done.memory) // 4, 1)
    memory = [max(done.memory[quarter : 2 * quarter]), max(done.memory[-quarter:])]
    an_image = float(np.median(steps))
    what = f"{name}: {images} images of {profile.size}x{profile.size}, {profile.sources} sources"
    report.print_table(
        [f"{what}, workers {profile.workers}", "found", "goal"],
        [
            ["s, everything included", _judged(done.seconds, profile.seconds), profile.seconds],
            ["s an image", _judged(an_image, profile.seconds_an_image), profile.seconds_an_image],
            ["s an image, the last over the first", f"{late / early:.2f}", ""],
            ["MB, all processes, at the most", _judged(done.peak, profile.megabytes),
             profile.megabytes],
            ["MB, the last quarter over the second", f"{memory[1] / memory[0]:.2f}", ""],
        ],
    )  # fmt: skip
    print(done.lines[-1].strip())


def _judged(value: float, goal: float) -> str:
    return report.judged(f"{value:.3g}", not value > goal)


def _compare(trap: Measured | None, ours: Measured) -> None:
    if trap is None:
        return
    ratio = trap.seconds / ours.seconds
    report.print_table(
        ["on the same files", "trapdb", "TraP 1.4.0", "ratio", "goal"],
        [
            ["s", ours.seconds, trap.seconds, report.judged(f"{ratio:.1f}", ratio >= 10), 10],
            ["MB", ours.peak, trap.peak, trap.peak / ours.peak, ""],
        ],
    )


def _draw(pyplot: object, results: dict[str, Measured]) -> object:
    figure, axes = pyplot.subplots(len(results), 1, figsize=(8, 3 * len(results)), squeeze=False)
    for panel, (name, done) in zip(axes[:, 0], results.items(), strict=True):
        steps = step_seconds(done)
        panel.plot(np.arange(2, len(steps) + 2), steps, ".", label="s an image")
        panel.set(title=name, xlabel="image", ylabel="s", ylim=(0, None))
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    main()
