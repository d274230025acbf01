import dataclasses

import numpy as np
import pytest
from synthetic import MIRROR, RMS, SCALE_DEG, add_sources, beam_px, grid, image, mad, noise

import extractor
from extractor import ExtractorError, Flag
from extractor.geometry.ellipses import shape_matrix


def force(picture, x, y, **options):
    ra, dec = extractor.geometry.sky.to_sky(picture.wcs, x, y)
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


def test_those_are_blended_that_another_one_disturbs():
    chance = np.random.default_rng(5)
    x, y = chance.uniform(0, 255, (2, 400))
    fits = force(image(noise(256, 2)), x, y)
    to_beam = np.linalg.inv(np.linalg.cholesky(beam_px()))
    u, v = to_beam @ np.stack([x, y])
    distance = np.hypot(u[:, None] - u, v[:, None] - v) + np.diag(np.full(len(x), np.inf))
    blended = (distance < 2.1).any(axis=1)
    assert 0.1 < blended.mean() < 0.9
    assert ((fits.flags & Flag.BLENDED) > 0).tolist() == blended.tolist()


def test_coinciding_positions_each_get_the_whole_flux():
    x, y = grid(256, 60, 5)
    picture = image(add_sources(noise(256, 2), x, y, np.full(len(x), 50 * RMS)))
    alone = force(picture, x, y)
    twice = force(picture, np.repeat(x, 2), np.repeat(y, 2))
    assert twice.peak_flux == pytest.approx(np.repeat(alone.peak_flux, 2), rel=1e-6)
    assert twice.peak_flux_err == pytest.approx(np.repeat(alone.peak_flux_err, 2), rel=1e-6)


def test_given_shapes_are_convolved_with_the_beam():
    x, y = grid(512, 60, 5)
    pa = np.random.default_rng(2).uniform(0, 180, len(x))
    shape = beam_px() + MIRROR @ shape_matrix(8.0, 4.0, pa) @ MIRROR
    picture = image(add_sources(noise(512, 2), x, y, np.full(len(x), 50 * RMS), shape))
    major, minor = np.full((2, len(x)), [[8.0 * SCALE_DEG], [4.0 * SCALE_DEG]])
    shapes = {"deconvolved_major": major, "deconvolved_minor": minor, "deconvolved_pa": pa}
    fits = force(picture, x, y, **shapes)
    assert np.mean(fits.peak_flux) == pytest.approx(50 * RMS, rel=0.01)
    area = np.sqrt(np.linalg.det(shape) / np.linalg.det(beam_px()))
    assert fits.int_flux == pytest.approx(fits.peak_flux * area, rel=1e-3)
    assert fits.deconvolved_major == pytest.approx(8 * SCALE_DEG, rel=1e-2)
    major[:2], pa[:3] = [0, np.nan], np.nan
    major[2], minor[3] = 0, np.nan
    fits = force(picture, x, y, **shapes)
    assert fits.major[:3] == pytest.approx(4.6 * SCALE_DEG, rel=1e-3)
    assert fits.deconvolved_major[3] == pytest.approx(8 * SCALE_DEG, rel=1e-2)
    assert fits.deconvolved_minor[3] == pytest.approx(0, abs=0.01 * SCALE_DEG)


def test_a_given_shape_takes_peak_and_integrated_flux_and_their_errors_alike():
    picture = image(add_sources(noise(256, 2), [100.0, 160.0], [100.0, 160.0], [0.05, 0.05]))
    fits = force(
        picture,
        np.array([100.0, 160.0]),
        np.array([100.0, 160.0]),
        deconvolved_major=[8 * SCALE_DEG, 0.0],
        deconvolved_minor=[4 * SCALE_DEG, 0.0],
        deconvolved_pa=[30.0, 0.0],
    )
    assert fits.int_flux[0] > 2 * fits.peak_flux[0]
    assert fits.int_flux_err / fits.int_flux == pytest.approx(fits.peak_flux_err / fits.peak_flux)
    assert fits.int_flux[1] == pytest.approx(fits.peak_flux[1])


def least_squares(picture, x, y, shapes):
    """Peaks and errors by the formulae of the documentation, in full: b = A peak, A^-1 N A^-T.

    On the pixels in which each Gaussian, about the nearest pixel, exceeds half its peak, or a tenth
    of it if the source is resolved; the noise and its correlation are those of the background.
    """
    background = extractor.background(picture)
    rows, columns = np.indices(picture.data.shape)

    def gaussian(columns, rows, x, y, shape):
        offset = np.stack([columns - x, rows - y], -1)
        return np.exp(
            -4 * np.log(2) * np.einsum("...i,ij,...j", offset, np.linalg.inv(shape), offset)
        )

    pixels = []
    for x0, y0, shape in zip(x, y, shapes, strict=True):
        least = 0.5 if np.allclose(shape, beam_px()) else 0.5 ** (4 * 0.9**2)
        pixels.append(np.nonzero(gaussian(columns, rows, round(x0), round(y0), shape) >= least))
    own = [
        gaussian(q, p, *which)
        for (p, q), which in zip(pixels, zip(x, y, shapes, strict=True), strict=True)
    ]
    a, n = np.empty((2, len(x), len(x)))
    b = np.empty(len(x))
    for i, (p, q) in enumerate(pixels):
        level, rms = background.at(q, p)
        b[i] = own[i] @ ((picture.data[p, q] - level) / rms)
        for j, (r, s) in enumerate(pixels):
            a[i, j] = own[i] @ gaussian(q, p, x[j], y[j], shapes[j])
            n[i, j] = own[i] @ background.correlation.at(s - q[:, None], r - p[:, None]) @ own[j]
    inverse = np.linalg.inv(a)
    rms = background.at(x, y)[1]
    return rms * (inverse @ b), rms * np.sqrt(np.diag(inverse @ n @ inverse.T))


