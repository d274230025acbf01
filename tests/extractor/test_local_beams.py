"""The restoring beam becomes pixels by the local scale of the image's projection."""

import warnings

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from synthetic import header

import extractor
from extractor.geometry.ellipses import FOUR_LN2

SIZE = 160
CELL = 30 / 3600
BEAM = (150 / 3600, 90 / 3600, 30.0)
PEAK = 0.05
RMS = 1e-4
FAR = (180.0, 45.0)


def wcs_of(cards):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NCP and GLS, which have other names now
        return WCS(cards)


def cards_of(projection, ra, dec, beam=BEAM, cell=CELL, **others):
    """Return the header of an image whose reference is at RA 150, Dec 0 or 30, centred there."""
    cards = header((SIZE, SIZE))
    cards.update({"CTYPE1": f"RA---{projection}", "CTYPE2": f"DEC--{projection}"})
    zenithal = projection in ("SIN", "NCP", "TAN", "ZEA", "ARC", "STG")
    cards.update({"CRVAL1": 150.0, "CRVAL2": 30.0 if zenithal else 0.0})
    cards.update({"CDELT1": -cell, "CDELT2": cell})
    cards.update(dict(zip(("BMAJ", "BMIN", "BPA"), beam, strict=True)))
    for key in ("LONPOLE", "LATPOLE"):
        cards.remove(key, ignore_missing=True)
    cards.update(others)
    x, y = wcs_of(cards).wcs_world2pix(ra, dec, 1)
    cards["CRPIX1"] += SIZE / 2 - float(x)
    cards["CRPIX2"] += SIZE / 2 - float(y)
    return cards


def east_and_north(wcs, x, y):
    """Degrees east and north per pixel, from differences of positions: a matrix."""
    columns = []
    for dx, dy in ((0.5, 0.0), (0.0, 0.5)):
        ra1, dec1 = wcs.wcs_pix2world(x - dx, y - dy, 0)
        ra2, dec2 = wcs.wcs_pix2world(x + dx, y + dy, 0)
        turn = (ra2 - ra1 + 180) % 360 - 180
        columns.append([turn * np.cos(np.radians((dec1 + dec2) / 2)), dec2 - dec1])
    return np.transpose(columns)


def widths_squared(major, minor, pa):
    along = np.array([np.sin(np.radians(pa)), np.cos(np.radians(pa))])
    across = np.array([along[1], -along[0]])
    return major**2 * np.outer(along, along) + minor**2 * np.outer(across, across)


def picture(path, cards, at_reference=False):
    """Write an image of nine point sources whose beam is the same on the sky, or in pixels."""
    wcs = wcs_of(cards)
    rows, columns = np.indices((SIZE, SIZE))
    data = RMS * np.random.default_rng(0).standard_normal((SIZE, SIZE))
    line = np.linspace(35, SIZE - 35, 3)
    x, y = (axis.ravel() for axis in np.meshgrid(line + 0.3, line - 0.2))
    for x0, y0 in zip(x, y, strict=True):
        where = (cards["CRPIX1"] - 1, cards["CRPIX2"] - 1) if at_reference else (x0, y0)
        to_pixels = np.linalg.inv(east_and_north(wcs, *where))
        beam = (cards["BMAJ"], cards["BMIN"], cards["BPA"])
        inverse = np.linalg.inv(to_pixels @ widths_squared(*beam) @ to_pixels.T)
        d = np.stack([columns - x0, rows - y0], -1)
        data += PEAK * np.exp(-FOUR_LN2 * np.einsum("...i,ij,...j->...", d, inverse, d))
    fits.PrimaryHDU(data.astype(np.float32), cards).writeto(path)
    return wcs.wcs_pix2world(x, y, 0)


def assert_fluxes_are_true(path, ra, dec):
    image = extractor.open(path)
    found = image.extract()
    assert len(found) == len(ra)
    assert found.int_flux == pytest.approx(PEAK, rel=0.01)
    assert found.peak_flux == pytest.approx(PEAK, rel=0.01)
    assert (found.deconvolved_major < 0.2 * image.beam.major).all()
    forced = extractor.force(
        image, extractor.background(image), extractor.footprint(image), ra, dec
    )
    assert forced.int_flux == pytest.approx(PEAK, rel=0.01)
    assert forced.major == pytest.approx(found.major, rel=0.02)


@pytest.mark.parametrize("projection", ["TAN", "ZEA", "ARC", "STG", "CAR", "AIT", "SFL", "GLS"])
def test_far_from_the_reference_a_beam_that_is_constant_on_the_sky_has_its_local_size(
    tmp_path, projection
):
    path = tmp_path / "a.fits"
    ra, dec = picture(path, cards_of(projection, *FAR))
    assert_fluxes_are_true(path, ra, dec)


@pytest.mark.parametrize("projection", ["SIN", "NCP"])
def test_an_interferometers_own_projection_keeps_the_beam_in_direction_cosines(
    tmp_path, projection
):
    path = tmp_path / "a.fits"
    ra, dec = picture(path, cards_of(projection, 165.0, 50.0), at_reference=True)
    assert_fluxes_are_true(path, ra, dec)


@pytest.mark.parametrize("lonpole", [0.0, 45.0, 90.0, 180.0, 250.0])
@pytest.mark.parametrize("projection", ["SIN", "TAN"])
def test_the_north_is_where_lonpole_has_it(tmp_path, projection, lonpole):
    path = tmp_path / "a.fits"
    slim = (20 / 3600, 8 / 3600, 30.0)
    cards = cards_of(projection, 150.0, 30.0, beam=slim, cell=3 / 3600, LONPOLE=lonpole)
    assert_fluxes_are_true(path, *picture(path, cards))


def test_neighbours_are_told_apart_and_taken_off_by_the_local_beam(tmp_path):
    """Forced fits beside known sources, and of pairs, where the beam varies."""
    path = tmp_path / "a.fits"
    ra, dec = picture(path, cards_of("TAN", *FAR))
    image = extractor.open(path)
    noise, outline = extractor.background(image), extractor.footprint(image)
    found = extractor.extract(image, noise, outline)
    aside = dec + 1.2 * image.beam.major  # where a beam's wing of the source is still seen
    beside = extractor.force(image, noise, outline, ra, aside, neighbours=found)
    assert beside.int_flux == pytest.approx(0, abs=0.002)
    pairs = extractor.force(image, noise, outline, [*ra, *ra], [*dec, *aside])
    assert pairs.int_flux[: len(ra)] == pytest.approx(PEAK, rel=0.01)
    assert pairs.int_flux[len(ra) :] == pytest.approx(0, abs=0.002)


def test_where_the_beam_hardly_varies_there_is_one_for_the_whole_image(tmp_path):
    near, far = tmp_path / "near.fits", tmp_path / "far.fits"
    picture(near, cards_of("TAN", 150.0, 30.0))
    picture(far, cards_of("TAN", *FAR))
    assert extractor.open(near).has_one_beam
    assert not extractor.open(far).has_one_beam
