"""A classifier that was trained once for all tests of the folder."""

import numpy as np
import pytest

from trapdb.classify import training
from trapdb.classify.training import Examples, Trained, train

NAMES = ["a", "b", "c", "d"]


def examples(seed: int = 0, each: int = 60) -> Examples:
    """Three classes that overlap; some features are unknown, and three rows are a group."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0, 0], [2, 0, 1, 0], [0, 2, 0, -1]])
    place = np.repeat(np.arange(3), each)
    features = centres[place] + rng.normal(size=(3 * each, 4))
    features[rng.random(features.shape) < 0.1] = np.nan
    classes = np.array(["flare_star", "sidelobe", "steady"])[place]
    return Examples(features, classes, np.arange(3 * each) // 3)


@pytest.fixture(scope="session")
def given() -> Examples:
    return examples()


@pytest.fixture(scope="session", autouse=True)
def few_trees():
    """Fewer trees than for use, since tests ask for what holds of any number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "TREES", 15)
        patch.setattr(training, "ISOLATION_TREES", 15)
        yield


@pytest.fixture(scope="session")
def trained(given: Examples, few_trees: None) -> Trained:
    return train(given, NAMES, 1, {"scatter": [0.02, 0.1]}, seed=3)
