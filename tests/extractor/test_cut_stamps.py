"""Stamps are FITS files of the pixels as they are, and say where they are on the sky."""

import gzip
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

import extractor
from extractor.geometry import sky
from tests.extractor.synthetic import SCALE_DEG, image, noise

SIZE = 21 * SCALE_DEG
DATA = noise(64, seed=1)


def opened(stamp):
    with fits.open(BytesIO(gzip.decompress(stamp))) as hdus:
        (hdu,) = hdus
        hdu.verify("exception")
        return hdu.header, hdu.data


def cut_at(of, x, y):
    ra, dec = sky.to_sky(of.wcs, [x], [y])
    (stamp,) = extractor.cut_stamps(of, ra.tolist(), dec.tolist(), SIZE)
    return opened(stamp)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(-5, 68),
    st.floats(-5, 68),
    st.sampled_from(["SIN", "TAN", "ZEA"]),
    st.sampled_from([0.0, 33.0]),
    st.sampled_from([-89.9, 0.0, 40.0]),
)
def test_pixels_and_coordinates_are_those_of_the_image(x, y, projection, rotation, dec):
    whole = image(DATA, ra=0.01, dec=dec, projection=projection, rotation_deg=rotation)
    header, data = cut_at(whole, x, y)
    assert data.shape == (21, 21)
    stamp = WCS(header)
    rows, columns = np.indices(data.shape)
    ra, dec = sky.to_sky(stamp, columns, rows)
    there_x, there_y = sky.to_pixel(whole.wcs, ra, dec)
    place_x, place_y = np.rint(there_x).astype(int), np.rint(there_y).astype(int)
    np.testing.assert_allclose(there_x, place_x, atol=1e-6)
    np.testing.assert_allclose(there_y, place_y, atol=1e-6)
    # the middle one is the nearest, and what lies beyond the image is blank
    assert max(abs(place_x[10, 10] - x), abs(place_y[10, 10] - y)) <= 0.5 + 1e-6
    inside = (place_x >= 0) & (place_x < 64) & (place_y >= 0) & (place_y < 64)
    expected = np.full(data.shape, np.nan, np.float32)
    expected[inside] = whole.data[place_y[inside], place_x[inside]]
    assert data.astype(np.float32).tobytes() == expected.tobytes()


def test_a_stamp_is_an_image(tmp_path):
    whole = replace(image(DATA), bandwidth=2e6, duration=300.0, telescope="Årecibo\n", stokes="I")
    ra, dec = sky.to_sky(whole.wcs, [30.0], [20.0])
    (stamp,) = extractor.cut_stamps(whole, ra.tolist(), dec.tolist(), SIZE)
    path = tmp_path / "stamp.fits.gz"
    path.write_bytes(stamp)
    read = extractor.open(path)
    assert (read.beam, read.freq_eff, read.taken_at) == (
        whole.beam, whole.freq_eff, whole.taken_at,
    )  # fmt: skip
    assert (read.bandwidth, read.stokes) == (2e6, "I")
    assert read.telescope == "?recibo?"
    assert np.array_equal(read.data, whole.data[10:31, 20:41])


def test_the_same_image_gives_the_same_bytes():
    whole = image(DATA)
    ra, dec = (places.tolist() for places in sky.to_sky(whole.wcs, [30, 5], [20, 60]))
    both = extractor.cut_stamps(whole, ra, dec, SIZE)
    assert extractor.cut_stamps(image(DATA), ra[::-1], dec[::-1], SIZE) == both[::-1]
    assert both[0] != both[1]


@pytest.mark.parametrize(("size", "side"), [(0.1, 3), (3.9, 5), (4.1, 5), (6.1, 7)])
def test_a_side_is_an_odd_number_of_pixels(size, side):
    whole = image(DATA)
    ra, dec = sky.to_sky(whole.wcs, [30.0], [20.0])
    (stamp,) = extractor.cut_stamps(whole, ra.tolist(), dec.tolist(), size * SCALE_DEG)
    assert opened(stamp)[1].shape == (side, side)
