"""Images corrected for the primary beam, in the database with the file that is beside each."""

import shutil

import numpy as np
import pytest
from astropy.io import fits

from trapdb.simulate import simulate


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """Three epochs as telescopes leave them: of flat noise, and corrected beside that."""
    folder = tmp_path_factory.mktemp("corrected") / "night"
    truth = simulate(folder, epochs=3, size=256, sources=30, one_epoch=4, seed=2)
    for path in truth.paths:
        with fits.open(path) as hdus:
            cards, flat = hdus[0].header, hdus[0].data
        y, x = np.indices(flat.shape[-2:]) - 127.5
        beam = np.exp(-4 * np.log(2) * (x**2 + y**2) / 260**2)
        corrected = np.where(beam > 0.25, flat / beam, np.nan).astype(np.float32)
        fits.writeto(path.with_name(f"{path.stem}-pb.fits"), corrected, cards)
        path.rename(path.with_name(f"{path.stem}-flat.fits"))
    return folder


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "pairs.toml"
    path.write_text('[image]\ndetect_on = "-pb -> -flat"\n')
    return path


def test_an_ingest_takes_pairs_and_opens_them_again(trapdb, corrected, config, tmp_path):
    night = tmp_path / "night"
    shutil.copytree(corrected, night)
    first, *others = sorted(night.glob("*-pb.fits"))
    assert trapdb("ingest", first, "--dataset", "night", "--config", config).status == 0
    answer = trapdb("ingest", night, "--config", config)
    assert answer.status == 0, answer.err
    assert "2 of 3 images" in answer.out or "3 images" in answer.out
    images = trapdb("query", "select * from trap.image order by taken_at").rows
    assert [row["path"] for row in images] == [str(path) for path in (first, *others)]
    for row in images:
        assert row["response_path"] == row["path"].replace("-pb", "-flat")
        assert len(row["response_digest"]) == 64
        assert float(row["rms_max"]) > 1.5 * float(row["rms_min"])
    # what is found is what is found on the flat images, where there is any of the others
    flat = trapdb("ingest", *night.glob("*-flat.fits"), "--dataset", "flat")
    assert flat.status == 0
    found = (
        "select count(*) as n, max(snr) as snr from trap.measurement as m join trap.image as i"
        " using (image_id) where i.dataset = '{}' and m.kind = 'blind' and"
        " trap.angular_separation(m.ra, m.dec, i.ra, i.dec) < 0.8 * {}"
    )
    reach = 128 * 5 / 3600
    one, other = (trapdb("query", found.format(name, reach)).rows[0] for name in ("night", "flat"))
    assert one["n"] == other["n"]
    assert float(one["snr"]) == pytest.approx(float(other["snr"]), rel=1e-3)
    # forced fits and stamps afterwards, a copy, and what is published
    assert trapdb("backfill", "--dataset", "night").status == 0
    assert trapdb("dataset", "verify", "night").status == 0
    assert trapdb("reassociate", "night", "--as", "anew").status == 0
    copied = "select count(response_path) as n from trap.image where dataset = 'anew'"
    assert trapdb("query", copied).rows[0]["n"] == "3"
    name = trapdb("sources", "--dataset", "night").rows[0]["name"]
    drawn = trapdb("plot", "image", name, "--dataset", "night", "-o", tmp_path / "p.png")
    assert drawn.status == 0
    # a file that is gone or has changed makes the image another one; it is told which file it is
    beside = night / first.name.replace("-pb", "-flat")
    answer = trapdb("monitor", "add", "here", "150.0", "30.0", "--dataset", "night")
    flat_pixels = fits.getdata(beside)
    fits.update(beside, 2 * flat_pixels, fits.getheader(beside))
    lost = trapdb("backfill", "--dataset", "night", "--source", "here")
    assert lost.status == 1
    assert f"{first}: the file has changed, or the one beside it, {beside}" in lost.err
    beside.unlink()
    lost = trapdb("backfill", "--dataset", "night", "--source", "here")
    assert lost.status == 1
    assert f"{first}: its image to detect on, {beside}: there is no such file" in lost.err
    alone = trapdb("ingest", first, "--dataset", "other", "--config", config)
    assert alone.status == 1
    assert alone.err.count("its image to detect on") == 1
    assert "there is no such file" in alone.err


def test_sums_and_differences_keep_how_the_noise_goes(trapdb, corrected, config, tmp_path):
    assert trapdb("ingest", corrected, "--config", config).status == 0
    for command, name in (("difference", "night_difference"), ("stack", "night_x2")):
        answer = trapdb(command, "night", "-o", tmp_path / command)
        assert answer.status == 0, answer.err
        ratio = "select rms_max / rms_min as r from trap.image where dataset = '{}'"
        for row in trapdb("query", ratio.format(name)).rows:
            assert float(row["r"]) > 1.5


def test_copies_with_injected_sources_keep_how_the_noise_goes(trapdb, corrected, config, tmp_path):
    assert trapdb("ingest", corrected, "--config", config).status == 0
    how = ("--number", 4, "--kind", "steady", "--snr", 20, 40)
    answer = trapdb("inject", "night", "--into", "put", *how)
    assert answer.status == 0, answer.err
    answer = trapdb("inject", corrected, "--into", "files", "--config", config, *how)
    assert answer.status == 0, answer.err
    noise = "select rms_min, rms_max from trap.image where dataset = '{}' order by taken_at"
    expected = trapdb("query", noise.format("night")).rows
    for name in ("put", "files"):
        rows = trapdb("query", noise.format(name)).rows
        assert len(rows) == 3
        for row, original in zip(rows, expected, strict=True):
            for column, value in row.items():
                assert float(value) == pytest.approx(float(original[column]), rel=0.02)
        (whole, *_) = trapdb("completeness", name).rows
        assert whole["found"] == "4"


def test_what_says_the_same_twice_or_of_nobody_is_refused(trapdb, corrected, tmp_path):
    both = tmp_path / "both.toml"
    both.write_text('[image]\ndetect_on = "-pb -> -flat"\nweight = "w.fits"\n')
    answer = trapdb("ingest", corrected, "--config", both)
    assert answer.status == 2
    assert "give one of them" in answer.err
    both.write_text('[image]\nweight = "{stem}.w.fits"\n')
    listening = trapdb("ingest", "--listen", "127.0.0.1:0", tmp_path / "new", "--config", both)
    assert listening.status == 2
    assert "one file for all is wanted" in listening.err