@pytest.mark.parametrize("beams_apart", [0.9, 1.3, 1.9, 20.0])
def test_fits_are_those_of_least_squares_in_full(beams_apart):
    """A point beside two resolved sources of different shapes, none of them centred on a pixel."""
    x = 60.3 + beams_apart * np.array([0.0, 3.6, 1.5])
    y = 61.4 + beams_apart * np.array([0.0, 1.7, 4.1])
    major, minor, pa = np.array([[0.0, 2.8, 2.4], [0.0, 1.0, 2.0], [0.0, 20.0, 110.0]])
    shapes = beam_px() + np.array([MIRROR @ shape_matrix(*axes) @ MIRROR
                                   for axes in zip(major, minor, pa, strict=True)])  # fmt: skip
    peak = np.array([20, 50, 35]) * RMS
    picture = image(add_sources(noise(256, 6), x, y, peak, shapes))
    fits = force(
        picture,
        x,
        y,
        deconvolved_major=major * SCALE_DEG,
        deconvolved_minor=minor * SCALE_DEG,
        deconvolved_pa=pa,
    )
    expected, error = least_squares(picture, x, y, shapes)
    assert fits.peak_flux == pytest.approx(expected, rel=1e-3)
    assert fits.peak_flux_err == pytest.approx(error, rel=1e-3)


def pairs_of_sources():
    """Bright sources, each with a faint one a beam apart: their places, and which is which."""
    x, y = grid(512, 60, 5)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8])
    there = np.append(x, x + along[0]), np.append(y, y + along[1])
    peak = np.repeat([100 * RMS, 20 * RMS], len(x))
    picture = image(add_sources(noise(512, 2), *there, peak))
    return picture, there, np.arange(len(x)), np.arange(len(x)) + len(x)


@pytest.mark.parametrize("doubled", ["faint", "bright", "both"])
def test_a_coinciding_pair_beside_a_third_source(doubled):
    """Each of the pair gets what it gets alone beside the third, and so does the third."""
    picture, (x, y), bright, faint = pairs_of_sources()
    once = force(picture, x, y)
    again = {"faint": faint, "bright": bright, "both": np.append(bright, faint)}[doubled]
    twice = force(picture, np.append(x, x[again]), np.append(y, y[again]))
    expected = np.append(np.arange(len(x)), again)
    for name in ("peak_flux", "int_flux", "chi2"):
        assert getattr(twice, name) == pytest.approx(getattr(once, name)[expected], rel=1e-6)
    assert twice.peak_flux_err[: len(x)] == pytest.approx(once.peak_flux_err, rel=1e-6)
    assert (twice.flags & Flag.BLENDED).all()


def test_solved_together_blends_leave_no_more_than_noise():
    picture, (x, y), _, faint = pairs_of_sources()
    blend, alone = force(picture, x, y), force(picture, x[faint], y[faint])
    assert (alone.peak_flux > 1.2 * blend.peak_flux[faint]).all()
    # Noise is correlated over a beam, so that its reduced chi-squared is below 1.
    assert np.mean(blend.chi2) < 1
    assert np.mean(alone.chi2) > 3 * np.mean(blend.chi2[faint])


@pytest.mark.parametrize("wrong", [{"deconvolved_major": -1.0}, {"deconvolved_major": 0.01}])
def test_impossible_shapes_are_refused(wrong):
    picture = image(noise(128, 2))
    with pytest.raises(ExtractorError, match="shapes"):
        force(picture, np.array([64.0]), np.array([64.0]), **wrong)


def test_neighbours_that_are_not_asked_for_are_taken_off():
    x, y = grid(1024, 40, 5)
    along = np.linalg.cholesky(beam_px()) @ np.array([0.6, 0.8]) * 1.2
    peak = np.repeat([100 * RMS, 5 * RMS], len(x))
    data = add_sources(noise(1024, 2), np.append(x, x + along[0]), np.append(y, y + along[1]), peak)
    picture = image(data)
    bright = picture.extract(det=20)
    assert len(bright) == len(x)
    faint = force(picture, x + along[0], y + along[1], neighbours=bright)
    assert np.mean(faint.peak_flux) == pytest.approx(5 * RMS, abs=0.7 * RMS)
    assert np.mean(force(picture, x + along[0], y + along[1]).peak_flux) > 8 * RMS


def test_a_source_that_is_asked_for_is_not_its_own_neighbour():
    x, y = grid(256, 60, 5)
    picture = image(add_sources(noise(256, 2), x, y, np.full(len(x), 50 * RMS)))
    blind = picture.extract()
    alone, again = force(picture, x, y), force(picture, x, y, neighbours=blind)
    assert again.peak_flux.tolist() == alone.peak_flux.tolist()


def test_neighbours_that_are_not_usable_are_not_there():
    picture = image(add_sources(noise(256, 2), [100.0, 104.0], [100.0, 102.0], [0.05, 0.1]))
    bright = picture.extract(det=70)
    assert len(bright) == 1
    unknown = dataclasses.replace(
        bright, usable=np.array([False]), peak_flux_raw=np.array([np.nan])
    )
    here = np.array([100.0]), np.array([100.0])
    with_unknown = force(picture, *here, neighbours=bright.joined(unknown))
    assert with_unknown.peak_flux == force(picture, *here, neighbours=bright).peak_flux
    assert force(picture, *here, neighbours=unknown).peak_flux == force(picture, *here).peak_flux


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
        force(picture, np.array([1.0, 2.0]), np.array([1.0, 2.0]), deconvolved_major=[0.1])
