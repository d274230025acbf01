"""Forests of decision trees as plain arrays, and what they say of rows of features.

All trees of a forest share the arrays; a tree is known by its root. A node asks whether a feature
is at most a threshold; rows for which it is go to the left, and those of which it is unknown go
where they went in training.

Where trees tell a figure of each class, the answer is their mean (a random forest). Where each
tells one figure, tree t adds to that of class t modulo k, and the answers follow from the sums
(gradient boosting).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]

# Rows that go through the trees together: what they need stays in the cache of a core.
BLOCK = 2048
THREADS = 2
# More trees, or deeper ones, are no forest that anybody grew: a row takes a step for each level of
# each tree, so that they would keep whoever asks busy for hours.
MOST_TREES, DEEPEST = 2000, 200
# An answer is explained by so many trees: more say the same, and the way through one costs as much
# as four answers of it.
EXPLAINING = 40


@dataclass(frozen=True)
class Forest:
    """A forest; n nodes of all trees, t trees, k figures that a leaf tells.

    Attributes
    ----------
    roots
        Node at which each tree begins, shape (t,).
    feature
        Feature that a node asks for, shape (n,); -1: it is a leaf.
    threshold
        What it is compared with, in the unit of the feature, shape (n,); 0 at leaves.
    left, right
        Where rows go, shape (n,); 0 at leaves. Larger than the node itself, so that no row goes in
        circles.
    missing_left
        Whether rows without the feature go to the left, shape (n,), 0 or 1.
    value
        What a node says of the rows that reach it, shape (n, k) or, of boosted trees, (n, 1): of
        leaves that is the answer, of the others the mean of what lies below, by which an answer is
        explained.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.uint8]
    value: NDArray[np.float32]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def fault(self, n_features: int) -> str | None:
        """Return what is wrong with the arrays, if anything is.

        Parameters
        ----------
        n_features
            Features that rows have.
        """
        n = self.feature.size
        shapes = {
            one.shape
            for one in (self.feature, self.threshold, self.left, self.right, self.missing_left)
        }
        if n == 0 or self.roots.size == 0:
            return "there are no trees"
        if self.roots.ndim != 1 or self.value.ndim != 2 or shapes != {(n,)}:
            return "the arrays of nodes differ in length"
        if len(self.value) != n:
            return "the arrays of nodes differ in length"
        if len(self.roots) > MOST_TREES:
            return f"there are {len(self.roots)} trees, more than {MOST_TREES}"
        inner = self.feature >= 0
        node = np.arange(n)
        if self.roots.min() < 0 or self.roots.max() >= n:
            return "a tree begins at a node that is not there"
        if self.feature.min() < -1 or self.feature.max() >= n_features:
            return "a node asks for a feature that is not there"
        for child in (self.left, self.right):
            if np.any(inner & ((child <= node) | (child >= n))):
                return "a node leads back, or to one that is not there"
        if not (np.isfinite(self.threshold).all() and np.isfinite(self.value).all()):
            return "a threshold or an answer is no finite number"
        return self._fault_of_shape(inner)

    def _fault_of_shape(self, inner: NDArray[np.bool_]) -> str | None:
        """Return what is wrong with the shape of the trees, of which all children are there."""
        reached = np.concatenate([self.roots, self.left[inner], self.right[inner]])
        if np.bincount(reached, minlength=len(inner)).max() > 1:
            return "a node belongs to several others"
        level, depth = self.roots, 0
        # no node is met twice
        while (level := level[inner[level]]).size:
            level = np.concatenate([self.left[level], self.right[level]])
            depth += 1
            if depth > DEEPEST:
                return f"a tree is deeper than {DEEPEST}"
        return None


def as_rows(features: NDArray[np.floating]) -> Rows:
    """Return features as forests compare them: in single precision, unknown ones as NaN.

    What is infinite, or too large for that, is the largest number there is: which side of a
    threshold it lies on does not depend on it.
    """
    largest = float(np.finfo(np.float32).max)
    return np.clip(np.asarray(features, dtype=np.float64), -largest, largest).astype(np.float32)


def answers(forest: Forest, rows: Rows) -> NDArray[np.float64]:
    """Return what a forest says of rows, the mean over its trees.

    Parameters
    ----------
    forest
        The forest, of k figures.
    rows
        Features, shape (m, f); NaN where unknown.

    Returns
    -------
    ndarray, shape (m, k)
    """
    found = np.empty((len(rows), forest.value.shape[1]))

    def fill(start: int) -> None:
        block = rows[start : start + BLOCK]
        total = np.zeros((len(block), forest.value.shape[1]))
        for root in forest.roots:
            total += forest.value[_leaves(forest, block, int(root))]
        found[start : start + BLOCK] = total / len(forest.roots)

    _in_threads(fill, len(rows))
    return found


