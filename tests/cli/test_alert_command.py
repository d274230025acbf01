"""`trapdb alert`: alerts from files, listed, shown and matched."""

import json
from datetime import datetime, timedelta

import pytest

from tests.cli.test_skymap_command import write_uniq
from tests.notices import burst, gcn_notice, gravitational_wave


@pytest.fixture
def searched(filled, field):
    """The truth of the data set that is there."""
    return field


def put(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def test_what_was_there_where_a_burst_was(trapdb, searched, tmp_path):
    source = searched.sources[0]
    # at the third epoch, a moment after its images began
    taken_at = datetime.fromisoformat(searched.images["taken_at"][4]) + timedelta(seconds=1)
    at = burst(position=(source["ra"], source["dec"]), error=0.01, time=taken_at)
    file = put(tmp_path, "burst.xml", at)
    told = trapdb("alert", "add", file)
    assert told.status == 0
    assert "ivo://example.burst/SWIFT#BAT_GRB_Pos_532871-729 initial of 532871" in told.out
    assert "there already" in trapdb("alert", "add", file).out
    (row,) = trapdb("alert", "list").rows
    assert (row["event"], row["stream"]) == ("532871", "ivo://example.burst/SWIFT")
    (near, *_) = trapdb("alert", "match", "532871").rows
    assert float(near["separation"]) < 0.001
    phases = [row["phase"] for row in trapdb("alert", "images", "532871").rows]
    assert phases == ["before"] * 4 + ["during"] * 2 + ["after"] * 2
    assert trapdb("alert", "images", "532871", "--before", 0, "--after", 0).rows == []
    shown = dict(line.split("\t", 1) for line in trapdb("alert", "show", "1").out.splitlines())
    assert (shown["error_major"], shown["Burst_Signif"]) == ("0.01", "7.2")
    assert trapdb("alert", "show", "532871", "--content").out == at.decode()


def test_what_cannot_be_read_is_told(trapdb, tmp_path):
    at = burst(position=("12h", 10.0)).replace(b"12:00:00.000000", b"noon")
    told = trapdb("alert", "add", put(tmp_path, "burst.xml", at))
    unread = "the time '2026-01-05Tnoon'; the position '12h', '10.0'"
    assert (told.status, f"but it cannot be read: {unread}" in told.out) == (0, True)
    shown = dict(line.split("\t", 1) for line in trapdb("alert", "show", "1").out.splitlines())
    assert (shown["unread"], "ra" in shown, "event_at" in shown) == (unread, False, False)


def test_a_map_from_a_file(trapdb, searched, tmp_path):
    assert trapdb("alert", "add", put(tmp_path, "a.xml", gravitational_wave())).status == 0
    nowhere = trapdb("alert", "match", "S260105a")
    assert (nowhere.status, nowhere.err.count("\n")) == (2, 1)
    assert "trapdb alert map" in nowhere.err
    write_uniq(tmp_path / "map.fits")
    told = trapdb("alert", "map", "S260105a", tmp_path / "map.fits")
    assert "has sky map ivo://example.waves/LVC#S260105a-1-Preliminary" in told.out
    found = json.loads(trapdb("alert", "match", "S260105a", "--format", "json").out)
    assert len(found) == len(trapdb("sources").rows)
    assert all(0 < row["enclosed"] < 0.9 for row in found)
    assert trapdb("alert", "list").rows[0]["skymap_area_90"] != ""


def test_refused_and_tests_are_listed_apart(trapdb, tmp_path):
    bad = put(tmp_path, "bad.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    good = put(tmp_path, "good.json", gcn_notice())
    told = trapdb("alert", "add", bad, good)
    assert told.status == 1
    assert told.out.splitlines()[0].split()[2] == "refused:"
    (row,) = trapdb("alert", "list", "--refused").rows
    assert "document type" in row["reason"]
    (row,) = trapdb("alert", "list").rows
    assert row["stream"] == "gcn.notices.chime.frb"
    trapdb("alert", "add", put(tmp_path, "test.xml", burst(role="test")))
    assert len(trapdb("alert", "list").rows) == len(trapdb("alert", "list", "--tests").rows) == 1
    assert trapdb("alert", "list", "--stream", "ivo://").rows == []
    both = trapdb("alert", "list", "--tests", "--refused")
    assert (both.status, both.err.count("\n")) == (2, 1)


def test_a_position_is_monitored_with_what_was_there_before(trapdb, searched, tmp_path):
    source = searched.sources[0]
    at = burst(position=(source["ra"], source["dec"]), error=0.01)
    trapdb("alert", "add", put(tmp_path, "burst.xml", at))
    told = trapdb("alert", "monitor", "532871")
    assert (told.status, told.err) == (0, "")
    assert "8 points in 8 images" in told.out
    assert len(trapdb("lightcurve", "alert-1").rows) == 8
    assert "0 points in 0 images" in trapdb("alert", "monitor", "1").out
    (position,) = trapdb("monitor", "list").rows
    assert position["name"] == "alert-1"
    trapdb("alert", "add", put(tmp_path, "wave.xml", gravitational_wave()))
    nowhere = trapdb("alert", "monitor", "S260105a")
    assert (nowhere.status, nowhere.err.count("\n")) == (2, 1)


def test_rules_are_added_listed_and_removed(trapdb, searched):
    assert trapdb("alert", "rule", "add", "swift", "--stream", "ivo://s").status == 0
    assert trapdb("alert", "rule", "add", "swift").status == 2
    (row,) = trapdb("alert", "rule", "list").rows
    assert (row["rule"], row["dataset"], row["error_max"]) == ("swift", "field", "0.05")
    assert trapdb("alert", "rule", "remove", "swift").status == 0
    assert trapdb("alert", "rule", "remove", "swift").status == 2


def test_where_an_alert_was_is_watched(trapdb, tmp_path):
    trapdb("alert", "add", put(tmp_path, "burst.xml", burst()))
    told = trapdb("alert", "watch", "532871", "appearing", "--respond", "file")
    assert (told.status, told.out) == (0, "watching as alert_1; trapdb watch-for list shows it\n")
    (row,) = trapdb("watch-for", "list").rows
    assert (row["watch"], row["definition"]) == ("alert_1", "appearing")
    assert trapdb("alert", "watch", "532871", "nonsense").status == 2
