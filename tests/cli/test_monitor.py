"""Positions that are measured in every image: from lists and the command line."""

import json

import pytest

LIST = "name,ra,dec,pm_ra_mas_yr,epoch\nempty,150.02,30.01,,\nfast,10:00:05.0,+29:58:00,-8e5,2026\n"


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    return path


def test_a_list_is_measured_in_every_image(trapdb, field, listed, db):
    answer = trapdb("ingest", field.folder, "--monitor", listed)
    assert answer.status == 0
    assert "monitored positions: 2 added" in answer.err
    rows = trapdb("lightcurve", "empty").rows
    assert [row["kind"] for row in rows] == ["monitored"] * 8
    assert all(abs(float(row["int_flux"])) < 5 * float(row["int_flux_err"]) for row in rows)
    assert {row["backfilled"] for row in rows} == {"False"}
    answer = trapdb("ingest", field.folder, "--monitor", listed)
    assert "0 added, 0 changed, 2 unchanged" in answer.err
    assert trapdb("dataset", "verify", "field").status == 0


def test_positions_come_and_go(filled, field, listed, tmp_path):
    assert filled("monitor", "add", "--file", listed, "--backfill").status == 0
    assert len(filled("lightcurve", "empty").rows) == 8
    # south of the field, to be told from an option
    answer = filled("monitor", "add", "south", "150.0", "-30:12:00")
    assert answer.status == 0, answer.err
    answer = filled("lightcurve", "south")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "nothing was measured at south yet" in answer.err
    answer = filled("monitor", "add", "south", "150.0", "-31", "--backfill")
    assert "1 changed" in answer.out
    assert "south is moved by 2880 arcsec\n" in answer.out
    assert "no image covers south\n" in answer.out

    rows = {row["name"]: row for row in filled("monitor", "list").rows}
    assert set(rows) == {"empty", "fast", "south"}
    assert rows["south"]["dec"] == "-31.0"
    assert rows["fast"]["moving"] == "True"
    # what is listed can be given back
    saved = tmp_path / "saved.tsv"
    saved.write_text(filled("monitor", "list", "--format", "tsv").out)
    assert "0 added, 0 changed, 3 unchanged" in filled("monitor", "add", "--file", saved).out

    answer = filled("monitor", "remove", "nosuch")  # without asking
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "monitors no position named nosuch" in answer.err
    assert "until 2026-01-01 00:30:00" in filled("monitor", "end", "empty").out
    assert "removed empty and its 8 points" in filled("monitor", "remove", "empty", "--yes").out
    answer = filled("monitor", "end", "empty")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert filled("dataset", "verify", "field").status == 0


def test_a_position_on_a_source_is_linked_to_it(filled):
    steady = [row for row in filled("sources").rows if row["n_blind"] == "8"]
    source, other = steady[0], steady[-1]["name"]
    answer = filled("monitor", "add", source["name"], source["ra"], source["dec"])
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    filled("monitor", "add", "mine", source["ra"], source["dec"], "--backfill")
    (row,) = filled("monitor", "list").rows
    assert row["blind_name"] == source["name"]
    mine = filled("lightcurve", "mine").rows
    linked = filled("lightcurve", "mine", "--linked").rows
    assert {row["kind"] for row in mine} == {"monitored"}
    assert {row["kind"] for row in linked} == {"blind"}
    assert filled("lightcurve", source["name"], "--linked").rows == mine
    for forced, blind in zip(mine, linked, strict=True):
        difference = float(forced["int_flux"]) - float(blind["int_flux"])
        assert abs(difference) < 3 * float(blind["int_flux_err"])
    assert "no monitored position" in filled("lightcurve", other, "--linked").err


def test_of_sources_of_one_name_is_told_what_each_is(filled, db):
    name = filled("sources").rows[0]["name"]
    filled("monitor", "add", "mine", 150.02, 30.01)
    db.execute("update trap_data.source set name = %s where monitored", (name,))
    answer = filled("lightcurve", name)
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "(monitored, 150.02000 +30.01000)" in answer.err
    assert "(blind, " in answer.err


