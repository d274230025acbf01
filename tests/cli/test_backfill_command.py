"""Points from before a source was known: with the ingest, on request, and after a replay."""

import shutil
from pathlib import Path

import pytest

from trapdb.database import routines
from trapdb.errors import ImageLost
from trapdb.measuring.configured import read_again

POINTS = """
select i.path, c.kind, c.backfilled, c.int_flux, c.peak_flux, c.peak_flux_err
from trap.lightcurve as c join trap.image as i using (image_id)
where c.dataset = %s order by 1, 2, 4
"""


@pytest.fixture
def copy(field, tmp_path):
    """A copy of the field to spoil."""
    return Path(shutil.copytree(field.folder, tmp_path / "field"))


def points(db, dataset="field"):
    return db.execute(POINTS, [dataset]).fetchall()


def backfilled(db, dataset="field"):
    return sum(backfilled for _, _, backfilled, *_ in points(db, dataset))


def test_a_new_source_is_measured_in_the_last_images_before_it(trapdb, field, db):
    # a transient in the third of four epochs, in two bands: four images are earlier
    answer = trapdb("ingest", field.folder)
    assert "3 back-filled" in answer.err
    assert backfilled(db) == 3
    assert trapdb("dataset", "verify", "field").status == 0


def test_what_is_filled_in_on_request_is_what_an_ingest_fills_in(trapdb, field, db, monkeypatch):
    trapdb("ingest", field.folder, "--dataset", "at once", "--backfill", 9)
    trapdb("ingest", field.folder, "--dataset", "later", "--backfill", 0)
    assert (backfilled(db, "at once"), backfilled(db, "later")) == (4, 0)

    def backfill(*arguments):
        return trapdb("backfill", "--dataset", "later", *arguments)

    (name,) = db.execute(
        "select s.name from trap.new_source as n join trap.running_catalogue as s using (source_id)"
        " where n.dataset = 'later'"
    ).fetchone()
    steady = min(row["name"] for row in trapdb("sources", "--dataset", "later").rows
                 if row["n_blind"] == "8")  # fmt: skip
    assert "0 points filled in, in 0 of 0 images" in backfill("--source", steady).out
    # the last two epochs have it, so that the fifth image from the end is the first to lack it
    assert "1 point filled in, in 1 of 1 images" in backfill("--source", name, "--last", 5).out

    add = routines.add_backfill
    calls = []

    def interrupt_at_the_second(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return add(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(routines, "add_backfill", interrupt_at_the_second)
        assert backfill("--new").status == 130
    assert backfilled(db, "later") == 2
    answer = backfill("--new")
    assert answer.status == 0
    assert "2 points filled in, in 2 of 2 images" in answer.out

    assert points(db, "later") == points(db, "at once")
    for dataset in ("at once", "later"):
        assert trapdb("dataset", "verify", dataset).status == 0
    assert "0 points filled in, in 0 of 0 images" in backfill().out
    assert points(db, "later") == points(db, "at once")
    answer = backfill("--source", "nobody")
    assert (answer.status, answer.err.count("\n")) == (2, 1)


def test_a_file_that_is_lost_costs_its_points_only(trapdb, copy, db):
    trapdb("ingest", *sorted(copy.glob("epoch000[01]*")), "--dataset", "field")
    (copy / "epoch0001_band00.fits").unlink()
    shutil.copy(copy / "epoch0000_band00.fits", copy / "epoch0001_band01.fits")
    answer = trapdb("ingest", *sorted(copy.glob("epoch000[23]*")), "--dataset", "field")
    assert answer.status == 0
    assert "epoch0001_band00.fits: the file is gone; without it 1 point" in answer.err
    assert "epoch0001_band01.fits: the file has changed; without it 1 point" in answer.err
    assert backfilled(db) == 1
    logged = db.execute("select reason, detail from trap.rejection order by detail").fetchall()
    assert logged == [("lost", "the file has changed"), ("lost", "the file is gone")]

    answer = trapdb("backfill")
    assert answer.status == 1
    assert "1 point filled in, in 1 of 3 images" in answer.out
    assert trapdb("dataset", "verify", "field").status == 0


def test_an_image_with_supplied_headers_is_read_again_with_them(trapdb, field, db):
    for epoch in range(4):
        paths = sorted(field.folder.glob(f"epoch000{epoch}*"))
        trapdb("ingest", *paths, "--dataset", "field", "--header", f"BMAJ=0.00{65 - epoch}")
    assert backfilled(db) == 3
    assert trapdb("backfill", "--new").status == 0
    assert backfilled(db) == 4


def test_a_replay_fills_in_as_the_ingest_did(filled, db):
    before = points(db)
    filled("dataset", "rewind", "field", "--to", "2026-01-01T00:10:00", "--yes")
    assert backfilled(db) == 0
    assert filled("dataset", "replay", "field").status == 0
    assert points(db) == before
    assert filled("reassociate", "field", "--as", "anew").status == 0
    assert points(db, "anew") == points(db)
    assert filled("dataset", "verify", "anew").status == 0


def test_a_plane_whose_file_is_there_is_not_told_as_gone(tmp_path):
    path = tmp_path / "cube.fits"
    path.write_bytes(b"no image any more")
    with pytest.raises(ImageLost, match="cannot be read any more"):
        read_again(f"{path}[3]", "digest", [{}])
    path.unlink()
    with pytest.raises(ImageLost, match="the file is gone"):
        read_again(f"{path}[3]", "digest", [{}])
