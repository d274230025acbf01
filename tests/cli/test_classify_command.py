"""`trapdb classify`: trained on labels and on light curves like those of a data set, applied."""

import numpy as np
import pytest

from trapdb.classify import examples, training
from trapdb.classify.stored import packed
from trapdb.errors import InputError


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(training, "TREES", 8)
    monkeypatch.setattr(training, "ISOLATION_TREES", 8)


def test_a_classifier_without_labels(trapdb, filled, tmp_path):
    trained = trapdb("classify", "train", "mine", "--like", "field", "--each", 6, "--seed", 2)
    assert trained.status == 0, trained.err
    assert "stored classifier mine: 16 classes, macro-F1" in trained.out
    again = trapdb("classify", "train", "same", "--like", "field", "--each", 6, "--seed", 2)
    assert (again.status, again.err.count("\n")) == (2, 3)
    assert 'there is a classifier "mine", which is the same' in again.err
    at_once = trapdb("classify", "train", "mine", "--like", "field")
    assert (at_once.status, at_once.err.count("\n")) == (2, 1)
    assert 'there is a classifier "mine": give another name' in at_once.err
    (row,) = trapdb("classify", "list").rows
    assert (row["name"], row["active_for"]) == ("mine", "")
    waiting = trapdb("classify", "activate", "mine", "--dataset", "later")
    assert waiting.status == 0
    assert waiting.err == "there is no data set later yet: mine waits for it\n"
    assert trapdb("classify", "activate", "mine", "--dataset", "later", "--off").err == ""

    report = trapdb("classify", "report", "mine", "-o", tmp_path / "it.png")
    assert report.out.startswith("classifier mine: 16 classes, 46 features of version 2\n")
    assert (tmp_path / "it.png").read_bytes().startswith(b"\x89PNG")

    sources = trapdb("sources").rows
    applied = trapdb("classify", "apply", "mine")
    assert applied.out == f"mine classified {len(sources)} sources of field\n"
    assert (
        trapdb("classify", "activate", "mine").out
        == "mine classifies the time steps of all data sets\n"
    )
    said = trapdb("classify", "list", "--sources").rows
    listed = {(row["source_id"], row["name"]) for row in sources}
    assert {(row["source_id"], row["name"]) for row in said} == listed
    assert all(0 <= float(row["probability"]) <= 1 for row in said)
    assert [row["active_for"] for row in trapdb("classify", "list").rows] == ["*"]

    file = tmp_path / "mine.classifier"
    assert trapdb("classify", "export", "mine", file).status == 0
    removed = trapdb("classify", "remove", "mine")
    assert removed.out == f"removed classifier mine, and what it said {len(sources)} times\n"
    assert trapdb("classify", "import", "theirs", file).status == 0
    assert (
        trapdb("classify", "report", "theirs").out.splitlines()[1:] == report.out.splitlines()[1:]
    )
    file.write_bytes(file.read_bytes()[:-1])
    refused = trapdb("classify", "import", "broken", file)
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "is no classifier that can be used: it ends too early" in refused.err


def test_a_classifier_of_labels(trapdb, filled, monkeypatch):
    monkeypatch.setattr(training, "FEWEST", 2)
    names = [row["name"] for row in trapdb("sources").rows]
    for number, name in enumerate(names):
        object_class = ("steady", "flare_star")[number % 2]
        trapdb("label", "add", name, "--class", object_class)
    trained = trapdb("classify", "train", "ours", "--labels")
    assert trained.status == 0, trained.err
    assert "2 classes" in trained.out
    assert trapdb("classify", "apply", "ours").status == 0


