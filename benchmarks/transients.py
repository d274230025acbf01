"""What the stored definitions find, on simulated fields whose truth is known.

Each field is simulated, ingested with back-fill and without expiry, and asked: are the one-epoch
transients in ``single_epoch``, and little else? Is eta of the steady sources that of noise, and
does it tell those that vary? Has every source a point in every image?
"""

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from scipy.stats import chi2, rankdata

from benchmarks import pipeline, report
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from tests.scoring import flux_grid, match
from trapdb.configuration.keys import Configuration
from trapdb.database.connection import call
from trapdb.simulate import Truth, simulate

STEADY = ("steady", "resolved", "pair")
CHANGING = ("one_epoch", "flaring", "variable")
THRESHOLD = 6.0
# Sources that are brighter than this, in noises, are judged; fainter ones are reported.
BRIGHT = 8.0
# Beyond these chances a steady source's eta counts as tail.
TAILS = (1e-2, 1e-3)
EDGES = (3, 5, 8, 12, 20, 50, np.inf)


@dataclass(frozen=True)
class Field:
    """One ingested field: its truth, its catalogue, and which row is which source.

    `source` has the index into the truth of each row of the catalogue, -1 for none.
    """

    truth: Truth
    catalogue: list[Any]
    source: NDArray[np.intp]
    listed: set[int]
    figures: list[Any]
    incomplete: list[Any]

    @property
    def kind(self) -> NDArray[np.str_]:
        """What each row of the catalogue is in truth; '' where there is nothing."""
        kinds = np.append(np.asarray(self.truth.sources["kind"], "U16"), "")
        return kinds[self.source]


def main() -> None:
    command = report.parser("Transients found and missed, eta, completeness.", "transients.png")
    command.add_argument("--seeds", type=int, default=4, help="fields of each kind of noise")
    command.add_argument("--size", type=int, default=2048, help="pixels along each axis")
    command.add_argument("--epochs", type=int, default=10, help="images in each band")
    command.add_argument("--bands", type=int, default=1, help="bands of each field")
    command.add_argument("--sources", type=int, default=2000, help="steady points")
    command.add_argument("--resolved", type=int, default=100, help="steady extended sources")
    command.add_argument("--pairs", type=int, default=50, help="steady pairs, 1 to 1.5 beams apart")
    command.add_argument("--one-epoch", type=int, default=100, help="one-epoch transients")
    command.add_argument("--changing", type=int, default=50, help="flares, and as many sinusoids")
    command.add_argument("--faintest", type=float, default=4.0, help="least S/N of the sky")
    command.add_argument("--noise", choices=["psf", "convolved", "both"], default="both")
    options = command.parse_args()
    kinds = ["psf", "convolved"] if options.noise == "both" else [options.noise]
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        for noise in kinds:
            fields = [
                _take(operator(here), look, noise, seed, options)
                for seed in range(1, options.seeds + 1)
            ]
            print(f"\nNoise {noise}: {options.seeds} fields")
            _print_single_epoch(fields)
            _print_eta(fields)
            _print_completeness(fields)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, fields))


def _take(
    conn: psycopg.Connection,
    look: psycopg.Connection,
    noise: Any,
    seed: int,
    options: argparse.Namespace,
) -> Field:
    """Simulate a field, ingest it, and ask the archive what it is."""
    name = f"{noise}-{seed}"
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(
            folder,
            epochs=options.epochs,
            size=options.size,
            bands=options.bands,
            sources=options.sources,
            resolved=options.resolved,
            pairs=options.pairs,
            one_epoch=options.one_epoch,
            flaring=options.changing,
            variable=options.changing,
            minimum_snr=options.faintest,
            separation=3.0,
            seed=seed,
            noise=noise,
        )
        images = options.epochs * options.bands
        settings = Configuration.model_validate(
            {
                "extraction": {"detection_threshold": THRESHOLD},
                "null_detection": {"expiry": 10 * images, "backfill": images},
            }
        )
        for _ in pipeline.ingest(conn, name, settings, truth.paths):
            pass
    catalogue = run(look, "catalogue_of", dataset=name)
    found, rows = match(
        truth.sources["ra"],
        truth.sources["dec"],
        [row.ra for row in catalogue],
        [row.dec for row in catalogue],
        truth.images.meta["beam"][1] / 2,
    )
    source = np.full(len(catalogue), -1)
    source[rows] = found
    listed = call(look, "transient_by_definition", name="single_epoch", dataset=name)
    return Field(
        truth,
        catalogue,
        source,
        {row.source_id for row in listed},
        run(look, "eta_of", dataset=name),
        run(look, "incomplete_curves", dataset=name),
    )