def likelihoods(forest: Forest, rows: Rows, n_classes: int) -> NDArray[np.float64]:
    """Return how likely each of k classes is, of a random forest or of boosted trees.

    Boosted trees add up to logarithms of odds, and the answer is their softmax (Friedman 2001,
    Annals of Statistics 29, 1189, algorithm 6).

    Parameters
    ----------
    forest
        The trees, that tell k figures each, or one.
    rows
        Features, shape (m, f); NaN where unknown.
    n_classes
        k, two at least.

    Returns
    -------
    ndarray, shape (m, k)
    """
    if forest.value.shape[1] == n_classes:
        return answers(forest, rows)
    found = np.empty((len(rows), n_classes))

    def fill(start: int) -> None:
        block = rows[start : start + BLOCK]
        total = np.zeros((n_classes, len(block)))
        for number, root in enumerate(forest.roots):
            leaves = _leaves(forest, block, int(root))
            total[number % n_classes] += forest.value[:, 0].take(leaves)
        odds = np.exp(total - total.max(axis=0))
        found[start : start + BLOCK] = (odds / odds.sum(axis=0)).T

    _in_threads(fill, len(rows))
    return found


def contributions(
    forest: Forest, rows: Rows, figure: NDArray[np.intp], n_classes: int
) -> NDArray[np.float64]:
    """Return by how much each feature moved an answer: what it is, less what it would be unasked.

    On the way through a tree the mean of what lies below changes with each node, and the change is
    that of the feature the node asks for. Summed over the way, and averaged over the trees (the
    first `EXPLAINING` of them), these are the answer less the mean of the roots. Of boosted trees
    those of the class are taken, and summed: what is explained then is the logarithm of its odds.

    Source: Saabas, "Interpreting random forests" (2014); Palczewska et al. 2013,
    arXiv:1312.1121.

    Parameters
    ----------
    forest
        The forest.
    rows
        Features, shape (m, f).
    figure
        Which of the k figures is to be explained, for each row, shape (m,).
    n_classes
        k, two at least.

    Returns
    -------
    ndarray, shape (m, f)
    """
    found = np.zeros(rows.shape)
    boosted = forest.value.shape[1] != n_classes
    trees = forest.roots[: EXPLAINING * n_classes if boosted else EXPLAINING]

    def fill(start: int) -> None:
        block, which = rows[start : start + BLOCK], figure[start : start + BLOCK]
        moved = found[start : start + BLOCK]
        for number, root in enumerate(trees):
            going = np.arange(len(block))
            if boosted:
                going = np.flatnonzero(which == number % n_classes)
            node = np.full(len(going), root)
            if forest.feature[root] < 0:
                continue
            while len(going):
                asked = forest.feature.take(node)
                after = _next(forest, block, going, node, asked)
                wanted = 0 if boosted else which[going]
                moved[going, asked] += forest.value[after, wanted] - forest.value[node, wanted]
                on = forest.feature.take(after) >= 0
                going, node = going[on], after[on]

    _in_threads(fill, len(rows))
    return found if boosted else found / len(trees)


def _leaves(forest: Forest, block: Rows, root: int) -> NDArray[np.intp]:
    """Return the leaf of a tree at which each row of a block ends."""
    ends = np.full(len(block), root)
    if forest.feature[root] < 0:
        return ends
    going, node = np.arange(len(block)), ends.copy()
    while len(going):
        node = _next(forest, block, going, node, forest.feature.take(node))
        on = forest.feature.take(node) >= 0
        ends[going[~on]] = node[~on]
        going, node = going[on], node[on]
    return ends


def _next(
    forest: Forest,
    block: Rows,
    going: NDArray[np.intp],
    node: NDArray[np.intp],
    asked: NDArray[np.int16],
) -> NDArray[np.intp]:
    """Return the nodes to which rows go from those at which they are."""
    # one index into the flat block costs half of two into its rows and columns
    x = block.ravel().take(going * block.shape[1] + asked)
    to_left = x <= forest.threshold.take(node)
    unknown = np.isnan(x)
    if unknown.any():
        to_left |= unknown & (forest.missing_left.take(node) != 0)
    return np.where(to_left, forest.left.take(node), forest.right.take(node))


def _in_threads(fill: Callable[[int], None], n_rows: int) -> None:
    """Call a function with the beginning of each block; numpy lets threads work at once."""
    with ThreadPoolExecutor(THREADS) as threads:
        for done in threads.map(fill, range(0, n_rows, BLOCK)):
            assert done is None
