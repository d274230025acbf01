"""What is no classifier is refused in one line, and nothing of it is run."""

import json
import pickle
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from trapdb.classify.forest import DEEPEST, MOST_TREES, Forest
from trapdb.classify.model import classify
from trapdb.classify.stored import LARGEST, LARGEST_HEADER, MAGIC, NODES, packed, unpacked
from trapdb.errors import InputError


@pytest.fixture(scope="module")
def content(trained):
    return packed(trained.model)


def refuse(content, why):
    with pytest.raises(InputError) as raised:
        unpacked(content, "x.classifier")
    told = str(raised.value)
    assert told.startswith("x.classifier is no classifier that can be used: ")
    assert "\n" not in told
    assert why in told


def rewritten(content, change):
    """A classifier whose header was changed."""
    start = len(MAGIC) + 8
    end = start + int(content[len(MAGIC) : start], 16)
    header = json.loads(content[start:end])
    header = change(header) or header
    text = json.dumps(header).encode()
    return MAGIC + b"%08x" % len(text) + text + content[end:]


def test_what_is_packed_comes_back(trained, content):
    back = unpacked(content, "it")
    assert packed(back) == content
    assert back.classes == trained.model.classes
    assert back.facts == trained.model.facts


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("it was run",))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"", "does not begin"),
        (pickle.dumps(Bomb()), "does not begin"),
        (MAGIC, "header cannot be read"),
        (MAGIC + b"zzzzzzzz{}", "header cannot be read"),
        (MAGIC + b"-0000001{}", "header"),
        (MAGIC + b"00000002{}", "lacks something"),
        (MAGIC + b"00000002[]", "lacks something"),
        (MAGIC + b"7fffffff" + b"[" * 100_000, "header"),
        (MAGIC + b"%08x" % 100_000 + b"[" * 100_000, "header cannot be read"),
    ],
)
def test_other_bytes_are_refused(given, why):
    refuse(given, why)


def test_too_much_is_refused():
    refuse(bytes(LARGEST + 1), "larger than")
    nested = b"[" + b"[]," * (LARGEST_HEADER // 3 + 1)
    refuse(MAGIC + b"%08x" % len(nested) + nested, "header is empty, or larger than 4 MB")


def test_cut_off_anywhere_it_is_refused(content):
    for end in np.linspace(len(MAGIC), len(content) - 1, 40).astype(int):
        refuse(content[:end], "")
    refuse(content + b"\0", "something follows")


def set_shape(name, shape):
    def change(header):
        next(one for one in header["arrays"] if one["name"] == name)["shape"] = shape

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda h: h.update(features=["a", "a", "c", "d"]), "twice"),
        (lambda h: h.update(features=["a"]), "not there"),
        (lambda h: h.update(features=[{}]), "no names"),
        (lambda h: h.update(classes=["x"]), "calibration"),
        (lambda h: h.update(feature_set="1"), "not as it should be"),
        (lambda h: h.update(facts=[]), "not as it should be"),
        (lambda h: h.update(arrays={}), "tell of arrays"),
        (lambda h: h["arrays"].reverse(), "not the arrays"),
        (set_shape("forest.left", [10**9, 10**9]), "ends too early"),
        (set_shape("forest.left", [-1]), "no shape"),
        (set_shape("forest.left", [1.5]), "no shape"),
        (set_shape("forest.left", [True]), "no shape"),
        (set_shape("forest.left", [1, 1, 1]), "no shape"),
        (set_shape("checks", [0, 4]), ""),
        (lambda h: h.update(classes=["a\x1b[2J", "b", "c"]), "no names"),
        (lambda h: h.update(features=["a", "b", "c", "d\0"]), "no names"),
        (lambda h: h.update(facts={"scatter": float("nan")}), "header cannot be read"),
    ],
)
def test_a_header_that_is_not_so_is_refused(content, change, why):
    refuse(rewritten(content, change), why)


def changed(model, forest="forest", **arrays):
    """A model with some numbers of its forest changed: place and value by array."""
    new = {}
    for name, (place, value) in arrays.items():
        new[name] = getattr(getattr(model, forest), name).copy()
        new[name][place] = value
    return replace(model, **{forest: replace(getattr(model, forest), **new)})


@pytest.mark.parametrize("forest", ["forest", "isolation"])
@pytest.mark.parametrize(
    ("array", "value", "why"),
    [
        ("left", 0, "leads back"),
        ("right", 2**31 - 1, "leads back"),
        ("left", -1, "leads back"),
        ("feature", 4, "not there"),
        ("feature", -2, "not there"),
        ("threshold", np.nan, "no finite number"),
        ("value", np.inf, "no finite number"),
        ("roots", -1, "begins at a node"),
        ("roots", 2**31 - 1, "begins at a node"),
    ],
)
def test_trees_that_lead_astray_are_refused(trained, forest, array, value, why):
    refuse(packed(changed(trained.model, forest, **{array: (0, value)})), why)


def test_every_array_of_nodes_has_one_length(trained):
    for name in NODES:
        shorter = replace(trained.model.forest, **{name: getattr(trained.model.forest, name)[:-1]})
        if name != "roots":
            refuse(packed(replace(trained.model, forest=shorter)), "differ in length")


