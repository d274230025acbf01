"""`trapdb definition`, and `trapdb transients` by a definition and with a false-discovery rate."""

import pytest


def test_a_definition_is_stored_asked_and_removed(filled):
    answer = filled("definition", "add", "wild", "eta_int >= 3", "v_int>0.1")
    assert answer.status == 0
    wild = filled("transients", "--definition", "wild").rows
    assert {row["name"] for row in wild} == {row["name"] for row in filled("transients").rows}
    assert all(float(row["eta_int"]) >= 3 and float(row["v_int"]) > 0.1 for row in wild)

    # what is true of nothing; the past is asked anew
    filled("definition", "add", "wild", "v_int > 100", "--description", "nothing is")
    assert filled("transients", "--definition", "wild").rows == []
    (listed,) = (row for row in filled("definition", "list").rows if row["name"] == "wild")
    assert (listed["description"], listed["conditions"]) == ("nothing is", "v_int > 100")
    assert filled("definition", "show", "wild").rows == [
        {"column_name": "v_int", "comparison": ">", "value": "100.0"}
    ]
    assert "removed wild" in filled("definition", "remove", "wild").out
    answer = filled("transients", "--definition", "wild")
    assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_the_ready_made_definitions_are_there_for_the_whole_archive(filled, field):
    filled("ingest", field.folder, "--dataset", "again")
    listed = {row["name"] for row in filled("definition", "list").rows}
    assert {"variable", "single_epoch", "fading", "multi_band", "monitored_change"} <= listed
    columns = {row["column_name"]: row["unit"] for row in filled("definition", "columns").rows}
    assert columns["eta_int_significance"] == "sigma"
    rows = filled("transients", "--all", "--definition", "single_epoch").rows
    assert {row["dataset"] for row in rows} == {"field", "again"}
    rows = filled("transients", "--all").rows
    assert len(rows) == 4
    answer = filled("transients", "--all", "--dataset", "field")
    assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_a_false_discovery_rate_leaves_out_what_noise_made(trapdb, field):
    # noise makes some peaks of 4 sigma, and hardly ever two at one place
    trapdb("ingest", field.folder, "--detection-threshold", 4, "--backfill", 0)
    trapdb("definition", "add", "seen", "n_blind >= 1")
    by_name = {row["name"]: row for row in trapdb("sources").rows}
    everything = {row["name"] for row in trapdb("transients", "--definition", "seen").rows}
    left = {row["name"] for row in trapdb("transients", "--definition", "seen", "--fdr", 0.01).rows}
    again = {name for name in everything if by_name[name]["n_blind"] != "1"}
    assert len(everything) >= len(again) + 3
    assert left == again


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("definition", "add", "x", "eta_int ~ 3"), "'eta_int ~ 3' is no condition"),
        (("definition", "add", "x", "eta_int > nan"), "'eta_int > nan' is no condition"),
        (("definition", "add", "x", "eta > 3"), "`trapdb definition columns` lists"),
        (("definition", "remove", "single_epoch"), "comes with trapdb"),
        (("definition", "remove", "x"), "`trapdb definition list` lists"),
        (("definition", "add", "variable", "n > 3"), "comes with trapdb"),
        (("definition", "show", "x"), "there is no definition x"),
        (("transients", "--definition", "x", "--eta-min", 3), "--eta-min does not go with"),
        (("transients", "--v-min", "nan"), "nan is no number to compare with"),
        (("transients", "--fdr", 2, "--dataset", "a"), "false-discovery rate of 2"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(trapdb, db, arguments, complaint):
    db.execute(
        'select trap.open_dataset(\'a\', \'{"association": {"de_ruiter_limit": 5, "beam_limit": 3},'
        ' "null_detection": {"expiry": 3}, "image": {"bandwidth_max": 0}}\')'
    )
    answer = trapdb(*arguments)
    assert answer.status == 2
    assert complaint in answer.err
    assert answer.err.count("\n") == 1
