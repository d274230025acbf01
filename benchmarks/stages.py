"""Where the time of an ingest goes, stage by stage, and whether image 200 costs what image 10 did.

First simulated images are ingested from files to light curves. Then time steps on a fixed list of
sources are fed as measurements, half of the sources found and half measured by force in each.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import growth, pipeline, report
from benchmarks.scratch import administrator, operator, scratch_server
from trapdb.configuration.keys import Configuration
from trapdb.simulate import simulate

OF_WORKER = ("read", "check", "background", "extract", "forced fits")


def main() -> None:
    command = report.parser("Time per stage and image of a whole ingest.", "stages.png")
    command.add_argument("--size", type=int, default=1024, help="pixels along each axis")
    command.add_argument("--sources", type=int, default=300, help="in the field")
    command.add_argument("--epochs", type=int, default=20, help="images with pixels")
    command.add_argument("--steps", type=int, default=200, help="images without pixels")
    command.add_argument("--early", type=int, default=6, help="first image of the early group")
    command.add_argument("--group", type=int, default=10, help="images that are compared")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        with tempfile.TemporaryDirectory() as folder:
            truth = simulate(
                folder, epochs=options.epochs, size=options.size, sources=options.sources
            )
            stages = stages_of(operator(here), "simulated", truth.paths)
        steps = growth.take("fed", operator(here), look, options, drift=0.0)
    total = [
        sum(times[image] for stage, times in stages.items() if stage not in OF_WORKER)
        for image in range(options.epochs)
    ]
    report.print_table(
        ["median (middle half)", "ms an image"],
        [[stage, report.spread(times)] for stage, times in stages.items()]
        + [["all", report.spread(total)]],
    )
    growth.print_growth(steps, options)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, stages))


def stages_of(conn: Any, name: str, paths: Sequence[Path]) -> dict[str, list[float]]:
    """Ingest images; return the milliseconds of each in each stage."""
    taken: list[dict[str, float]] = []
    before, start = dict[str, float](), perf_counter()
    for _, run in pipeline.ingest(conn, name, Configuration(), paths):
        after, now = dict(run.summary.timings), perf_counter()
        times = {stage: 1e3 * (after[stage] - before.get(stage, 0.0)) for stage in after}
        # The commit, and what is in no stage. The worker's stages are at the same time.
        here = sum(time for stage, time in times.items() if stage not in OF_WORKER)
        times["commit and other"] = 1e3 * (now - start) - here
        taken.append(times)
        before, start = after, now
    return {
        stage: [times.get(stage, 0.0) for times in taken]
        for stage in dict.fromkeys(stage for times in taken for stage in times)
    }


def _draw(pyplot: Any, stages: dict[str, list[float]]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4))
    images = np.arange(1, len(next(iter(stages.values()))) + 1)
    axes.stackplot(images, list(stages.values()), labels=list(stages))
    axes.set_xlabel("image")
    axes.set_ylabel("ms")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


if __name__ == "__main__":
    main()
