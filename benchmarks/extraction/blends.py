"""What is a source and what is not: pairs, single sources, false detections, completeness."""

import argparse
from dataclasses import dataclass

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray

import extractor
from benchmarks import report
from benchmarks.extraction.skies import (
    BEAM,
    EPOCHS,
    PIXEL,
    RMS,
    SEPARATION,
    SOURCES,
    THRESHOLD,
    catalogue,
    count,
    isolated,
    sky,
)
from benchmarks.extraction.statistics import completeness, peaks_above, width
from tests import scoring
from trapdb.simulate.ellipse import FWHM_PER_SIGMA, covariance

BRIGHT = 12.0
OWN = SEPARATION / 2 * BEAM[0]  # deg; what is nearer belongs to a source
RATIOS = ((1.0, 3.0), (3.0, 10.0))
SEPARATIONS = (1.0, 1.25, 1.5)
# Goals: shares of pairs and of single sources; multiples of the false detections of noise alone.
SPLIT = {3.0: 0.99, 10.0: 0.95}
SINGLE_SPLIT = 0.005
FALSE = 2.0
COMPLETENESS_BINS = ((4.5, 5.5), (5.5, 6.5), (7.0, 9.0))
# Completeness may be off by this much beside its statistical error.
COMPLETENESS_MARGIN, BINOMIAL_ERRORS = 0.03, 3.0


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    for noise in options.noise:
        print(
            f"\n## Blends in {noise} noise\n\n"
            f"Pairs whose fainter source has {BRIGHT:g} rms or more, "
            f"{count(SOURCES / 2, options.size)} of each ratio a seed; pulls are those of the "
            f"members of pairs that are split. Median (middle half) of {len(options.seeds)} seeds."
        )
        _tell_pairs(noise, options)
        _tell_singles(noise, options)
        _tell_false(noise, options)
        _tell_completeness(noise, options)


@dataclass(frozen=True)
class Pairs:
    """Pairs of one sky: one element for each, or for the members of those that are split.

    Attributes
    ----------
    separation : ndarray
        FWHM of the beam along the line between the two.
    split, crowded : ndarray of bool
        Both are found; more than two rows are around them.
    position, peak : ndarray
        Pulls of right ascension and of peak flux of the members of those that are split.
    """

    separation: NDArray[np.float64]
    split: NDArray[np.bool_]
    crowded: NDArray[np.bool_]
    position: NDArray[np.float64]
    peak: NDArray[np.float64]


def _tell_pairs(noise: str, options: argparse.Namespace) -> None:
    rows = []
    for ratios in RATIOS:
        goal = SPLIT[ratios[1]]
        seen = [pairs(seed, noise, options.size, ratios) for seed in options.seeds]
        title = f"ratio {ratios[0]:g}-{ratios[1]:g}, {SEPARATIONS[0]:g}-{SEPARATIONS[-1]:g} beams"
        every = [100 * one.split.mean() for one in seen]
        near = [100 * one.split[one.separation < SEPARATIONS[1]].mean() for one in seen]
        far = [100 * one.split[one.separation >= SEPARATIONS[1]].mean() for one in seen]
        rows.append(
            [
                title,
                report.judged(report.spread(every, ".1f"), np.median(every) >= 100 * goal),
                f"{100 * goal:g}",
                report.spread(near, ".1f"),
                report.spread(far, ".1f"),
                report.spread([100 * one.crowded.mean() for one in seen], ".1f"),
                report.spread([width(one.position) for one in seen], ".2f"),
                report.spread([width(one.peak) for one in seen], ".2f"),
                report.spread([np.median(one.peak) for one in seen], ".2f"),
            ]
        )
    report.print_table(
        [
            "pairs split, %", "all", "goal", f"closer than {SEPARATIONS[1]}", "farther",
            "into three or more", "ra pull width", "peak pull width", "peak pull median",
        ],
        rows,
    )  # fmt: skip


def pairs(seed: int, noise: str, size: int, ratios: tuple[float, float]) -> Pairs:
    n = count(SOURCES / 2, size)
    with sky(
        seed=seed, noise=noise, size=size, pairs=n, minimum_snr=BRIGHT, pair_flux_ratio=ratios,
        pair_separation=(SEPARATIONS[0], SEPARATIONS[-1]),
    ) as truth:  # fmt: skip
        rows = catalogue(truth.paths[0])
        scored = scoring.score(truth, rows.ra, rows.dec)
    sources = scored.expected
    row = np.full(2 * n, -1)
    row[scored.found] = scored.rows
    row = row.reshape(2, n).T  # the simulation puts all first members first
    split = (row >= 0).all(axis=1)
    owner = scoring.nearest(rows.ra, rows.dec, sources["ra"], sources["dec"], OWN)
    around = np.bincount(owner[owner >= 0] % n, minlength=n)
    members = np.stack([np.arange(n), np.arange(n) + n], axis=1)[split]
    found = rows.select(row[split].ravel())
    true = sources[members.ravel()]
    offset = (found.ra - np.asarray(true["ra"])) * np.cos(np.deg2rad(np.asarray(true["dec"])))
    return Pairs(
        separation=_separations(sources, n),
        split=split,
        crowded=around > 2,
        position=offset / found.ra_fit_err,
        peak=(found.peak_flux - np.asarray(true["peak_flux"])) / found.peak_flux_err,
    )


