"""The features of a light curve by numpy, beside those of the database."""

import numpy as np
from numpy.typing import ArrayLike

# fmt: off
NAMES = [
    "n", "n_blind", "n_forced", "span_days", "before_n", "after_n", "peak_flux",
    "peak_flux_err", "median_flux", "weighted_mean", "weighted_mean_err", "fastest_change",
    "duty_cycle", "n_episodes", "snr_max", "snr_min", "negative_share", "negative_ratio",
    "contrast", "peak_over_median", "v", "modulation", "eta", "eta_significance",
    "robust_scatter", "max_significance", "rest_eta_significance", "peak_chi_share",
    "trend_significance", "jump_significance", "skewness", "quartile_skewness",
    "range_skewness", "lag_correlation", "structure_1", "structure_2", "structure_4",
    "structure_8", "runs_significance", "half_share", "half_days", "rise_days", "decay_days",
    "rise_share", "limit_before", "limit_after", "third_share", "unfound_share", "high_share",
    "high_runs", "low_share", "low_runs", "level_share", "level_place",
]
# fmt: on


def features(
    days: ArrayLike, flux: ArrayLike, err: ArrayLike, detected: ArrayLike
) -> dict[str, float | None]:
    """Compute the features of one light curve.

    Parameters
    ----------
    days : array_like, shape (n,)
        Times [d].
    flux, err : array_like, shape (n,)
        Flux densities and their errors [Jy/beam].
    detected : array_like of bool, shape (n,)
        Which points are detections.

    Returns
    -------
    dict
        By name; what is not defined is None.
    """
    order = np.lexsort([np.asarray(detected), np.asarray(err), np.asarray(flux), np.asarray(days)])
    t, f, e, b = (np.asarray(a)[order] for a in (days, flux, err, detected))
    n, w = f.size, e**-2.0
    found = _counts(t, f, e, b) | _amplitudes(f, e, w) | _order(t, f, e, w) | _width(t, f)
    found |= _levels(f, e, b)
    peak, first, last = f.max(), b.argmax(), n - 1 - b[::-1].argmax()
    if b.any() and peak > 0:
        for name, part in (("limit_before", slice(0, first)), ("limit_after", slice(last + 1, n))):
            if w[part].size:
                mean = np.average(f[part], weights=w[part])
                found[name] = (max(0, mean) + 3 * w[part].sum() ** -0.5) / peak
    return {name: found.get(name) for name in NAMES}


def _counts(t, f, e, b):
    seen = b.any()
    return {
        "n": f.size,
        "n_blind": b.sum(),
        "n_forced": f.size - b.sum(),
        "span_days": np.ptp(t),
        "before_n": b.argmax() if seen else None,
        "after_n": b[::-1].argmax() if seen else None,
        "duty_cycle": b.mean(),
        "n_episodes": (np.diff(np.r_[False, b].astype(int)) == 1).sum(),
        "negative_share": (f < -3 * e).mean(),
    }


def _sigma(n, eta):
    """Wilson & Hilferty 1931."""
    v = 2 / (9 * (n - 1))
    return (np.cbrt(eta) - (1 - v)) / np.sqrt(v)


def _amplitudes(f, e, w):
    n, peak, least, median, mean = f.size, f.max(), f.min(), np.median(f), f.mean()
    xi = np.average(f - peak, weights=w) + peak
    error = e[f == peak].min()
    found = {
        "peak_flux": peak,
        "peak_flux_err": error,
        "median_flux": median,
        "weighted_mean": xi,
        "weighted_mean_err": w.sum() ** -0.5,
        "snr_max": (f / e).max(),
        "snr_min": (f / e).min(),
    }
    if f.any():
        found["negative_ratio"] = max(0, -least) / max(abs(least), abs(peak))
    if n < 2:
        return found
    if peak > 0:
        found["contrast"] = (peak - median) / (peak + abs(median))
    mean_err = np.sqrt(np.sum(e**2)) / n
    if median >= 3 * 1.2533 * mean_err:
        found["peak_over_median"] = peak / median
    if mean >= 3 * mean_err:
        excess = f.var(ddof=1) - np.mean(e**2)
        found["v"] = f.std(ddof=1) / mean
        found["modulation"] = np.sign(excess) * np.sqrt(abs(excess)) / mean
    chi2 = np.sum(w * (f - xi) ** 2) if least < peak else 0.0
    rest = np.delete(np.arange(n), np.lexsort([e, f != peak])[0])
    others = np.average(f[rest], weights=w[rest])
    significance = (peak - others) / np.hypot(error, w[rest].sum() ** -0.5)
    found |= {
        "eta": chi2 / (n - 1),
        "eta_significance": _sigma(n, chi2 / (n - 1)),
        "robust_scatter": 1.4826 * np.median(abs(f - median)) / np.median(e),
        "max_significance": significance,
    }
    if chi2 > 0:
        found["peak_chi_share"] = min(1, ((peak - xi) / error) ** 2 / chi2)
    if n > 2:
        around = np.sum(w[rest] * (f[rest] - others) ** 2)
        found["rest_eta_significance"] = _sigma(n - 1, around / (n - 2))
        lower, upper = np.quantile(f, [0.25, 0.75])
        if upper > lower:
            found["quartile_skewness"] = (upper + lower - 2 * median) / (upper - lower)
        if peak > least:
            found["skewness"] = np.mean((f - mean) ** 3) / f.var() ** 1.5
            found["range_skewness"] = (peak + least - 2 * median) / (peak - least)
    return found


