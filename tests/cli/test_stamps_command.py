"""Stamps of an ingest: of the pixels, by whoever cuts them, until their time step is rewound."""

import gzip
import shutil
from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS

import extractor

# as the data set's own, without its ids
STAMPS = """
select occasion, i.taken_at, i.freq_eff, s.ra, s.dec, s.fits
from trap.stamp as s join trap.image as i using (image_id)
where s.dataset = %s order by s.source_id, occasion
"""


@pytest.fixture
def copy(field, tmp_path):
    """A copy of the field to spoil."""
    return shutil.copytree(field.folder, tmp_path / "field")


def stamps(db, dataset="field"):
    return db.execute(STAMPS, [dataset]).fetchall()


def test_pixels_and_coordinates_are_those_of_the_files(filled, field, db):
    rows = stamps(db)
    assert [occasion for occasion, *_ in rows] == ["before", "brightest", "discovery"]
    transient = field.sources[field.sources["kind"] == "one_epoch"][0]
    for _, taken_at, freq_eff, ra, dec, stamp in rows:
        assert abs(ra - transient["ra"]) + abs(dec - transient["dec"]) < 0.002
        (path,) = (
            path for path in field.paths
            for one in [extractor.open(path)]
            if (one.taken_at, one.freq_eff) == (taken_at, freq_eff)
        )  # fmt: skip
        with fits.open(path) as whole, fits.open(BytesIO(gzip.decompress(stamp))) as hdus:
            sky, middle = WCS(whole[0].header).celestial, WCS(hdus[0].header)
            side = hdus[0].data.shape[0]
            expected = Cutout2D(
                whole[0].data.squeeze(), sky.world_to_pixel_values(ra, dec), side,
                mode="partial", fill_value=np.nan, wcs=sky,
            )  # fmt: skip
            assert hdus[0].data.tobytes() == expected.data.astype(">f4").tobytes()
            place = np.array(middle.world_to_pixel_values(ra, dec))
            assert np.abs(place - side // 2).max() <= 0.5
            there = np.array(expected.wcs.world_to_pixel_values(ra, dec))
            assert place == pytest.approx(there, abs=1e-6)
            # the default size, of the beam in the header
            size = side * abs(whole[0].header["CDELT1"])
            assert size == pytest.approx(10 * whole[0].header["BMAJ"], abs=0.003)
        assert len(stamp) < 10_000


def test_whoever_cuts_them_the_bits_are_the_same(trapdb, copy, db):
    """Also if the images are read again, and if no file is left for the replay."""
    for dataset, *options in (("one", "--workers", 1), ("two", "--workers", 2, "--backfill", 0)):
        assert trapdb("ingest", copy, "--dataset", dataset, *options).status == 0
    expected = stamps(db, "one")
    assert len(expected) == 3
    assert stamps(db, "two") == expected
    assert trapdb("reassociate", "one", "--as", "three").status == 0
    assert stamps(db, "three") == expected
    before = db.execute("select min(taken_at)::text from trap.image").fetchone()[0]
    assert trapdb("dataset", "rewind", "one", "--to", before, "--yes").status == 0
    assert stamps(db, "one") == []
    shutil.rmtree(copy)
    assert trapdb("dataset", "replay", "one").status == 1  # back-filled points are missing
    assert stamps(db, "one") == expected
    for dataset in ("one", "two", "three"):
        assert trapdb("dataset", "verify", dataset).status == 0


def test_a_lost_file_costs_its_stamps_only(trapdb, field, copy, db):
    paths = [copy / path.name for path in map(type(copy), field.paths)]
    assert trapdb("ingest", *paths[:4], "--backfill", 0).status == 0
    for path in paths[:4]:
        path.unlink()
    answer = trapdb("ingest", *paths[4:])
    assert answer.status == 0
    assert [occasion for occasion, *_ in stamps(db)] == ["brightest", "discovery"]
    warned = db.execute("select message from trap.run_warning").fetchall()
    assert sum("no stamps of it: the file is gone" in message for (message,) in warned) == 1
    assert "no stamps of it: the file is gone" in answer.err


def test_a_configuration_decides_of_which_and_how_large(trapdb, field, db, tmp_path):
    config = tmp_path / "stamps.toml"
    for dataset, setting in (
        ("none", "of = []"), ("small", "size_beams = 1.0"), ("few", "mb_per_day = 0.0105"),
    ):  # fmt: skip
        config.write_text(f"[stamps]\n{setting}\n")
        answer = trapdb("ingest", *field.paths[2:6], "--config", config, "--dataset", dataset)
        assert answer.status == 0
    assert stamps(db, "none") == []
    assert all(len(stamp) < 1500 for *_, stamp in stamps(db, "small"))
    assert [occasion for occasion, *_ in stamps(db, "few")] == ["brightest", "discovery"]
    config.write_text('[stamps]\nof = ["nothing"]\n')
    answer = trapdb("ingest", *field.paths[2:6], "--config", config, "--dataset", "wrong")
    assert answer.status == 2
    assert answer.err.count("\n") == 1
    assert 'no definition of transients named "nothing"' in answer.err


def test_stamps_are_listed_and_saved(trapdb, field, db, tmp_path):
    trapdb("ingest", *field.paths[2:6], "--dataset", "field")
    listed = trapdb("stamps", "list").rows
    assert [row["occasion"] for row in listed] == ["before", "brightest", "discovery"]
    source_id = listed[0]["source_id"]
    assert trapdb("stamps", "list", source_id).rows == listed
    folder = tmp_path / "new" / "folder"
    answer = trapdb("stamps", "save", source_id, "-o", folder)
    assert answer.status == 0
    assert sorted(answer.out.split()) == sorted(map(str, folder.iterdir()))
    by_occasion = {path.name.split("_")[1]: path for path in folder.iterdir()}
    for occasion, *_, stamp in stamps(db):
        assert by_occasion[occasion].read_bytes() == gzip.decompress(stamp)
        extractor.open(by_occasion[occasion])
    steady = next(r["source_id"] for r in trapdb("sources").rows if r["source_id"] != source_id)
    answer = trapdb("stamps", "save", steady, "-o", folder)
    assert (answer.status, answer.out) == (2, "")
    assert "has no stamps" in answer.err
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert trapdb("stamps", "save", source_id, "-o", blocked / "x").status == 2
