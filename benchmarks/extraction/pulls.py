"""Are the errors true? Offsets over quoted errors, of which the width should be 1."""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.extraction.skies import THRESHOLD, Sample, isolated
from benchmarks.extraction.statistics import truncated, width

BINS = ((5.0, 7.0), (7.0, 10.0), (10.0, 30.0), (30.0, np.inf))
KINDS = ("points", "resolved")
QUANTITIES = ("ra", "dec", "peak", "integrated")
# Goals: widths are 1, or what the cut leaves of it, within this much; medians 0 from SETTLED up.
WIDTH, MEDIAN = 0.05, 0.05
CUT, SETTLED = 7.0, 10.0


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    samples = {
        noise: [isolated(seed, noise, options.size) for seed in options.seeds]
        for noise in options.noise
    }
    for noise, seen in samples.items():
        print(
            f"\n## Pulls in {noise} noise\n\n"
            f"Per seed, median (middle half) of {len(seen)}. Goals: width 1 +- {WIDTH}, median 0 "
            f"+- {MEDIAN} from {SETTLED:g} rms up. Below {CUT:g} rms the detection at "
            f"{THRESHOLD:g} cuts the noise; what it leaves, [in brackets], is the width's goal."
        )
        for name, figure in ("width", width), ("median", np.median):
            report.print_table(
                [f"{name}, by true S/N", "sources a seed", *QUANTITIES],
                [_row(seen, figure, kind, *edges) for kind in KINDS for edges in BINS],
            )
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, samples))


def _row(
    samples: list[Sample], figure: Callable[..., float], kind: str, low: float, high: float
) -> list[str]:
    """Return width or median of each quantity in one bin."""
    chosen = [_choose(sample, kind, low, high) for sample in samples]
    title = f"{kind}, {low:g}-{high:g}" if high < np.inf else f"{kind}, above {low:g}"
    cells = [title, str(round(np.median([len(rows) for rows in chosen])))]
    cut = _after_cut(samples, kind, low, high) if low < CUT else {}
    for quantity in QUANTITIES:
        values = [figure(s.pulls(quantity)[c]) for s, c in zip(samples, chosen, strict=True)]
        middle = float(np.median(values))
        if figure is width:
            ideal = width(cut[quantity]) if quantity in cut else 1.0
            good = abs(middle - ideal) <= WIDTH
        else:
            good = abs(middle) <= MEDIAN or low < SETTLED
        text = report.judged(report.spread(values, ".3f"), good)
        cells.append(text + (f" [{figure(cut[quantity]):.2f}]" if quantity in cut else ""))
    return cells


def _choose(sample: Sample, kind: str, low: float, high: float) -> NDArray[np.intp]:
    """Find the sources of a bin among those found."""
    snr, resolved = sample.snr[sample.found], sample.resolved[sample.found]
    return np.flatnonzero((snr >= low) & (snr < high) & (resolved == (kind == "resolved")))


def _after_cut(
    samples: list[Sample], kind: str, low: float, high: float
) -> dict[str, NDArray[np.float64]]:
    """Draw the pulls that the cut at the threshold leaves of normal ones."""
    snr = np.concatenate(
        [
            s.snr[(s.snr >= low) & (s.snr < high) & (s.resolved == (kind == "resolved"))]
            for s in samples
        ]
    )
    # how far the integrated flux knows of the cut: as where there is none
    peak, integrated = (
        np.concatenate([s.pulls(name)[_choose(s, kind, SETTLED, np.inf)] for s in samples])
        for name in ("peak", "integrated")
    )
    regular = (np.abs(peak) < 5) & (np.abs(integrated) < 5)
    correlation = float(np.corrcoef(peak[regular], integrated[regular])[0, 1])
    peak, integrated = truncated(np.random.default_rng(1), snr, THRESHOLD, correlation)
    return {"peak": peak, "integrated": integrated}


def _draw(pyplot: Any, samples: dict[str, list[Sample]]) -> Any:
    figure, axes = pyplot.subplots(
        len(KINDS),
        len(samples),
        figsize=(4.5 * len(samples), 6),
        sharey=True,
        squeeze=False,
        layout="tight",
    )
    for row, kind in zip(axes, KINDS, strict=True):
        for here, (noise, seen) in zip(row, samples.items(), strict=True):
            here.axhspan(1 - WIDTH, 1 + WIDTH, color="0.9")
            for quantity in QUANTITIES:
                widths = [
                    np.median([width(s.pulls(quantity)[_choose(s, kind, *edges)]) for s in seen])
                    for edges in BINS
                ]
                here.plot(range(len(BINS)), widths, "o-", label=quantity)
            here.set_xticks(range(len(BINS)), [f"{low:g} and more" for low, _ in BINS])
            here.set_title(f"{kind}, {noise} noise")
    axes[0, 0].set_ylabel("pull width")
    axes[-1, 0].set_xlabel("true S/N")
    axes[0, 0].legend()
    return figure
