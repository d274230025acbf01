import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SCALE_DEG, celestial_wcs

from extractor.geometry import sky


@given(st.floats(0, 359.99), st.floats(-90, 90), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6))
def test_direction_cosines_are_inverse(ra0, dec0, east, north):
    ra, dec = sky.from_direction_cosines(east, north, ra0, dec0)
    back_east, back_north, towards = sky.direction_cosines(ra, dec, ra0, dec0)
    assert back_east == pytest.approx(east, abs=1e-7)
    assert back_north == pytest.approx(north, abs=1e-7)
    assert towards > 0
    assert 0 <= ra < 360


@pytest.mark.parametrize("dec", [0.0, 60.0, 89.7, -89.99])
@pytest.mark.parametrize("ra", [0.0, 123.0])
def test_local_scale_is_right_at_the_poles_and_across_zero(ra, dec):
    wcs = celestial_wcs((101, 101), ra=ra, dec=dec)
    scale = sky.jacobian(wcs, np.array([50.0]), np.array([50.0]))[0]
    assert scale == pytest.approx(np.diag([-SCALE_DEG, SCALE_DEG]), abs=1e-9)


def test_beyond_the_projection_there_is_no_pixel():
    wcs = celestial_wcs((101, 101))
    x, y = sky.to_pixel(wcs, [10.0, 190.0, np.nan], [40.0, -40.0, 0.0])
    assert x[0] == pytest.approx(50.0)
    assert np.isnan(x[1:]).all()
    assert np.isnan(y[1:]).all()


@pytest.mark.parametrize("order", [1, -1])
def test_depth_in_a_polygon_around_the_pole(order):
    corners = np.array([[0.0, 89.0], [90.0, 89.0], [180.0, 89.0], [270.0, 89.0]])[::order]
    depth = sky.depth_in_polygon(np.array([0.0, 45.0, 45.0]), np.array([90.0, 89.9, 89.0]), corners)
    assert depth[0] == pytest.approx(np.sqrt(0.5), rel=1e-3)
    assert depth[1] > 0 > depth[2]


@pytest.mark.parametrize("angle", [1e-9, 1e-3, 1.0, 90.0, 179.0])
def test_separations_are_exact_however_small_or_large(angle):
    assert sky.separation(20.0, 0.0, 20.0 + angle, 0.0) == pytest.approx(angle, rel=1e-6)
    assert sky.separation(20.0, 89.0, 20.0, 89.0 - angle) == pytest.approx(angle, rel=1e-6)
