"""What is stored of a run tells how to make its contents again."""

import getpass
import importlib.metadata
import json
import os
import platform
import pwd
import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from astropy.io import fits

from tests.safety.contents import bits_that_differ, contents
from trapdb.configuration.toml_file import load
from trapdb.ingest.outcome import Fate


@pytest.fixture
def images(field, tmp_path):
    """Two time steps of which an image lacks its beam."""
    for path in field.paths[:4]:
        with fits.open(path) as hdus:
            del hdus[0].header["BMAJ"]
            hdus.writeto(tmp_path / path.name)
    return sorted(tmp_path.glob("*.fits"))


def runs(db, columns):
    return db.execute(f"select {columns} from trap.pipeline_run order by run_id").fetchall()


def test_a_stored_run_can_be_made_again(trapdb, images, tmp_path, db):
    settings = tmp_path / "survey.toml"
    settings.write_text(
        "[quality]\nrms_clip = 3.0\nrms_side = 0.5\n"
        "[extraction]\nsystematic_error_arcsec = [3.0, 5.0]\nradius = 0.4\n"
    )
    options = ("--header", f"BMAJ={30 / 3600}", "--detection-threshold", "6", "--workers", "1")
    first = trapdb("ingest", *images, "--dataset", "first", "--config", settings, *options)
    assert first.status == 0
    ((run_id,),) = runs(db, "run_id")
    shown = trapdb("config", "show", "--run", run_id)
    again = tmp_path / "again.toml"
    again.write_text(shown.out)
    assert trapdb("ingest", *images, "--dataset", "second", "--config", again).status == 0
    one, two = (contents(db, name) for name in ("first", "second"))
    assert bits_that_differ(one, two) == []
    assert one["measurement"]
    configurations = runs(db, "configuration")
    assert configurations[0] == configurations[1]


def test_what_holds_for_a_data_set_is_shown_with_what_does_not(trapdb, images, tmp_path):
    header = ("--header", f"BMAJ={30 / 3600}")
    trapdb("ingest", *images, "--dataset", "first", "--detection-threshold", "6", *header)
    (tmp_path / "held.toml").write_text(trapdb("config", "show", "--dataset", "first").out)
    held = load(tmp_path / "held.toml")
    assert held.extraction.detection_threshold == 6
    assert held.image.header == {}  # of the files of a run
    asked = tmp_path / "asked.toml"
    asked.write_text(
        "[extraction]\ndetection_threshold = 10\nmesh_px = 64\n[ingest]\nworkers = 1\n"
    )
    shown = trapdb("config", "show", asked, "--dataset", "first").out
    assert f"detection_threshold = 6.0  # not 10.0, as in {asked}\n" in shown
    assert shown.count("#  not") + shown.count("# not") == 1
    assert "\nworkers = 1\n" in shown
    (tmp_path / "held.toml").write_text(shown)
    assert load(tmp_path / "held.toml").extraction.detection_threshold == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--dataset", "nowhere"], "nowhere"),
        (["--run", "17"], "there is no run 17: trap.pipeline_run has them all"),
        (["--run", "99999999999999999999"], "there is no run"),
        (["--run", "17", "--dataset", "a"], "--run shows what held for a run: give neither"),
    ],
)
def test_what_is_not_there_cannot_be_shown(trapdb, arguments, told):
    answer = trapdb("config", "show", *arguments)
    assert answer.status == 2
    assert answer.err.count("\n") == 1
    assert told in answer.err


