"""A classifier is applied by numpy alone: which scikit-learn there is, if any, does not matter."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from trapdb.classify.model import classify
from trapdb.classify.stored import packed

PROGRAM = """
import sys
sys.modules["sklearn"] = None  # importing it fails from now on
import numpy as np
from trapdb.classify.model import classify
from trapdb.classify.stored import unpacked
model = unpacked(open(sys.argv[1], "rb").read(), "it")
np.save(sys.argv[2], classify(model, model.checks).probabilities)
try:
    from trapdb.classify.training import Examples, train
    train(Examples(model.checks, np.array(["a", "b"] * 10), np.arange(20)), "abcd", 1, {}, 1)
except Exception as error:
    print(error)
"""


def test_it_answers_the_same_without(trained, tmp_path: Path):
    file, told = tmp_path / "it.classifier", tmp_path / "told.npy"
    file.write_bytes(packed(trained.model))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, file, told], check=True, capture_output=True, text=True
    )
    assert np.array_equal(
        np.load(told), classify(trained.model, trained.model.checks).probabilities
    )
    assert done.stdout.startswith("training a classifier needs scikit-learn: pip install")