def test_a_target_with_an_ephemeris_is_measured_where_it_is(filled, tmp_path):
    path = tmp_path / "moving.csv"
    path.write_text("taken_at,ra,dec\n2026-01-01,150.0,30.0\n2026-01-01T00:20:00,150.02,30.02\n")
    filled("monitor", "add", "comet", "--ephemeris", path, "--backfill")
    rows = filled("lightcurve", "comet").rows
    assert [round(float(row["ra"]), 3) for row in rows[::2]] == [150.0, 150.01, 150.02]


def test_a_list_is_read_in_each_format(run, tmp_path):
    from trapdb.monitoring.position_list import read_positions

    rows = [["A", "10h", "-30:30:00", "2026-01-01"], ["B", "150.5", "30.25", ""]]
    columns = ["Name", "RA", "Dec", "active_from"]
    for suffix, separator, head in (
        ("csv", ",", ""), ("tsv", "\t", ""), ("ecsv", ",", "# %ECSV 1.0\n# ---\n")
    ):  # fmt: skip
        path = tmp_path / f"list.{suffix}"
        path.write_text(head + "\n".join(separator.join(row) for row in [columns, *rows]) + "\n")
        first, second = read_positions(path)
        places = (first.ra, first.dec, second.ra, second.dec)
        assert places == pytest.approx((150, -30.5, 150.5, 30.25))
        assert (first.active_from.isoformat(), second.active_from) == (
            "2026-01-01T00:00:00+00:00",
            None,
        )
    path = tmp_path / "list.json"
    path.write_text(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))
    assert [one.name for one in read_positions(path)] == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,ra,dec\nA,361,0\n", "line 2: right ascension 361 is not between 0 and 360"),
        ("name,ra,dec\n\nA,1,2\nB,10:61:00,0\n", "line 4: '10:61:00' is no right ascension"),
        ("name,ra,dec\nA,1,-91\n", "line 2: declination -91"),
        ("name,ra,dec\nA,1\n", "line 2: 2 values for 3 columns"),
        ("name,ra,dec\nA,1,1\nA,2,2\n", "line 3: A stands there already"),
        ("name,ra,declination\nA,1,1\n", "A needs ra and dec"),
        ("name,ra,dec,pmra\nA,1,1,1\n", "unknown column pmra, did you mean pm_ra_mas_yr"),
        ("name,ra,dec,epoch\nA,1,1,yesterday\n", "line 2: epoch 'yesterday' is no time"),
        ("name,ra,dec\n17,1,1\n", "line 2: '17' cannot name a position"),
        ("label,ra,dec\nA,1,1\n", "line 1, the header: no column name"),
        ("name;ra;dec\nA;1;1\n", "'name;ra;dec' is one column: put commas between"),
        ("name,ra,dec\nA,nan,1\n", "line 2: right ascension nan"),
        ("name,ra,dec,pm_ra_mas_yr\nA,1,1,5\n", "a proper motion but no epoch"),
        ("name,ra,dec\n", "no position in it"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_with_a_list_is_told_with_its_line(trapdb, db, tmp_path, text, complaint):
    path = tmp_path / "list.csv"
    path.write_text(text)
    api_ready(db)
    answer = trapdb("monitor", "add", "--file", path)
    assert answer.status == 2
    assert complaint in answer.err
    assert answer.err.count("\n") == 1
    assert db.execute("select count(*) from trap.monitor_position").fetchone() == (0,)


def api_ready(db):
    """Make a data set without images."""
    from trapdb.configuration.keys import Configuration
    from trapdb.database.connection import open_url

    with open_url(db.info.dsn) as conn:
        from trapdb.database import routines

        routines.open_dataset(conn, "empty", Configuration().model_dump(mode="json"))
