"""A thousand data sets in one database against a single one.

Timed on one data set, while it is alone and again among many small ones: an image, a light curve,
the top hundred; and the creation and deletion of a data set, while another one has a time step
open, which nobody may wait for. At the end queries over all data sets, with PostgreSQL's own
setting of the lock table.
"""

import argparse
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watched import WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage, Feeder, measurements, nothing_there
from trapdb.database import routines
from trapdb.server.private_server import Server

RA, DEC = 123.0, 10.0


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "many_datasets.png")
    command.add_argument("--datasets", type=int, default=1000, help="small ones")
    command.add_argument("--sources", type=int, default=5000, help="of the one that is timed")
    command.add_argument("--images", type=int, default=20, help="of the one that is timed")
    command.add_argument("--repeats", type=int, default=11, help="times that each is timed")
    options = command.parse_args()
    with scratch_server(max_locks_per_transaction="64") as here:
        look = administrator(here)
        report.print_settings(look, options)
        rng = np.random.default_rng(1)
        radius = 5 * np.sqrt(options.sources / 20_000)
        sources = dense_field(rng, options.sources, RA, DEC, radius)
        feeder = WatchedFeeder(operator(here), "timed")

        def image() -> FedImage:
            return FedImage(sources.measure(rng), RA, DEC, radius + 2 * BEAM, beam_major=BEAM)

        for _ in range(options.images):
            feeder.watched_step(image(), nothing_there)
        run(look, "vacuum")
        alone = _figures(here, feeder, image, options)
        creations = _crowd(here, options)
        run(look, "vacuum")
        among = _figures(here, feeder, image, options)
        across = {name: _across(here, name) for name in ("all_variables", "all_light_curves")}
    report.print_table(
        ["ms, median (middle half)", "alone", f"among {options.datasets}", "ratio"],
        [
            [
                name,
                report.spread(alone[name]),
                report.spread(among[name]),
                f"{np.median(among[name]) / np.median(alone[name]):.2f}",
            ]
            for name in alone
        ],
    )
    report.print_table(["over all data sets", "answer"], list(across.items()))
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, creations))


def _figures(
    here: Server, feeder: WatchedFeeder, image: Callable[[], FedImage], options: argparse.Namespace
) -> dict[str, list[float]]:
    """Time everything; each in ms."""
    query, admin = reader(here), administrator(here)
    (some,) = run(query, "some_source", dataset_id=feeder.dataset_id)
    open_step = Feeder(operator(here), "open")
    times: dict[str, list[float]] = {
        name: [] for name in ("image", "light curve", "top 100", "create", "delete")
    }
    for repeat in range(options.repeats):
        times["image"].append(1e3 * feeder.watched_step(image(), nothing_there).seconds())
        times["light curve"].append(
            _milliseconds(lambda: run(query, "light_curve", source_id=some.source_id))
        )
        times["top 100"].append(
            _milliseconds(lambda: run(query, "top_variables", dataset_id=feeder.dataset_id))
        )
        with open_step.conn.transaction(force_rollback=True):
            routines.begin_time_step(open_step.conn, open_step.dataset_id, open_step.next_at)
            name = f"passing {repeat}"
            times["create"].append(_milliseconds(partial(Feeder, feeder.conn, name)))
            times["delete"].append(_milliseconds(partial(routines.delete_dataset, admin, name)))
    return times


def _crowd(here: Server, options: argparse.Namespace) -> list[float]:
    """Make many data sets of two images each; return the ms that the creation of each took."""
    conn, creations = operator(here), []
    for number in range(options.datasets):
        start = perf_counter()
        small = Feeder(conn, f"small {number}")
        creations.append(1e3 * (perf_counter() - start))
        for _ in range(2):
            small.step(FedImage(measurements([122.0, 123.0, 124.0], [10.0, 10.0, 10.0])))
    return creations


def _across(here: Server, name: Any) -> str:
    query = reader(here)
    try:
        return f"{_milliseconds(lambda: run(query, name)):.0f} ms"
    except psycopg.Error as error:
        return str(error).splitlines()[0]


def _milliseconds(action: Callable[[], object]) -> float:
    start = perf_counter()
    action()
    return 1e3 * (perf_counter() - start)


def _draw(pyplot: Any, creations: list[float]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4))
    axes.plot(np.arange(1, len(creations) + 1), creations, ".", ms=3)
    axes.set_xlabel("data sets")
    axes.set_ylabel("ms to create one")
    axes.set_ylim(bottom=0)
    return figure


if __name__ == "__main__":
    main()