def test_a_run_tells_who_made_it_with_what(trapdb, images, db):
    assert trapdb("ingest", *images, "--header", f"BMAJ={30 / 3600}").status == 0
    ((version, software, host, user, outcome, timings),) = runs(
        db, "version, software, host, username, outcome, timings"
    )
    assert version == importlib.metadata.version("trapdb")
    assert (host, user, outcome) == (socket.gethostname(), getpass.getuser(), "completed")
    assert software["python"] == platform.python_version()
    assert (
        software["schema"]
        == db.execute("select version_num from trap_data.alembic_version").fetchone()[0]
    )
    assert {"numpy", "scipy", "astropy", "pyerfa", "psycopg", "postgresql", "pgsphere"} <= set(
        software
    )
    assert all(re.match(r"\d+\.\d", text) for name, text in software.items() if name != "schema")
    assert {"read", "check", "background", "extract", "load", "associate", "close"} <= set(timings)
    assert db.execute(
        "select count(*) from trap.image join trap.pipeline_run using (run_id)"
    ).fetchone() == (4,)


def test_a_user_without_a_name_has_a_number(trapdb, images, db, monkeypatch):
    def nameless(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nameless)
    assert trapdb("ingest", images[0], "--header", f"BMAJ={30 / 3600}").status == 0
    assert runs(db, "username") == [(str(os.getuid()),)]


def test_a_late_image_is_recorded(trapdb, field, db):
    trapdb("ingest", *field.paths[4:6], "--dataset", "field")
    for paths in (field.paths[:2], field.paths):  # the others are known, or of the same run
        assert trapdb("ingest", *paths, "--dataset", "field").status == 1
    late = db.execute(
        "select run_id - (select min(run_id) from trap.pipeline_run), count(*),"
        " bool_and(detail like '%trapdb dataset rewind%')"
        " from trap.rejection where reason = 'late' group by 1 order by 1"
    ).fetchall()
    assert late == [(1, 2, True), (2, 4, True)]


def test_images_of_the_future_are_taken_with_a_warning(trapdb, images, db):
    """Those of the next hours, by a clock that is set wrong; later ones are refused."""
    beam = ("--header", f"BMAJ={30 / 3600}")
    soon = (datetime.now(UTC) + timedelta(hours=12)).replace(microsecond=0, tzinfo=None)
    header = (*beam, "--header", f"DATE-OBS={soon.isoformat()}")
    answer = trapdb("ingest", images[0], "--dataset", "simulated", *header)
    assert answer.status == 0
    assert f"taken at {soon}, which is yet to come" in answer.err
    assert db.execute("select count(*) from trap.run_warning").fetchone() == (1,)
    header = (*beam, "--header", "DATE-OBS=2999-01-01T00:00:00")
    answer = trapdb("ingest", images[1], "--dataset", "simulated", *header)
    assert answer.status == 1
    assert "is in the future" in answer.err


def test_the_log_for_programs_has_what_its_page_says(trapdb, images):
    page = (Path(__file__).parents[2] / "docs/operating.md").read_text()
    documented = {}
    for events, facts in re.findall(r"^\| (`[a-z]+`.*?) \|.*?\| ?(.*) \|$", page, re.M):
        for event in re.findall(r"`(\w+)`", events):
            documented[event] = set(re.findall(r"`(\w+)`", facts)) | {"at", "event", "message"}
    header = ("--header", f"BMAJ={30 / 3600}")
    runs = [
        trapdb("ingest", *images, "--dataset", "a", "--log-json", *header),
        trapdb("ingest", *images, "--dataset", "a", "--log-json", "--expiry", "3"),
        trapdb("ingest", *images, "--dataset", "a", "--log-json", "--expiry", "-3"),
    ]
    lines = [json.loads(line) for run in runs for line in run.err.splitlines()]
    assert {line["event"] for line in lines} == {"step", "refused", "warning", "end", "error"}
    for line in lines:
        assert set(line) - {"traceback"} <= documented[line["event"]], line
        assert datetime.fromisoformat(line["at"]).utcoffset() == timedelta(0)
        assert line["message"]
        if "taken_at" in line:
            assert "T" in line["taken_at"]
    (step, *_) = [line for line in lines if line["event"] == "step"]
    refused = [line for line in lines if line["event"] == "refused"]
    assert all(set(line) == documented["refused"] - {"lost"} for line in refused)
    assert set(step) == documented["step"] - set(Fate) - {"path", "fate", "reason"}
