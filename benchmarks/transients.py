"""What the stored definitions find, on simulated fields whose truth is known.

Each field is simulated, ingested with back-fill and without expiry, and asked: are the transients
of one, two and three epochs in the list of ``trapdb transients``, those of one epoch in
``single_epoch``, those that were not there at first in ``appearing``, and little else? Is eta of
the steady sources that of noise, and does it tell those that vary? Has every source a point in
every image?
"""

import argparse
from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, rankdata

from benchmarks import close_sources, report
from benchmarks.known_fields import BRIGHT, ETA_HEADS, LISTS, Field, eta_row, take
from benchmarks.scratch import administrator, operator, scratch_server
from tests.scoring import flux_grid

STEADY = ("steady", "resolved", "pair")
BRIEF = ("one_epoch", "brief")
CHANGING = (*BRIEF, "flaring", "variable")
EDGES = (3, 5, 8, 12, 20, 50, np.inf)


def main() -> None:
    command = report.parser("Transients found and missed, eta, completeness.", "transients.png")
    command.add_argument("--seeds", type=int, default=4, help="fields of each kind of noise")
    command.add_argument("--size", type=int, default=2048, help="pixels along each axis")
    command.add_argument("--epochs", type=int, default=10, help="images in each band")
    command.add_argument("--bands", type=int, default=1, help="bands of each field")
    command.add_argument("--sources", type=int, default=2000, help="steady points")
    command.add_argument("--resolved", type=int, default=100, help="steady extended sources")
    command.add_argument("--pairs", type=int, default=50, help="steady pairs, 1 to 1.5 beams apart")
    command.add_argument("--flaring-pairs", type=int, default=40, help="and where one flares")
    command.add_argument("--crowds", type=int, default=30, help="of five in ten beam areas")
    command.add_argument("--one-epoch", type=int, default=100, help="one-epoch transients")
    command.add_argument("--brief", type=int, default=50, help="transients of 2 or 3 epochs")
    command.add_argument("--changing", type=int, default=50, help="flares, and as many sinusoids")
    command.add_argument("--faintest", type=float, default=4.0, help="least S/N of the sky")
    command.add_argument("--noise", choices=["psf", "convolved", "both"], default="both")
    options = command.parse_args()
    kinds = ["psf", "convolved"] if options.noise == "both" else [options.noise]
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        for noise in kinds:
            fields, close = [], []
            for seed in range(1, options.seeds + 1):
                common = {
                    "epochs": options.epochs, "bands": options.bands, "noise": noise, "seed": seed
                }  # fmt: skip
                fields.append(take(operator(here), look, f"{noise}-{seed}", common | _sky(options)))
                sky = close_sources.sky(options)
                close.append(take(operator(here), look, f"close-{noise}-{seed}", common | sky))
            print(f"\nNoise {noise}: {options.seeds} fields")
            _print_lists(fields)
            _print_eta(fields)
            close_sources.print_close(close)
            _print_completeness(fields + close)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, fields))


def _sky(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of the fields of many kinds."""
    return {
        "size": options.size,
        "sources": options.sources,
        "resolved": options.resolved,
        "pairs": options.pairs,
        "one_epoch": options.one_epoch,
        "brief": options.brief,
        "flaring": options.changing,
        "variable": options.changing,
        "minimum_snr": options.faintest,
        "separation": 3.0,
    }


def _print_lists(fields: list[Field]) -> None:
    """Return which transients are listed, and what else is."""
    for asked in LISTS:
        kinds = Counter(
            str(kind) or "nothing there"
            for field in fields
            for row, kind in zip(field.catalogue, field.kind, strict=True)
            if row.source_id in field.listed[asked]
        )
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        print(f"in the list of {asked}: {counts}")
        rows = [_judge(field, asked) for field in fields]
        wanted, caught, listed, real, crossed, wrong = np.array(rows, float).T
        report.print_table(
            [asked, "goal", "all fields", "median (middle half)", "of"],
            [
                ["found, S/N above 8", "0.98", *_share(caught, wanted)],
                ["of the list real", "0.95", *_share(real, listed)],
                ["steady ones that crossed", "< 0.02", *_share(wrong, crossed)],
            ],
        )


def _judge(field: Field, asked: str) -> list[int]:
    """Count what is wanted and found; what is listed and changes; what crossed and is listed."""
    snr = flux_grid(field.truth, "snr")
    kind = field.truth.sources["kind"]
    wanted = (kind == "one_epoch") if asked == "single_epoch" else np.isin(kind, BRIEF)
    if asked == "appearing":
        wanted &= snr[field.truth.images["epoch"] == 0].max(axis=0) == 0
    wanted = np.flatnonzero(wanted & (snr.max(axis=0) > BRIGHT))
    listed = np.array([row.source_id in field.listed[asked] for row in field.catalogue])
    blind = np.array([row.n_blind for row in field.catalogue])
    crossed = np.isin(field.kind, STEADY) & (blind < len(field.truth.images))
    return [
        len(wanted),
        np.isin(wanted, field.source[listed]).sum(),
        listed.sum(),
        (listed & np.isin(field.kind, CHANGING)).sum(),
        crossed.sum(),
        (crossed & listed).sum(),
    ]


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> list[object]:
    share = part.sum() / whole.sum()
    return [f"{share:.4f}", report.spread((part / whole).tolist()), int(whole.sum())]


def _print_eta(fields: list[Field]) -> None:
    """Return how eta is distributed by mean S/N, and how well it tells what changes."""
    figures = [field.eta() for field in fields]
    kind, snr, n, eta_int, eta_peak = (
        np.concatenate([one[i] for one in figures]) for i in range(5)
    )
    steady = kind == "steady"
    rows = []
    for low, high in pairwise(EDGES):
        chosen = steady & (snr >= low) & (snr < high)
        rows.append(eta_row(f"S/N {low} to {high}", n, eta_int, eta_peak, chosen))
    bright = steady & (snr >= BRIGHT)
    rows.append(eta_row("all above 8 (goal 1.00 +- 0.05)", n, eta_int, eta_peak, bright))
    apart = np.concatenate([one[5] for one in figures])
    for other, chosen in (
        ("resolved", kind == "resolved"),
        ("pair", kind == "pair"),
        ("pair, both in the catalogue", (kind == "pair") & apart),
        ("pair, never found apart", (kind == "pair") & ~apart),
    ):
        name = f"{other}, above 8"
        rows.append(eta_row(name, n, eta_int, eta_peak, chosen & (snr >= BRIGHT)))
    report.print_table(["steady sources", *ETA_HEADS], rows)
    rows = [
        [kind_of, int(chosen.sum()), _auc(eta_int, chosen, bright), _auc(eta_peak, chosen, bright)]
        for kind_of in ("flaring", "variable")
        for chosen in [(kind == kind_of) & (snr >= BRIGHT)]
    ]
    report.print_table(["against steady ones (goal 0.95)", "number", "AUC int", "AUC peak"], rows)


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
    figures = [field.eta() for field in fields]
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
