"""Forced fits at 10,000 positions: time, bias and errors, apart and in blends."""

import argparse
from collections.abc import Callable
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
PAIR = {"pair_separation": (0.75, 2.0), "pair_flux_ratio": (1.0, 10.0)}
# Goals: ms of a call; bias in shares of the flux and, of blends, in rms; deviation of the pull from 1.
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


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    for noise in options.noise:
        seen = [
            (_apart(s, noise, options.size), *_pairs(s, noise, options.size)) for s in options.seeds
        ]
        apart, joint, unlisted = (list(one) for one in zip(*seen, strict=True))
        print(
            f"\n## Forced fits in {noise} noise: {count(POSITIONS, options.size)} positions\n\n"
            f"Per seed, median (middle half) of {len(seen)}. Bias is the mean, of the sum of the "
            f"fluxes and in rms. Goals: {APART:g} ms apart, {JOINT:g} ms in blends, bias "
            f"{BIAS:.0%}, in blends {BLEND_BIAS} rms, pull width 1 +- {PULL}. Sources have "
            f"{SNR[0]:g} to {SNR[1]:g} rms; all in blends are in pairs {PAIR['pair_separation'][0]} "
            f"to {PAIR['pair_separation'][1]:g} beams apart. Where half of the list is left out, "
            "the image's catalogue stands in for it; without goals, because it lacks what is faint."
        )  # fmt: skip
        report.print_table(
            ["", "ms", "bias, %", "bias, rms", "pull width"],
            [
                _row("apart", apart, lambda f: f.true > 0, APART, np.inf),
                _row("apart, nothing there", apart, lambda f: f.true == 0, np.inf, BLEND_BIAS),
                _row("blends, the fainter one", joint, lambda f: f.fainter, JOINT, BLEND_BIAS),
                _row("blends, the brighter one", joint, lambda f: ~f.fainter, JOINT, BLEND_BIAS),
                _row("the brighter one not on the list", unlisted, lambda f: f.fainter, None, None),
            ],
        )


def _apart(seed: int, noise: str, size: int) -> Forced:
    """Positions at least three beams apart, of which some are empty."""
    n = count(POSITIONS, size)
    once = round(EMPTY * n)
    # of two epochs each of the sources that are there once misses one
    with sky(
        seed=seed, noise=noise, size=size, sources=n - 2 * once, one_epoch=2 * once, epochs=2,
        separation=3.0, minimum_snr=SNR[0], maximum_snr=SNR[1],
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
    """Tell the fainter ones of pairs: the simulation puts them first."""
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
    which: Callable[[Forced], NDArray[np.bool_]],
    ms_goal: float | None,
    bias_goal: float | None,
) -> list[str]:
    chosen = [which(one) for one in seen]
    has_goals = ms_goal is not None and bias_goal is not None
    ms = [one.ms for one in seen]
    bias = [one.error[c].mean() for one, c in zip(seen, chosen, strict=True)]
    total = [one.true[c].sum() for one, c in zip(seen, chosen, strict=True)]
    pull = [width(one.pull[c]) for one, c in zip(seen, chosen, strict=True)]
    share = [
        100 * one.error[c].sum() / flux if flux else np.nan
        for one, c, flux in zip(seen, chosen, total, strict=True)
    ]
    return [
        title,
        report.judged(report.spread(ms, ".1f"), not has_goals or np.median(ms) <= ms_goal),
        report.judged(report.spread(share, ".2f"), not has_goals or not abs(np.median(share)) > 100 * BIAS)
        if np.isfinite(share).all() else "",
        report.judged(report.spread(bias, ".3f"), not has_goals or abs(np.median(bias)) <= bias_goal),
        report.judged(report.spread(pull, ".3f"), not has_goals or abs(np.median(pull) - 1) <= PULL),
    ]  # fmt: skip
