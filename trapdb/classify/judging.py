"""How good classifications are: what is mistaken for what, and whether probabilities are true."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

BINS = 15


def confusion(told: NDArray[np.float64], place: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many rows of each class (first index) were held to be of which, shape (c, c).

    Parameters
    ----------
    told
        Probabilities, shape (m, c).
    place
        Which class each row is of, shape (m,).
    """
    n_classes = told.shape[1]
    found = np.zeros((n_classes, n_classes), dtype=np.intp)
    np.add.at(found, (place, told.argmax(axis=1)), 1)
    return found


def f1_scores(matrix: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the F1 of each class of a confusion matrix; 0 where a class is never told."""
    right = np.diag(matrix)
    both = matrix.sum(axis=0) + matrix.sum(axis=1)
    return np.divide(2.0 * right, both, out=np.zeros(len(right)), where=both > 0)


def calibration_curve(
    told: NDArray[np.float64], place: NDArray[np.intp], bins: int = BINS
) -> list[tuple[float, float, int]]:
    """Return, in bins of the largest probability, its mean, the share that was right, and how many.

    Source: Guo et al. 2017, ICML, arXiv:1706.04599, section 2.
    """
    sure, right = told.max(axis=1), told.argmax(axis=1) == place
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    return [
        (float(sure[of].mean()), float(right[of].mean()), int(of.sum()))
        for of in (bin_of == number for number in range(bins))
        if of.any()
    ]


def calibration_error(told: NDArray[np.float64], place: NDArray[np.intp]) -> float:
    """Return the expected calibration error, equation 3 of that source."""
    curve = calibration_curve(told, place)
    return sum(abs(sure - right) * n for sure, right, n in curve) / len(place)


def area_under_curve(score: NDArray[np.float64], is_positive: NDArray[np.bool_]) -> float:
    """Return how often a positive row has the larger score; ties count half (Mann & Whitney)."""
    n = int(is_positive.sum())
    others = len(score) - n
    ranks = rankdata(score)
    return float((ranks[is_positive].sum() - n * (n + 1) / 2) / (n * others))


def metrics(
    told: NDArray[np.float64], place: NDArray[np.intp], classes: Sequence[str]
) -> dict[str, Any]:
    """Return what a report tells of probabilities, in the form in which models keep it."""
    matrix = confusion(told, place)
    scores = f1_scores(matrix)
    return {
        "accuracy": round(float(np.diag(matrix).sum() / matrix.sum()), 4),
        "macro_f1": round(float(scores.mean()), 4),
        "f1": {name: round(float(one), 4) for name, one in zip(classes, scores, strict=True)},
        "calibration_error": round(calibration_error(told, place), 4),
        "calibration": [
            [round(sure, 4), round(right, 4), n]
            for sure, right, n in calibration_curve(told, place)
        ],
        "confusion": matrix.tolist(),
    }
