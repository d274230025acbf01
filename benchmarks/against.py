"""A revision beside the present checkout: the same commands in turn, and the ratio of their times.

The revision gets a worktree, and an environment with the versions of all libraries that are here,
in the user's cache (`~/.cache/trapdb/revision-*`), which are used again. Both run one after the
other, again and again, so that what else the machine does falls on both alike. `trapdb` is run as
users do, in a home of its own; `warm` is the extraction of an image within a process, on one core.
For `association`, `queries` and `from_disk` (light curves, cold) each has a server of its own, and
both are up while they take turns (`turns.py`); their figures come with what does not depend on the
load.
"""

import argparse
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
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

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Start its Python; it is to end when its input does."""
        running = subprocess.Popen(
            [self.python, *arguments],
            env=os.environ | {"PYTHONPATH": str(self.tree)},
            cwd=self.tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with running:
            yield running


@dataclass(frozen=True)
class Files:
    """What is measured: a folder of images, and one that is larger."""

    field: Path
    image: Path


Work = Callable[[Software, Files, Path], float | None]


def import_extractor(software: Software, files: Files, home: Path) -> None:
    """With the start of Python."""
    software.run("timeit", "-n", "1", "-r", "1", "import extractor", home=home)


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


WORK: dict[str, Work] = {
    "import": import_extractor,
    "help": show_help,
    "warm": warm,
    "extract": extract,
    "ingest": ingest,
}

# what is prepared once, and the options of turns.py that say how much there is
TURNS = {
    "association": ["--measurements", "--field", "--sky", "--warm-up"],
    "queries": ["--sources", "--images"],
    "from_disk": ["--sources", "--images"],
}


def main() -> None:
    all_work = [*WORK, *TURNS]
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("revision", help="what git knows it by")
    command.add_argument("work", nargs="*", help=f"of {', '.join(all_work)}; without any: all")
    command.add_argument("--repeats", type=int, default=11, help="of each, in turn")
    command.add_argument("--size", type=int, default=2048, help="pixels along the larger image")
    command.add_argument(
        "--measurements", type=int, default=10_000, help="in an image (association)"
    )
    command.add_argument("--field", type=int, default=20_000, help="known sources in it")
    command.add_argument("--sky", type=int, default=0, help="known sources elsewhere")
    command.add_argument("--warm-up", type=int, default=10, help="images before those measured")
    command.add_argument("--sources", type=int, default=100_000, help="of the data set of queries")
    command.add_argument("--images", type=int, default=100, help="each measures all of its sources")
    options = command.parse_args()
    if unknown := set(options.work) - set(all_work):
        command.error(f"no work {', '.join(sorted(unknown))}: choose of {', '.join(all_work)}")
    work = options.work or all_work
    both = (revision(options.revision), Software(HERE, sys.executable))
    report.print_machine(options, f"the revision in {both[0].tree}")
    if runs := [name for name in work if name in WORK]:
        _tell_runs(runs, both, options)
    for name in work:
        if name in TURNS:
            _tell_turns(name, both, options)


def _tell_runs(
    names: list[str], both: tuple[Software, Software], options: argparse.Namespace
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="trapdb-against-") as folder:
        os.chmod(folder, 0o755)  # the server's user has to enter it
        files = _files(Path(folder), options.size)
        rows = [_compared(name, both, files, options.repeats) for name in names]
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


def _tell_turns(name: str, both: tuple[Software, Software], options: argparse.Namespace) -> None:
    """Have both take turns; print each figure that one of them ever has."""
    given = [
        word
        for option in TURNS[name]
        for word in (option, str(getattr(options, option.strip("-").replace("-", "_"))))
    ]
    command = ["-P", str(Path(__file__).with_name("turns.py")), name, *given]
    with ExitStack() as started:
        there, here = (started.enter_context(software.started(*command)) for software in both)
        for prepared in there, here:
            _answer(prepared)
        seen = []
        for turn in range(options.repeats + 1):
            pair = []
            for prepared in there, here:
                _write(prepared)
                pair.append(_answer(prepared))
            if turn:
                seen.append(pair)
    rows = []
    for figure in dict.fromkeys(figure for pair in seen for one in pair for figure in one):
        old, new = ([one.get(figure, 0.0) for one in side] for side in zip(*seen, strict=True))
        ratios = [after / before for before, after in zip(old, new, strict=True) if before]
        if any(old + new):
            ratio = report.spread(ratios, ".3f") if ratios else ""
            rows.append([figure, report.spread(old, ".4g"), report.spread(new, ".4g"), ratio])
    report.print_table([f"{name}, here beside the revision", "there", "here", "ratio"], rows)


def _write(prepared: subprocess.Popen[str]) -> None:
    assert prepared.stdin is not None
    prepared.stdin.write("\n")
    prepared.stdin.flush()


def _answer(prepared: subprocess.Popen[str]) -> dict[str, float]:
    assert prepared.stdout is not None
    line = prepared.stdout.readline()
    if not line:
        sys.exit(f"{shlex.join(map(str, prepared.args))}: ended without an answer")  # type: ignore[arg-type]
    answer: dict[str, float] = json.loads(line)
    return answer


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
