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


def test_what_cannot_be_tried_is_refused(filled):
    """The trial is undone by an error of its own, which hides no other one."""
    for arguments, why in [
        (("wild",), 'no definition of transients named "wild"'),
        (("variable", "--in", "nowhere"), 'no watch list named "nowhere"'),
    ]:
        answer = filled("watch-for", "test", *arguments, "--dataset", "field")
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert why in answer.err


def test_a_responder_that_is_not_here_is_told(trapdb):
    for arguments in [
        ("watch-for", "add", "mine", "variable", "--respond", "mial", "--respond", "mail"),
        ("response", "hold", "mial", "mail"),
        ("response", "limit", "mial", "--per-hour", "4"),
    ]:
        answer = trapdb(*arguments)
        assert answer.status == 0
        assert answer.err.startswith("no responder here: mial, ")
    assert trapdb("response", "hold", "mail").err == ""


def test_where_nothing_comes_is_told(filled, db):
    """That is allowed: the data set may come, or its publication be withdrawn."""
    answer = filled("watch-for", "add", "later", "variable", "--dataset", "night")
    assert answer.status == 0
    assert answer.err == "there is no data set night yet: the watch waits for it\n"
    assert filled("watch-for", "add", "now", "variable", "--dataset", "field").err == ""
    assert filled("dataset", "publish", "field", "--version", "1", "--yes").status == 0
    answer = filled("watch-for", "add", "never", "variable", "--dataset", "field")
    assert answer.status == 0
    assert answer.err.startswith("data set field is published, and does not change: the watch")
    answer = filled("alert", "rule", "add", "mine", "--dataset", "field")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert 'published as "field@1" and does not change any more' in answer.err


def test_numbers_are_no_larger_than_those_of_the_database(trapdb):
    for arguments in [
        ("show", 2**63), ("hold", 2**63), ("list", "--event", 2**63), ("list", "--last", 2**31),
    ]:  # fmt: skip
        answer = trapdb("response", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_mistakes_are_one_line(trapdb):
    for arguments, why in [
        (("add", "mine", "wild"), 'no definition of transients named "wild"'),
        (("add", "Mine", "variable"), 'a watch cannot be named "Mine"'),
        (("add", "mine", "variable", "--in", "nowhere"), 'no watch list named "nowhere"'),
        (("add", "mine", "variable", "--cone", "1", "91", "1"), "--cone"),
        (("add", "mine", "variable", "--band", "80MHz", "30MHz"), "--band"),
        (("add", "mine", "variable", "--band", "80", "30"), "is no frequency"),
        (("add", "mine", "variable", "--update-factor", "1"), "--update-factor"),
        (("add", "mine", "variable", "--update-factor", "nan"), "nan is no number"),
        (("add", "mine", "variable", "--at-most", 2**31), "larger than any"),
        (("remove", "mine"), 'there is no watch named "mine"'),
        (("events", "mine"), "there is no watch named 'mine'"),
        (("test", "variable"), "no data set"),
    ]:
        answer = trapdb("watch-for", *arguments)
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert why in answer.err
