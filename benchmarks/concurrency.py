"""Two data sets ingested at once against one, and the same data set twice at once.

Each ingest is a process of its own that feeds measurements. Two at once on two cores are compared
with one alone in images a second. Then two processes feed the same data set: one of them waits
while the other has a time step open, times that have passed are refused, and the catalogue is
recomputed from the measurements afterwards.
"""

import argparse
import multiprocessing
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import WatchedFeeder
from tests.feeding import FedImage, nothing_there
from trapdb.database import routines
from trapdb.errors import LateImage
from trapdb.server import private_server

RA, DEC = 123.0, 10.0


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "concurrency.png")
    command.add_argument("--sources", type=int, default=10_000, help="in the field, all seen")
    command.add_argument("--images", type=int, default=20, help="images of each ingest")
    command.add_argument("--repeats", type=int, default=3, help="times that all is done")
    options = command.parse_args()
    with scratch_server() as here:
        report.print_settings(administrator(here), options)
        ratios, alone, together = [], [], []
        for repeat in range(options.repeats):
            alone.append(options.images / _rate([f"alone {repeat}"], options))
            pair = [f"first {repeat}", f"second {repeat}"]
            together.append(2 * options.images / _rate(pair, options))
            ratios.append(together[-1] / alone[-1])
        _rate(["shared", "shared"], options)
        conn = administrator(here)
        differences = routines.verify_dataset(conn, "shared")
    report.print_table(
        ["median (middle half)", "images/s"],
        [
            ["one data set", report.spread(alone)],
            ["two data sets at once", report.spread(together)],
            ["ratio", report.spread(ratios)],
            ["the same one twice: differences", str(len(differences))],
        ],
    )
    report.save_plot(
        options.plot,
        lambda pyplot: _draw(pyplot, alone, together),
    )


def _rate(names: list[str], options: argparse.Namespace) -> float:
    """Return the seconds in which processes, one for each name, ingest their images."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(len(names) + 1)
    processes = [
        context.Process(target=_ingest, args=(name, number, ready, options))
        for number, name in enumerate(names)
    ]
    for process in processes:
        process.start()
    ready.wait()
    start = perf_counter()
    for process in processes:
        process.join()
    seconds = perf_counter() - start
    if any(process.exitcode for process in processes):
        raise SystemExit("an ingest failed")
    return seconds


def _ingest(name: str, number: int, ready: Any, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(number)
    radius = 5 * np.sqrt(options.sources / 20_000)
    sources = dense_field(np.random.default_rng(1), options.sources, RA, DEC, radius)
    images = [
        FedImage(
            sources.measure(rng),
            RA,
            DEC,
            radius + 2 * BEAM,
            beam_major=BEAM,
            digest=f"{number} {image}",
        )
        for image in range(options.images)
    ]
    feeder = WatchedFeeder(operator(private_server.locate()), name)
    ready.wait()
    for image in images:
        while True:
            try:
                feeder.step(image, force=nothing_there)
                break
            except LateImage:  # the other process has taken this time
                feeder.skip()


def _draw(pyplot: Any, alone: list[float], together: list[float]) -> Any:
    figure, axes = pyplot.subplots(figsize=(4, 4))
    axes.boxplot([alone, together])
    axes.set_xticks([1, 2], ["one data set", "two at once"])
    axes.set_ylabel("images/s")
    axes.set_ylim(bottom=0)
    return figure


if __name__ == "__main__":
    main()