def test_a_report_of_nonsense_is_one_line(trapdb, filled, tmp_path):
    features = np.random.default_rng(1).normal(size=(40, 2))
    given = training.Examples(features, np.repeat(["step", "steady"], 20), np.arange(40))
    figures = dict.fromkeys(("accuracy", "macro_f1", "calibration_error"), 1.0)
    metrics = figures | {
        "confusion": [[1, 0]] * 2,
        "f1": {"step": 1, "steady": 1},
        "calibration": [],
    }
    for number, facts in enumerate([
        {}, {"metrics": [], "importance": []}, {"metrics": metrics, "importance": ["x"]},
        {"metrics": metrics | {"confusion": 1}, "importance": {}},
        {"metrics": metrics | {"accuracy": "\x1b[2J"}, "importance": {}},
    ]):  # fmt: skip
        made = training.train(given, ["snr_max", "skewness"], 2, facts, number).model
        (tmp_path / "it.classifier").write_bytes(packed(made))
        assert trapdb("classify", "import", f"it{number}", tmp_path / "it.classifier").status == 0
        told = trapdb("classify", "report", f"it{number}", "-o", tmp_path / "it.png")
        assert (told.status, told.err.count("\n")) == (2, 1)
        assert f"classifier it{number} does not say how good it is" in told.err


def test_mistakes_are_one_line_before_any_work(trapdb, filled, tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "like", lambda *_: pytest.fail("it has begun to simulate"))
    for arguments, why in [
        (("train", "x"), "give --like, --labels or --injected"),
        (("train", "x", "--labels"), "no source has a label with a class"),
        (("train", "x", "--injected", "field"), "nothing that was injected into field was found"),
        (("train", "x", "--like", "none"), 'no data set named "none"'),
        (("train", "x", "--like", "field", "--each", 4), "--each 4: 5 light curves of each kind"),
        (("train", "no name", "--like", "field"), 'a classifier cannot be named "no name"'),
        (("train", "x", "--like", "field", "--labels"), "no source has a label with a class"),
        (("apply", "none"), 'there is no classifier "none"'),
        (("report", "none"), 'there is no classifier "none"'),
        (("activate", "none"), 'there is no classifier "none"'),
        (("export", "none", tmp_path / "x"), 'there is no classifier "none"'),
        (("import", "x", tmp_path / "none"), "No such file"),
        (("remove", "none"), 'there is no classifier "none"'),
    ]:
        answer = trapdb("classify", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1), answer.err
        assert why in answer.err


def test_what_is_one_thing_is_never_on_both_sides(trapdb, filled, monkeypatch):
    """What was injected twice, is named twice, or has a label besides."""
    how = ("--number", 8, "--snr", 20, 60, "--seed", 4, "--kind", "flare_star", "--kind", "steady")
    for name in ("made", "again"):
        assert filled("inject", "field", "--into", name, *how, "--measurements").status == 0
    asked = "select name, dataset from trap.injected_source where source_id is not null"
    found = trapdb("query", asked).rows
    for row in found:
        trapdb("label", "add", row["name"], "--dataset", row["dataset"], "--class", "steady")
    real = trapdb("sources", "--dataset", "field").rows[0]["name"]
    trapdb("label", "add", real, "--dataset", "field", "--class", "sidelobe")
    given = []

    def train(examples, *_):
        given.append(examples)
        raise InputError("enough")

    monkeypatch.setattr(training, "train", train)
    both = ("--injected", "made", "--injected", "again", "--injected", "made")
    assert "enough" in trapdb("classify", "train", "it", "--labels", *both).err
    (examples,) = given
    is_injected = examples.classes != "sidelobe"
    assert is_injected.sum() == len(found)
    assert sorted(set(examples.classes)) == ["flare_star", "sidelobe", "steady"]
    groups = set(examples.groups[is_injected].tolist())
    assert len(groups) == max(
        sum(row["dataset"] == name for row in found) for name in ("made", "again")
    )
    assert len(set(examples.groups[~is_injected].tolist())) == 1


def test_a_classifier_of_what_was_injected(trapdb, filled, monkeypatch):
    monkeypatch.setattr(training, "FEWEST", 2)
    monkeypatch.setattr(training, "PARTS", 2)
    how = ("--number", 8, "--snr", 20, 60, "--seed", 4, "--kind", "flare_star", "--kind", "steady")
    assert filled("inject", "field", "--into", "made", *how).status == 0
    trained = trapdb("classify", "train", "found", "--injected", "made")
    assert trained.status == 0, trained.err
    assert "2 classes" in trained.out
    asked = "select not features like '%reference%' as without from trap.classifier"
    assert trapdb("query", asked).rows == [{"without": "True"}]
