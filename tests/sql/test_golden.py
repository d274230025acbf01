"""Whole runs of the original, replayed; and a small run whose answers can be checked by hand.

The tool has to be able to fail: with one expected value changed, it tells of that one.
"""

import json
import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from tests import replay

GOLDEN = Path(__file__).parents[3] / "shared" / "reference" / "golden"
SMALL = Path(__file__).parents[1] / "data" / "small_run.json"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def small():
    return json.loads(SMALL.read_text())


def differences(conn, fixture):
    return replay.compare(replay.feed(conn, fixture))


@pytest.mark.parametrize("name", ["G1_dense_single_band", "G2_meridian_crossing", "G3_polar"])
def test_a_recorded_run_has_the_same_outcome(conn, name):
    path = GOLDEN / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded runs of the original are not here")
    assert differences(conn, json.loads(path.read_text())) == []


def test_a_small_run_has_the_outcome_worked_out_by_hand(conn, small):
    """Steady, forked, merged, new and not found again; a second band at the end."""
    assert differences(conn, small) == []


def change_kind(fixture):
    fixture["expected_runningcatalog"][0]["assoc"][1]["type"] = 7
    return "expected type 7"


def change_radius(fixture):
    fixture["expected_runningcatalog"][0]["assoc"][1]["r"] += 0.5
    return "has r"


def change_position(fixture):
    fixture["expected_runningcatalog"][0]["wm_ra"] += 1e-3
    return "ra 121"


def change_eta(fixture):
    point = fixture["expected_runningcatalog"][0]["assoc"][1]
    point["eta_int"] = point["eta_int"] * 1.001 + 1e-3
    return "has eta"


def change_flux(fixture):
    fixture["expected_runningcatalog"][0]["flux"][0]["avg_f_int"] *= 1.001
    return "has mean"


def change_count(fixture):
    fixture["expected_runningcatalog"][0]["datapoints"] += 1
    return "blind points, expected"


def drop_a_point(fixture):
    fixture["expected_runningcatalog"][0]["assoc"].pop()
    return "no source has its points"


def drop_a_source(fixture):
    fixture["expected_runningcatalog"].pop(0)
    return "unexpected source"


def add_a_new_source(fixture):
    fixture["expected_runningcatalog"][0]["newsource"] = [{"limits_image": 0, "type": 1}]
    return "new source"


CHANGES = [
    change_kind, change_radius, change_position, change_eta, change_flux, change_count,
    drop_a_point, drop_a_source, add_a_new_source,
]  # fmt: skip


def test_a_changed_value_is_reported(conn, small):
    fed = replay.feed(conn, small)
    for change in CHANGES:
        wrong = deepcopy(small)
        message = change(wrong)
        found = replay.compare(replace(fed, fixture=wrong))
        assert any(message in difference for difference in found), change


def test_a_forced_fit_that_nobody_asked_for_is_reported(conn, small):
    row = deepcopy(small["images"][0]["blind"][0])
    row[0] += 3
    small["images"][1]["forced"].append(row)
    assert differences(conn, small) == ["f1.0: nobody asked for this forced fit"]


def test_the_exit_status_tells(db_url, small, tmp_path):
    change_flux(small)
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(small))

    def run(path):
        return subprocess.run(
            [sys.executable, "-m", "tests.replay", path, "--database", db_url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    right = run(SMALL)
    assert (right.returncode, right.stdout) == (0, "small: no differences\n")
    failed = run(wrong)
    assert failed.returncode == 1
    assert "has mean" in failed.stdout
