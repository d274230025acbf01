"""Injected sources: what is measured of them against the truth, in both ways.

The same kinds of sources in the pixels of simulated images, and among their measurements.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks import report
from benchmarks.scratch import administrator, scratch_server
from benchmarks.watching import run
from trapdb import cli
from trapdb.simulate import simulate
from trapdb.simulate.light_curves import Images, own_flux

Array = NDArray[Any]

EDGES = [4, 5, 6, 7, 8, 9, 10, 12, 16, 30]
WAYS = {"pixels": (), "measurements": ("--measurements",)}


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "injection.png")
    command.add_argument("--fields", type=int, default=4, help="simulated fields")
    command.add_argument("--size", type=int, default=768, help="pixels along each axis")
    command.add_argument("--epochs", type=int, default=20, help="images of each field")
    command.add_argument("--sources", type=int, default=150, help="steady ones in each field")
    command.add_argument("--number", type=int, default=200, help="injected into each")
    options = command.parse_args()
    found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    pulls: dict[tuple[str, bool], list[float]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    with scratch_server() as here, tempfile.TemporaryDirectory() as folder:
        look = administrator(here)
        report.print_settings(look, options)
        for field in range(options.fields):
            one_field(here.url(), look, options, Path(folder), field, found, pulls, seconds)
    print_recall(found)
    print_pulls(pulls)
    images = options.fields * options.epochs
    rows = [[way, 1000 * took / images, took / seconds["ingest"]] for way, took in seconds.items()]
    report.print_table(["", "ms an image", "over an ingest"], rows)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, found))


def one_field(
    url: str,
    look: Any,
    options: argparse.Namespace,
    folder: Path,
    field: int,
    found: dict[str, list[tuple[float, bool]]],
    pulls: dict[tuple[str, bool], list[float]],
    seconds: dict[str, float],
) -> None:
    """Inject into a field in both ways; add what was found, the pulls of fluxes, and the time."""
    images, name = folder / f"field{field}", f"field {field}"
    simulate(
        images, seed=100 + field, size=options.size, epochs=options.epochs,
        sources=options.sources, flaring=0, one_epoch=0,
    )  # fmt: skip
    ingest = ("ingest", str(images), "--dataset", name, "--tense", "simulated")
    seconds["ingest"] += _timed(*ingest, "--database", url)
    for way, more in WAYS.items():
        into = f"{name} {way}"
        # what moves has other fluxes in pixels than at its place
        kinds = [
            word
            for kind in ("steady", "single_burst", "flare_star", "synchrotron", "step", "rotating")
            for word in ("--kind", kind)
        ]
        seconds[way] += _timed(
            "inject", name, "--into", into, "--number", str(options.number), "--snr", "4", "30",
            "--seed", str(field), *kinds, *more, "--database", url,
        )  # fmt: skip
        for row in run(look, "injected_found", dataset=into):
            found[way].append((row.peak_snr, row.is_found))
        _add_pulls(run(look, "injected_points", dataset=into), way, pulls)


def _add_pulls(rows: list[Any], way: str, pulls: dict[tuple[str, bool], list[float]]) -> None:
    first: datetime = min((row.taken_at for row in rows), default=datetime.now())
    for row in rows:
        start = (row.taken_at - first) / timedelta(seconds=1)
        image = Images.of(start, row.duration, row.freq_eff, row.beam_major_arcsec / 3600)
        (flux,) = own_flux(row.kind, json.loads(row.parameters), image).tolist()
        pulls[way, row.is_blind].append((row.peak_flux - flux) / row.peak_flux_err)


def print_recall(found: dict[str, list[tuple[float, bool]]]) -> None:
    """Print which share was found by S/N, and what one image would find in Gaussian noise."""
    rows = []
    for low, high in pairwise(EDGES):
        row: list[object] = [f"{low} to {high}"]
        for way in WAYS:
            chosen = [is_found for snr, is_found in found[way] if low <= snr < high]
            n, k = len(chosen), sum(chosen)
            row.append(f"{k / n:.3f} ± {max(k * (n - k), 1) ** 0.5 / n**1.5:.3f}" if n else "")
        snr = np.exp(np.linspace(np.log(low), np.log(high), 50))
        rows.append([*row, f"{ndtr(snr - 8).mean():.3f}"])
    report.print_table(["S/N", *WAYS, "one image, in theory"], rows)


def print_pulls(pulls: dict[tuple[str, bool], list[float]]) -> None:
    """Print means and scatters of measured less true peak fluxes, in their errors."""
    # what is measured by force was not found: noise made it fainter
    whole = {
        f"{way}, all": [pull for blind in (False, True) for pull in pulls[way, blind]]
        for way in WAYS
    }
    parts = {f"{way}, {'found' if blind else 'forced'}": own for (way, blind), own in pulls.items()}
    rows = [
        [name, len(own), f"{np.mean(own):.3f}",
         f"{1.4826 * np.median(np.abs(own - np.median(own))):.3f}", f"{np.std(own):.3f}"]
        for name, own in sorted((whole | parts).items())
    ]  # fmt: skip
    report.print_table(["peak flux", "points", "mean", "scatter by median", "scatter"], rows)


def _timed(*arguments: str) -> float:
    start = perf_counter()
    try:
        cli.main(arguments)
    except SystemExit as left:
        if left.code:
            raise
    return perf_counter() - start


def _draw(pyplot: Any, found: dict[str, list[tuple[float, bool]]]) -> Any:
    figure, axes = pyplot.subplots()
    middle = [(low * high) ** 0.5 for low, high in pairwise(EDGES)]
    for way, own in found.items():
        snr, is_found = np.array(own, float).T
        n, _ = np.histogram(snr, EDGES)
        k, _ = np.histogram(snr[is_found > 0], EDGES)
        axes.plot(middle, k / np.maximum(n, 1), "o-", label=way)
    axes.set_xlabel("S/N")
    axes.set_ylabel("found")
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
