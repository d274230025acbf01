import numpy as np
import pytest
from synthetic import MIRROR, RMS, SCALE_DEG, add_sources, beam_px, grid, image, mad, noise

import extractor
from extractor import ExtractorError, Flag
from extractor.geometry import axes, shape_matrix


def force(picture, x, y, **options):
    ra, dec = extractor.sky.to_sky(picture.wcs, x, y)
    return extractor.force(
        picture, extractor.background(picture), extractor.footprint(picture), ra, dec, **options
    )


@pytest.mark.parametrize("snr", [0, 5, 100])
def test_fluxes_are_unbiased_and_errors_true(snr):
    x, y = grid(1024, 30, 5)
    picture = image(add_sources(noise(1024, 2), x, y, np.full(len(x), snr * RMS)))
    fits = force(picture, x, y)
    pull = (fits.peak_flux - snr * RMS) / fits.peak_flux_err
    assert mad(pull) == pytest.approx(1.0, abs=0.1)
    assert np.mean(fits.peak_flux) == pytest.approx(snr * RMS, abs=0.15 * RMS)
    assert fits.int_flux == pytest.approx(fits.peak_flux)
    assert fits.usable.all()
    assert (fits.island == -1).all()


def test_blind_and_forced_fits_agree_on_the_flux():
    x, y = grid(1024, 40, 5)
    picture = image(add_sources(noise(1024, 2), x, y, np.full(len(x), 50 * RMS)))
    blind = picture.extract()
    forced = force(picture, blind.x, blind.y)
    assert np.mean(forced.int_flux) == pytest.approx(np.mean(blind.int_flux), rel=0.005)
    assert np.mean(forced.peak_flux) == pytest.approx(np.mean(blind.peak_flux), rel=0.005)


@pytest.mark.parametrize("distance", [0.7, 1.0, 1.5, 2.0])
def test_blends_are_solved_together(distance):
    x, y = grid(1024, 40, 5)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * distance
    x, y = np.append(x, x + along[0]), np.append(y, y + along[1])
    n = len(x) // 2
    peak = np.repeat([100 * RMS, 5 * RMS], n)
    fits = force(image(add_sources(noise(1024, 2), x, y, peak)), x, y)
    pull = (fits.peak_flux - peak) / fits.peak_flux_err
    assert mad(pull[:n]) == pytest.approx(1.0, abs=0.12)
    assert mad(pull[n:]) == pytest.approx(1.0, abs=0.12)
    assert np.mean(pull[n:]) == pytest.approx(0.0, abs=0.15)
    assert (fits.flags & Flag.BLENDED).all()


def test_coinciding_positions_each_get_the_whole_flux():
    x, y = grid(256, 60, 5)
    picture = image(add_sources(noise(256, 2), x, y, np.full(len(x), 50 * RMS)))
    alone = force(picture, x, y)
    twice = force(picture, np.repeat(x, 2), np.repeat(y, 2))
    assert twice.peak_flux == pytest.approx(np.repeat(alone.peak_flux, 2), rel=1e-6)
    assert twice.peak_flux_err == pytest.approx(np.repeat(alone.peak_flux_err, 2), rel=1e-6)


def test_given_shapes():
    x, y = grid(512, 60, 5)
    pa = np.random.default_rng(2).uniform(0, 180, len(x))
    shape = beam_px() + MIRROR @ shape_matrix(8.0, 4.0, pa) @ MIRROR
    picture = image(add_sources(noise(512, 2), x, y, np.full(len(x), 50 * RMS), shape))
    major, minor, angle = axes(MIRROR @ shape @ MIRROR)
    shapes = {"major": major * SCALE_DEG, "minor": minor * SCALE_DEG, "pa": angle}
    fits = force(picture, x, y, **shapes)
    assert np.mean(fits.peak_flux) == pytest.approx(50 * RMS, rel=0.01)
    area = np.sqrt(np.linalg.det(shape) / np.linalg.det(beam_px()))
    assert fits.int_flux == pytest.approx(fits.peak_flux * area, rel=1e-3)
    assert fits.deconvolved_major == pytest.approx(8 * SCALE_DEG, rel=1e-2)
    shapes["major"][:3] = np.nan
    assert force(picture, x, y, **shapes).major[:3] == pytest.approx(4.6 * SCALE_DEG, rel=1e-3)


def test_outside_and_blank():
    data = noise(128, 2)
    data[40:60, 40:60] = np.nan
    picture = image(data)
    fits = force(picture, np.array([64.0, 50.0, -5.0, 39.0]), np.array([100.0, 50.0, 64.0, 50.0]))
    assert fits.usable.tolist() == [True, False, False, True]
    assert np.isnan(fits.peak_flux[1:3]).all()
    assert fits.flags[1] & Flag.BLANK
    assert fits.flags[2] & Flag.OUTSIDE
    assert fits.flags[3] & Flag.EDGE
    other_side = extractor.force(
        picture,
        extractor.background(picture),
        extractor.footprint(picture),
        [190.0, np.nan],
        [-40.0, 0.0],
    )
    assert (other_side.flags & Flag.OUTSIDE).all()
    assert not other_side.usable.any()


def test_no_positions():
    picture = image(noise(128, 2))
    assert len(force(picture, np.empty(0), np.empty(0))) == 0


def test_lengths_have_to_agree():
    picture = image(noise(128, 2))
    with pytest.raises(ExtractorError, match="as many"):
        force(picture, np.array([1.0, 2.0]), np.array([1.0, 2.0]), major=[0.1])
