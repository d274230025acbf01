"""What questions cost at ten million measurements: a light curve, the top hundred, each definition.

A data set of steady sources, of which one in fifty varies, is made by SQL from one image that was
fed: each further image measures every source once more. The questions are asked by a reader, each
several times, after an analysed vacuum. A second data set of a fifth of the sources has one image.
"""

import argparse
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from benchmarks import report
from benchmarks.fields import BEAM, field
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watching import run
from tests.feeding import FedImage, Feeder, pack

RA, DEC = 123.0, 10.0
MAKE = (
    "more_images",
    "more_measurements",
    "more_associations",
    "no_fluxes",
    "vacuum",
    "more_fluxes",
    "more_new_sources",
)


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "queries.png")
    command.add_argument("--sources", type=int, default=100_000, help="in the data set")
    command.add_argument("--images", type=int, default=100, help="each measures every source")
    command.add_argument("--repeats", type=int, default=11, help="times that each is timed")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        large = make(operator(here), look, "large", options.sources, options.images)
        small = make(operator(here), look, "small", options.sources // 5, 2)
        run(look, "vacuum")
        print_layout(look, large, options)
        times = ask(reader(here), large, small, options)
    report.print_table(
        ["question", "ms, median (middle half)", "goal", "rows"],
        [[name, report.spread(ms), goal, rows] for name, (ms, goal, rows) in times.items()],
    )
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, times))


def make(conn: Any, look: Any, name: str, sources: int, images: int) -> Feeder:
    """Make a data set in which every image measures every source."""
    radius = 5 * np.sqrt(sources / 20_000)
    rng = np.random.default_rng(1)
    feeder = Feeder(conn, name)
    sky = field(rng, sources, RA, DEC, radius)
    feeder.step(FedImage(sky.measure(rng), RA, DEC, radius + 2 * BEAM, beam_major=BEAM))
    for what in MAKE:
        start = perf_counter()
        run(look, what, dataset_id=feeder.dataset_id, images=images)  # type: ignore[arg-type]
        print(f"# {name}: {what} {perf_counter() - start:.0f} s", flush=True)
    start = perf_counter()
    pack(feeder, sources=1000)
    print(f"# {name}: packed {perf_counter() - start:.0f} s", flush=True)
    return feeder


def print_layout(look: Any, large: Feeder, options: argparse.Namespace) -> None:
    """Print the bytes of a measurement, and the pages of light curves that nobody asked for yet."""
    measured = (options.sources * options.images) + 2 * (options.sources // 5)
    bytes_ = sum(size.table_bytes + size.index_bytes for size in run(look, "sizes")) / measured
    pages = []
    some = run(look, "some_sources", dataset_id=large.dataset_id, count=options.repeats + 1)
    for row in some:
        ((plan,),) = run(look, "light_curve_pages", source_id=row.source_id)
        root = plan[0]["Plan"]
        pages.append(root["Shared Hit Blocks"] + root["Shared Read Blocks"])
    report.print_table(
        ["a measurement, bytes in all tables", "pages of a light curve (goal 8)"],
        [[f"{bytes_:.0f}", report.spread(pages[1:])]],
    )


def ask(
    query: psycopg.Connection[Any], large: Feeder, small: Feeder, options: argparse.Namespace
) -> dict[str, tuple[list[float], str, int]]:
    """Time each question; ms, the goal and the number of rows of the answer."""
    rng = np.random.default_rng(2)
    first = run(query, "some_source", dataset_id=large.dataset_id)[0].source_id

    def timed(goal: str, name: Any, **arguments: Any) -> tuple[list[float], str, int]:
        times, rows = [], []
        for _ in range(options.repeats + 1):
            if name == "light_curve":
                arguments["source_id"] = first + int(rng.integers(options.sources))
            start = perf_counter()
            rows = run(query, name, **arguments)
            times.append(1e3 * (perf_counter() - start))
        return times[1:], goal, len(rows)

    answers = {
        "light curve": timed("2", "light_curve"),
        f"top 100 of {options.sources}": timed("60", "top_variables", dataset_id=large.dataset_id),
        f"top 100 of {options.sources // 5}": timed(
            "20", "top_variables", dataset_id=small.dataset_id
        ),
    }
    for row in run(query, "definitions"):
        answers[row.name] = timed("200", "by_definition", definition=row.name, dataset=large.name)
    answers["top 20 candidates"] = timed("", "some_candidates", dataset_id=large.dataset_id)
    return answers


def _draw(pyplot: Any, times: dict[str, tuple[list[float], str, int]]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4))
    names = list(times)
    axes.barh(names, [np.median(times[name][0]) for name in names], color="C0")
    for row, name in enumerate(names):
        if times[name][1]:
            axes.plot([float(times[name][1])] * 2, [row - 0.4, row + 0.4], "k-")
    axes.set_xscale("log")
    axes.set_xlabel("ms; a line is the goal")
    axes.invert_yaxis()
    return figure


if __name__ == "__main__":
    main()
