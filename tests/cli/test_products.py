"""Products of an imager side by side: which files are meant, and what cannot be told apart."""

import shutil

import pytest
from astropy.io import fits

from trapdb.measuring.products import is_product
from trapdb.simulate import simulate

# Written beside an image, as the programs name them.
PRODUCTS = """
WSClean: f-psf.fits f-dirty.fits f-residual.fits f-model.fits f-MFS-model-pb.fits
f-0001-I-residual.fits f-t0007-0001-psf.fits f-first-residual.fits f-beam-0.fits f-beam-15.fits
CASA: f.psf f.residual f.model f.pb f.mask f.sumwt f.weight f.residual.tt0 f.psf.tt2 f.pb.tt0
f.image.tt1 f.alpha f.alpha.error f.image.pbcor.tt0.rms.subim.fits f.image.pbcor.tt1.subim.fits
ASKAPsoft: psf.i.SB1.cont.taylor.0.fits residual.i.SB1.cont.taylor.0.fits
weights.i.SB1.cont.taylor.0.fits sensitivity.i.SB1.fits image.i.SB1.cont.taylor.1.restored.fits
noiseMap.image.i.SB1.cont.taylor.0.restored.fits meanMap.image.i.SB1.taylor.0.restored.fits
componentMap_image.i.SB1.fits
DDFacet: f.dirty.fits f.dirty.corr.fits f.psf.fits f.app.residual.fits f.int.residual03.fits
f.int.model.fits f.app.convmodel.fits f.norm.fits
PyBDSF: f.pybdsf.rmsd_I.fits f.pybdsf.mean_I.fits f.pybdsf.norm_I.fits f.pybdsf.model.fits
f.pybdsf.resid_gaus.fits f.pybdsf_gaus_resid.fits f.pybdsf_rms.fits f.pybdsf_island_mask.fits
Aegean: f_bkg.fits f_rms.fits f_resid.fits f_model.fits
PySE: f.rms.fits f.sig.fits f.residuals.fits f.islands.fits
others: noise.fits psf.fits mosaic-weights.fits F-RMS.FITS.gz rms.fits[2]
"""
IMAGES = """
f-image.fits f-image-pb.fits f-MFS-image.fits f-0001-I-image.fits f-t0007-image.fits f.image
f.image.tt0 f.image.pbcor f.image.pbcor.tt0.subim.fits image.i.SB1.cont.taylor.0.restored.fits
image.i.SB1.cont.beam05.taylor.0.restored.conv.fits f.app.restored.fits f.int.restored.fits
f.pybdsf.ch0_I.fits mean_field-image.fits L1_SAP000_BEAM_1.fits model3_a.fits rms.d/epoch1.fits
GRB201006A_final_2min_srcs-t0002-image-pb_cutout.fits mosaic-blanked.fits 2015.fits -.fits a.fits
"""


@pytest.mark.parametrize("name", [name for name in PRODUCTS.split() if not name.endswith(":")])
def test_a_product_is_known_by_its_name(name):
    assert is_product(f"/data/{name}")


@pytest.mark.parametrize("name", IMAGES.split())
def test_an_image_is_not_taken_for_a_product(name):
    assert not is_product(f"/data/{name}")


@pytest.fixture
def images(tmp_path):
    """Two epochs of a small field, in a folder to add to."""
    folder = tmp_path / "images"
    simulate(folder, epochs=2, size=128, sources=4, flaring=0, one_epoch=0, minimum_snr=30)
    return folder


def add(images, name, factor=1.0, epoch=0, **cards):
    """Add another image to an epoch: its own, times a factor, with other cards."""
    with fits.open(images / f"epoch000{epoch}_band00.fits") as hdus:
        hdus[0].data *= factor
        hdus[0].header.update(cards)
        hdus.writeto(images / name)


def paths_of(db):
    return sorted(row[0].rpartition("/")[2] for row in db.execute("select path from trap.image"))


