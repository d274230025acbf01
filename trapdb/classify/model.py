"""A model: trees with calibrated probabilities, and one that tells what it never saw."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.classify.forest import Forest, answers, as_rows, contributions, likelihoods

# What is said to have moved an answer: so many features, those that moved it most.
REASONS = 5


@dataclass(frozen=True)
class Steps:
    """The calibration of one class: what share of rows to which the forest gave x was of it.

    Attributes
    ----------
    x, y
        Probability of the forest and calibrated one, both increasing, shape (s,); straight lines
        between them, and level beyond.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What a model says of m rows, with c classes.

    Attributes
    ----------
    probabilities
        Of each class, shape (m, c); they sum to 1.
    novelty
        How unlike what the model was trained on they are, shape (m,): 1 is as far as the farthest
        per cent of that.
    reasons
        The features that moved the likeliest class most, the first one most, shape (m, r), as their
        places among the features of the model.
    moved
        By how much each of them moved its uncalibrated probability, or of boosted trees the natural
        logarithm of its odds, shape (m, r).
    """

    probabilities: NDArray[np.float64]
    novelty: NDArray[np.float64]
    reasons: NDArray[np.intp]
    moved: NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A model as it is stored; c classes, f features.

    Attributes
    ----------
    feature_set
        Version of the features.
    features
        Names of the features, in the order of rows.
    classes
        Names of the classes, in the order of probabilities.
    forest
        Says how likely each class is, before calibration.
    calibration
        The steps of each class.
    isolation
        A forest of isolation: depth at which a row is alone, shape (n, 1).
    depth, limit
        Mean depth among as many rows as a tree of it was grown on, and the score that one per cent
        of the training rows exceed [1].
    checks, expected
        Rows, shape (q, f), and what the model answers to them, shape (q, c + 1): probabilities and
        novelty.
    facts
        What else is to be known: on what it was trained, how well it does, which versions made it.
    """

    feature_set: int
    features: tuple[str, ...]
    classes: tuple[str, ...]
    forest: Forest
    calibration: tuple[Steps, ...]
    isolation: Forest
    depth: float
    limit: float
    checks: NDArray[np.float64]
    expected: NDArray[np.float64]
    facts: dict[str, Any]


def calibrated(raw: NDArray[np.float64], calibration: tuple[Steps, ...]) -> NDArray[np.float64]:
    """Return calibrated probabilities, which sum to 1, of those of a forest; shape (m, c).

    Each class is calibrated against all others, and what they say is scaled to the sum 1 (Zadrozny
    & Elkan 2002, KDD, 694). Where none says anything, all are as likely.
    """
    told = np.column_stack(
        [np.interp(raw[:, n], steps.x, steps.y) for n, steps in enumerate(calibration)]
    )
    total = told.sum(axis=1, keepdims=True)
    told = np.where(total > 0, told, 1.0)
    return told / told.sum(axis=1, keepdims=True)


def isolation_score(isolation: Forest, depth: float, features: NDArray[Any]) -> NDArray[np.float64]:
    """Return how soon rows are alone in random trees, 0 to 1, shape (m,); 1: at once.

    Source: Liu, Ting & Zhou 2008, ICDM, 413, equation 2.
    """
    return 2.0 ** (-answers(isolation, as_rows(features))[:, 0] / depth)


def classify(model: Model, features: NDArray[Any], *, explained: bool = True) -> Answer:
    """Return what a model says of rows of features, shape (m, f), NaN where unknown."""
    rows = as_rows(features)
    probabilities = calibrated(
        likelihoods(model.forest, rows, len(model.classes)), model.calibration
    )
    novelty = isolation_score(model.isolation, model.depth, features) / model.limit
    n_reasons = min(REASONS, len(model.features)) if explained else 0
    reasons = np.zeros((len(rows), n_reasons), dtype=np.intp)
    moved = np.zeros(reasons.shape)
    if n_reasons:
        each = contributions(model.forest, rows, probabilities.argmax(axis=1), len(model.classes))
        reasons = np.argsort(-np.abs(each), axis=1, kind="stable")[:, :n_reasons]
        moved = np.take_along_axis(each, reasons, axis=1)
    return Answer(probabilities, novelty, reasons, moved)
