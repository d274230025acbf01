"""Growth: what time step 1,000 costs, against an early one, on a fixed list of sources.

Each image measures a random half of the sources, the other half is measured by force and not
found. Two groups of images are compared, each after a checkpoint: the log then holds whole pages
again, as it does for every image of a telescope that takes one a minute. A third run drifts: the
centre moves by two beams with each image, so that each has a footprint of its own; its last images
are compared with the last ones of the stare, in what association touches.
"""

import argparse
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import PARTS, StepCost, WatchedFeeder
from benchmarks.watching import run
from extractor.geometry.sky import unit_vector
from tests.feeding import FedImage, nothing_there

RA, DEC = 123.0, 10.0


def main() -> None:
    command = report.parser("Growth of cost and size over many time steps.", "growth.png")
    command.add_argument("--steps", type=int, default=1000, help="time steps")
    command.add_argument("--sources", type=int, default=2000, help="known in the field")
    command.add_argument("--group", type=int, default=20, help="images that are compared")
    command.add_argument("--early", type=int, default=11, help="first image of the early group")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        stare = take("stare", operator(here), look, options, drift=0.0)
        sizes = run(look, "sizes")
        drift = take("drift", operator(here), look, options, drift=2 * BEAM)
    print_growth(stare, options)
    _, late = groups(stare, options)
    print("\nthe last images of the stare and of the drift")
    report.print_table(
        ["an image", "stare", "drift", "drift / stare"],
        [
            _compare(name, late, groups(drift, options)[1], part)
            for name, part in _figures().items()
        ],
    )
    measured = sum(step.measurements + step.forced for step in stare)
    report.print_table(
        ["table", "MB", "indexes MB", "bytes a measurement"],
        [
            [
                size.table,
                size.table_bytes / 1e6,
                size.index_bytes / 1e6,
                (size.table_bytes + size.index_bytes) / measured,
            ]
            for size in sizes
        ],
    )
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, {"stare": stare, "drift": drift}))


def take(
    name: str, conn: Any, look: Any, options: argparse.Namespace, drift: float
) -> list[StepCost]:
    """Store the time steps, with a checkpoint before each group that is compared."""
    rng = np.random.default_rng(1)
    length = drift * options.steps
    radius = 5 * np.sqrt(options.sources / 20_000)  # the density of the association benchmark
    # enough of them, as dense, that the whole way of a drift is covered
    count = round(options.sources * (1 + length / 2 / radius) ** 2)
    sources = dense_field(rng, count, RA, DEC, radius + length / 2)
    vectors = unit_vector(sources.ra, sources.dec)
    feeder = WatchedFeeder(conn, name)
    steps = []
    for image in range(options.steps):
        if image + 1 in (options.early, options.steps - options.group + 1):
            run(look, "checkpoint")
        ra = RA + drift * image - length / 2
        centre = unit_vector(ra, DEC)
        inside = np.flatnonzero(vectors @ centre > np.cos(np.radians(radius)))
        if image:
            inside = rng.permutation(inside)[: len(inside) // 2]
        blind = sources[inside].measure(rng)
        fed = FedImage(blind, ra, DEC, radius + 2 * BEAM, beam_major=BEAM)
        steps.append(feeder.watched_step(fed, nothing_there))
    return steps


def print_growth(steps: list[StepCost], options: argparse.Namespace) -> None:
    """Print what early and late time steps cost."""
    early, late = groups(steps, options)
    print("\nmedian (middle half)")
    report.print_table(
        ["a time step", *_heads(options), "late / early"],
        [_compare(name, early, late, part) for name, part in _figures().items()],
    )


def groups(
    steps: list[StepCost], options: argparse.Namespace
) -> tuple[list[StepCost], list[StepCost]]:
    early = options.early - 1
    return steps[early : early + options.group], steps[-options.group :]


def _heads(options: argparse.Namespace) -> list[str]:
    early = options.early, options.early + options.group - 1
    late = options.steps - options.group + 1, options.steps
    return [f"{first}-{last}" for first, last in (early, late)]


def _figures() -> dict[str, Any]:
    return {
        "ms": lambda step: 1e3 * step.seconds(),
        **{f"  {part}": lambda step, part=part: 1e3 * step.parts[part].seconds for part in PARTS},
        "rows": lambda step: step.rows,
        "buffers": lambda step: step.buffers,
        "log kB": lambda step: step.wal / 1e3,
        "measurements": lambda step: step.measurements + step.forced,
    }


def _compare(name: str, first: list[StepCost], second: list[StepCost], part: Any) -> list[object]:
    one, other = [part(step) for step in first], [part(step) for step in second]
    middle = float(np.median(one))
    ratio = f"{np.median(other) / middle:.2f}" if middle else ""
    return [name, report.spread(one), report.spread(other), ratio]


def _draw(pyplot: Any, runs: dict[str, list[StepCost]]) -> Any:
    figure, panels = pyplot.subplots(3, 1, figsize=(8, 8), sharex=True)
    for name, steps in runs.items():
        number = np.arange(1, len(steps) + 1)
        panels[0].plot(number, [1e3 * step.seconds() for step in steps], ".", ms=3, label=name)
        panels[1].plot(number, [step.buffers for step in steps], ".", ms=3)
        panels[2].plot(number, [step.wal / 1e6 for step in steps], ".", ms=3)
    for panel, label in zip(panels, ["ms", "buffers", "log MB"], strict=True):
        panel.set_ylabel(f"{label} a time step")
        panel.set_ylim(bottom=0)
    panels[0].legend()
    panels[2].set_xlabel("time step")
    return figure


if __name__ == "__main__":
    main()
