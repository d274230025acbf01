"""What counts as blank, and what is made of sources that blank pixels cut."""

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import gaussian_filter, label
from synthetic import BEAM_PX, RMS, add_sources, image, noise, write

import extractor
from extractor.image.equal_pixels import MIN_AREA, blank_equal_pixels

SIZE = 96
BEAM = BEAM_PX[0]


@given(
    arrays(np.int8, (24, 24), elements=st.integers(0, 1)),
    st.sampled_from([0.0, 1.0, -0.0, 3e-5]),
)
def test_areas_of_one_value_in_noise_are_blank_from_five_pixels_on(chosen, value):
    """Compared with scipy's labelling of connected pixels, in noise that repeats no value."""
    chosen = chosen.astype(bool)
    data = np.random.default_rng(1).permutation(64 * 64).astype(np.float32).reshape(64, 64) + 2
    data[20:44, 20:44][chosen] = value
    expected = data == value
    labels, n = label(expected)
    for number in range(1, n + 1):
        if np.count_nonzero(labels == number) < MIN_AREA:
            expected[labels == number] = False
    blank_equal_pixels(data, 1.0)
    assert np.array_equal(np.isnan(data), expected)


def test_a_pixel_or_two_of_zero_are_not_blank():
    data = noise(SIZE, seed=1).astype(np.float32)
    data[10, 10] = data[40, 50:52] = 0
    blank_equal_pixels(data, BEAM)
    assert np.isfinite(data).all()


AREAS = {
    "half": np.s_[:, : SIZE // 2],
    "hole": np.s_[40:49, 60:69],
    "columns": np.s_[:, 30:32],
    "edge": np.s_[:3, :],
    "all": np.s_[:, :],
}


@pytest.mark.parametrize("dtype", ["float32", "int16", "int32"])
@pytest.mark.parametrize("area", AREAS)
def test_zeros_in_a_file_are_blank_also_as_scaled_integers(area, dtype, tmp_path):
    data = noise(SIZE, seed=2)
    data[AREAS[area]] = 0
    path = write(tmp_path / "a.fits", data)
    if dtype != "float32":
        plain = fits.getdata(path).astype(np.float64)
        hdu = fits.PrimaryHDU(plain, fits.getheader(path))
        hdu.scale(dtype, bscale=1e-6 if dtype == "int16" else 1e-10, bzero=0.02)
        hdu.writeto(path, overwrite=True)
        assert fits.getheader(path)["BZERO"] == 0.02
    expected = np.zeros(data.shape, bool)
    expected[AREAS[area]] = True
    assert np.array_equal(np.isnan(extractor.open(path).data), expected)


def test_the_digest_is_that_of_the_pixels_as_they_are_in_the_file(tmp_path):
    """So images that are in a database are known again, whatever counts as blank."""
    data = noise(SIZE, seed=3)
    data[:, :20] = 0
    zeros = extractor.open(write(tmp_path / "zeros.fits", data))
    data[:, :20] = np.nan
    blanks = extractor.open(write(tmp_path / "blanks.fits", data))
    assert np.array_equal(zeros.data, blanks.data, equal_nan=True)
    assert zeros.digest != blanks.digest


@pytest.mark.parametrize("beam_px", [3, 12, 40])
@pytest.mark.parametrize("step", [1e-3, 0.03, 0.25, 1])
def test_noise_in_coarse_steps_stays_and_large_areas_are_blank(beam_px, step):
    field = gaussian_filter(np.random.default_rng(4).standard_normal((512, 512)), beam_px / 2.355)
    data = (np.round(field / field.std() / step) * step).astype(np.float32)
    data[:200, :180] = 0
    before = data.copy()
    blank_equal_pixels(data, beam_px)
    blank = np.isnan(data)
    assert blank[:199, :179].all()
    assert not (blank & (before != 0)).any()
    assert np.count_nonzero(blank) < 1.02 * 200 * 180


def with_hole(size, offset=(0, 0)):
    """Image of one source with a square hole of blank pixels, its centre off the peak."""
    data = add_sources(noise(SIZE, seed=5), [48.0], [48.0], [50 * RMS])
    x, y = 48 + offset[0] - size // 2, 48 + offset[1] - size // 2
    data[y : y + size, x : x + size] = np.nan
    return image(data)


@pytest.mark.parametrize("size", [4, 5, 6])
@pytest.mark.parametrize("offset", [(0, 0), (1, 0), (-1, 1)])
def test_the_pieces_of_a_source_without_its_middle_are_not_usable(size, offset):
    found = with_hole(size, offset).extract(det=6)
    assert not found.usable.any()


@pytest.mark.parametrize("offset", [(5, 0), (0, -5), (-4, 4)])
def test_a_source_beside_a_hole_is_measured_as_it_is(offset):
    found = with_hole(5, offset).extract(det=6)
    assert found.usable.tolist() == [True]
    assert found.peak_flux[0] == pytest.approx(50 * RMS, abs=5 * found.peak_flux_err[0])


def test_a_place_that_is_none_has_no_noise():
    background = extractor.background(image(noise(SIZE, seed=6)))
    level, rms = background.at([np.nan, 4.0], [4.0, np.nan])
    assert np.isnan(level).all()
    assert np.isnan(rms).all()
    assert background.is_known([np.nan, 4.0], [4.0, 4.0]).tolist() == [False, True]
