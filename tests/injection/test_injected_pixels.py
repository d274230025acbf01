"""Sources in the pixels of images, compared with Gaussians on the sky; no database is needed."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits

import extractor
from extractor import NoiseGrid
from extractor.errors import ExtractorError
from trapdb.injecting.field import NoiseMap, Plane
from trapdb.injecting.pixels import with_sources, write_copy
from trapdb.injecting.truth import TABLE, Source
from trapdb.simulate import Field
from trapdb.simulate.images import Exposure, header
from trapdb.simulate.observation import Observation

BEAM = (30 / 3600, 20 / 3600, 40.0)
FIELD = Field(size=81, beam=BEAM)


@pytest.fixture
def image(tmp_path):
    """60 rows of 81 pixels, with nothing but a blank corner."""
    cards = header(FIELD, Exposure(Observation().start, 600.0, 150e6, 3e6), 4)
    # equal pixels count as blank
    pixels = np.random.default_rng(1).normal(0, 1e-6, (60, 81)).astype(np.float32)
    pixels[:5, :5] = np.nan
    fits.PrimaryHDU(pixels[None, None], cards).writeto(tmp_path / "a.fits")
    return extractor.open(tmp_path / "a.fits")


def steady(ra, dec, flux=1.0):
    parameters = {"peak_flux": flux, "frequency": 150e6, "spectral_index": 0.0, "start": 0.0}
    return Source(1, "steady", ra, dec, parameters)


def sky_of(image):
    y, x = np.indices(image.data.shape)
    ra, dec = image.wcs.all_pix2world(x, y, 0)
    return SkyCoord(ra * u.deg, dec * u.deg)


def test_a_source_is_the_beam_at_its_place(image):
    source = steady(FIELD.ra + 0.013, FIELD.dec - 0.004)
    added = with_sources(image, [source], np.array([0.25]), 0.0) - image.data
    place = SkyCoord(source.ra * u.deg, source.dec * u.deg)
    separation = place.separation(sky_of(image)).deg
    angle = place.position_angle(sky_of(image)).deg - BEAM[2]
    along = separation * np.cos(np.radians(angle)) / BEAM[0]
    across = separation * np.sin(np.radians(angle)) / BEAM[1]
    expected = 0.25 * 0.5 ** (4 * (along**2 + across**2))
    assert np.isnan(added[:5, :5]).all()
    there = ~np.isnan(added)
    assert added[there] == pytest.approx(expected[there], abs=2e-5)
    assert there.sum() == 60 * 81 - 25


def test_what_moves_is_smeared_and_keeps_its_flux(image):
    parameters = {"peak_flux": 1.0, "frequency": 150e6, "spectral_index": 0.0, "timescale": 100.0,
                  "start": 250.0, "rate": 60 / 3600 / 600, "angle": 90.0}  # fmt: skip
    source = Source(1, "moving", FIELD.ra, FIELD.dec, parameters)
    moved = with_sources(image, [source], np.array([1.0]), 0.0) - image.data
    still = with_sources(image, [steady(FIELD.ra, FIELD.dec)], np.array([1.0]), 0.0) - image.data
    assert np.nansum(moved) == pytest.approx(np.nansum(still), rel=1e-3)
    plane = Plane("", "", image.taken_at, 600.0, 150e6, "I", 150.0, 30.0, 1.0, image.beam, 1, None)
    assert np.nanmax(moved) == pytest.approx(source.smeared(0.0, plane), rel=0.02)
    assert 0.3 < np.nanmax(moved) < 0.7
    east = np.nan_to_num(moved) * (sky_of(image).ra.deg - FIELD.ra)
    # in the middle of the image it is at its place
    assert east.sum() / np.nansum(moved) == pytest.approx(0, abs=0.1 / 3600)


@pytest.mark.parametrize("stokes", ["I", "V"])
@pytest.mark.parametrize("bandwidth", [3e6, np.nan])
def test_a_copy_says_what_it_is_wherever_it_goes(image, tmp_path, stokes, bandwidth):
    image = replace(image, stokes=stokes, bandwidth=bandwidth)
    folder = tmp_path / "copies"
    folder.mkdir()
    path = write_copy(image, with_sources(image, [steady(150, 30)], np.ones(1), 0.0), folder)
    copy = extractor.open(path)
    assert copy.injected
    assert not image.injected
    assert copy.digest != image.digest
    for name in ("taken_at", "duration", "freq_eff", "stokes", "beam", "telescope"):
        assert getattr(copy, name) == getattr(image, name)
    assert copy.bandwidth == pytest.approx(bandwidth, nan_ok=True)
    (stamp,) = extractor.cut_stamps(copy, [150.0], [30.0], 0.02)
    with fits.open(__import__("io").BytesIO(gzip.decompress(stamp))) as hdus:
        assert any(hdu.header.get("INJECTED") is True for hdu in hdus)


def test_nothing_is_put_where_it_cannot_be(image):
    far = steady(FIELD.ra + 20, FIELD.dec)
    behind = steady((FIELD.ra + 180) % 360, -FIELD.dec)
    untouched = with_sources(image, [far, behind], np.ones(2), 0.0)
    np.testing.assert_array_equal(untouched, image.data)
    np.testing.assert_array_equal(with_sources(image, [far], np.zeros(1), 0.0), image.data)
    with pytest.raises(ExtractorError, match="it is a difference"):
        with_sources(replace(image, reference=image.data), [far], np.ones(1), 0.0)
    with pytest.raises(ExtractorError, match="no source can be drawn"):
        with_sources(replace(image, beam=replace(image.beam, minor=0.0)), [far], np.ones(1), 0.0)


def test_a_table_is_straight_lines_integrated_over_images():
    source = Source(1, TABLE, 0, 0, {"times": [0.0, 10.0, 20.0], "fluxes": [0.0, 1.0, 0.5]})
    start = np.array([-30.0, -5.0, 0.0, 5.0, 15.0, 10.0, 40.0])
    duration = np.array([10.0, 10.0, 10.0, 10.0, 10.0, 0.0, 0.0])
    flux = source.fluxes(start, duration, np.full(7, 150e6), "IIIIIII")
    assert flux == pytest.approx([0, 0.125, 0.5, 0.8125, 0.3125, 1.0, 0.0])


def test_only_i_and_the_circular_share_in_v_are_seen():
    source = steady(0, 0)
    source.parameters["circular"] = -0.4
    flux = source.fluxes(np.zeros(4), np.ones(4), np.full(4, 150e6), "IQUV")
    assert flux == pytest.approx([1, 0, 0, -0.4])


def test_the_noise_between_points_is_that_of_the_database(db):
    rng = np.random.default_rng(4)
    rms = rng.uniform(1, 2, (5, 7))
    rms[1, 2] = np.nan
    grid = NoiseGrid(-0.03, -0.02, 0.01, 0.01, rms)
    ra = np.concatenate([150 + rng.uniform(-3, 3, 300), [150.0, 330.0]])
    dec = np.concatenate([30 + rng.uniform(-2, 2, 300), [30.0, -30.0]])
    ours = NoiseMap(grid, 150.0, 30.0)(ra, dec)
    theirs = db.execute(
        "select n.rms from unnest(%s::float8[], %s::float8[]) with ordinality as p (ra, dec, at)"
        " cross join lateral trap.interpolated_rms(150, 30, -0.03, -0.02, 0.01, 0.01, %s::real[],"
        " p.ra, p.dec) as n order by p.at",
        [ra.tolist(), dec.tolist(), [[None if np.isnan(v) else v for v in row] for row in rms]],
    ).fetchall()
    theirs = np.array([np.nan if v is None else v for (v,) in theirs], float)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert 20 < np.isnan(ours).sum() < 290
