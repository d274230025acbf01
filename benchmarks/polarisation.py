"""Stokes parameters: sources of both signs, leakage, ratios and angles, against the truth.

Fields of sources in I and V, of which some are circularly polarised, with leakage of 1 % that
varies over the field; images of noise alone; and fields in all parameters for the pulls.
"""

import argparse
import tempfile
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import pipeline, report
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from tests.scoring import flux_grid, match
from trapdb.configuration.keys import Configuration
from trapdb.database.connection import call
from trapdb.simulate import Truth, simulate

Array = NDArray[Any]

# in steps of which completeness is told, in units of the noise
EDGES = [4, 5, 5.5, 6, 6.5, 7, 8, 10, 1e9]


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "polarisation.png")
    command.add_argument("--fields", type=int, default=100, help="fields in I and V")
    command.add_argument("--full", type=int, default=12, help="fields in I, Q, U and V")
    command.add_argument("--sources", type=int, default=250, help="in each of them")
    command.add_argument("--polarised", type=int, default=50, help="of them")
    command.add_argument("--leakage", type=float, default=0.01, help="share of I, about")
    command.add_argument("--size", type=int, default=768, help="pixels along each axis")
    command.add_argument("--images", type=int, default=24, help="images of noise in V")
    command.add_argument("--noise-size", type=int, default=1024, help="pixels of their axes")
    command.add_argument("--threshold", type=float, default=5.0, help="of detection in fields")
    command.add_argument("--low", type=float, default=4.5, help="of detection in noise")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        conn = operator(here)
        fields = [one_field(conn, look, options, number) for number in range(options.fields)]
        print_completeness(fields)
        print_circular(fields)
        print_noise(conn, look, options)
        print_pulls(conn, look, options)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, fields))


def take(conn: Any, name: str, threshold: float, sky: dict[str, Any]) -> Truth:
    """Simulate a field and ingest it."""
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(folder, flaring=0, one_epoch=0, **sky)
        settings = Configuration.model_validate({"extraction": {"detection_threshold": threshold}})
        for _ in pipeline.ingest(conn, name, settings, truth.paths):
            pass
    return truth


def sources(look: Any, name: str, truth: Truth) -> dict[int, int]:
    """Return which source in truth each source of a catalogue is, by its id; -1 for none."""
    catalogue = run(look, "catalogue_of", dataset=name)
    found, rows = match(
        truth.sources["ra"],
        truth.sources["dec"],
        [row.ra for row in catalogue],
        [row.dec for row in catalogue],
        truth.images.meta["beam"][1] / 2,
    )
    number = np.full(len(catalogue), -1)
    number[rows] = found
    return dict(zip((row.source_id for row in catalogue), number.tolist(), strict=True))


def one_field(conn: Any, look: Any, options: argparse.Namespace, number: int) -> dict[str, Array]:
    """Take a field of one epoch in I and V; return what is true and what was found of each source.

    Sources of a faint population are found in I at the same S/N as in V.
    """
    name = f"field {number}"
    sky = {"stokes": "IV", "epochs": 1, "size": options.size, "sources": options.sources,
           "polarised": options.polarised, "leakage": options.leakage, "minimum_snr": 4.0,
           "slope": 0.7, "separation": 3.0, "seed": 1000 + number}  # fmt: skip
    truth = take(conn, name, options.threshold, sky)
    total, circular = flux_grid(truth, "snr")
    which = sources(look, name, truth)
    found = {stokes: np.zeros(len(truth.sources), bool) for stokes in "IV"}
    for row in run(look, "found_blind", dataset=name):
        if which[row.source_id] >= 0:
            found[row.stokes][which[row.source_id]] = True
    measured = np.full(len(truth.sources), np.nan)
    for row in run(look, "polarisation_of", dataset=name):
        if which[row.source_id] >= 0 and row.v_err:
            measured[which[row.source_id]] = row.v_flux / row.v_err
    listed = np.zeros(len(truth.sources), bool)
    for row in call(look, "transient_by_definition", name="circular", dataset=name):
        if which[row.source_id] >= 0:
            listed[which[row.source_id]] = True
    return {"I": total, "V": circular, "found_I": found["I"], "found_V": found["V"],
            "polarised": np.arange(len(total)) < options.polarised, "measured": measured,
            "listed": listed}  # fmt: skip


def print_completeness(fields: list[dict[str, Array]]) -> None:
    """Print which share is found blindly in I and in V, of both signs, by S/N."""
    rows = []
    for low, high in pairwise(EDGES):
        row: list[object] = [f"{low:g} to {high:g}" if high < 1e9 else f"above {low:g}"]
        for stokes, sign in (("I", 1), ("V", 1), ("V", -1)):
            snr = np.concatenate([sign * field[stokes] for field in fields])
            found = np.concatenate([field[f"found_{stokes}"] for field in fields])
            chosen = (snr >= low) & (snr < high)
            n, k = int(chosen.sum()), int(found[chosen].sum())
            row.append(f"{k / n:.3f} ± {max(k * (n - k), 1) ** 0.5 / n**1.5:.3f}" if n else "")
        rows.append(row)
    report.print_table(["true S/N", "I", "V above 0", "V below 0"], rows)


