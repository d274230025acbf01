"""Differences from the command line, with what the database then tells."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from extractor.difference import SHARE
from trapdb.simulate.ellipse import covariance, gaussian


@pytest.fixture
def differences(filled, tmp_path):
    folder = tmp_path / "differences"
    answer = filled("difference", "field", "-o", folder, "--detection-threshold", "6")
    assert answer.status == 0, answer.err
    return filled, folder


def test_what_changed_has_light_curves_of_its_own(differences, field):
    trapdb, folder = differences
    assert len(list(folder.iterdir())) == 6  # of four epochs in two bands the first has no other
    of = trapdb("query", "select * from trap.difference order by taken_at, image_id").rows
    assert [row["references_count"] for row in of] == ["1", "1", "2", "2", "3", "3"]
    assert {row["dataset"] for row in of} == {"field_difference"}
    found = trapdb("query", "select * from trap.difference_source order by source_id").rows
    assert found
    truth = field.sources[np.isin(field.sources["kind"], ["flaring", "one_epoch", "variable"])]
    for row in found:
        off = np.hypot(
            (truth["ra"] - float(row["ra"])) * np.cos(np.radians(float(row["dec"]))),
            truth["dec"] - float(row["dec"]),
        )
        assert off.min() < 10 / 3600
        assert row["parent_source_id"] != ""
    curve = trapdb("lightcurve", found[0]["name"], "--dataset", "field_difference").rows
    assert len(curve) == 6  # forced fits where it was not found
    of = found[0]["name"], "--dataset", "field_difference"
    drawn = trapdb("plot", "difference", *of, "-o", folder.parent / "stamps.png")
    assert drawn.status == 0, drawn.err
    assert (folder.parent / "stamps.png").stat().st_size > 10000
    real = trapdb("sources", "--dataset", "field").rows[0]["name"]
    other = trapdb("plot", "difference", real, "--dataset", "field", "-o", folder.parent / "x.png")
    assert other.status == 2
    assert "it is no difference" in other.err
    # the same place in the images themselves
    images = trapdb(
        "query",
        "select count(*) as n from trap.lightcurve where dataset = 'field' and source_id ="
        f" {found[0]['parent_source_id']}",
    ).rows
    assert int(images[0]["n"]) == 8


def test_again_adds_nothing_and_more_images_are_added(differences):
    trapdb, folder = differences
    again = trapdb("difference", "field", "-o", folder)
    assert (again.status, again.out.strip()) == (
        0, "data set field_difference: no image without a difference can have one",
    )  # fmt: skip
    assert trapdb("dataset", "verify", "field_difference").status == 0
    deeper = trapdb("difference", "field", "-o", folder, "--detection-threshold", "5")
    assert deeper.status == 0
    assert "keeps its extraction.detection_threshold = 6; 5 does not apply" in deeper.out
    assert "`trapdb dataset delete field_difference` makes room" in deeper.out


def test_differences_are_no_images(differences, field):
    """Nothing is subtracted from them or added up, and one data set does not have both."""
    trapdb, folder = differences
    for command in ("difference", "stack"):
        refused = trapdb(command, "field_difference", "-o", folder)
        assert refused.status == 2
        assert 'the images of "field_difference" are differences' in refused.err
        assert refused.err.count("\n") == 1
    for path, of, why in (
        (min(folder.iterdir()), "field", "it is a difference, and the data set has images"),
        (field.paths[0], "field_difference", "it is an image, and the data set has differences"),
    ):
        later = folder.parent / "later.fits"
        with fits.open(path) as hdus:
            hdus[0].header["DATE-OBS"] = "2026-01-02T00:00:00"
            hdus.writeto(later, overwrite=True)
        mixed = trapdb("ingest", later, "--dataset", of)
        assert mixed.status == 1
        assert why in mixed.err
    assert trapdb("dataset", "verify", "field_difference").status == 0
    name = trapdb("sources", "--dataset", "field_difference").rows[0]["name"]
    of = "--dataset", "field_difference", "-o", folder.parent / "s.png"
    wide = trapdb("plot", "difference", name, *of, "--size-arcsec", "1e9")
    assert wide.status == 2
    assert "0<x<=648000" in wide.err


def test_the_noise_holds_what_the_reference_adds(differences):
    _, folder = differences
    with fits.open(sorted(folder.iterdir())[-1]) as hdus:
        brightest = np.nanmax(np.abs(hdus["REFERENCE"].data))
        assert hdus[0].header["NREF"] == 3
        assert np.nanmax(np.abs(hdus[0].data)) > SHARE * brightest


def test_a_deep_image_and_what_is_left_out(filled, field, tmp_path):
    deep = field.paths[0]
    answer = filled("difference", "field", "-o", tmp_path / "d", "--reference", deep)
    assert answer.status == 1
    assert "it is the reference itself" in answer.err
    assert len(list((tmp_path / "d").iterdir())) == 7
    assert filled("difference", "nowhere", "-o", tmp_path / "e").status == 2
    assert not (tmp_path / "e").exists()


def test_an_ingest_goes_on_with_differences(trapdb, field, tmp_path):
    folder = tmp_path / "differences"
    config = tmp_path / "survey.toml"
    config.write_text(f'[difference]\noutput = "{folder}"\nthreshold = 6\n')
    first = [path for path in field.paths if "epoch0003" not in path.name]
    for images, written in ((first, 4), (field.paths, 6)):
        answer = trapdb("ingest", *images, "--dataset", "night", "--config", config)
        assert answer.status == 0, answer.err
        assert len(list(folder.iterdir())) == written
    counts = trapdb("query", "select count(*) as n from trap.difference where parent = 'night'")
    assert counts.rows[0]["n"] == "6"


def test_what_faded_is_found_and_said_to_be_in_the_reference(trapdb, field, tmp_path):
    images = tmp_path / "night"
    images.mkdir()
    for path in field.paths:
        if "band00" in path.name:
            (images / path.name).write_bytes(path.read_bytes())
    first = min(images.iterdir())
    rms = field.images["rms"][0]
    with fits.open(first, mode="update") as hdus:  # it is there at first, and then no more
        y, x = np.indices(hdus[0].data.shape[-2:])
        scale = hdus[0].header["CDELT2"]
        cov = covariance(*field.images.meta["beam"]) / scale**2
        hdus[0].data[..., :, :] += 60 * rms * gaussian(-(x - 40.0), y - 150.0, cov)
        ra, dec = WCS(hdus[0].header).celestial.all_pix2world(40, 150, 0)
    assert trapdb("ingest", images).status == 0
    # a position that is monitored there is not what the reference has
    assert trapdb("monitor", "add", "there", ra, dec, "--dataset", "night").status == 0
    assert trapdb("difference", "night", "-o", tmp_path / "less").status == 0
    rows = trapdb("query", "select * from trap.difference_source where peak_flux < 0").rows
    (faded,) = [
        row
        for row in rows
        if abs(float(row["ra"]) - ra) < 5 / 3600 and abs(float(row["dec"]) - dec) < 5 / 3600
    ]
    assert float(faded["peak_flux"]) == pytest.approx(-60 * rms, rel=0.1)
    assert (faded["in_reference"], faded["dipole"]) == ("True", "False")
    assert trapdb("dataset", "verify", "night_difference").status == 0
    curve = trapdb("lightcurve", faded["name"], "--dataset", "night_difference").rows
    # the mean has less of it each time
    flux = [float(row["peak_flux"]) / (-60 * rms) for row in curve]
    assert flux == pytest.approx([1, 1 / 2, 1 / 3], abs=0.1)
    # copies are differences, too
    for of in ("night_difference", "night"):
        assert trapdb("dataset", "rewind", of, "--to", "2026-01-01T00:05:00", "--yes").status == 0
        assert trapdb("dataset", "replay", of).status == 0
    counts = "select count(*) as n, count(distinct parent_image_id) as parents from trap.difference"
    assert trapdb("query", counts).rows == [{"n": "3", "parents": "3"}]
    found = trapdb("query", "select * from trap.difference_source where peak_flux < 0").rows
    assert [row["in_reference"] for row in found] == [row["in_reference"] for row in rows]
    again = trapdb("difference", "night", "-o", tmp_path / "less")
    assert "no image without a difference" in again.out
