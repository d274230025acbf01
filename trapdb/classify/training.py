"""Training: rows of features whose classes are known become a model. Only here is scikit-learn.

Whoever trains twice from the same rows with the same seed and the same versions has the same model,
to the last byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trapdb.classify.forest import MOST_TREES, Forest, as_rows, contributions, likelihoods
from trapdb.classify.model import Model, Steps, calibrated, classify, isolation_score
from trapdb.errors import InputError

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

TREES = 150
# Leaves have so many rows at least: probabilities of less are those of chance.
LEAF = 3
# With so many rows a class, in the mean, trees are boosted; of fewer a random forest learns more.
BOOSTED = 200
ROUNDS = 80
RATE = 0.1
BOOSTED_LEAVES, BOOSTED_LEAF = 15, 10
# Share of the features that each node of a boosted tree chooses from.
CHOICE = 0.3
# Parts into which groups are divided: each is told by a forest that never saw it.
PARTS = 5
ISOLATION_TREES = 100
ISOLATION_ROWS = 512
# A class needs so many groups, or it cannot be told whether it is learned.
FEWEST = 5
CHECKS = 20
# Rows by which the importance of features is told.
IMPORTANCE = 2000
LARGEST = np.finfo(np.float32)


@dataclass(frozen=True)
class Examples:
    """Rows whose classes are known; m of them.

    Attributes
    ----------
    features
        Shape (m, f); NaN where unknown.
    classes
        Name of the class of each, shape (m,).
    groups
        What belongs together and is never on both sides of a split, such as the points of time of
        one source, shape (m,).
    """

    features: NDArray[np.float64]
    classes: NDArray[np.str_]
    groups: NDArray[Any]


@dataclass(frozen=True)
class Trained:
    """A model, and what it said of each example when it was trained without it.

    Attributes
    ----------
    model
        The model.
    told
        Calibrated probabilities, shape (m, c): forest and calibration are of other groups.
    """

    model: Model
    told: NDArray[np.float64]


def train(
    examples: Examples,
    names: Sequence[str],
    feature_set: int,
    facts: Mapping[str, Any],
    seed: int,
) -> Trained:
    """Train a model.

    Classes weigh the same in the trees, however many rows they have. The rows are divided into
    parts by group; a forest or boosted trees of the others tell each part, and what they tell
    calibrates the probabilities (isotonic regression: Zadrozny & Elkan 2002, KDD, 694), which are
    those of somebody who expects each class as often as the rows have it. What is kept has learned
    from all rows.

    Parameters
    ----------
    examples
        The rows, of two classes at least.
    names
        Names of the features.
    feature_set
        Their version.
    facts
        What is to be kept with the model.
    seed
        From which all chance comes.

    Raises
    ------
    InputError
        There are too few examples of a class, or scikit-learn is not installed.
    """
    classes = require_classes(examples)
    rows, place = as_rows(examples.features), np.searchsorted(classes, examples.classes)
    part = parts(examples, seed, PARTS)
    raw = np.empty((len(rows), len(classes)))
    odd = np.empty(len(rows))
    for number in range(PARTS):
        out = part == number
        forest = learned(rows[~out], place[~out], len(classes), seed + number)
        # and not by scikit-learn, whose threads add up in whatever order they end
        raw[out] = likelihoods(forest, rows[out], len(classes))
        alone, depth = _isolation(rows[~out], seed + number)
        odd[out] = isolation_score(alone, depth, rows[out])
    told = np.empty(raw.shape)
    for number in range(PARTS):
        out = part == number
        told[out] = calibrated(raw[out], _calibration(raw[~out], place[~out]))
    forest = learned(rows, place, len(classes), seed)
    isolation, depth = _isolation(rows, seed)
    model = Model(
        feature_set,
        tuple(names),
        tuple(str(name) for name in classes),
        forest,
        _calibration(raw, place),
        isolation,
        depth,
        float(np.quantile(odd, 0.99)),
        *_no_checks(len(names), len(classes)),
        {**facts, "seed": seed},
    )
    return Trained(_with_checks(model, examples, seed), told)


def require_classes(examples: Examples) -> NDArray[np.str_]:
    """Return the classes of examples, in order; refuse those of which there are too few.

    Raises
    ------
    InputError
        There is one class only, or one with fewer groups than can be divided.
    """
    classes = np.unique(examples.classes)
    if len(classes) < 2:
        raise InputError("a classifier needs examples of two classes at least")
    for name in classes:
        n_groups = len(np.unique(examples.groups[examples.classes == name]))
        if n_groups < FEWEST:
            raise InputError(
                f"{n_groups} examples of class {name}: {FEWEST} are needed at least; label more of "
                "them, or leave the class out"
            )
    return classes


def parts(examples: Examples, seed: int, n_parts: int) -> NDArray[np.intp]:
    """Return the part of each example, shape (m,): groups stay whole, and classes are spread."""
    rng = np.random.default_rng(seed)
    groups, first, member = np.unique(examples.groups, return_index=True, return_inverse=True)
    shuffled = rng.permutation(len(groups))
    in_order = shuffled[np.argsort(examples.classes[first][shuffled], kind="stable")]
    part = np.empty(len(groups), dtype=np.intp)
    part[in_order] = np.arange(len(groups)) % n_parts
    return part[member]


def as_forest(grown: "RandomForestClassifier") -> Forest:
    """Return a forest of scikit-learn as arrays."""
    return _joined(
        [tree.tree_ for tree in grown.estimators_],
        [tree.tree_.value[:, 0, :] / tree.tree_.value[:, 0, :].sum(axis=1, keepdims=True)
         for tree in grown.estimators_],
    )  # fmt: skip


def grown(rows: Any, place: Any, n_classes: int, seed: int) -> "RandomForestClassifier":
    """Grow a forest of scikit-learn on rows, shape (m, f), of classes by place, shape (m,)."""
    ensemble = ensembles()
    weight = len(place) / (n_classes * np.bincount(place, minlength=n_classes).clip(1))
    return ensemble.RandomForestClassifier(
        n_estimators=TREES,
        min_samples_leaf=LEAF,
        max_features="sqrt",
        random_state=seed,
        n_jobs=2,
        class_weight=dict(enumerate(weight)),
    ).fit(rows, place)


def learned(rows: Any, place: Any, n_classes: int, seed: int) -> Forest:
    """Return what is learned of rows: boosted trees or, of few rows, a random forest."""
    if len(rows) < BOOSTED * n_classes:
        return as_forest(grown(rows, place, n_classes, seed))
    return as_boosted(boosted(rows, place, n_classes, seed), n_classes)


def boosted(rows: Any, place: Any, n_classes: int, seed: int) -> "HistGradientBoostingClassifier":
    """Boost trees of scikit-learn on rows, shape (m, f), of classes by place, shape (m,)."""
    from threadpoolctl import threadpool_limits

    weight = len(place) / (n_classes * np.bincount(place, minlength=n_classes).clip(1))
    # with several threads sums would depend on which of them ends first
    with threadpool_limits(limits=1, user_api="openmp"):
        return (
            ensembles()
            .HistGradientBoostingClassifier(
                learning_rate=RATE,
                max_iter=min(ROUNDS, MOST_TREES // n_classes),
                max_leaf_nodes=BOOSTED_LEAVES,
                min_samples_leaf=BOOSTED_LEAF,
                l2_regularization=1.0,
                max_features=CHOICE,
                early_stopping=False,
                random_state=seed,
                class_weight=dict(enumerate(weight)),
            )
            .fit(rows, place)
        )


def as_boosted(grown: "HistGradientBoostingClassifier", n_classes: int) -> Forest:
    """Return boosted trees of scikit-learn as arrays, of which each tells one figure.

    Of two classes it has the logarithm of the odds of the second: each takes half of it. What is
    added to begin with is in the trees of the first round.
    """
    begin = np.ravel(grown._baseline_prediction)
    halves = (-0.5, 0.5) if n_classes == 2 else (1.0,)
    trees, values = [], []
    for number, told in enumerate(grown._predictors):
        for place, tree in enumerate(told):
            value = _means(tree.nodes) + (begin[place] if number == 0 else 0.0)
            for share in halves:
                trees.append(_BoostedTree(tree.nodes))
                values.append((share * value)[:, None])
    return _joined(trees, values)


class _BoostedTree:
    """The nodes of a boosted tree, by the names that those of a forest have."""

    def __init__(self, nodes: Any) -> None:
        leaf = nodes["is_leaf"] != 0
        self.node_count = len(nodes)
        self.feature = np.where(leaf, -1, nodes["feature_idx"])
        self.threshold = nodes["num_threshold"]
        self.children_left = nodes["left"].astype(np.int64)
        self.children_right = nodes["right"].astype(np.int64)
        self.missing_go_to_left = nodes["missing_go_to_left"]


def _means(nodes: Any) -> NDArray[np.float64]:
    """Return what each node of a boosted tree tells: of leaves, and the mean of what lies below."""
    value = np.where(nodes["is_leaf"] != 0, nodes["value"], 0.0)
    # children come after their parents
    for node in range(len(nodes) - 1, -1, -1):
        if not nodes["is_leaf"][node]:
            below = [nodes["left"][node], nodes["right"][node]]
            value[node] = np.average(value[below], weights=nodes["count"][below])
    return value


def _isolation(rows: Any, seed: int) -> tuple[Forest, float]:
    """Return a forest of isolation, whose nodes tell the depth at which a row ends there.

    Where many rows end together, what a tree of these would be deep is added.
    """
    n_rows = min(ISOLATION_ROWS, len(rows))
    grown = ensembles().IsolationForest(
        n_estimators=ISOLATION_TREES, max_samples=n_rows, random_state=seed
    ).fit(rows)  # fmt: skip
    trees = [tree.tree_ for tree in grown.estimators_]
    values = []
    for tree in trees:
        depth = np.zeros(tree.node_count)
        for node in range(tree.node_count):
            if tree.feature[node] >= 0:
                below = [tree.children_left[node], tree.children_right[node]]
                depth[below] = depth[node] + 1
        values.append((depth + _mean_depth(tree.n_node_samples))[:, None])
    return _joined(trees, values), float(_mean_depth(np.array([n_rows]))[0])


def _mean_depth(n: NDArray[Any]) -> NDArray[np.float64]:
    """Return how deep n rows lie in a random tree, in the mean (Liu et al. 2008, equation 1)."""
    found = np.zeros(len(n))
    found[n == 2] = 1.0
    many = n > 2
    left = n[many] - 1.0
    found[many] = 2 * (np.log(left) + np.euler_gamma) - 2 * left / n[many]
    return found


def _joined(trees: Sequence[Any], values: Sequence[NDArray[Any]]) -> Forest:
    """Return trees of scikit-learn as one forest."""
    sizes = np.array([tree.node_count for tree in trees])
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    inner = [tree.feature >= 0 for tree in trees]

    def joined(of: Any) -> NDArray[Any]:
        return np.concatenate([of(tree, on, start) for tree, on, start in zip(
            trees, inner, begins, strict=True)])  # fmt: skip

    threshold = joined(lambda tree, on, start: np.where(on, tree.threshold, 0.0))
    # what parts the known from the unknown is infinite; rows reach as far as the largest number
    threshold = threshold.clip(float(LARGEST.min), float(LARGEST.max))
    single = threshold.astype(np.float32)
    # what is compared has single precision: the next smaller number parts it as the threshold does
    single = np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single)
    return Forest(
        begins.astype(np.int32),
        joined(lambda tree, on, start: np.where(on, tree.feature, -1)).astype(np.int16),
        single.astype(np.float32),
        joined(lambda tree, on, start: np.where(on, tree.children_left + start, 0)).astype(
            np.int32
        ),
        joined(lambda tree, on, start: np.where(on, tree.children_right + start, 0)).astype(
            np.int32
        ),
        joined(lambda tree, on, start: on & (tree.missing_go_to_left != 0)).astype(np.uint8),
        np.concatenate(values).astype(np.float32),
    )


def _calibration(raw: NDArray[np.float64], place: NDArray[np.intp]) -> tuple[Steps, ...]:
    """Return the steps of each class, of what forests said of rows they did not see."""
    from sklearn.isotonic import IsotonicRegression

    found = []
    for number in range(raw.shape[1]):
        fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        fitted.fit(raw[:, number], place == number)
        x, y = fitted.X_thresholds_, fitted.y_thresholds_
        found.append(Steps(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)))
    return tuple(found)


def _no_checks(n_features: int, n_classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    return np.empty((0, n_features)), np.empty((0, n_classes + 1))


def _with_checks(model: Model, examples: Examples, seed: int) -> Model:
    """Return a model with check rows: examples, some of whose features are made unknown."""
    from dataclasses import replace

    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(examples.features), min(CHECKS, len(examples.features)), replace=False)
    checks = examples.features[chosen].copy()
    checks[rng.random(checks.shape) < 0.1] = np.nan
    answer = classify(model, checks, explained=False)
    expected = np.column_stack([answer.probabilities, answer.novelty])
    return replace(model, checks=checks, expected=expected)


def ensembles() -> Any:
    """Return what scikit-learn trains with.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        from sklearn import ensemble
    except ImportError as error:
        raise InputError(
            "training a classifier needs scikit-learn: pip install 'trapdb[classify]'; a trained "
            "one is applied without it"
        ) from error
    return ensemble


def joined(parts: Sequence[Examples]) -> Examples:
    """Return examples of several origins as one; groups of different origins are different."""
    groups = [[f"{number}/{group}" for group in part.groups] for number, part in enumerate(parts)]
    return Examples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.classes for part in parts]),
        np.concatenate([np.array(some) for some in groups]),
    )


def importance(model: Model, examples: Examples) -> dict[str, float]:
    """Return by how much each feature moves the likeliest class, in the mean over examples."""
    some = examples.features[:: max(1, len(examples.features) // IMPORTANCE)]
    rows = as_rows(some)
    n_classes = len(model.classes)
    likeliest = likelihoods(model.forest, rows, n_classes).argmax(axis=1)
    moved = contributions(model.forest, rows, likeliest, n_classes)
    means = np.abs(moved).mean(axis=0)
    return {name: round(float(one), 5) for name, one in zip(model.features, means, strict=True)}
