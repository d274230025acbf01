"""What flags say, at the very places where they begin."""

import numpy as np
import pytest
from synthetic import BEAM_PX, RMS, SCALE_DEG, add_sources, beam_px, image, noise

import extractor
from extractor import Flag
from extractor.geometry import sky


def force(picture, x, y, **footprint):
    where = sky.to_sky(picture.wcs, np.asarray(x, float), np.asarray(y, float))
    return extractor.force(
        picture, extractor.background(picture), extractor.footprint(picture, **footprint), *where
    )


def is_flagged(fits, flag):
    return ((fits.flags & flag) > 0).tolist()


def test_the_footprints_edge_reaches_half_a_beam_inwards():
    picture = image(noise(512, 1))
    radius, half = 100.0, BEAM_PX[0] / 2
    depth = np.array([0.9, 1.1, 2.0]) * half
    for dx, dy in ((1, 0), (0, -1), (-0.6, 0.8)):
        fits = force(
            picture,
            255.5 + dx * (radius - depth),
            255.5 + dy * (radius - depth),
            radius=radius * SCALE_DEG,
        )
        assert is_flagged(fits, Flag.EDGE) == [True, False, False]


@pytest.mark.parametrize("axis", [0, 1])
def test_blank_pixels_and_the_images_border_reach_a_beam(axis):
    """As far as the source is wide along that axis, in an image that is no square."""
    shape = (300, 380)
    data = noise(380, 1)[: shape[0]]
    beam = extractor.Beam(12 * SCALE_DEG, 4 * SCALE_DEG, 0.0)  # longer in y than in x
    reach = (12.0, 4.0)[axis]
    data[140:160, 140:160] = np.nan
    picture = image(data, beam=beam)
    last = shape[axis] - 1
    along = [140 - 0.7 * reach, 140 - 1.4 * reach, 0.9 * reach, 1.1 * reach]
    along = np.array([*along, last - 0.9 * reach, last - 1.1 * reach])
    across = np.array([150.0, 150.0, 80.0, 80.0, 80.0, 80.0])
    x, y = (across, along) if axis == 0 else (along, across)
    fits = force(picture, x, y, radius=1.0)  # its border is far away
    assert is_flagged(fits, Flag.EDGE) == [True, False] * 3


def test_borrowed_noise_is_doubtful():
    data = noise(384, 1)
    data[:128, :128] = np.nan
    data[60:68, 60:68] = noise(384, 2)[60:68, 60:68]  # too few in their tile
    fits = force(image(data), [64.0, 200.0], [64.0, 200.0])
    assert is_flagged(fits, Flag.DOUBTFUL_NOISE) == [True, False]
    assert fits.usable.all()


def test_in_too_small_an_image_all_noise_is_doubtful():
    fits = force(image(noise(30, 1)), [14.0, 16.0], [15.0, 12.0])
    assert is_flagged(fits, Flag.DOUBTFUL_NOISE) == [True, True]


def test_level_and_noise_at_a_source_are_told():
    data = add_sources(noise(512, 1), [300.0], [200.0], [0.05]) + 0.25
    (source,) = image(data).extract()
    assert source.background == pytest.approx(0.25, abs=0.5 * RMS)
    assert source.local_rms == pytest.approx(RMS, rel=0.15)
    assert source.snr == pytest.approx(source.peak_flux / source.local_rms)
    assert source.peak_flux == pytest.approx(0.05, abs=5 * RMS)


@pytest.mark.parametrize(("ratio", "apart", "flagged"), [
    (110, 9, True), (110, 11, False), (90, 9, False),
])  # fmt: skip
def test_near_bright_begins_at_ten_beams_and_a_hundredfold(ratio, apart, flagged):
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * apart
    x, y = np.array([150.0, 150.0 + along[0]]), np.array([150.0, 150.0 + along[1]])
    peak = np.array([40.0 * ratio, 40.0]) * RMS
    found = image(add_sources(noise(300, 1), x, y, peak)).extract()
    faint = found.select(found.peak_flux < 100 * RMS)
    assert len(faint) == 1
    assert is_flagged(faint, Flag.NEAR_BRIGHT) == [flagged]


def test_an_error_that_is_not_positive_is_bad():
    picture = image(add_sources(noise(256, 1), [100.0], [120.0], [0.05]))
    background, footprint = extractor.background(picture), extractor.footprint(picture)
    for systematic, bad in ((1e-4, False), (0.0, False), ((1e-4, np.nan), True)):
        found = extractor.extract(picture, background, footprint, systematic_error=systematic)
        assert is_flagged(found, Flag.BAD_ERROR) == [bad]
        assert found.usable.tolist() == [not bad]


def test_a_given_position_without_a_systematic_error_has_none_and_is_usable():
    picture = image(noise(256, 1))
    where = sky.to_sky(picture.wcs, np.array([100.0]), np.array([120.0]))
    fits = extractor.force(
        picture,
        extractor.background(picture),
        extractor.footprint(picture),
        *where,
        systematic_error=(0.0, 1e-4),
    )
    assert np.isnan(fits.ra_err).all()
    assert fits.dec_err.tolist() == [1e-4]
    assert fits.usable.all()
    assert not fits.flags.any()
