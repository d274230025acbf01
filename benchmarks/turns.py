"""Work that is prepared once and done again and again, whenever a line comes in on the input.

`against.py` starts it in two checkouts and has them take turns. It is run as a file, with whichever
checkout is to be measured on PYTHONPATH: all it imports is there in both. Each line of its output
is a JSON object of figures. What does not depend on what else the machine does comes beside the
time: bytes of write-ahead log, buffers, and CPU time of the server's process.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.association import DEC, RA, RADIUS
from benchmarks.fields import BEAM, field, whole_sky
from benchmarks.queries import make
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watched import WatchedFeeder
from benchmarks.watching import run, watch
from tests.feeding import FedImage

Figures = dict[str, float]
Turn = Callable[[], Figures]

# Checkpoints are made here, so that whole pages come into the log in the same steps everywhere.
SETTINGS = {"checkpoint_timeout": "1d", "max_wal_size": "50GB"}


def association(here: Any, options: argparse.Namespace) -> Turn:
    """Store images of half of the known sources of a field, the rest of them all over the sky.

    A turn is two images: one right after a checkpoint, with which the log holds whole pages, as for
    a telescope that takes one a minute; and one more, of which are all figures but that.
    """
    conn, look = operator(here), administrator(here)
    rng = np.random.default_rng(1)
    sources = field(rng, options.field, RA, DEC, RADIUS)
    sky = whole_sky(rng, options.sky, RA, DEC, RADIUS + 0.2)
    feeder = WatchedFeeder(conn, "association")
    for some in np.array_split(rng.permutation(len(sky)), len(sky) // 100_000 + 1):
        for pole in (90, -90):
            half = sky[some[sky.dec[some] * pole > 0]]
            if len(half):
                feeder.make_known(FedImage(half.measure(rng), 0, pole, 90, beam_major=BEAM))
    known = FedImage(sources.measure(rng), RA, DEC, RADIUS + 0.1, beam_major=BEAM)
    feeder.make_known(known)
    run(look, "vacuum")

    def store() -> Figures:
        some = sources[rng.permutation(len(sources))[: options.measurements]]
        image = FedImage(some.measure(rng), RA, DEC, RADIUS + 0.1, beam_major=BEAM)
        with cpu_time(conn) as cpu:
            step = feeder.watched_step(image, None)
        return {
            "ms": 1e3 * step.seconds(),
            "CPU ms": cpu[0],
            "log kB": step.wal / 1e3,
            "buffers": step.buffers,
            **{f"{name} ms": ms for name, ms in step.milliseconds().items()},
            **{f"{name}: log kB": part.wal / 1e3 for name, part in step.parts.items()},
            **{f"{name}: buffers": part.buffers for name, part in step.parts.items()},
        }

    def turn() -> Figures:
        run(look, "checkpoint")
        whole_pages = store()["log kB"]
        return store() | {"log kB after a checkpoint": whole_pages}

    for _ in range(options.warm_up):
        store()
    return turn


def queries(here: Any, options: argparse.Namespace) -> Turn:
    """Ask questions, the same text of both, of a data set whose images measure all its sources."""
    feeder = make(operator(here), administrator(here), "large", options.sources, options.images)
    run(administrator(here), "vacuum")
    conn = reader(here)
    rng = np.random.default_rng(2)
    first = run(conn, "some_source", dataset_id=feeder.dataset_id)[0].source_id

    def turn() -> Figures:
        return {
            **ask(conn, "by_definition", definition="variable", dataset=feeder.name),
            **ask(conn, "some_candidates", dataset_id=feeder.dataset_id),
            **ask(conn, "chosen_candidates", dataset_id=feeder.dataset_id),
            **ask(conn, "light_curve", source_id=first + int(rng.integers(options.sources))),
        }

    return turn


def from_disk(here: Any, options: argparse.Namespace) -> Turn:
    """Ask for light curves of which no page is in memory, neither the server's nor the system's.

    A turn is the median of twenty, of other sources. The first after the start is left out: it
    reads what has to be known of tables, too.
    """
    feeder = make(operator(here), administrator(here), "large", options.sources, options.images)
    run(administrator(here), "vacuum")
    server = [sys.executable, "-m", "trapdb", "db"]  # it is the same command in all revisions
    rng = np.random.default_rng(2)
    first = run(reader(here), "some_source", dataset_id=feeder.dataset_id)[0].source_id

    def turn() -> Figures:
        subprocess.run([*server, "stop"], check=True, stdout=subprocess.DEVNULL)
        forget(Path(os.environ["TRAPDB_HOME"]))
        subprocess.run([*server, "start"], check=True, stdout=subprocess.DEVNULL)
        with reader(here) as conn:
            _, *asked = (
                ask(conn, "light_curve", source_id=first + int(rng.integers(options.sources)))
                for _ in range(21)
            )
        return {name: float(np.median([one[name] for one in asked])) for name in asked[0]}

    return turn


def forget(folder: Path) -> None:
    """Have the system drop what it keeps of files in memory; they must have been written."""
    for path in folder.rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


def ask(conn: Any, name: str, **arguments: Any) -> Figures:
    """Ask a question; return its time, that of the server's CPU and the buffers it looked at."""
    text = Path(__file__).with_name("sql").joinpath(f"{name}.sql").read_text()
    with conn.transaction(), cpu_time(conn) as cpu, watch(conn) as cost:
        conn.execute(text, arguments).fetchall()
    return {
        f"{name} ms": 1e3 * cost.seconds,
        f"{name} CPU ms": cpu[0],
        f"{name} buffers": cost.buffers,
    }


@contextmanager
def cpu_time(conn: Any) -> Iterator[list[float]]:
    """Measure the CPU time [ms] of the server's process for a connection, in a block."""
    path = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    spent = [0.0]
    before = int(path.read_text().split()[0])
    yield spent
    spent[0] = 1e-6 * (int(path.read_text().split()[0]) - before)


WORK = {"association": association, "queries": queries, "from_disk": from_disk}


def main() -> None:
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("work", choices=WORK)
    command.add_argument("--measurements", type=int, default=10_000)
    command.add_argument("--field", type=int, default=20_000)
    command.add_argument("--sky", type=int, default=0)
    command.add_argument("--warm-up", type=int, default=10)
    command.add_argument("--sources", type=int, default=100_000)
    command.add_argument("--images", type=int, default=100)
    options = command.parse_args()
    answers, sys.stdout = sys.stdout, sys.stderr
    with scratch_server(**SETTINGS) as here:
        turn = WORK[options.work](here, options)
        print(json.dumps({}), file=answers, flush=True)
        for _ in sys.stdin:
            print(json.dumps(turn()), file=answers, flush=True)


if __name__ == "__main__":
    main()
