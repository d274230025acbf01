"""How far measurements scatter around the truth, against what the noise allows."""

import argparse

import numpy as np

from benchmarks import report
from benchmarks.extraction.skies import BEAM, RMS, Sample, isolated
from benchmarks.extraction.statistics import width
from trapdb.simulate.ellipse import FWHM_PER_SIGMA, covariance

BINS = ((8.0, 10.0), (10.0, 30.0), (30.0, np.inf))
# In noise whose autocorrelation is the beam no unbiased estimate is better than the bounds.
BOUNDS = {"peak": 1.0, "integrated": 1.414, "ra": 0.425, "dec": 0.425}
GOALS = {"peak": 1.03, "integrated": 1.50, "ra": 0.46, "dec": 0.46}
# Of the median, in shares of the flux.
BIAS = {"peak": 0.005, "integrated": 0.03}


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    for noise in options.noise:
        samples = [isolated(seed, noise, options.size) for seed in options.seeds]
        goals = ", ".join(f"{name} {goal:g} ({BOUNDS[name]:g})" for name, goal in GOALS.items())
        print(
            f"\n## Scatter of points in {noise} noise\n\nFluxes in rms, positions in FWHM/SNR of "
            f"each axis; per seed, median (middle half) of {len(samples)}. "
            + (f"Goals (bounds): {goals}." if noise == "psf" else "Without goals: it has no bound.")
        )
        report.print_table(
            ["scatter", "sources a seed", *GOALS],
            [_scatter(samples, low, high, noise == "psf") for low, high in BINS],
        )
        report.print_table(
            ["bias, % of the flux", *BIAS],
            [_bias(samples, low, high) for low, high in BINS],
        )
        print("\n" + ", ".join(f"{name} goal {100 * goal:g} %" for name, goal in BIAS.items()))


def _scatter(samples: list[Sample], low: float, high: float, has_goal: bool) -> list[str]:
    chosen = [_choose(sample, low, high) for sample in samples]
    cells = [_title(low, high), str(int(np.median([len(one) for one in chosen])))]
    for name, goal in GOALS.items():
        values = [width(_units(sample, name)[c]) for sample, c in zip(samples, chosen, strict=True)]
        good = float(np.median(values)) <= goal or not has_goal
        cells.append(report.judged(report.spread(values, ".3f"), good))
    return cells


def _bias(samples: list[Sample], low: float, high: float) -> list[str]:
    cells = [_title(low, high)]
    for name, goal in BIAS.items():
        values = [
            float(np.median(s.error[name][c] / s.true[name][c]))
            for s in samples
            for c in [_choose(s, low, high)]
        ]
        good = abs(np.median(values)) <= goal
        cells.append(report.judged(report.spread([100 * value for value in values], ".2f"), good))
    return cells


def _title(low: float, high: float) -> str:
    return f"S/N {low:g}-{high:g}" if high < np.inf else f"S/N above {low:g}"


def _choose(sample: Sample, low: float, high: float) -> np.ndarray:
    snr = sample.snr[sample.found]
    return np.flatnonzero((snr >= low) & (snr < high) & ~sample.resolved[sample.found])


def _units(sample: Sample, name: str) -> np.ndarray:
    """Errors in units in which the bounds are constant."""
    if name in BIAS:
        return sample.error[name] / RMS
    east_north = FWHM_PER_SIGMA * np.sqrt(covariance(*BEAM).diagonal())
    fwhm = east_north[("ra", "dec").index(name)]
    return sample.error[name] * sample.snr[sample.found] / fwhm
