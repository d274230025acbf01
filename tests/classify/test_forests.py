"""Forests as arrays say what those of scikit-learn say; calibration, novelty, reasons, metrics."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import f1_score, roc_auc_score

from tests.classify.conftest import NAMES, examples
from trapdb.classify import judging, training
from trapdb.classify.forest import EXPLAINING, answers, as_rows, contributions, likelihoods
from trapdb.classify.model import Steps, calibrated, classify, isolation_score
from trapdb.classify.stored import digest, packed, unpacked
from trapdb.errors import InputError


def unseen(n=5000):
    rng = np.random.default_rng(5)
    rows = rng.normal(scale=3, size=(n, 4))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    rows[0] = [np.inf, -np.inf, 1e300, np.nan]
    return rows


def as_sklearn_takes_them(rows):
    return np.clip(rows, -3e38, 3e38)


def test_a_forest_says_what_that_of_sklearn_says(given):
    grown = RandomForestClassifier(30, min_samples_leaf=2, random_state=1)
    grown.fit(as_rows(given.features), given.classes)
    rows = unseen()
    expected = grown.predict_proba(as_sklearn_takes_them(rows))
    assert np.abs(answers(training.as_forest(grown), as_rows(rows)) - expected).max() < 1e-6


def test_rows_on_a_threshold_go_where_sklearn_sends_them():
    """Thresholds lie between numbers of single precision, and are kept as such."""
    rng = np.random.default_rng(2)
    few = rng.integers(0, 4, size=(300, 2)).astype(np.float32) * np.float32(0.1)
    grown = RandomForestClassifier(20, random_state=1).fit(few, (few.sum(axis=1) > 0.25))
    thresholds = np.concatenate([tree.tree_.threshold for tree in grown.estimators_])
    near = np.unique(thresholds.astype(np.float32))
    near = np.concatenate([near, np.nextafter(near, np.float32(9)), np.nextafter(near, -near)])
    rows = np.stack(np.meshgrid(near, near), axis=-1).reshape(-1, 2)
    expected = grown.predict_proba(rows)
    assert np.abs(answers(training.as_forest(grown), as_rows(rows)) - expected).max() < 1e-6


def test_novelty_is_that_of_an_isolation_forest(given):
    rows = as_rows(given.features)
    isolation, depth = training._isolation(rows, 4)
    grown = IsolationForest(
        n_estimators=training.ISOLATION_TREES,
        max_samples=min(training.ISOLATION_ROWS, len(rows)),
        random_state=4,
    ).fit(rows)
    new = unseen(500)
    expected = -grown.score_samples(as_sklearn_takes_them(new))
    assert np.abs(isolation_score(isolation, depth, new) - expected).max() < 1e-6


def test_what_is_far_from_all_examples_is_novel(trained, given):
    far = np.array([[30.0, -30, 30, 30]])
    assert classify(trained.model, far).novelty[0] > 1
    assert np.mean(classify(trained.model, given.features).novelty > 1) < 0.03


def test_calibration_is_that_of_sklearn():
    rng = np.random.default_rng(3)
    raw = rng.dirichlet(np.ones(3), size=400)
    place = np.array([rng.choice(3, p=row**2 / (row**2).sum()) for row in raw])
    new = rng.dirichlet(np.ones(3), size=200)
    expected = np.column_stack([
        IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        .fit(raw[:, n], place == n).predict(new[:, n])
        for n in range(3)
    ])  # fmt: skip
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.allclose(calibrated(new, training._calibration(raw, place)), expected, atol=1e-12)


def test_a_class_is_as_likely_as_it_is_frequent_among_the_examples():
    given = examples(each=300)
    kept = np.delete(np.arange(900), np.flatnonzero(given.classes == "steady")[45:])
    rare = training.Examples(given.features[kept], given.classes[kept], given.groups[kept])
    told = training.train(rare, NAMES, 1, {}, seed=1).told
    share = [np.mean(rare.classes == name) for name in np.unique(rare.classes)]
    assert told.mean(axis=0) == pytest.approx(share, abs=0.02)


def test_where_no_class_says_anything_all_are_as_likely():
    never = Steps(np.array([0.0, 1.0]), np.array([0.0, 0.0]))
    assert calibrated(np.array([[0.4, 0.6]]), (never, never)).tolist() == [[0.5, 0.5]]


def test_contributions_add_up_to_the_answer(given):
    grown = RandomForestClassifier(EXPLAINING, min_samples_leaf=2, random_state=1)
    grown.fit(as_rows(given.features), given.classes)
    forest = training.as_forest(grown)
    rows = as_rows(unseen(300))
    figure = np.arange(300) % 3
    moved = contributions(forest, rows, figure, 3).sum(axis=1)
    every = np.arange(300)
    begin = forest.value[forest.roots].mean(axis=0)
    assert np.abs(moved + begin[figure] - answers(forest, rows)[every, figure]).max() < 1e-6


def test_the_feature_that_decides_is_the_first_reason():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(400, 4))
    classes = np.where(features[:, 2] > 0, "up", "down")
    given = training.Examples(features, classes, np.arange(400))
    answer = classify(training.train(given, NAMES, 1, {}, 1).model, [[0, 0, 3.0, 0]])
    assert answer.reasons[0, 0] == 2
    assert answer.moved[0, 0] > 0.3


def test_answers_do_not_depend_on_what_is_asked_beside(trained):
    rows = unseen()
    together, alone = classify(trained.model, rows), classify(trained.model, rows[4000:4001])
    assert together.probabilities[4000].tolist() == alone.probabilities[0].tolist()
    assert together.novelty[4000] == alone.novelty[0]
    assert np.allclose(together.probabilities.sum(axis=1), 1)


def test_the_same_seed_makes_the_same_bytes(trained, given):
    again = training.train(given, NAMES, 1, {"scatter": [0.02, 0.1]}, seed=3)
    assert digest(packed(again.model)) == digest(packed(trained.model))
    other = training.train(given, NAMES, 1, {"scatter": [0.02, 0.1]}, seed=4)
    assert digest(packed(other.model)) != digest(packed(trained.model))


def test_groups_are_never_on_both_sides(given):
    part = training.parts(given, 1, training.PARTS)
    for group in np.unique(given.groups):
        assert len(set(part[given.groups == group].tolist())) == 1
    for name in np.unique(given.classes):
        counts = np.bincount(part[given.classes == name], minlength=training.PARTS)
        assert counts.min() > 0


def test_what_was_told_was_told_unseen():
    """Of classes drawn by lot nothing can be told, however well they are learned by heart."""
    given = examples()
    rng = np.random.default_rng(8)
    by_lot = replace(given, classes=rng.permutation(given.classes))
    told = training.train(by_lot, NAMES, 1, {}, seed=1)
    place = np.searchsorted(np.unique(by_lot.classes), by_lot.classes)
    assert judging.metrics(told.told, place, told.model.classes)["accuracy"] < 0.5


def test_classes_weigh_the_same_however_many_rows_they_have():
    given = examples(each=300)
    few = np.flatnonzero(given.classes == "steady")[45:]
    kept = np.delete(np.arange(900), few)
    rare = training.Examples(given.features[kept], given.classes[kept], given.groups[kept])
    trained = training.train(rare, NAMES, 1, {}, seed=1)
    raw = likelihoods(trained.model.forest, as_rows(examples(seed=9).features), 3)
    held = np.array(trained.model.classes)[raw.argmax(axis=1)]
    assert np.mean(held[120:] == "steady") > 0.4


@pytest.mark.parametrize(
    ("classes", "why"),
    [
        (["a"] * 20, "two classes at least"),
        (["a"] * 18 + ["b"] * 2, "2 examples of class b"),
    ],
)
def test_too_few_examples_are_refused(classes, why):
    given = training.Examples(np.zeros((20, 4)), np.array(classes), np.arange(20))
    with pytest.raises(InputError, match=why):
        training.train(given, NAMES, 1, {}, seed=1)


def test_metrics_are_those_of_sklearn():
    rng = np.random.default_rng(1)
    told, place = rng.dirichlet(np.ones(4), size=500), rng.integers(0, 4, 500)
    mine = judging.metrics(told, place, ["a", "b", "c", "d"])
    expected = f1_score(place, told.argmax(axis=1), average="macro")
    assert mine["macro_f1"] == pytest.approx(expected, abs=1e-4)
    score = np.round(told[:, 0], 1)
    assert judging.area_under_curve(score, place == 0) == pytest.approx(
        roc_auc_score(place == 0, score)
    )


def test_calibration_error_is_the_gap_between_told_and_right():
    told = np.tile([0.8, 0.2], (1000, 1))
    place = (np.arange(1000) >= 600).astype(int)
    assert judging.calibration_error(told, place) == pytest.approx(0.2)


def boosted(n_classes):
    """Boosted trees of so many classes, as scikit-learn has them and as arrays."""
    given = examples(each=150)
    place = np.unique(given.classes, return_inverse=True)[1] % n_classes
    grown = training.boosted(as_rows(given.features), place, n_classes, 3)
    return grown, training.as_boosted(grown, n_classes)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_boosted_trees_say_what_those_of_sklearn_say(n_classes):
    grown, forest = boosted(n_classes)
    rows = as_rows(unseen(500))
    told = likelihoods(forest, rows, n_classes)
    assert np.abs(told - grown.predict_proba(rows)).max() < 1e-5


def test_contributions_to_boosted_trees_add_up_to_the_logarithm_of_odds():
    _, forest = boosted(3)
    forest = replace(forest, roots=forest.roots[: 3 * EXPLAINING])
    rows, figure = as_rows(unseen(300)), np.arange(300) % 3
    moved = contributions(forest, rows, figure, 3).sum(axis=1)
    begin = forest.value[forest.roots].reshape(-1, 3).sum(axis=0)
    each = [
        contributions(forest, rows, np.full(300, one), 3).sum(axis=1) + begin[one]
        for one in range(3)
    ]
    odds = np.exp(np.column_stack(each))
    expected = likelihoods(forest, rows, 3)
    assert np.abs(odds / odds.sum(axis=1, keepdims=True) - expected).max() < 1e-5
    assert np.allclose(moved + begin[figure], np.column_stack(each)[np.arange(300), figure])


def test_of_many_rows_trees_are_boosted_again_the_same_and_packed(monkeypatch):
    monkeypatch.setattr(training, "BOOSTED", 50)
    monkeypatch.setattr(training, "ROUNDS", 10)
    given = examples(each=60)
    model = training.train(given, NAMES, 1, {}, seed=3).model
    assert model.forest.value.shape[1] == 1
    again = training.train(given, NAMES, 1, {}, seed=3).model
    assert packed(again) == packed(model)
    back = unpacked(packed(model), "it")
    rows = unseen(100)
    assert np.array_equal(classify(back, rows).probabilities, classify(model, rows).probabilities)
    fewer = replace(model, forest=replace(model.forest, roots=model.forest.roots[:-1]))
    with pytest.raises(InputError, match="not as many trees each"):
        unpacked(packed(fewer), "it")
    value = model.forest.value.copy()
    value[model.forest.feature < 0] = 1e6
    wild = replace(model, forest=replace(model.forest, value=value))
    with pytest.raises(InputError, match="odds that nothing has"):
        unpacked(packed(wild), "it")
