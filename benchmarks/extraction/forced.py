"""Forced fits at 10,000 positions: time, bias and errors, apart and in blends."""

import argparse
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import extractor
from benchmarks import report
from benchmarks.extraction.skies import RMS, count, sky
from benchmarks.extraction.statistics import width
from tests.scoring import flux_grid
from trapdb.simulate import Truth

POSITIONS = 10_000
REPEATS = 7
EMPTY = 0.3  # of the positions apart nothing is at this share
SNR = (1.0, 100.0)
NOTHING = (1e-9, 1e-9)
PAIR = {"pair_separation": (0.75, 2.0), "pair_flux_ratio": (1.0, 10.0)}
# Goals: ms of a call; bias in shares of the flux and, of blends, in rms; pull width 1 +- this.
APART, JOINT = 20.0, 50.0
BIAS, BLEND_BIAS, PULL = 0.01, 0.02, 0.05


@dataclass(frozen=True)
class Forced:
    """Forced fits of one seed.

    Attributes
    ----------
    ms : float
        Of a call, warm.
    true, error, pull : ndarray
        True peak and measured less true one, rms; the latter over the quoted error.
    fainter : ndarray of bool
        Whether the other one of the pair is brighter.
    """

    ms: float
    true: NDArray[np.float64]
    error: NDArray[np.float64]
    pull: NDArray[np.float64]
    fainter: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Forced":
        """Return some of the positions."""
        return Forced(self.ms, *(x[rows] for x in (self.true, self.error, self.pull, self.fainter)))


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    for noise in options.noise:
        seen = [
            (
                _apart(seed, noise, options.size, SNR),
                _apart(seed, noise, options.size, NOTHING),
                *_pairs(seed, noise, options.size),
            )
            for seed in options.seeds
        ]
        apart, noise_alone, joint, alone = zip(*seen, strict=True)
        near, far = PAIR["pair_separation"]
        print(
            f"\n## Forced fits at {count(POSITIONS, options.size)} positions in {noise} noise\n\n"
            f"Per seed, median (middle half) of {len(seen)}. Sources have {SNR[0]:g} to {SNR[1]:g} "
            f"rms; all in blends are in pairs {near:g} to {far:g} beams apart. Bias is the mean, "
            f"in shares of the mean flux and in rms. Goals: {APART:g} ms apart, {JOINT:g} ms in "
            f"blends; bias {BIAS:.0%}, in blends {BLEND_BIAS:g} rms; pull width 1 +- {PULL:g}. "
            "Without goals: half of the list left out, and the image's catalogue, which lacks "
            "what is faint, standing in for it."
        )
        report.print_table(
            ["", "ms", "bias, %", "bias, rms", "pull width"],
            [
                _row("apart", [f[f.true > 0] for f in apart], APART, share=BIAS),
                _row("apart, nothing there", [f[f.true == 0] for f in apart], APART),
                _row("the same in the noise alone", [f[f.true == 0] for f in noise_alone], APART),
                _row("blends, the fainter one", [f[f.fainter] for f in joint], JOINT, BLEND_BIAS),
                _row("blends, the brighter one", [f[~f.fainter] for f in joint], JOINT, BLEND_BIAS),
                _row("the brighter one left out", list(alone), pull=np.inf),
            ],
        )


def _apart(seed: int, noise: str, size: int, snr: tuple[float, float]) -> Forced:
    """Positions at least three beams apart, of which some are empty: with any S/N the same ones."""
    n = count(POSITIONS, size)
    once = round(EMPTY * n)
    # of two epochs each of the sources that are there once misses one
    with sky(
        seed=seed, noise=noise, size=size, sources=n - 2 * once, one_epoch=2 * once, epochs=2,
        separation=3.0, minimum_snr=snr[0], maximum_snr=snr[1],
    ) as truth:  # fmt: skip
        return _force(truth, np.arange(n))


def _pairs(seed: int, noise: str, size: int) -> tuple[Forced, Forced]:
    """Pairs with both on the list; and those on the list whose brighter one is not."""
    with sky(
        seed=seed, noise=noise, size=size, pairs=count(POSITIONS / 2, size), separation=3.0,
        minimum_snr=SNR[0], maximum_snr=SNR[1] / PAIR["pair_flux_ratio"][1], **PAIR,
    ) as truth:  # fmt: skip
        every = np.arange(len(truth.sources))
        return _force(truth, every), _force(truth, every[_fainter(truth)], known=True)


def _fainter(truth: Truth) -> NDArray[np.bool_]:
    """Return which sources are the fainter ones of pairs: the simulation puts them first."""
    return np.char.endswith(np.asarray(truth.sources["name"]).astype(str), "a")


def _force(truth: Truth, listed: NDArray[np.intp], known: bool = False) -> Forced:
    ra, dec = (np.asarray(truth.sources[name])[listed] for name in ("ra", "dec"))
    true = flux_grid(truth, "peak_flux")[:, listed] / RMS
    ms, error, quoted = [], [], []
    for path, peaks in zip(truth.paths, true, strict=True):
        image = extractor.open(path)
        background = extractor.background(image)
        footprint = extractor.footprint(image)
        neighbours = (
            {"neighbours": extractor.extract(image, background, footprint, detection_threshold=5.0)}
            if known
            else {}
        )
        for repeat in range(REPEATS):
            start = perf_counter()
            found = extractor.force(image, background, footprint, ra, dec, **neighbours)
            if repeat:
                ms.append(1e3 * (perf_counter() - start))
        error.append(found.peak_flux / RMS - peaks)
        quoted.append(found.peak_flux_err / RMS)
    errors = np.concatenate(error)
    return Forced(
        float(np.median(ms)),
        true.ravel(),
        errors,
        errors / np.concatenate(quoted),
        np.tile(_fainter(truth)[listed], len(truth.paths)),
    )


def _row(
    title: str,
    seen: list[Forced],
    ms: float = np.inf,
    bias: float = np.inf,
    share: float = np.inf,
    pull: float = PULL,
) -> list[str]:
    """Return the figures of some positions, with their goals; no share where there is no flux."""
    cells = [title, _told([one.ms for one in seen], ".1f", 0, ms)]
    shares = [100 * one.error.sum() / one.true.sum() for one in seen if one.true.any()]
    cells.append(_told(shares, ".2f", 0, 100 * share) if shares else "")
    cells.append(_told([one.error.mean() for one in seen], ".3f", 0, bias))
    cells.append(_told([width(one.pull) for one in seen], ".3f", 1, pull))
    return cells


def _told(values: list[float], digits: str, ideal: float, goal: float) -> str:
    good = abs(np.median(values) - ideal) <= goal
    return report.judged(report.spread(values, digits), bool(good))