def _order(t, f, e, w):
    n = f.size
    if n < 2:
        return {}
    change, error, gap = np.diff(f), np.hypot(e[1:], e[:-1]), np.diff(t)
    found = {"jump_significance": (abs(change) / error).max()}
    real = (gap > 0) & (abs(change) >= 5 * error)
    if real.any():
        found["fastest_change"] = (abs(change[real]) / gap[real] ** 2).max()
    above = f > np.median(f)
    high, low = above.sum(), (~above).sum()
    runs, product = 1 + (above[1:] != above[:-1]).sum(), 2 * high * low
    if product * (product - n) > 0:
        spread = np.sqrt(product * (product - n) / (n**2 * (n - 1)))
        found["runs_significance"] = (runs - 1 - product / n) / spread
    if n < 3:
        return found
    if np.ptp(t) > 0:
        x, y = t - np.average(t, weights=w), f - np.average(f, weights=w)
        slope = np.sum(w * x * y) / np.sum(w * x**2)
        scatter = np.sum(w * (y - slope * x) ** 2) / (n - 2)
        found["trend_significance"] = slope * np.sqrt(np.sum(w * x**2) / max(1, scatter))
    if np.ptp(f) > 0:
        g = f - f.mean()
        found["lag_correlation"] = np.sum(g[1:] * g[:-1]) / np.sum(g**2)
        for lag in (1, 2, 4, 8):
            if n > lag + 1:
                square = np.mean((f[lag:] - f[:-lag]) ** 2)
                found[f"structure_{lag}"] = square / (2 * f.var(ddof=1))
    return found


def _width(t, f):
    peak, at = f.max(), f.argmax()
    found = {}
    if peak > 0:
        high = f >= peak / 2
        found["half_share"] = high.mean()
        found["half_days"] = np.diff(t)[high[1:] & high[:-1]].sum()
    median = np.median(f)
    low = (f <= (median + peak) / 2) & (f < peak)
    before, after = t[:at][low[:at]], t[at:][low[at:]]
    if before.size:
        found["rise_days"] = t[at] - before[-1]
    if after.size:
        found["decay_days"] = after[0] - t[at]
    if before.size and after.size and after[0] > before[-1]:
        found["rise_share"] = found["rise_days"] / (after[0] - before[-1])
    return found


def _levels(f, e, b):
    n, median = f.size, np.median(f)
    found = {"unfound_share": np.mean((f > 6 * e) & ~b)}
    if n < 2:
        return found
    margin = np.maximum(4 * e, 0.15 * abs(median))
    for name, beyond in (("high", f - median > margin), ("low", median - f > margin)):
        found[f"{name}_share"] = beyond.mean()
        found[f"{name}_runs"] = (np.diff(np.r_[False, beyond].astype(int)) == 1).sum()
    rising = np.sort(f)
    if n > 4 and rising[-1] > median:
        found["third_share"] = (rising[-3] - median) / (rising[-1] - median)
    if n > 2 and np.ptp(f) > 0:
        between = []
        for k in range(1, n):
            low, high = rising[:k], rising[k:]
            parts = k * (low.mean() - f.mean()) ** 2 + (n - k) * (high.mean() - f.mean()) ** 2
            between.append(round(parts / (n * f.var()), 9))
        found["level_share"] = max(between)
        found["level_place"] = (1 + int(np.argmax(between))) / n
    return found
