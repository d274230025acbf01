"""Verifying, rewinding, replaying and associating anew from the command line."""

import pytest


def curves(trapdb, dataset):
    """All light curves, without what says when they were made."""
    query = (
        "select taken_at, freq_eff, kind, association, round(int_flux::numeric, 12) as flux"
        f" from trap.lightcurve where dataset = '{dataset}' order by 1, 2, 3, 4, 5"
    )
    return trapdb("query", query).out


def test_a_data_set_verifies(filled):
    answer = filled("dataset", "verify", "field")
    assert answer.status == 0
    assert "agrees" in answer.err


def test_damage_is_listed(filled, db):
    db.execute("update trap_data.source_flux set n = n + 1")
    answer = filled("dataset", "verify", "field", "--format", "csv")
    assert answer.status == 1
    assert "fluxes of the source" in answer.out


def test_a_data_set_is_compacted_and_goes_on(filled, field, db):
    before = curves(filled, "field")
    answer = filled("dataset", "compact", "field")
    assert answer.status == 0
    (points,) = db.execute("select count(*) from trap.curve_point where not inherited").fetchone()
    assert answer.out == f"field: {points} points moved\n"
    assert db.execute("select count(*) from trap_data.association").fetchone() == (0,)
    assert curves(filled, "field") == before
    assert filled("dataset", "verify", "field").status == 0
    time = str(field.images["taken_at"][2])
    assert filled("dataset", "rewind", "field", "--to", time, "--yes").status == 0
    assert filled("dataset", "replay", "field").status == 0
    assert curves(filled, "field") == before
    assert filled("dataset", "compact", "nothing").err.count("\n") == 1


def test_a_replay_measures_what_is_missing_from_the_files(filled, field, tmp_path):
    before = curves(filled, "field")
    time = str(field.images["taken_at"][2])  # the first band of the second epoch
    answer = filled("dataset", "rewind", "field", "--to", time, "--yes")
    assert answer.out.startswith("4 images rewound")
    assert "back-filled points removed; after the replay `trapdb backfill`" in answer.out
    assert curves(filled, "field") != before
    assert filled("dataset", "verify", "field").status == 0

    again = filled("ingest", field.folder)
    assert "nothing to do" in again.out + again.err
    answer = filled("dataset", "replay", "field")
    assert (answer.status, answer.out) == (0, "")
    assert curves(filled, "field") == before
    assert filled("dataset", "verify", "field").status == 0


def test_a_late_image_is_taken_after_a_rewind(trapdb, field, tmp_path):
    paths = [str(path) for path in field.paths]
    trapdb("ingest", *paths, "--dataset", "straight")
    trapdb("ingest", *paths[:2], *paths[4:], "--dataset", "late")
    refused = trapdb("ingest", *paths[2:4], "--dataset", "late")
    assert refused.status == 1
    assert "trapdb dataset rewind" in refused.err
    trapdb("dataset", "rewind", "late", "--to", str(field.images["taken_at"][0]), "--yes")
    assert trapdb("ingest", *paths[2:4], "--dataset", "late").status == 0
    assert trapdb("dataset", "replay", "late").status == 0
    assert curves(trapdb, "late") == curves(trapdb, "straight")


def test_reassociation(filled):
    answer = filled("reassociate", "field", "--as", "anew")
    assert answer.status == 0
    assert curves(filled, "anew") == curves(filled, "field")
    again = filled("reassociate", "field", "--as", "anew")
    assert "0 images associated" in again.err
    other = filled("reassociate", "field", "--as", "anew", "--de-ruiter", "4.5")
    assert other.status == 2
    assert "other limits" in other.err


def test_a_published_data_set_does_not_change_until_it_is_withdrawn(filled, field, tmp_path):
    said = ("--licence", "CC-BY-4.0", "--title", "A field")
    answer = filled("dataset", "publish", "field", "--version", "1", "--yes", *said)
    assert answer.status == 0
    assert answer.out.startswith("published field@1: 8 images, ")
    for command in (
        ("ingest", field.folder),
        ("backfill", "--dataset", "field"),
        ("dataset", "rewind", "field", "--to", "2000-01-01", "--yes"),
        ("dataset", "replay", "field"),
        ("dataset", "delete", "field", "--yes"),
        ("monitor", "add", "a", "1", "1", "--dataset", "field"),
        ("bursts", "search", "--dataset", "field"),
        ("difference", "field", "-o", tmp_path / "d"),
    ):
        refused = filled(*command)
        assert refused.status == 2, command
        assert 'published as "field@1" and does not change any more' in refused.err
        assert refused.err.count("\n") == 1
    assert not (tmp_path / "d").exists()
    assert filled("reassociate", "field", "--as", "anew").status == 0
    assert "with the checksum of field@1" in filled("dataset", "verify", "field").err
    assert [row["published_as"] for row in filled("dataset", "list").rows] == ["", "field@1"]
    assert "published_as\tfield@1" in filled("dataset", "show", "field").out

    # and a DOI comes later
    doi = ("--doi", "10.5281/zenodo.1")
    assert (
        "is published: field@1" in filled("dataset", "publish", "field", "--version", "1", *doi).out
    )
    (row,) = filled("query", "select citable_name, title, doi from trap.publication").rows
    assert row == {"citable_name": "field@1", "title": "A field", "doi": "10.5281/zenodo.1"}
    assert filled("dataset", "withdraw", "field", "--yes").out == "withdrew field@1\n"
    assert filled("dataset", "delete", "field", "--yes").status == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("dataset", "withdraw", "nothing", "--yes"), "no data set named"),
        (("dataset", "publish", "nothing", "--version", "1", "--yes"), "no data set named"),
        (("dataset", "verify", "nothing"), 'no data set named "nothing"'),
        (("dataset", "rewind", "nothing", "--to", "2026-01-01", "--yes"), "no data set named"),
        (("dataset", "rewind", "nothing", "--to", "yesterday"), "yesterday is no time"),
        (("dataset", "replay", "nothing"), "no data set named"),
        (("reassociate", "nothing", "--as", "anew"), "no data set named"),
        (("reassociate", "nothing", "--as", "nothing"), "a name of its own"),
    ],
)
def test_mistakes_take_one_line(trapdb, arguments, complaint):
    answer = trapdb(*arguments)
    assert answer.status == 2
    assert complaint in answer.err
    assert answer.err.count("\n") == 1


def test_the_record_of_a_run_holds_no_password(trapdb, field, db, db_url, monkeypatch):
    url = f"{db_url} password=secret"
    monkeypatch.setattr("sys.argv", ["trapdb", "ingest", "--database", url])
    trapdb("ingest", field.folder)
    monkeypatch.setattr("sys.argv", ["trapdb", "--database", "postgresql://me:secret@host/db"])
    trapdb("ingest", field.folder)
    commands = [row[0] for row in db.execute("select command from trap_data.pipeline_run")]
    assert len(commands) == 2
    assert not any("secret" in command for command in commands)


def test_a_reassociation_is_not_mixed_with_other_images(filled, field):
    filled("ingest", field.paths[0], "--dataset", "other")
    answer = filled("reassociate", "field", "--as", "other")
    assert answer.status == 2
    assert "with images not of field" in answer.err
    assert "1 images" not in filled("dataset", "show", "other", "--format", "csv").err


def test_an_impossible_limit_takes_one_line(filled):
    answer = filled("reassociate", "field", "--as", "anew", "--de-ruiter", "-1")
    assert answer.status == 2
    assert "association.de_ruiter_limit" in answer.err
    assert answer.err.count("\n") == 1
