"""Are the errors true? Offsets over quoted errors, of which the width should be 1."""

import argparse

import numpy as np

from benchmarks import report
from benchmarks.extraction.skies import THRESHOLD, Sample, isolated
from benchmarks.extraction.statistics import truncated, width

BINS = ((5.0, 7.0), (7.0, 10.0), (10.0, 30.0), (30.0, np.inf))
QUANTITIES = ("ra", "dec", "peak", "integrated")
# Goals: the width is 1 within this much from 7 sigma up, the median 0 within this much from 10 up.
WIDTH, MEDIAN = 0.05, 0.05
COMPLETE, SETTLED = 7.0, 10.0


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    for noise in options.noise:
        samples = [isolated(seed, noise, options.size) for seed in options.seeds]
        print(
            f"\n## Pulls in {noise} noise\n\nPer seed, median (middle half) of {len(samples)}; goals: "
            f"width 1 +- {WIDTH} from {COMPLETE:g} sigma up, median 0 +- {MEDIAN} from {SETTLED:g} up. "
            f"Sources at 5-7 sigma beside what the cut at {THRESHOLD:g} leaves (in brackets)."
        )
        for figure, name in (width, "width"), (np.median, "median"):
            rows = [
                _row(samples, resolved, low, high, figure)
                for resolved in (False, True)
                for low, high in BINS
            ]
            report.print_table([name, "sources a seed", *QUANTITIES], rows)


def _row(samples: list[Sample], resolved: bool, low: float, high: float, figure) -> list[str]:
    chosen = [_choose(sample, resolved, low, high) for sample in samples]
    kind = "resolved" if resolved else "points"
    title = f"{kind}, {low:g}-{high:g}" if high < np.inf else f"{kind}, above {low:g}"
    cells = [title, str(int(np.median([len(one) for one in chosen])))]
    expected = _expected(samples, resolved, low, high, figure) if low < COMPLETE else {}
    for quantity in QUANTITIES:
        values = [figure(s.pulls(quantity)[c]) for s, c in zip(samples, chosen, strict=True)]
        middle = float(np.median(values))
        good = True
        if figure is width and low >= COMPLETE:
            good = abs(middle - 1) <= WIDTH
        if figure is not width and low >= SETTLED:
            good = abs(middle) <= MEDIAN
        text = report.judged(report.spread(values, ".3f"), good)
        cells.append(text + (f" [{expected[quantity]:.2f}]" if quantity in expected else ""))
    return cells


def _choose(sample: Sample, resolved: bool, low: float, high: float) -> np.ndarray:
    """Find the sources of a bin of true S/N among those found."""
    snr, kind = sample.snr[sample.found], sample.resolved[sample.found]
    return np.flatnonzero((snr >= low) & (snr < high) & (kind == resolved))


def _expected(
    samples: list[Sample], resolved: bool, low: float, high: float, figure
) -> dict[str, float]:
    """What a cut at the threshold leaves of pulls that would be normal without it."""
    snr = np.concatenate(
        [s.snr[(s.snr >= low) & (s.snr < high) & (s.resolved == resolved)] for s in samples]
    )
    # Where peak and shape are independent, all of the peak's relative error is in the integrated.
    shares = [
        s.quoted["peak"][c]
        / s.true["peak"][c]
        / (s.quoted["integrated"][c] / s.true["integrated"][c])
        for s in samples
        for c in [_choose(s, resolved, low, high)]
    ]
    correlation = min(1.0, float(np.median(np.concatenate(shares))))
    drawn = truncated(np.random.default_rng(1), snr, THRESHOLD, correlation)
    return {
        "peak": float(figure(drawn[0])),
        "integrated": float(figure(drawn[1])),
    }
