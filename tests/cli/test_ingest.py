"""`trapdb ingest`: what is taken, what is not and why, and that nothing is taken twice."""

import gzip
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from trapdb.database import routines

CONTENT = """
select (select count(*) from trap.image), (select count(*) from trap.measurement),
       (select count(*) from trap.lightcurve), (select sum(int_flux) from trap.lightcurve)
"""


@pytest.fixture
def content(db):
    return lambda: db.execute(CONTENT).fetchone()


@pytest.fixture
def copy(field, tmp_path):
    """A copy of the field to spoil."""
    return Path(shutil.copytree(field.folder, tmp_path / "images"))


def spoil(path, pixels=None, **keywords):
    """Change the pixels or header values of an image; None takes a keyword away."""
    with fits.open(path, mode="update") as hdus:
        if pixels is not None:
            hdus[0].data[:] = pixels
        for keyword, value in keywords.items():
            if value is None:
                del hdus[0].header[keyword]
            else:
                hdus[0].header[keyword] = value


def test_a_field_becomes_light_curves(trapdb, field, db):
    answer = trapdb("ingest", field.folder)
    assert answer.status == 0
    assert "data set field: 8 of 8 images taken" in answer.out
    assert "8 sources (8 new)" in answer.out
    assert answer.err.count("\n") == 4  # one line a time step
    steady = db.execute(
        "select n from trap.variability where n = 4 group by source_id, n having count(*) = 2"
    ).fetchall()
    assert len(steady) == 7


def test_without_a_systematic_error_forced_fits_are_points_all_the_same(
    trapdb, field, db, tmp_path
):
    """Their position is given: it has no other error."""
    (tmp_path / "none.toml").write_text("[extraction]\nsystematic_error_arcsec = 0\n")
    answer = trapdb("ingest", field.folder, "--config", tmp_path / "none.toml")
    assert answer.status == 0, answer.err
    forced = db.execute(
        "select usable, ra_err, int_flux_err > 0 from trap.measurement where kind <> 'blind'"
    ).fetchall()
    assert set(forced) == {(True, None, True)}


def test_a_second_run_changes_nothing_and_says_so(filled, field, content):
    before = content()
    answer = filled("ingest", field.folder)
    assert answer.status == 0
    assert "nothing to do: every image is in the data set already" in answer.out
    assert content() == before


