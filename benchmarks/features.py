"""Features: what they cost beside a time step, and of a whole data set.

A field is known, with light curves of some tens of points. Images measure all of it; timed are the
database's part of each time step and, apart from it, the features of the sources that it touched:
of all of them, and of those that a watch for what is unsteady would look at. Then the features of
a data set of many sources, all at once, and ranking it.
"""

import argparse
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage, nothing_there
from trapdb.classify.ranking import rank

RA, DEC, RADIUS = 123.0, 10.0, 5.0
GOAL_STEP, GOAL_ALL = 5.0, 10.0  # per cent, s


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "features.png")
    command.add_argument("--measurements", type=int, default=10_000, help="in an image")
    command.add_argument("--images", type=int, default=6, help="images that are timed")
    command.add_argument("--points", type=int, default=20, help="points of a light curve")
    command.add_argument("--sources", type=int, default=100_000, help="in the whole data set")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        steps = _steps(operator(here), look, options)
        whole = _whole(operator(here), look, options)
    report.print_table(
        ["a time step", "ms", "per cent of the step", "goal"],
        [
            ["the database's part", report.spread(steps["step"]), "", ""],
            *(_share(steps, name) for name in ("all sources", "unsteady sources")),
        ],
    )
    report.print_table(["a data set", "s", "goal"], whole)


def _share(steps: dict[str, list[float]], name: str) -> list[object]:
    shares = [100 * one / step for one, step in zip(steps[name], steps["step"], strict=True)]
    shown = report.judged(report.spread(shares), bool(np.median(shares) <= GOAL_STEP))
    return [f"features of {name}", report.spread(steps[name]), shown, GOAL_STEP]


def _fed(conn: Any, name: str, sources: int, images: int, rng: np.random.Generator) -> Any:
    """Feed a field of sources that are found in every image; return its feeder and the field."""
    field = dense_field(rng, sources, RA, DEC, RADIUS)
    feeder = WatchedFeeder(conn, name)
    for _ in range(images):
        feeder.make_known(FedImage(field.measure(rng), RA, DEC, RADIUS + 0.1, beam_major=BEAM))
    return feeder, field


def _steps(conn: Any, look: Any, options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the milliseconds of time steps, and of the features of their sources."""
    rng = np.random.default_rng(1)
    feeder, field = _fed(conn, "steps", options.measurements, options.points, rng)
    run(look, "vacuum")
    times: dict[str, list[float]] = {"step": [], "all sources": [], "unsteady sources": []}
    for _ in range(options.images):
        image = FedImage(field.measure(rng), RA, DEC, RADIUS + 0.1, beam_major=BEAM)
        times["step"].append(1e3 * feeder.watched_step(image, nothing_there).seconds())
        touched = run(look, "touched", dataset_id=feeder.dataset_id)
        for name, which in (("all sources", touched), ("unsteady sources", None)):
            rows = which or run(look, "unsteady", dataset_id=feeder.dataset_id)
            ids = [row.source_id for row in rows]
            start = perf_counter()
            run(look, "features", source_ids=ids)
            times[name].append(1e3 * (perf_counter() - start))
    return times


def _whole(conn: Any, look: Any, options: argparse.Namespace) -> list[list[object]]:
    """Return the seconds of the features of a data set, and of ranking it."""
    rng = np.random.default_rng(2)
    feeder, _ = _fed(conn, "whole", options.sources, options.points, rng)
    run(look, "vacuum")
    rows: list[list[object]] = []
    ids = [row.source_id for row in run(look, "ids_of", dataset_id=feeder.dataset_id)]
    start = perf_counter()
    run(look, "features", source_ids=ids)
    taken = perf_counter() - start
    rows.append(
        [
            f"features of {len(ids)} sources",
            report.judged(f"{taken:.2f}", taken <= GOAL_ALL),
            GOAL_ALL,
        ]
    )
    start = perf_counter()
    rank(conn, feeder.name)
    rows.append(["ranking them", f"{perf_counter() - start:.2f}", ""])
    return rows


if __name__ == "__main__":
    main()