@pytest.mark.parametrize("forest", ["forest", "isolation"])
@pytest.mark.parametrize("array", [*NODES])
def test_arrays_of_other_dimensions_are_refused(trained, forest, array):
    """What has as many numbers, but in a table, would be spread over all pairs of nodes."""
    of = getattr(trained.model, forest)
    for shape in ((-1, 1), (1, -1)):
        table = replace(of, **{array: getattr(of, array).reshape(shape)})
        if array != "value":
            refuse(packed(replace(trained.model, **{forest: table})), "differ in length")
    number = replace(of, **{array: getattr(of, array).ravel()[:1]})
    content = packed(replace(trained.model, **{forest: number}))
    refuse(rewritten(content, set_shape(f"{forest}.{array}", [])), "differ in length")


def chain(depth, trees=1):
    """Trees that ask the same again and again; a leaf beside each question."""
    n = 2 * depth + 1
    node = np.arange(n)
    inner = node % 2 == 0
    inner[-1] = False
    one = {
        "feature": np.where(inner, 0, -1),
        "threshold": np.where(inner, 1e30, 0),
        "left": np.where(inner, node + 2, 0),
        "right": np.where(inner, node + 1, 0),
        "missing_left": inner,
    }
    arrays = {name: np.tile(array, trees) for name, array in one.items()}
    begins = np.arange(trees) * n
    for name in ("left", "right"):
        arrays[name] = arrays[name] + np.where(np.tile(inner, trees), np.repeat(begins, n), 0)
    return Forest(roots=begins, value=np.ones((n * trees, 1)), **arrays)


def test_forests_that_would_take_for_ever_are_refused(trained):
    isolated = {"isolation": chain(DEEPEST), "expected": trained.model.expected}
    told = classify(replace(trained.model, isolation=chain(DEEPEST)), trained.model.checks)
    isolated["expected"] = np.column_stack([told.probabilities, told.novelty])
    assert unpacked(packed(replace(trained.model, **isolated)), "deep")
    refuse(packed(replace(trained.model, isolation=chain(DEEPEST + 1))), "deeper than")
    refuse(packed(replace(trained.model, isolation=chain(1, MOST_TREES + 1))), "trees, more than")
    none = packed(replace(trained.model, checks=trained.model.checks[0, :1]))
    refuse(rewritten(none, set_shape("checks", [])), "no check rows")
    many = np.tile(trained.model.checks, (60, 1))
    refuse(packed(replace(trained.model, checks=many)), "check rows, more than")


def test_trees_that_share_nodes_are_refused(trained):
    """Each would be walked through again, from each of those that lead to it."""
    one = trained.model.forest
    refuse(packed(changed(trained.model, roots=(1, one.roots[0]))), "belongs to several")
    refuse(packed(changed(trained.model, left=(0, one.right[0]))), "belongs to several")
    refuse(packed(changed(trained.model, roots=(1, one.left[0]))), "belongs to several")


def test_depths_below_none_are_refused(trained):
    refuse(packed(changed(trained.model, "isolation", value=(0, -1e30))), "depth of its novelty")


def test_no_tree_is_none(trained):
    none = replace(trained.model.forest, roots=np.empty(0, np.int32))
    refuse(packed(replace(trained.model, forest=none)), "no trees")


def test_probabilities_that_are_none_are_refused(trained):
    leaf = int(np.flatnonzero(trained.model.forest.feature < 0)[0])
    refuse(packed(changed(trained.model, value=(leaf, 2.0))), "probabilities are none")


def test_a_calibration_that_falls_is_refused(trained):
    first, *others = trained.model.calibration
    for x, y in ((first.x[::-1], first.y), (first.x, first.y[::-1]), (first.x, first.y + 1)):
        steps = (replace(first, x=x.copy(), y=y.copy()), *others)
        refuse(packed(replace(trained.model, calibration=steps)), "its calibration")


def test_a_scale_that_is_none_is_refused(trained):
    for wrong in (0.0, -1.0, 1e-300, np.inf, np.nan):
        refuse(packed(replace(trained.model, limit=wrong)), "scale of its novelty")


def test_another_answer_than_when_it_was_made_is_refused(trained):
    expected = trained.model.expected.copy()
    expected[3, 0] += 1e-4
    refuse(packed(replace(trained.model, expected=expected)), "otherwise than when")
    root = trained.model.forest.roots[:5]
    threshold = trained.model.forest.threshold.copy()
    threshold[root] += 3
    other = replace(trained.model.forest, threshold=threshold)
    refuse(packed(replace(trained.model, forest=other)), "otherwise than when")


def test_random_damage_never_does_more_than_be_refused(content, tmp_path):
    rng = np.random.default_rng(1)
    for _ in range(150):
        damaged = bytearray(content)
        for place in rng.integers(0, 6000, 3):
            damaged[place] = int(rng.integers(256))
        if damaged != content:
            refuse(bytes(damaged), "")


def test_a_damaged_threshold_that_no_check_row_meets_is_refused(content):
    """Thousands of nodes, and twenty check rows: their answers alone do not tell it."""
    refused = 0
    for place in np.linspace(len(content) // 3, len(content) // 2, 40).astype(int):
        damaged = bytearray(content)
        damaged[place] ^= 1
        refuse(bytes(damaged), "")
        with suppress(AssertionError):
            refuse(bytes(damaged), "not those that were written")
            refused += 1
    assert refused > 0