def _separations(sources: Table, n: int) -> NDArray[np.float64]:
    """Separations of the members of pairs in FWHM of the beam along the line between them."""
    west, north = (np.diff(np.reshape(sources[name], (2, n)), axis=0)[0] for name in ("x", "y"))
    way = PIXEL * np.stack([-west, north], axis=1)
    form = np.einsum("ni,ij,nj->n", way, np.linalg.inv(covariance(*BEAM)), way)
    return np.sqrt(form) / FWHM_PER_SIGMA


def _tell_singles(noise: str, options: argparse.Namespace) -> None:
    seen = [_singles(seed, noise, options.size) for seed in options.seeds]
    report.print_table(
        [f"single sources above {BRIGHT:g} rms", "split, %", "goal", "not found, %"],
        [
            [
                kind,
                report.judged(report.spread(split, ".2f"), np.median(split) < 100 * SINGLE_SPLIT),
                f"{100 * SINGLE_SPLIT:g}",
                report.spread([100 * one[kind][1] for one in seen], ".2f"),
            ]
            for kind in ("steady", "resolved")
            for split in [[100 * one[kind][0] for one in seen]]
        ],
    )


def _singles(seed: int, noise: str, size: int) -> dict[str, tuple[float, float]]:
    """Return the shares of single sources that are split and that are not found, by kind."""
    half = count(SOURCES / 2, size)
    with sky(
        seed=seed, noise=noise, size=size, sources=half, resolved=half, minimum_snr=BRIGHT
    ) as truth:
        rows = catalogue(truth.paths[0])
    owner = scoring.nearest(rows.ra, rows.dec, truth.sources["ra"], truth.sources["dec"], OWN)
    around = np.bincount(owner[owner >= 0], minlength=len(truth.sources))
    kinds = np.asarray(truth.sources["kind"])
    return {
        kind: (
            float((around[kinds == kind] > 1).mean()),
            float((around[kinds == kind] == 0).mean()),
        )
        for kind in ("steady", "resolved")
    }


def _tell_false(noise: str, options: argparse.Namespace) -> None:
    samples = [isolated(seed, noise, options.size) for seed in options.seeds]
    alone = [_noise_alone(seed, noise, options.size) for seed in options.seeds]
    images = len(samples) * EPOCHS
    twice, astray = (
        np.concatenate([getattr(sample, name) for sample in samples])
        for name in ("twice", "astray")
    )
    pooled = (sum(sample.false for sample in samples) + len(astray)) / images
    noise_peaks = sum(peaks for peaks, _ in alone) / images
    figures = {
        "farther than a beam from all sources": (pooled, FALSE * noise_peaks),
        "of these nearer than 2.5 beams to a point": ((~astray).sum() / images, None),
        "of these nearer than 2.5 beams to a resolved source": (astray.sum() / images, None),
        "in the noise alone": (sum(found for _, found in alone) / images, None),
        "peaks of the noise alone above 5 true rms": (noise_peaks, None),
        "second rows of a point": ((~twice).sum() / images, 0.0),
        "second rows of a resolved source": (twice.sum() / images, 0.0),
    }
    report.print_table(
        [f"false detections in a field, of {images} fields", "number", "goal"],
        [
            [name, f"{number:.2f}", ""]
            if goal is None
            else [name, report.judged(f"{number:.2f}", number <= goal), f"{goal:.2f}"]
            for name, (number, goal) in figures.items()
        ],
    )


def _noise_alone(seed: int, noise: str, size: int) -> tuple[int, int]:
    """Count the peaks above the threshold, and what is detected, in the noise of `isolated`."""
    with sky(seed=seed, noise=noise, size=size, epochs=EPOCHS) as truth:
        peaks = sum(peaks_above(extractor.open(p).data, THRESHOLD * RMS) for p in truth.paths)
        return peaks, sum(len(catalogue(path)) for path in truth.paths)


def _tell_completeness(noise: str, options: argparse.Namespace) -> None:
    samples = [isolated(seed, noise, options.size) for seed in options.seeds]
    points = [~sample.resolved for sample in samples]
    snr = np.concatenate([s.snr[p] for s, p in zip(samples, points, strict=True)])
    found = np.concatenate([s.found[p] for s, p in zip(samples, points, strict=True)])
    rows = []
    for low, high in COMPLETENESS_BINS:
        inside = (snr >= low) & (snr < high)
        theory = completeness(snr[inside], THRESHOLD)
        error = np.sqrt(theory * (1 - theory) / inside.sum())
        share = found[inside].mean()
        good = abs(share - theory) <= BINOMIAL_ERRORS * error + COMPLETENESS_MARGIN
        rows.append([f"{low:g}-{high:g}", int(inside.sum()), report.judged(f"{share:.3f}", good),
                     f"{theory:.3f}", f"{error:.3f}"])  # fmt: skip
    report.print_table(
        ["completeness of points, true S/N", "sources", "found", "theory", "binomial error"], rows
    )