def test_the_same_image_in_another_file_is_known(filled, copy, content):
    before = content()
    for path in copy.glob("*.fits"):
        path.with_suffix(".fits.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    answer = filled("ingest", copy, "--dataset", "field")
    assert (answer.status, content()) == (0, before)
    assert "8 in the data set already" in answer.out


def test_an_image_given_twice_counts_once(trapdb, copy):
    shutil.copy(copy / "epoch0000_band00.fits", copy / "again.fits")
    answer = trapdb("ingest", copy)
    assert answer.status == 0
    assert "8 of 9 images taken" in answer.out


def test_a_run_in_two_parts_is_as_one(trapdb, field, content, db):
    trapdb("ingest", field.folder, "--dataset", "whole")
    whole = content()
    trapdb("dataset", "delete", "whole", "--yes")
    first = sorted(field.folder.glob("epoch000[01]*"))
    assert trapdb("ingest", *first, "--dataset", "parts").status == 0
    answer = trapdb("ingest", field.folder, "--dataset", "parts")
    assert answer.status == 0
    assert "4 of 8 images taken" in answer.out
    assert content() == pytest.approx(whole)


def test_bad_images_are_recorded_with_reasons_and_stop_nothing(trapdb, copy, db):
    spoil(copy / "epoch0001_band00.fits", BMAJ=0.1)
    spoil(copy / "epoch0001_band01.fits", 1.0)
    spoil(copy / "epoch0002_band00.fits", **{"BMAJ": None, "DATE-OBS": None})
    (copy / "epoch0002_band01.fits").write_bytes(b"no image at all")
    spoil(copy / "epoch0003_band00.fits", np.nan)
    answer = trapdb("ingest", copy)
    assert answer.status == 1
    assert "3 of 8 images taken" in answer.out
    for line in (answer.out, answer.err):
        assert "epoch0002_band00.fits: missing metadata:" in line
        assert "epoch0001_band00.fits: " in line
    reasons = db.execute("select path, image_id is null from trap.rejection").fetchall()
    unplaced = {Path(path).name for path, without_image in reasons if without_image}
    rejected = {Path(path).name for path, without_image in reasons if not without_image}
    assert unplaced == {"epoch0002_band00.fits", "epoch0002_band01.fits"}
    assert rejected == {
        "epoch0001_band00.fits",
        "epoch0001_band01.fits",
        "epoch0003_band00.fits",
    }


def test_limits_given_by_the_user_control_what_is_rejected(trapdb, field):
    answer = trapdb("ingest", field.folder, "--rms-max", "1e-6")
    assert answer.status == 1
    assert "8 rejected by quality control" in answer.out
    answer = trapdb("ingest", field.folder, "--dataset", "other", "--detection-threshold", "1e5")
    assert "0 sources" in answer.out


def test_a_rejected_image_is_none_whoever_gives_it_again(trapdb, copy, db):
    spoil(copy / "epoch0001_band00.fits", 1.0)
    assert trapdb("ingest", copy).status == 1
    rejections = db.execute("select * from trap.rejection").fetchall()
    answer = trapdb("ingest", copy)
    assert answer.status == 1
    assert "0 of 8 images taken" in answer.out
    assert "7 in the data set already" in answer.out
    assert "1 rejected by quality control" in answer.out
    assert "nothing to do" not in answer.out
    (line,) = [line for line in answer.err.splitlines() if line.startswith("rejected: ")]
    assert "epoch0001_band00.fits: rejected before, as image 1" in line
    assert "largest less smallest pixel" in line
    assert db.execute("select * from trap.rejection").fetchall() == rejections


def test_of_a_run_without_an_image_no_data_set_remains(trapdb, copy, db):
    first, second = copy / "epoch0000_band00.fits", copy / "epoch0001_band00.fits"
    first.write_bytes(first.read_bytes()[:-30000])  # its header is whole, its pixels are not
    positions = copy / "positions.csv"
    positions.write_text("name,ra,dec\nhere,150,30\n")
    answer = trapdb("ingest", first, "--monitor", positions)
    assert answer.status == 1
    assert "0 of 1 images taken" in answer.out
    assert "unreadable: " in answer.err
    assert "no image to begin with: data set images is not made" in answer.err
    assert db.execute("select name from trap_data.dataset").fetchall() == []
    partitions = "select count(*) from pg_inherits where inhparent = 'trap_data.source'::regclass"
    assert db.execute(partitions).fetchone() == (0,)
    # The data set is whole when there is an image, and stays when a later run brings none.
    assert trapdb("ingest", second, "--monitor", positions).status == 0
    assert trapdb("ingest", first).status == 1
    assert db.execute("select name from trap_data.dataset").fetchall() == [("images",)]
    assert len(db.execute("select * from trap.rejection").fetchall()) == 1


def test_of_a_run_whose_first_step_fails_no_data_set_remains(trapdb, field, db):
    db.execute(
        "create function public.refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'refused'; end $$;"
        "create trigger refuse before insert on trap_data.image"
        " for each row execute function public.refuse()"
    )
    answer = trapdb("ingest", field.folder)
    assert (answer.status, "time step 2026-01-01 00:00:00 failed" in answer.err) == (2, True)
    assert db.execute("select name from trap_data.dataset").fetchall() == []


def test_a_rejected_image_begins_a_data_set(trapdb, copy, db):
    """Its reasons are worth keeping."""
    spoil(copy / "epoch0000_band00.fits", 1.0)
    assert trapdb("ingest", copy / "epoch0000_band00.fits").status == 1
    assert db.execute("select reason from trap.rejection").fetchall() != []


def test_names_of_what_is_rejected_do_nothing_to_a_terminal(trapdb, copy):
    path = copy / "a\x1b[31m\n.fits"
    (copy / "epoch0000_band00.fits").rename(path)
    spoil(path, pixels=1.0)
    answer = trapdb("ingest", path)
    shown = rf"{copy}/a\x1b[31m\n.fits: valid pixels: 0"
    assert f"rejected: {shown}" in answer.err
    assert f"    {shown}" in answer.out


def test_metadata_can_be_supplied(trapdb, copy):
    path = copy / "epoch0000_band00.fits"
    spoil(path, BMAJ=None, BMIN=None)
    assert trapdb("ingest", path).status == 1
    answer = trapdb("ingest", path, "--header", "BMAJ=0.0064", "--header", "BMIN=0.0051")
    assert answer.status == 0


def test_a_late_image_is_refused_with_the_way_out(trapdb, field, content):
    trapdb("ingest", *sorted(field.folder.glob("epoch0003*")), "--dataset", "field")
    before = content()
    answer = trapdb("ingest", field.folder)
    assert answer.status == 1
    assert "6 too late" in answer.out
    assert "late: " in answer.err
    assert content() == before
    (command, *_) = re.findall("take the data set back first: trapdb (.*)", answer.err)
    assert command == "dataset rewind 'field' --to 2025-12-31T23:59:59"
    assert trapdb(*shlex.split(command), "--yes").status == 0
    assert trapdb("ingest", *field.paths[:2], "--dataset", "field").status == 0


def test_a_data_set_keeps_its_configuration_and_says_so(trapdb, field, tmp_path, db):
    first, *rest = sorted(field.folder.glob("*band00.fits"))
    trapdb("ingest", first, "--detection-threshold", "10")
    answer = trapdb("ingest", *rest, "--detection-threshold", "6", "--analysis-threshold", "3")
    assert answer.status == 0
    told = "data set field keeps its extraction.detection_threshold = 10.0; 6.0 does not apply"
    assert told in answer.err
    assert "analysis_threshold" not in answer.err
    assert db.execute("select distinct detection_threshold from trap.image").fetchall() == [(10,)]


def test_a_value_that_the_data_set_has_not_is_unset(trapdb, field):
    trapdb("ingest", field.paths[0])
    answer = trapdb("ingest", field.paths[0], "--radius", "1")
    assert "data set field keeps its extraction.radius = unset; 1.0 does not apply" in answer.err


def test_a_run_records_how_it_was_made(trapdb, field, db):
    trapdb("ingest", field.folder, "--expiry", "3")
    row = db.execute(
        "select outcome, ended_at > started_at, configuration #> '{null_detection,expiry}',"
        " timings ? 'extract' from trap.pipeline_run"
    ).fetchone()
    assert row == ("completed", True, 3, True)


def test_a_run_records_its_software_and_its_warnings(trapdb, field, db):
    trapdb("ingest", field.folder)
    trapdb("ingest", field.folder, "--expiry", "3")
    runs = db.execute("select software from trap.pipeline_run order by run_id").fetchall()
    assert len(runs) == 2
    assert {"python", "numpy", "astropy", "postgresql", "pgsphere"} <= set(runs[0][0])
    (message,) = db.execute("select message from trap.run_warning").fetchone()
    assert message == "data set field keeps its null_detection.expiry = 10; 3 does not apply"


def test_the_log_can_be_json(trapdb, field, copy):
    (copy / "broken.fits").write_bytes(b"no image at all")
    answer = trapdb("ingest", copy, "--log-json")
    events = [json.loads(line) for line in answer.err.splitlines()]
    assert [event["event"] for event in events] == ["refused", *4 * ["step"], "end"]
    assert events[0]["path"] == str(copy / "broken.fits")
    assert events[0]["fate"] == "unreadable"
    assert events[0]["message"].endswith(events[0]["reason"])
    assert {image["fate"] for image in events[1]["images"]} == {"taken"}
    assert events[-1]["images"] == {"taken": 8, "unreadable": 1}
    assert events[-1]["timings"]["extract"] > 0
    assert answer.out == ""


def test_a_step_that_fails_is_rolled_back_whole(trapdb, field, content, db, monkeypatch):
    closed = []

    def fail_at_the_third(conn):
        closed.append(1)
        if len(closed) == 3:
            conn.execute("select 1 / 0")
        close(conn)

    close = routines.close_time_step
    monkeypatch.setattr(routines, "close_time_step", fail_at_the_third)
    answer = trapdb("ingest", field.folder)
    assert answer.status == 2
    last_line = answer.err.splitlines()[-1]
    assert "00:20:00 failed and is rolled back: division by zero" in last_line
    assert content()[0] == 4
    (outcome,) = db.execute("select outcome from trap.pipeline_run").fetchone()
    assert outcome.startswith("failed: time step")
    monkeypatch.undo()


@pytest.mark.parametrize(("times", "images", "last"), [(1, 6, "00:20:00"), (2, 4, "00:10:00")])
def test_ctrl_c_finishes_the_time_step_and_at_the_second_time_rolls_it_back(
    filled, field, content, monkeypatch, times, images, last
):
    undisturbed = content()
    filled("dataset", "delete", "field", "--yes")
    closed = []

    def interrupt_the_third(conn):
        closed.append(1)
        if len(closed) == 3:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGINT)
        close(conn)

    close = routines.close_time_step
    with monkeypatch.context() as patch:
        patch.setattr(routines, "close_time_step", interrupt_the_third)
        answer = filled("ingest", field.folder, "--log-json")
    assert answer.status == 130
    told = [json.loads(line) for line in answer.err.splitlines()]
    *steps, end, stopped, _ = told
    assert [line["event"] for line in told] == [
        *(images // 2) * ["step"],
        "end",
        "stopped",
        "interrupted",
    ]
    assert steps[-1]["taken_at"] == f"2026-01-01T{last}+00:00"
    assert stopped["message"].startswith(f"stopped after time step 2026-01-01 {last}")
    assert end["images"] == {"taken": images}
    assert f"data set field: {images} of {images} images taken" in end["message"]
    assert content()[0] == images
    assert filled("ingest", field.folder).status == 0
    assert content() == pytest.approx(undisturbed)


def test_ctrl_c_before_the_first_time_step_says_that_nothing_was_taken(
    trapdb, field, monkeypatch, db
):
    def interrupt_at_once(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(routines, "begin_time_step", interrupt_at_once)
    answer = trapdb("ingest", field.folder)
    assert answer.status == 130
    assert "data set field: 0 of 0 images taken" in answer.err
    assert "nothing to do" not in answer.err
    assert "stopped before its first time step" in answer.err
    assert db.execute("select name from trap_data.dataset").fetchall() == []


def test_an_image_without_a_noise_does_not_suspend_the_judgement(trapdb, copy, tmp_path, db):
    for path in copy.glob("*_band01*"):
        with fits.open(path, mode="update") as hdus:
            if "epoch0001" in path.name:
                hdus[0].data[:] = np.nan
            if "epoch0003" in path.name:
                hdus[0].data += np.random.default_rng(1).normal(0, 0.01, hdus[0].data.shape)
    limits = tmp_path / "limits.toml"
    limits.write_text("[quality]\nrms_history = 3\nrms_history_sigma = 30\n")
    assert trapdb("ingest", copy, "--config", limits).status == 1
    (path,) = db.execute("select path from trap.rejection where reason = 'rms_history'").fetchone()
    assert "epoch0003_band01" in path


def test_the_noise_of_an_image_is_judged_by_that_of_earlier_ones(trapdb, field, copy, tmp_path, db):
    for path in copy.glob("*epoch0003_band01*"):
        with fits.open(path, mode="update") as hdus:
            hdus[0].data += np.random.default_rng(1).normal(0, 0.01, hdus[0].data.shape)
    limits = tmp_path / "limits.toml"
    limits.write_text("[quality]\nrms_history = 3\nrms_history_sigma = 30\n")
    answer = trapdb("ingest", copy, "--config", limits)
    assert answer.status == 1
    assert "7 of 8 images taken" in answer.out
    rows = db.execute(
        "select count(*), count(*) filter (where not passed) from trap.quality_check"
        " where name = 'rms_history'"
    ).fetchone()
    assert rows == (8, 1)
    (reason,) = db.execute("select detail from trap.rejection").fetchone()
    assert "rms of the central part, by its band's" in reason


def test_a_killed_run_goes_on(filled, field, content, db_url):
    undisturbed = content()
    filled("dataset", "delete", "field", "--yes")
    command = [sys.executable, "-c", "from trapdb.cli import main; main()", "ingest"]
    process = subprocess.Popen(
        [*command, field.folder, "--database", db_url], stderr=subprocess.PIPE, text=True
    )
    process.stderr.readline()  # the first time step is taken
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert filled("ingest", field.folder).status == 0
    assert content() == pytest.approx(undisturbed)


def test_a_file_that_is_no_image_makes_no_data_set(trapdb, tmp_path, db):
    path = tmp_path / "broken.fits"
    path.write_bytes(b"no image at all")
    answer = trapdb("ingest", path, "--dataset", "nothing")
    assert answer.status == 1
    assert "unreadable: " in answer.err
    assert "no image to begin with: data set nothing is not made" in answer.err
    assert db.execute("select count(*) from trap.dataset").fetchone() == (0,)


def test_a_file_name_that_is_no_text_is_refused_like_an_unreadable_file(trapdb, copy, db):
    image = copy / "epoch0000_band00.fits"
    shutil.copy(image, os.path.join(os.fsencode(copy), b"a\xff\xfe.fits"))
    answer = trapdb("ingest", image, copy / "a*.fits")
    assert answer.status == 1
    assert "a\\xff\\xfe.fits: its name is not written in UTF-8" in answer.err
    assert "1 of 2 images taken" in answer.out
    ((path,),) = db.execute("select path from trap.rejection").fetchall()
    assert path.endswith("a\\xff\\xfe.fits")


def test_an_image_rejected_before_stays_so_and_other_limits_are_told_not_to_apply(trapdb, field):
    path = field.folder / "epoch0000_band00.fits"
    assert trapdb("ingest", path, "--rms-max", "1e-6").status == 1
    assert trapdb("ingest", path).status == 1
    answer = trapdb("ingest", path, "--rms-max", "1")
    assert answer.status == 1
    assert "(it keeps its limits: give others to another one, with --dataset)" in answer.err
    assert trapdb("ingest", path, "--rms-max", "1", "--dataset", "other").status == 0


def test_the_footprint_can_be_that_of_the_valid_pixels(trapdb, field, tmp_path, db):
    """An image of which a disc is left, as a cut primary beam leaves it."""
    with fits.open(field.paths[0]) as hdus:
        pixels = hdus[0].data[0, 0]
        y, x = np.indices(pixels.shape)
        pixels[np.hypot(x - 96, y - 96) > 80] = np.nan
        hdus.writeto(tmp_path / "disc.fits")
    assert trapdb("ingest", tmp_path, "--valid-pixels").status == 0
    corners, radius = db.execute(
        "select cardinality(vertex_ra), radius from trap_data.sky_region"
    ).fetchone()
    assert corners > 20
    assert radius * 3600 / 5 == pytest.approx(75, abs=2)


def test_connections_are_renewed(filled, field, content, monkeypatch):
    undisturbed = content()
    filled("dataset", "delete", "field", "--yes")
    processes = []

    def note_process(conn):
        processes.append(conn.info.backend_pid)
        close(conn)

    close = routines.close_time_step
    monkeypatch.setattr(routines, "close_time_step", note_process)
    monkeypatch.setattr("trapdb.ingest.loop.RENEWAL_STEPS", 2)
    assert filled("ingest", field.folder).status == 0
    first, second, third, fourth = processes
    assert first == second != third == fourth
    assert content() == pytest.approx(undisturbed)
