"""`trapdb watch-for`: watches are tried, added, listed and removed, and their events told."""

import pytest

FLARE = ["max_significance >= 5", "n_blind >= 1"]


@pytest.fixture
def defined(filled):
    """A definition that the flare fulfils, of a data set with a flare and a one-epoch transient."""
    assert filled("definition", "add", "flare", *FLARE).status == 0
    return filled


def test_what_is_tried_is_what_is_told(defined):
    """A copy of the data set, which is watched by its name, brings what the trial said."""
    tried = defined("watch-for", "test", "flare", "--dataset", "field")
    assert tried.status == 0
    assert {row["kind"] for row in tried.rows} >= {"initial"}
    said = tried.err.splitlines()[-1]
    kinds = [row["kind"] for row in tried.rows]
    assert said.startswith(f"{kinds.count('initial')} initial, {kinds.count('update')} update")
    # nothing of that was written
    assert defined("watch-for", "list").rows == defined("watch-for", "events").rows == []
    assert defined("dataset", "verify", "field").status == 0

    to = ("--respond", "tell", "--dataset", "copy", "--announce-end", "--at-most", 50)
    added = defined("watch-for", "add", "flares", "flare", *to)
    assert added.out == "watching for flare as flares; next: trapdb watch-for events flares\n"
    (row,) = defined("watch-for", "list").rows
    assert [row[key] for key in ("watch", "definition", "responders", "dataset")] == [
        "flares", "flare", "tell", "copy",
    ]  # fmt: skip
    assert defined("reassociate", "field", "--as", "copy").status == 0
    told = defined("watch-for", "events", "flares").rows
    assert sorted((row["kind"], row["taken_at"], row["source_name"]) for row in told) == sorted(
        (row["kind"], row["taken_at"], row["source_name"]) for row in tried.rows
    )
    assert {row["announced"] for row in told} == {"True"}

    first = min(row["taken_at"] for row in told)
    assert defined("dataset", "rewind", "copy", "--to", "2000-01-01", "--yes").status == 0
    assert {row["state"] for row in defined("watch-for", "events").rows} == {"questioned"}
    assert defined("dataset", "replay", "copy").status == 0
    assert defined("watch-for", "events").rows == told
    assert first < max(row["taken_at"] for row in told)

    assert defined("watch-for", "remove", "flares").out == "removed flares\n"
    assert defined("watch-for", "list").rows == []
    assert len(defined("watch-for", "events").rows) == len(told)


def test_mistakes_are_one_line(trapdb):
    for arguments, why in [
        (("add", "mine", "wild"), 'no definition of transients named "wild"'),
        (("add", "Mine", "variable"), 'a watch cannot be named "Mine"'),
        (("add", "mine", "variable", "--in", "nowhere"), 'no watch list named "nowhere"'),
        (("add", "mine", "variable", "--cone", "1", "91", "1"), "--cone"),
        (("add", "mine", "variable", "--band", "80MHz", "30MHz"), "--band"),
        (("add", "mine", "variable", "--band", "80", "30"), "is no frequency"),
        (("add", "mine", "variable", "--update-factor", "1"), "--update-factor"),
        (("remove", "mine"), 'there is no watch named "mine"'),
        (("test", "variable"), "no data set"),
    ]:
        answer = trapdb("watch-for", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert why in answer.err