def _print_single_epoch(fields: list[Field]) -> None:
    """Tell which one-epoch transients are listed, and what else is."""
    rows = []
    for field in fields:
        best = flux_grid(field.truth, "snr").max(axis=0)
        wanted = np.flatnonzero((field.truth.sources["kind"] == "one_epoch") & (best > BRIGHT))
        listed = np.array([row.source_id in field.listed for row in field.catalogue])
        caught = np.isin(wanted, field.source[listed])
        real = np.isin(field.kind, CHANGING)
        images = len(field.truth.images)
        blind = np.array([row.n_blind for row in field.catalogue])
        crossed = np.isin(field.kind, STEADY) & (blind < images)
        rows.append(
            [
                len(wanted),
                caught.sum(),
                listed.sum(),
                (listed & real).sum(),
                crossed.sum(),
                (crossed & listed).sum(),
            ]
        )
    kinds = Counter(
        str(kind) or "nothing there"
        for field in fields
        for row, kind in zip(field.catalogue, field.kind, strict=True)
        if row.source_id in field.listed
    )
    print("in the list: " + ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    wanted, caught, listed, real, crossed, wrong = np.array(rows, float).T
    report.print_table(
        ["single_epoch", "goal", "all fields", "median (middle half)", "of"],
        [
            ["found, S/N above 8", "0.98", *_share(caught, wanted)],
            ["of the list real", "0.95", *_share(real, listed)],
            ["steady ones that crossed", "< 0.02", *_share(wrong, crossed)],
        ],
    )


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> list[object]:
    share = part.sum() / whole.sum()
    return [f"{share:.4f}", report.spread((part / whole).tolist()), int(whole.sum())]


def _print_eta(fields: list[Field]) -> None:
    """Tell how eta is distributed by mean S/N, and how well it tells what changes."""
    figures = [_figures(field) for field in fields]
    kind, snr, n, eta_int, eta_peak = (
        np.concatenate([one[i] for one in figures]) for i in range(5)
    )
    steady = kind == "steady"
    rows = []
    for low, high in pairwise(EDGES):
        chosen = steady & (snr >= low) & (snr < high)
        rows.append(_eta_row(f"S/N {low} to {high}", n, eta_int, eta_peak, chosen))
    bright = steady & (snr >= BRIGHT)
    rows.append(_eta_row("all above 8 (goal 1.00 +- 0.05)", n, eta_int, eta_peak, bright))
    for other in ("resolved", "pair"):
        chosen = (kind == other) & (snr >= BRIGHT)
        rows.append(_eta_row(f"{other}, above 8", n, eta_int, eta_peak, chosen))
    heads = ["steady sources", "number", "mean eta_int", "mean eta_peak"]
    heads += [f"{which}: beyond {tail:g}" for which in ("int", "peak") for tail in TAILS]
    report.print_table(heads, rows)
    rows = [
        [kind_of, int(chosen.sum()), _auc(eta_int, chosen, bright), _auc(eta_peak, chosen, bright)]
        for kind_of in ("flaring", "variable")
        for chosen in [(kind == kind_of) & (snr >= BRIGHT)]
    ]
    report.print_table(["against steady ones (goal 0.95)", "number", "AUC int", "AUC peak"], rows)


def _figures(field: Field) -> tuple[NDArray[Any], ...]:
    """Kind, mean S/N in truth, n, eta_int and eta_peak of each source in each band."""
    row_of = {row.source_id: i for i, row in enumerate(field.catalogue)}
    rows = np.array([row_of[one.source_id] for one in field.figures])
    mean = np.append(flux_grid(field.truth, "snr").mean(axis=0), np.nan)
    return (
        field.kind[rows],
        mean[field.source[rows]],
        np.array([one.n for one in field.figures]),
        np.array([one.eta_int for one in field.figures]),
        np.array([one.eta_peak for one in field.figures]),
    )


def _eta_row(
    name: str,
    n: NDArray[Any],
    eta_int: NDArray[Any],
    eta_peak: NDArray[Any],
    chosen: NDArray[np.bool_],
) -> list[object]:
    count = int(chosen.sum())
    row: list[object] = [name, count]
    if not count:
        return row + [""] * (2 + 2 * len(TAILS))
    row += [f"{eta[chosen].mean():.3f}" for eta in (eta_int, eta_peak)]
    for eta in (eta_int, eta_peak):
        chance = chi2.sf(eta[chosen] * (n[chosen] - 1), n[chosen] - 1)
        row += [f"{(chance < tail).sum()} of {tail * count:.1f}" for tail in TAILS]
    return row


def _auc(eta: NDArray[Any], positive: NDArray[np.bool_], negative: NDArray[np.bool_]) -> str:
    """Area under the curve: the chance that one that changes has the larger eta."""
    hits, misses = eta[positive], eta[negative]
    rank = rankdata(np.concatenate([hits, misses]))[: len(hits)].sum()
    return f"{(rank - len(hits) * (len(hits) + 1) / 2) / (len(hits) * len(misses)):.4f}"


def _print_completeness(fields: list[Field]) -> None:
    """Count the points that sources lack in images that cover them."""
    sources = sum(len(field.catalogue) for field in fields)
    missing = sum(row.missing for field in fields for row in field.incomplete)
    print(f"\n{sources} sources; points that are missing in an image that covers them: {missing}")


def _draw(pyplot: Any, fields: list[Field]) -> Any:
    """Draw eta of the steady sources against what noise gives."""
    figures = [_figures(field) for field in fields]
    kind, snr, n, eta_int, eta_peak = (
        np.concatenate([one[i] for one in figures]) for i in range(5)
    )
    chosen = (kind == "steady") & (snr >= BRIGHT) & (n == np.bincount(n).argmax())
    figure, axes = pyplot.subplots(figsize=(6, 4))
    edges = np.linspace(0, 4, 41)
    for name, eta in (("integrated", eta_int), ("peak", eta_peak)):
        axes.hist(eta[chosen], edges, density=True, histtype="step", label=name)
    freedom = n[chosen][0] - 1
    axes.plot(edges, chi2.pdf(edges * freedom, freedom) * freedom, "k--", label="noise")
    axes.set_xlabel("eta of steady sources")
    axes.legend()
    return figure


if __name__ == "__main__":
    main()
