"""Association against a match in memory: 10,000 measurements an image, few and many known sources.

A dense field of 20,000 sources is known, alone or within a million all over the sky, which came
before the field or after it. Images measure half of the field. Timed is what follows the copy of
the measurements: association, end of the time step, commit; and, apart, the list of the forced
fits that are due. The yardstick is a KD-tree of all that is known, built anew because the catalogue
moves with every image, and the de Ruiter cut, on the same arrays in the same process.
"""

import argparse
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.fields import BEAM, POSITION_ERROR, Sources, whole_sky
from benchmarks.fields import field as dense_field
from benchmarks.matching import match
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import StepCost, WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage

RA, DEC, RADIUS = 123.0, 10.0, 5.0
LIMIT = 1.5 * BEAM  # the default: three times half the beam
DE_RUITER = 5.68


@dataclass
class Case:
    """One way of knowing sources, and what its images cost."""

    name: str
    known: int
    steps: list[StepCost] = field(default_factory=list)
    matches: list[float] = field(default_factory=list)
    quick_matches: list[float] = field(default_factory=list)

    def microseconds(self, *also: str) -> list[float]:
        """Return the time per measurement of each image."""
        parts = ("associate", "close", "commit", *also)
        return [1e6 * step.seconds(*parts) / step.measurements for step in self.steps]

    def ratios(self, matches: list[float]) -> list[float]:
        """Return the time of each image over that of its match in memory."""
        return [
            step.seconds("associate", "close", "commit") / seconds
            for step, seconds in zip(self.steps, matches, strict=True)
        ]


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "association.png")
    command.add_argument("--measurements", type=int, default=10_000, help="in an image")
    command.add_argument("--field", type=int, default=20_000, help="known sources in the field")
    command.add_argument("--sky", type=int, default=980_000, help="known sources elsewhere")
    command.add_argument("--images", type=int, default=11, help="images that are timed")
    command.add_argument("--warm-up", type=int, default=30, help="images before them")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        cases = []
        orders = [
            ("field alone", "field"),
            ("sky, then field", "sky field"),
            ("field, then sky", "field sky"),
        ]
        for name, order in orders[: 3 if options.sky else 1]:
            cases.append(_measure(name, order.split(), operator(here), look, options))
            print(f"# {name}: done", flush=True)
    _tell(cases)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, cases))


def _measure(
    name: str, order: list[str], conn: Any, look: Any, options: argparse.Namespace
) -> Case:
    rng = np.random.default_rng(1)
    sources = dense_field(rng, options.field, RA, DEC, RADIUS)
    sky = whole_sky(rng, options.sky if "sky" in order else 0, RA, DEC, RADIUS + 0.2)
    feeder = WatchedFeeder(conn, name)
    for part in order:
        if part == "field":
            _feed(feeder, sources, RA, DEC, RADIUS + 0.1, rng)
        else:
            for some in np.array_split(rng.permutation(len(sky)), max(1, len(sky) // 100_000)):
                for pole in (90, -90):
                    half = sky[some[sky.dec[some] * pole > 0]]
                    _feed(feeder, half, 0, pole, 90, rng)
    run(look, "vacuum")

    ra, dec = np.concatenate([sources.ra, sky.ra]), np.concatenate([sources.dec, sky.dec])
    error = np.full(len(ra), POSITION_ERROR)
    case = Case(name, len(ra))
    for image in range(options.warm_up + options.images):
        if image == options.warm_up:
            run(look, "checkpoint")
        blind = sources[rng.permutation(len(sources))[: options.measurements]].measure(rng)
        fed = FedImage(blind, RA, DEC, RADIUS + 0.1, beam_major=BEAM)
        step = feeder.watched_step(fed, None)
        if image >= options.warm_up:
            case.steps.append(step)
            for quick, times in (False, case.matches), (True, case.quick_matches):
                start = perf_counter()
                match(ra, dec, error, blind, LIMIT, DE_RUITER, quick=quick)
                times.append(perf_counter() - start)
    return case


def _feed(
    feeder: WatchedFeeder,
    sources: Sources,
    ra: float,
    dec: float,
    radius: float,
    rng: np.random.Generator,
) -> None:
    """Make sources known by an image of them all."""
    feeder.make_known(FedImage(sources.measure(rng), ra, dec, radius, beam_major=BEAM))


def _tell(cases: list[Case]) -> None:
    print("\nmedian (middle half)")
    report.print_table(
        [
            "known",
            "sources",
            "us/measurement",
            "with null list",
            "over KD-tree",
            "over quick KD-tree",
        ],
        [
            [
                case.name,
                case.known,
                report.spread(case.microseconds()),
                report.spread(case.microseconds("list null detections")),
                report.spread(case.ratios(case.matches)),
                report.spread(case.ratios(case.quick_matches)),
            ]
            for case in cases
        ],
    )
    routines = _medians(cases[0])
    report.print_table(
        ["ms an image", *(case.name for case in cases)],
        [
            [routine, *(round(_medians(case).get(routine, 0.0), 1) for case in cases)]
            for routine in sorted(routines, key=lambda name: -routines[name])
        ]
        + [
            ["KD-tree match", *(round(1e3 * float(np.median(case.matches)), 1) for case in cases)],
            [
                "quick KD-tree match",
                *(round(1e3 * float(np.median(case.quick_matches)), 1) for case in cases),
            ],
            ["buffers", *(int(np.median([step.buffers for step in case.steps])) for case in cases)],
            ["rows", *(int(np.median([step.rows for step in case.steps])) for case in cases)],
        ],
    )


def _medians(case: Case) -> dict[str, float]:
    """Return the median time (ms) of each routine."""
    times = [step.milliseconds() for step in case.steps]
    return {
        routine: float(np.median([each.get(routine, 0.0) for each in times]))
        for routine in times[-1]
    }


def _draw(pyplot: Any, cases: list[Case]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 4))
    bottom = np.zeros(len(cases))
    names = [case.name for case in cases]
    medians = [_medians(case) for case in cases]
    routines = sorted(medians[0], key=lambda name: -medians[0][name])
    for routine in [name for name in routines if medians[0][name] > 2]:
        heights = np.array([each.get(routine, 0.0) for each in medians])
        axes.bar(names, heights, bottom=bottom, label=routine)
        bottom += heights
    axes.plot(
        names, [1e3 * np.median(case.matches) for case in cases], "k_", ms=60, label="KD-tree"
    )
    axes.set_ylabel("ms an image")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


if __name__ == "__main__":
    main()