def print_circular(fields: list[dict[str, Array]]) -> None:
    """Print who is listed as circular: unpolarised sources, and those that should be."""
    every = {key: np.concatenate([field[key] for field in fields]) for key in fields[0]}
    innocent = ~every["polarised"] & (every["I"] > 20)
    # they have 5 % or more, and leakage beside
    wanted = every["polarised"] & (np.abs(every["measured"]) >= 8)
    false, found = int(every["listed"][innocent].sum()), int(every["listed"][wanted].sum())
    n_false, n_found = int(innocent.sum()), int(wanted.sum())
    report.print_table(
        ["circular", "goal", "share", "of"],
        [
            ["unpolarised, I above 20 sigma", "<= 0.01",
             report.judged(f"{false / n_false:.4f}", false <= 0.01 * n_false), n_false],
            ["V/I above 5 %, V of 8 sigma", "1",
             report.judged(f"{found / n_found:.4f}", found == n_found), n_found],
        ],
    )  # fmt: skip


def print_noise(conn: Any, look: Any, options: argparse.Namespace) -> None:
    """Print what noise makes in V against what is expected of it, for both signs."""
    name = "noise"
    sky = {"stokes": "V", "epochs": options.images, "size": options.noise_size, "sources": 0}
    take(conn, name, options.low, sky)
    signs = {row.sign: row.n for row in run(look, "signs_of", dataset=name)}
    (expected,) = run(look, "expected_false", dataset=name, threshold=0)
    rows = []
    for told, n, share in (
        ("both", sum(signs.values()), 1.0),
        ("above 0", signs.get(1, 0), 0.5),
        ("below 0", signs.get(-1, 0), 0.5),
    ):
        ratio, error = n / (share * expected.expected), n**0.5 / (share * expected.expected)
        good = abs(ratio - 1) < 0.1 or told != "both"
        rows.append([told, n, f"{share * expected.expected:.1f}",
                     report.judged(f"{ratio:.2f} ± {error:.2f}", good)])  # fmt: skip
    report.print_table(["false detections", "found", "expected", "ratio"], rows)


def print_pulls(conn: Any, look: Any, options: argparse.Namespace) -> None:
    """Print mean and width of the pulls of ratios, linear intensity and angle above 7 sigma."""
    pulls: dict[str, list[float]] = {name: [] for name in ("V/I", "L", "L/I", "angle")}
    for number in range(options.full):
        name = f"full {number}"
        sky = {"stokes": "IQUV", "epochs": 1, "size": options.size, "sources": options.sources,
               "polarised": options.sources, "minimum_snr": 20.0, "slope": 0.5,
               "separation": 3.0, "seed": 5000 + number}  # fmt: skip
        truth = take(conn, name, 6.0, sky)
        peak = dict(zip("IQUV", flux_grid(truth, "peak_flux"), strict=True))
        snr = dict(zip("IQUV", flux_grid(truth, "snr"), strict=True))
        which = sources(look, name, truth)
        for row in run(look, "polarisation_of", dataset=name):
            i = which[row.source_id]
            if i < 0:
                continue
            linear = np.hypot(peak["Q"][i], peak["U"][i])
            if abs(snr["V"][i]) > 7:
                pulls["V/I"].append((row.v_over_i - peak["V"][i] / peak["I"][i]) / row.v_over_i_err)
            if np.hypot(snr["Q"][i], snr["U"][i]) > 7:
                turn = row.angle - np.degrees(np.arctan2(peak["U"][i], peak["Q"][i])) / 2
                pulls["L"].append((row.linear_flux - linear) / row.linear_err)
                pulls["L/I"].append(
                    (row.linear_over_i - linear / peak["I"][i]) / row.linear_over_i_err
                )
                pulls["angle"].append(((turn + 90) % 180 - 90) / row.angle_err)
    rows = []
    for name, values in pulls.items():
        pull = np.array(values)
        width, error = float(pull.std()), (2 * len(pull)) ** -0.5
        robust = 1.4826 * float(np.median(np.abs(pull - np.median(pull))))
        rows.append([name, len(pull), f"{pull.mean():+.3f} ± {len(pull) ** -0.5:.3f}",
                     report.judged(f"{width:.3f} ± {error:.3f}", abs(width - 1) < 0.05),
                     f"{robust:.3f}"])  # fmt: skip
    report.print_table(["pull", "number", "mean", "width", "width by the median"], rows)


def _draw(pyplot: Any, fields: list[dict[str, Array]]) -> Any:
    figure, axis = pyplot.subplots(figsize=(6, 5))
    every = {key: np.concatenate([field[key] for field in fields]) for key in fields[0]}
    for told, chosen in (
        ("unpolarised", ~every["polarised"]),
        ("polarised", every["polarised"]),
        ("listed", every["listed"]),
    ):
        axis.loglog(every["I"][chosen], np.abs(every["measured"][chosen]), ".", ms=3, label=told)
    axis.set_xlabel("true S/N in I")
    axis.set_ylabel("size of V, measured over its error")
    axis.legend()
    return figure


if __name__ == "__main__":
    main()