def test_products_are_passed_over_and_told_of(trapdb, images, db):
    for epoch in (0, 1):
        for word in ("residual", "dirty", "model", "psf", "rms"):
            add(images, f"epoch000{epoch}-{word}.fits", 0.5, epoch)
    told = (
        "passed over, by their names no images of the sky but made beside them: "
        "epoch0000-dirty.fits, epoch0000-model.fits, epoch0000-psf.fits, epoch0000-residual.fits, "
        "epoch0000-rms.fits and 5 more (--include PATTERN takes what it matches)"
    )
    for paths in ([images], sorted(images.glob("*.fits"))):
        answer = trapdb("ingest", *paths, "--dataset", f"of{len(paths)}")
        assert (answer.status, "2 of 2 images taken" in answer.out) == (0, True)
        assert told in answer.err
    assert db.execute("select distinct message from trap.run_warning").fetchall() == [(told,)]
    assert db.execute("select max(v_int) from trap.variability").fetchone()[0] < 0.1


def test_nothing_but_products_is_no_input(trapdb, images):
    answer = trapdb("ingest", shutil.copy(images / "epoch0000_band00.fits", images / "psf.fits"))
    assert answer.status == 2
    assert "no images are left: passed over" in answer.err
    answer = trapdb("ingest", images, "--include", "nothing*")
    assert answer.status == 2
    assert "no images are left: no file matches --include" in answer.err


def test_what_cannot_be_told_apart_is_refused_until_the_user_says_which(trapdb, images, db):
    add(images, "epoch0000_second.fits", 0.5)
    add(images, "epoch0000_third.fits", 0.25)
    answer = trapdb("ingest", images)
    assert answer.status == 1
    assert "1 of 4 images taken" in answer.out
    assert "3 ambiguous: several of one time, band, Stokes parameter and region" in answer.out
    assert paths_of(db) == ["epoch0001_band00.fits"]
    rejection = dict(db.execute("select path, detail from trap.rejection where reason='ambiguous'"))
    assert sorted(path.rpartition("/")[2] for path in rejection) == [
        "epoch0000_band00.fits",
        "epoch0000_second.fits",
        "epoch0000_third.fits",
    ]
    for path, detail in rejection.items():
        others = set(rejection) - {path}
        assert all(other in detail for other in others)
        assert "--include PATTERN" in detail
    for number, options in enumerate(
        (["--include", "*_band00.fits"], ["--exclude", "*second*", "--exclude", "*_third.fits"])
    ):
        answer = trapdb("ingest", images, "--dataset", f"other{number}", *options)
        assert (answer.status, "2 of 2 images taken" in answer.out) == (0, True)
    answer = trapdb("ingest", images, "--dataset", "all", "--side-by-side")
    assert (answer.status, "4 of 4 images taken" in answer.out) == (0, True)


def test_the_rest_of_a_time_step_is_taken_without_what_is_refused(trapdb, images, db):
    add(images, "second.fits", 0.5)
    add(images, "other_band.fits", CRVAL3=300e6)
    answer = trapdb("ingest", images)
    assert (answer.status, "2 of 4 images taken" in answer.out) == (1, True)
    assert paths_of(db) == ["epoch0001_band00.fits", "other_band.fits"]
    assert trapdb("dataset", "verify", "images").status == 0


@pytest.mark.parametrize(
    "cards",
    [
        {"CRVAL1": 150.05},  # another tile, which overlaps the first one
        {"CRVAL3": 300e6},
        {"CRVAL4": 2.0},  # Stokes Q
        {"TAU_TIME": 1234.0},  # another integration that began at the same time
    ],
)
def test_images_that_differ_are_taken_together(trapdb, images, cards):
    add(images, "other.fits", **cards)
    answer = trapdb("ingest", images)
    assert (answer.status, "3 of 3 images taken" in answer.out) == (0, True)


def test_an_image_that_fails_a_check_stands_in_nobodys_way(trapdb, images):
    add(images, "flat.fits", 0.0)
    answer = trapdb("ingest", images)
    assert "2 of 3 images taken" in answer.out
    assert "1 rejected by quality control" in answer.out


def test_patterns_may_stand_in_the_configuration(trapdb, images, tmp_path, db):
    add(images, "epoch0000-residual.fits", 0.5)
    (tmp_path / "config.toml").write_text('[ingest]\ninclude = ["*-residual.fits"]\n')
    answer = trapdb("ingest", images, "--config", tmp_path / "config.toml")
    assert (answer.status, paths_of(db)) == (0, ["epoch0000-residual.fits"])
