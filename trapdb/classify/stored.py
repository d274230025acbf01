"""Models as bytes: a header in JSON and bare arrays, of which nothing is ever run.

The bytes begin with `MAGIC` and the length of the header (8 digits of hexadecimal), then comes the
header, which says of each array its type and shape, then the arrays, one after the other, as
little-endian numbers, and at the end the SHA-256 of all before it, by which damage is told. There
is nothing else: no code, no names of code, nothing packed that could grow. What does not keep to
it, or does not answer its own check rows as it says, is refused.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.classify.forest import Forest
from trapdb.classify.model import Model, Steps, classify
from trapdb.errors import InputError

MAGIC = b"trapdb classifier 1\n"
LARGEST = 256 * 2**20  # bytes
# What a boosted tree may add to the logarithm of odds.
LARGEST_ODDS = 1e4
# As objects a header takes twenty times as much, if it is made for that.
LARGEST_HEADER = 4 * 2**20
# Answers to check rows may differ by so much: sums of other libraries of arithmetic do in the last
# digits.
TOLERANCE = 1e-6
SEAL = 32  # bytes

# Scores of novelty are from 0 to 1: what one per cent of the examples exceed is no less than this.
SMALLEST = 1e-6

NODES = {
    "roots": "<i4",
    "feature": "<i2",
    "threshold": "<f4",
    "left": "<i4",
    "right": "<i4",
    "missing_left": "|u1",
    "value": "<f4",
}
TYPES = {
    f"{forest}.{name}": kind for forest in ("forest", "isolation") for name, kind in NODES.items()
}
TYPES |= {"steps.x": "<f8", "steps.y": "<f8", "steps.length": "<i4"}
TYPES |= {"checks": "<f8", "expected": "<f8", "isolation.scale": "<f8"}
# What is asked of a model is computed for each class and each feature of each row.
MOST_NAMES, MOST_CHECKS = 1000, 1000
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
NAMES = ("feature_set", "features", "classes", "facts", "arrays")


def digest(content: bytes) -> str:
    """Return the SHA-256 of a model's bytes, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def packed(model: Model) -> bytes:
    """Return a model as bytes: the same model, the same bytes."""
    arrays: dict[str, NDArray[Any]] = {
        **{f"forest.{name}": array for name, array in model.forest.arrays().items()},
        **{f"isolation.{name}": array for name, array in model.isolation.arrays().items()},
        "isolation.scale": np.array([model.depth, model.limit]),
        "steps.x": np.concatenate([steps.x for steps in model.calibration]),
        "steps.y": np.concatenate([steps.y for steps in model.calibration]),
        "steps.length": np.array([len(steps.x) for steps in model.calibration]),
        "checks": model.checks,
        "expected": model.expected,
    }
    as_told = {name: np.ascontiguousarray(arrays[name].astype(TYPES[name])) for name in TYPES}
    header = {
        "feature_set": model.feature_set,
        "features": model.features,
        "classes": model.classes,
        "facts": model.facts,
        "arrays": [{"name": name, "shape": array.shape} for name, array in as_told.items()],
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    content = b"".join(
        [MAGIC, b"%08x" % len(text), text, *(array.tobytes() for array in as_told.values())]
    )
    return content + hashlib.sha256(content).digest()


def unpacked(content: bytes, what: str) -> Model:
    """Return a model that was packed, or refuse it.

    Parameters
    ----------
    content
        The bytes.
    what
        What they are, for messages: a file, or the name of a classifier.

    Raises
    ------
    InputError
        They are no model, or one that was changed.
    """
    try:
        model = _read(content)
        _examine(model)
        if hashlib.sha256(content[:-SEAL]).digest() != content[-SEAL:]:
            raise _Fault("its bytes are not those that were written")
    except _Fault as fault:
        raise InputError(f"{what} is no classifier that can be used: {fault}") from None
    return model


class _Fault(Exception):
    """What is wrong with bytes that are to be a model."""


def _read(content: bytes) -> Model:
    if len(content) > LARGEST:
        raise _Fault(f"it is larger than {LARGEST // 2**20} MB")
    if not content.startswith(MAGIC):
        raise _Fault("it does not begin as one does")
    start = len(MAGIC) + 8
    try:
        end = start + int(content[len(MAGIC) : start], 16)
        if not start < end <= start + LARGEST_HEADER:
            raise _Fault(f"its header is empty, or larger than {LARGEST_HEADER // 2**20} MB")
        header = json.loads(content[start:end].decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _Fault("its header cannot be read") from None
    if not isinstance(header, Mapping) or any(name not in header for name in NAMES):
        raise _Fault("its header lacks something")
    features, classes = _names(header["features"]), _names(header["classes"])
    if type(header["feature_set"]) is not int or not isinstance(header["facts"], dict):
        raise _Fault("its header is not as it should be")
    arrays = _arrays(content[end:], header["arrays"])
    lengths = arrays["steps.length"]
    if lengths.shape != (len(classes),) or lengths.min() < 1:
        raise _Fault("its calibration is not that of its classes")
    if arrays["steps.x"].shape != (lengths.sum(),) or arrays["steps.y"].shape != (lengths.sum(),):
        raise _Fault("its calibration differs in length")
    if arrays["isolation.scale"].shape != (2,):
        raise _Fault("the scale of its novelty is not there")
    places = np.cumsum(lengths)[:-1]
    steps = zip(
        np.split(arrays["steps.x"], places), np.split(arrays["steps.y"], places), strict=True
    )
    forest, isolation = (
        Forest(**{name: arrays[f"{kind}.{name}"] for name in NODES})
        for kind in ("forest", "isolation")
    )
    return Model(
        header["feature_set"],
        features,
        classes,
        forest,
        tuple(Steps(x, y) for x, y in steps),
        isolation,
        float(arrays["isolation.scale"][0]),
        float(arrays["isolation.scale"][1]),
        arrays["checks"],
        arrays["expected"],
        header["facts"],
    )


def _no_number(told: str) -> None:
    raise ValueError(told)


def _names(told: Any) -> tuple[str, ...]:
    whole = isinstance(told, list) and all(isinstance(one, str) for one in told)
    if not whole or not told or not all(map(NAME.fullmatch, told)):
        raise _Fault("its features or classes are no names")
    if len(set(told)) != len(told) or len(told) > MOST_NAMES:
        raise _Fault("its features or classes are told twice, or too many")
    return tuple(told)


def _arrays(content: bytes, told: Any) -> dict[str, NDArray[Any]]:
    """Return the arrays, each of the type that its name has, whatever is told of it."""
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        raise _Fault("its header does not tell of arrays")
    if [one.get("name") for one in told] != list(TYPES):
        raise _Fault("it has not the arrays of a classifier")
    found = {}
    place = 0
    for one in told:
        shape = one.get("shape")
        whole = isinstance(shape, list) and all(type(n) is int and 0 <= n < 2**31 for n in shape)
        if not whole or len(shape) > 2:
            raise _Fault(f"the array {one['name']} has no shape")
        kind = np.dtype(TYPES[one["name"]])
        size = prod(shape) * kind.itemsize
        if place + size > len(content) - SEAL:
            raise _Fault("it ends too early")
        array = np.frombuffer(content, kind, prod(shape), place).reshape(shape)
        found[one["name"]] = array.astype(kind.newbyteorder("="))
        place += size
    if place != len(content) - SEAL:
        raise _Fault("something follows its end")
    return found


def _examine(model: Model) -> None:
    """Refuse a model that would lead astray, or answers otherwise than it did when it was made."""
    n_features, n_classes = len(model.features), len(model.classes)
    if n_classes < 2:
        raise _Fault("it has no two classes")
    for forest, widths in ((model.forest, (1, n_classes)), (model.isolation, (1,))):
        fault = forest.fault(n_features)
        if fault is None and forest.value.shape[1] not in widths:
            fault = "its answers are not those of its classes"
        if fault is not None:
            raise _Fault(fault)
    leaves = model.forest.value[model.forest.feature < 0]
    if leaves.shape[1] == 1:
        if len(model.forest.roots) % n_classes:
            raise _Fault("its classes have not as many trees each")
        if np.abs(leaves).max() > LARGEST_ODDS:
            raise _Fault("its trees tell of odds that nothing has")
    elif leaves.min() < 0 or np.abs(leaves.sum(axis=1) - 1).max() > 1e-3:
        raise _Fault("its probabilities are none")
    for steps in model.calibration:
        both = np.concatenate([steps.x, steps.y])
        if not np.isfinite(both).all() or both.min() < 0 or both.max() > 1:
            raise _Fault("its calibration leads beyond 0 and 1")
        if np.any(np.diff(steps.x) < 0) or np.any(np.diff(steps.y) < 0):
            raise _Fault("its calibration does not rise")
    if not (0 < model.depth < np.inf and SMALLEST <= model.limit < np.inf):
        raise _Fault("the scale of its novelty is none")
    if model.isolation.value.min() < 0:
        raise _Fault("a depth of its novelty is none")
    if model.checks.ndim != 2 or model.checks.shape[1] != n_features or not model.checks.size:
        raise _Fault("it has no check rows")
    n_checks = len(model.checks)
    if n_checks > MOST_CHECKS:
        raise _Fault(f"it has {n_checks} check rows, more than {MOST_CHECKS}")
    if model.expected.shape != (n_checks, n_classes + 1):
        raise _Fault("it has no answers to its check rows")
    answer = classify(model, model.checks, explained=False)
    told = np.column_stack([answer.probabilities, answer.novelty])
    if not np.allclose(told, model.expected, rtol=0, atol=TOLERANCE):
        raise _Fault("it answers its check rows otherwise than when it was made")
