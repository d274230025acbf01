"""Scale: a hundred million points in one data set, or thousands of short images of one field.

Each image is fed as measurements: it finds a random half of the sources, and the other half is
measured by force. Light curves are packed behind it, as an ingest has it done. Told are the rate
at the end against the beginning, the size, and what questions, a rewind by one step, the
verification of some sources, a vacuum and a restart take then. `wide` is 100,000 sources in 1,000
images, which takes hours and 40 GB, `short` 2,000 sources in 3,200, which takes minutes.
"""

import argparse
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.fields import BEAM, field
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watched import StepCost, WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage, nothing_there
from trapdb.database import routines
from trapdb.ingest.packing import Packing
from trapdb.server import private_server

RA, DEC = 123.0, 10.0
PROFILES = {"wide": (100_000, 1000), "short": (2000, 3200)}


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "scale.png")
    command.add_argument("profile", choices=PROFILES, nargs="?", default="wide")
    command.add_argument("--sources", type=int, help="in the field; else as the profile has it")
    command.add_argument("--images", type=int, help="of it; else as the profile has it")
    command.add_argument("--group", type=int, default=20, help="images that are compared")
    command.add_argument("--repeats", type=int, default=11, help="times that each is timed")
    options = command.parse_args()
    usual = PROFILES[options.profile]
    options.sources, options.images = options.sources or usual[0], options.images or usual[1]
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        feeder, steps = take(partial(operator, here), options)
        print_rate(steps, options.group)
        print_sizes(look, "behind the ingest", steps)
        start = perf_counter()
        points = compact(feeder)
        seconds = perf_counter() - start
        vacuum, _ = timed(lambda: run(look, "vacuum"))
        print_sizes(look, "after `dataset compact` and a vacuum", steps)
        print(
            f"\n{points} points packed at once in {seconds:.0f} s; the vacuum took {vacuum:.1f} s"
        )
        look.close()
        feeder.conn.close()
        stop, _ = timed(lambda: private_server.stop(here))
        restart, _ = timed(private_server.ensure_running)
        print(f"stopped in {stop:.1f} s, ready again after {restart:.1f} s")
        ask(here, feeder, options)
        feeder.conn = operator(here)
        undo(administrator(here), feeder)


def take(
    connect: Callable[[], Any], options: argparse.Namespace
) -> tuple[WatchedFeeder, list[StepCost]]:
    """Store the images, one a time step, while light curves are packed behind them."""
    rng = np.random.default_rng(1)
    radius = 5 * np.sqrt(options.sources / 20_000)  # the density of the association benchmark
    sources = field(rng, options.sources, RA, DEC, radius)
    feeder = WatchedFeeder(connect(), options.profile)
    steps, began = [], perf_counter()
    with Packing(feeder.name, feeder.dataset_id, connect) as packing:
        for number in range(options.images):
            some = rng.permutation(len(sources))[: len(sources) // (2 if number else 1)]
            blind = sources[some].measure(rng)
            fed = FedImage(blind, RA, DEC, radius + 2 * BEAM, beam_major=BEAM)
            steps.append(feeder.watched_step(fed, nothing_there))
            packing.follow(steps[-1].measurements + steps[-1].forced)
            if (number + 1) % 100 == 0:
                print(f"# {number + 1} images, {perf_counter() - began:.0f} s", flush=True)
    return feeder, steps


def compact(feeder: WatchedFeeder) -> int:
    """Pack all that is left; return how many points."""
    points: int = 0
    after: int | None = 0
    while after is not None:
        bitten = routines.pack_points(feeder.conn, feeder.dataset_id, after, 1000, at_once=True)
        points, after = points + bitten.points, bitten.last_source_id
    return points


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Do work; return the seconds that it took, and what it gave."""
    start = perf_counter()
    given = work()
    return perf_counter() - start, given


def print_rate(steps: list[StepCost], group: int) -> None:
    """Print what the last images cost, and what some early ones did."""
    early, late = steps[10 : 10 + group], steps[-group:]
    figures: dict[str, Callable[[StepCost], float]] = {
        "ms": lambda step: 1e3 * step.seconds(),
        "us a measurement": lambda step: 1e6 * step.seconds() / (step.measurements + step.forced),
        "buffers": lambda step: step.buffers,
        "rows": lambda step: step.rows,
        "log kB": lambda step: step.wal / 1e3,
    }
    rows = []
    for name, part in figures.items():
        one, other = [part(step) for step in early], [part(step) for step in late]
        ratio = np.median(other) / np.median(one)
        rows.append([name, report.spread(one), report.spread(other), f"{ratio:.2f}"])
    report.print_table(["an image, median (middle half)", "from the 11th", "last", "ratio"], rows)


def print_sizes(look: Any, when: str, steps: list[StepCost]) -> None:
    """Print bytes a measurement, of tables that hold more than a byte of them."""
    measured = sum(step.measurements + step.forced for step in steps)
    rows = [
        [size.table, size.table_bytes / measured, size.index_bytes / measured]
        for size in run(look, "sizes")
        if size.table_bytes > measured
    ]
    rows.append(["all", sum(row[1] for row in rows), sum(row[2] for row in rows)])
    report.print_table([f"bytes a measurement, {when}", "table", "indexes"], rows)


def ask(here: Any, feeder: WatchedFeeder, options: argparse.Namespace) -> None:
    """Ask questions of a server that was just started, light curves first."""
    query, look = reader(here), administrator(here)
    count = 2 * options.repeats + 2
    some = run(query, "some_sources", dataset_id=feeder.dataset_id, count=count)
    sources = [row.source_id for row in some]
    seconds, pages = [], []
    for source_id in sources[: options.repeats + 1]:
        seconds.append(timed(partial(run, query, "light_curve", source_id=source_id))[0])
    for source_id in sources[options.repeats + 1 :]:
        ((plan,),) = run(look, "light_curve_pages", source_id=source_id)
        root = plan[0]["Plan"]
        pages.append(root["Shared Hit Blocks"] + root["Shared Read Blocks"])
    rows = [
        ["a light curve, another source each time", report.spread([1e3 * s for s in seconds[1:]])],
        ["its pages", report.spread(pages[1:])],
    ]
    questions: dict[str, dict[str, Any]] = {
        "top 100": {"name": "top_variables", "dataset_id": feeder.dataset_id},
        "top 20 candidates": {"name": "some_candidates", "dataset_id": feeder.dataset_id},
    }
    for row in run(query, "definitions"):
        questions[row.name] = {
            "name": "by_definition",
            "definition": row.name,
            "dataset": feeder.name,
        }
    for question, arguments in questions.items():
        answers = [timed(partial(run, query, **arguments))[0] for _ in range(4)]
        rows.append([question, report.spread([1e3 * s for s in answers[1:]])])
    report.print_table(["question", "ms, or pages: median (middle half)"], rows)


def undo(look: Any, feeder: WatchedFeeder) -> None:
    """Verify some sources, and rewind by one step, behind which all is packed."""
    some = run(look, "some_sources", dataset_id=feeder.dataset_id, count=1000)
    sources = [row.source_id for row in some]
    verify, differing = timed(
        lambda: run(look, "sums_that_differ", dataset_id=feeder.dataset_id, source_ids=sources)
    )
    last = feeder.next_at - timedelta(days=2)
    rewind, undone = timed(lambda: routines.rewind_dataset(feeder.conn, feeder.name, last))
    print(f"\n1000 sources verified in {verify:.2f} s, {len(differing)} differ")
    print(f"rewound by {undone.rewound_images} image in {rewind:.1f} s, with stretches to undo")


if __name__ == "__main__":
    main()
