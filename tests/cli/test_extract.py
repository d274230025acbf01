"""`trapdb extract`, which needs no database."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

import extractor

FIRST = "ra,dec,ra_err,dec_err,peak_flux,peak_flux_err,int_flux,int_flux_err,snr,local_rms,flags"
DATA = Path(__file__).parents[2].parent / "shared/data"

needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real images are not here")


@pytest.fixture
def image(field):
    return field.paths[0]


def test_csv_is_printed_with_the_main_columns_first(run, image, field):
    answer = run("extract", image)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(FIRST + ",")
    found = list(csv.DictReader(answer.out.splitlines()))
    assert len(found) == 7  # the one-epoch source is not there yet
    ra, dec = (np.array([float(row[name]) for row in found]) for name in ("ra", "dec"))
    for source in field.sources[:7]:
        away = np.hypot((ra - source["ra"]) * np.cos(np.radians(30)), dec - source["dec"])
        assert away.min() < 2 / 3600


def test_names_do_nothing_to_a_terminal(run, image, tmp_path):
    """Of files that are refused, of those that are measured with doubts, and of URLs."""
    bad, thin = (tmp_path / f"{name}\x1b[31m\n.fits" for name in ("bad", "thin"))
    bad.write_bytes(b"nothing")
    with fits.open(image) as hdus:
        hdus[0].header["BMAJ"] = hdus[0].header["BMIN"] = 1e-9
        hdus.writeto(thin)
    answer = run("extract", bad, thin)
    told = [rf"trapdb: {tmp_path}/{name}\x1b[31m\n.fits: " for name in ("bad", "thin")]
    for name in told:
        assert name in answer.err
    assert all(line.startswith(tuple(told)) for line in answer.err.splitlines())
    assert run("extract", "http://a:b@host/\x1b\n*").err.count("\n") == 1


def test_thresholds_are_options(run, image):
    assert run("extract", image, "--detection-threshold", "1e5").out.count("\n") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_negative_sources_on_request(run, image, tmp_path, workers):
    turned = tmp_path / "turned.fits"
    with fits.open(image) as hdus:
        hdus[0].data = -hdus[0].data
        hdus.writeto(turned)
    upright = list(csv.DictReader(run("extract", image).out.splitlines()))
    assert run("extract", turned).out.count("\n") == 1
    answer = run("extract", turned, turned, "--negative", "--workers", workers)
    found = list(csv.DictReader(answer.out.splitlines()))[: len(upright)]
    assert [-float(row["int_flux"]) for row in found] == pytest.approx(
        [float(row["int_flux"]) for row in upright]
    )


def test_the_share_of_false_pixels_is_an_option(run, image):
    few, more = (
        run("extract", image, "--analysis-threshold", 2, "--fdr-alpha", alpha).out.count("\n")
        for alpha in ("1e-9", "0.5")
    )
    assert 1 + 7 <= few < more
    wrong = run("extract", image, "--fdr-alpha", "1")
    assert (wrong.status, wrong.out) == (2, "")
    assert "--fdr-alpha" in wrong.err


@pytest.mark.parametrize(
    ("form", "astropy_form"), [("ecsv", "ascii.ecsv"), ("votable", "votable"), ("fits", "fits")]
)
def test_files_carry_units(run, image, tmp_path, form, astropy_form):
    path = tmp_path / "sources"
    assert run("extract", image, "--format", form, "-o", path).status == 0
    table = Table.read(path, format=astropy_form)
    assert ",".join(table.colnames).startswith(FIRST)
    assert str(table["int_flux"].unit) == "Jy"
    assert str(table["ra_err"].unit) == "deg"


def test_a_table_for_the_eye_has_the_main_columns(run, image):
    assert run("extract", image, "--format", "table").out.split("\n")[0].split() == FIRST.split(",")


def test_several_images_are_told_apart(run, field):
    answer = run("extract", *field.paths[:2])
    paths = {row["image"] for row in csv.DictReader(answer.out.splitlines())}
    assert paths == {str(path) for path in field.paths[:2]}


def test_each_plane_of_a_cube_is_an_image(run, field, tmp_path):
    path = tmp_path / "cube.fits"
    with fits.open(field.paths[0]) as hdus:
        data, cards = np.squeeze(hdus[0].data), hdus[0].header
    cards.update({"CTYPE3": "FREQ", "CRVAL3": 1e8, "CDELT3": 1e7, "CRPIX3": 1.0})
    fits.PrimaryHDU(np.stack([data, data / 2]), cards).writeto(path)
    rows = list(csv.DictReader(run("extract", path).out.splitlines()))
    assert [row["image"] for row in rows] == [f"{path}[0]"] * 7 + [f"{path}[1]"] * 7
    flux = [sum(float(row["int_flux"]) for row in part) for part in (rows[:7], rows[7:])]
    assert flux[0] == pytest.approx(2 * flux[1], rel=1e-3)
    one = list(csv.DictReader(run("extract", f"{path}[1]").out.splitlines()))
    assert [row["int_flux"] for row in one] == [row["int_flux"] for row in rows[7:]]


def test_workers_give_the_same(run, field, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"no image")
    paths = [field.paths[0], broken, field.paths[1]]
    alone, shared = (run("extract", *paths, "--workers", n) for n in (1, 2))
    assert shared.out.count("\n") > 2
    assert shared == alone
    assert shared.status == 1


def test_ds9_gets_an_ellipse_for_each_source(run, image, tmp_path):
    path = tmp_path / "sources.reg"
    assert run("extract", image, "--format", "ds9", "-o", path).status == 0
    first, frame, *regions = path.read_text().splitlines()[1:]
    assert (first, frame) == ("global color=green", "icrs")
    found = list(csv.DictReader(run("extract", image).out.splitlines()))
    for region, row in zip(regions, found, strict=True):
        ra, dec, major, minor, angle = map(float, re.findall(r"[\d.]+", region))
        assert (ra, dec) == pytest.approx((float(row["ra"]), float(row["dec"])))
        assert major == pytest.approx(float(row["major"]) * 1800, rel=1e-3)
        assert minor == pytest.approx(float(row["minor"]) * 1800, rel=1e-3)
        assert angle == pytest.approx((float(row["pa"]) + 90) % 360, abs=1e-2)


def test_maps_show_the_noise_and_what_is_left(run, image, tmp_path):
    run("extract", image, "--maps", tmp_path / "maps")
    name = Path(image).name.removesuffix(".fits")
    # Of an image, areas as even as a map of the noise would be blank: its pixels are read as such.
    noise = fits.getdata(tmp_path / f"maps/{name}.noise.fits")
    residual = extractor.open(tmp_path / f"maps/{name}.residual.fits")
    original = extractor.open(image)
    assert noise.shape == residual.data.shape == original.data.shape
    assert (residual.taken_at, residual.freq_eff) == (original.taken_at, original.freq_eff)
    assert np.median(noise) == pytest.approx(np.std(residual.data), rel=0.1)
    assert len(residual.extract(det=5)) == 0


def test_maps_of_the_same_name_are_refused(run, image, tmp_path):
    (tmp_path / "b").mkdir()
    twin = tmp_path / "b" / Path(image).name
    twin.write_bytes(Path(image).read_bytes())
    answer = run("extract", image, twin, "--maps", tmp_path / "maps")
    assert answer.status == 2
    assert "maps of the same name" in answer.err
    assert not (tmp_path / "maps").exists()


def test_what_cannot_be_read_is_told_and_left_out(run, image, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"no image")
    answer = run("extract", image, broken)
    assert answer.status == 1
    assert answer.out.count("\n") == 8
    assert answer.err.startswith(f"trapdb: {broken}: not a FITS file")
    assert run("extract", broken).status == 2


def test_bad_quality_is_told_but_measured(run, image):
    answer = run("extract", image, "--rms-max", "1e-6")
    assert answer.status == 0
    assert "beyond the limits of good quality: rms" in answer.err
    assert answer.out.count("\n") == 8


@needs_data
def test_missing_metadata_are_listed_and_can_be_supplied(run):
    path = DATA / "missing_metadata.fits"
    answer = run("extract", path)
    assert (answer.status, answer.out) == (2, "")
    assert "missing metadata: " in answer.err
    assert answer.err.count("\n") == 1
    assert run("extract", path, "--header", "RESTFRQ=1.4e9").status == 0


def test_a_header_value_that_nobody_reads_is_refused(run, image):
    answer = run("extract", image, "--header", "RESTFRK=1.4e9")
    assert (answer.status, answer.out) == (2, "")
    assert "did you mean RESTFRQ?" in answer.err
    assert answer.err.count("\n") == 1


@needs_data
@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("GRB201006A_final_2min_srcs-t0002-image-pb_cutout.fits", (61.386, 63.229)),
        ("SWIFT_554620-130504.fits", (173.1361, 27.698)),
    ],
)
def test_real_images_give_the_known_sources(run, name, position):
    found = list(csv.DictReader(run("extract", DATA / name).out.splitlines()))
    brightest = max(found, key=lambda row: float(row["snr"]))
    assert float(brightest["ra"]) == pytest.approx(position[0], abs=2e-3)
    assert float(brightest["dec"]) == pytest.approx(position[1], abs=1e-3)
