"""A revision beside the present checkout: the same commands in turn, and the ratio of their times.

The revision gets a worktree, and an environment with the versions of all libraries that are here,
in the user's cache (`~/.cache/trapdb/revision-*`), which are used again. Both run one after the
other, again and again, so that what else the machine does falls on both alike. `trapdb` is run as
users do, in a home of its own; `warm` is the extraction of an image within a process, on one core.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks import report
from benchmarks.extraction.skies import SOURCES, count
from trapdb.simulate import simulate

HERE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Software:
    """A checkout, and the Python with what it needs."""

    tree: Path
    python: str

    def run(self, *arguments: str, home: Path) -> str:
        """Run a module of it to its end; return what it prints."""
        done = subprocess.run(
            [self.python, "-m", *arguments],
            env=os.environ | {"PYTHONPATH": str(self.tree), "TRAPDB_HOME": str(home)},
            cwd=self.tree,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return done.stdout


@dataclass(frozen=True)
class Files:
    """What is measured: a folder of images, and one that is larger."""

    field: Path
    image: Path


Work = Callable[[Software, Files, Path], float | None]


def show_help(software: Software, files: Files, home: Path) -> None:
    software.run("trapdb", "--help", home=home)


def extract(software: Software, files: Files, home: Path) -> None:
    software.run("trapdb", "extract", str(files.image), home=home)


def ingest(software: Software, files: Files, home: Path) -> None:
    """With the start of a new private server, and the making of its schema."""
    software.run("trapdb", "ingest", str(files.field), home=home)


def warm(software: Software, files: Files, home: Path) -> float:
    """Return what the process measures: the seconds of one extraction, from the file on."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        told = software.run("benchmarks.extraction.stopwatch", str(files.image), home=home)
    finally:
        os.sched_setaffinity(0, cores)
    return median(json.loads(told.splitlines()[-1])["total"])


WORK: dict[str, Work] = {"help": show_help, "warm": warm, "extract": extract, "ingest": ingest}


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("revision", help="what git knows it by")
    command.add_argument("work", nargs="*", help=f"of {', '.join(WORK)}; without any: all")
    command.add_argument("--repeats", type=int, default=11, help="of each, in turn")
    command.add_argument("--size", type=int, default=2048, help="pixels along the larger image")
    options = command.parse_args()
    if unknown := set(options.work) - set(WORK):
        command.error(f"no work {', '.join(sorted(unknown))}: choose of {', '.join(WORK)}")
    both = (revision(options.revision), Software(HERE, sys.executable))
    report.print_machine(options, f"the revision in {both[0].tree}")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="trapdb-against-") as folder:
        os.chmod(folder, 0o755)  # the server's user has to enter it
        files = _files(Path(folder), options.size)
        rows = [
            _compared(name, both, files, options.repeats) for name in options.work or list(WORK)
        ]
    report.print_table(
        ["here beside the revision", "s there", "s here", "ratio", "ratio of CPU time"], rows
    )


def revision(name: str) -> Software:
    """Return a revision in a worktree and an environment of its own, made if they are not there."""
    find = ["git", "rev-parse", "--quiet", "--verify", "--short=12", f"{name}^{{commit}}"]
    found = subprocess.run(find, cwd=HERE, stdout=subprocess.PIPE, text=True)
    if found.returncode:
        sys.exit(f"{HERE}: git knows no revision {name}")
    commit = found.stdout.strip()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    folder = cache / "trapdb" / f"revision-{commit}"
    tree, environment, stamp = folder / "tree", folder / "environment", folder / ".installed"
    python = environment / "bin" / "python"
    if not stamp.exists():
        print(f"# making {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        pip = [str(python), "-m", "pip", "install"]
        same = folder / "same_versions.txt"
        same.write_text("".join(f"{name}=={version}\n" for name, version in _installed()))
        for making in (
            ["git", "worktree", "prune"],
            ["git", "worktree", "add", "--quiet", "--detach", str(tree), commit],
            [sys.executable, "-m", "venv", str(environment)],
            [*pip, "--constraint", str(same), "--editable", str(tree)],
        ):
            subprocess.run(making, cwd=HERE, check=True, stdout=subprocess.DEVNULL)
        stamp.touch()  # last: what was cut short is done again
    return Software(tree, str(python))


def _installed() -> list[tuple[str, str]]:
    """Return the names and versions of all libraries here."""
    found = {one.metadata["Name"]: one.version for one in distributions()}
    return sorted((name, version) for name, version in found.items() if name != "trapdb")


def _files(folder: Path, size: int) -> Files:
    field = folder / "field"
    simulate(field, epochs=10, size=512, sources=200)
    larger = simulate(folder / "larger", epochs=1, size=size, sources=count(SOURCES, size))
    return Files(field, Path(larger.paths[0]))


def _compared(
    name: str, both: tuple[Software, Software], files: Files, repeats: int
) -> list[object]:
    """Do the work in turn, once in advance; return a row of the table."""
    seen: list[list[tuple[float, float]]] = [[], []]
    for turn in range(repeats + 1):
        for software, figures in zip(both, seen, strict=True):
            measured = _timed(WORK[name], software, files)
            if turn:  # what is read and compiled at first is there from then on
                figures.append(measured)
    (there, here), (there_cpu, here_cpu) = (
        [[figure[index] for figure in figures] for figures in seen] for index in (0, 1)
    )
    return [
        name,
        report.spread(there),
        report.spread(here),
        *(
            report.spread([new / old for old, new in zip(*pair, strict=True)], ".4f")
            for pair in ((there, here), (there_cpu, here_cpu))
        ),
    ]


def _timed(work: Work, software: Software, files: Files) -> tuple[float, float]:
    """Return the seconds that work takes, and those of CPU of the command itself."""
    home = Path(tempfile.mkdtemp(dir=files.field.parent))
    home.chmod(0o755)
    try:
        before, start = _cpu(), perf_counter()
        seconds = work(software, files, home)
        return seconds or perf_counter() - start, _cpu() - before
    finally:
        if any(home.iterdir()):
            software.run("trapdb", "db", "stop", home=home)
        shutil.rmtree(home)


def _cpu() -> float:
    """Return the CPU seconds of all processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
