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


def wide_image(projection, ra, dec, lonpole):
    """An image 1.6 radians wide, its pixels oblique and not square: of SIN it has corners."""
    wcs = celestial_wcs((80, 80), ra, dec, projection, rotation_deg=27.0)
    wcs.wcs.cdelt = [-1.3, 1.1]
    wcs.wcs.crpix = [37.2, 44.9]
    wcs.wcs.lonpole = lonpole
    wcs.wcs.set()
    y, x = np.indices((80, 80))
    return wcs, x.ravel() + 0.3, y.ravel() - 0.4


def distance(ra, dec, from_ra, from_dec):
    """Distances in degrees, east and north, of places that are close to each other."""
    steps = sky.unit_vector(ra, dec) - sky.unit_vector(from_ra, from_dec)
    tangents = sky.tangent_vectors(from_ra, from_dec)
    return np.degrees(np.einsum("nij,nj->ni", tangents, steps))


@pytest.mark.parametrize("projection", ["SIN", "TAN", "ZEA"])
@pytest.mark.parametrize("lonpole", [180.0, 20.0])
@pytest.mark.parametrize(
    ("ra", "dec"), [(359.9, 40.0), (10.0, -73.0), (200.0, 90.0), (70.0, -90.0)]
)
def test_places_and_scales_are_those_of_wcslib(projection, lonpole, ra, dec):
    wcs, x, y = wide_image(projection, ra, dec, lonpole)
    expected = wcs.wcs_pix2world(x, y, 0)
    found = sky.to_sky(wcs, x, y)
    assert np.isfinite(found).all(axis=0).tolist() == np.isfinite(expected).all(axis=0).tolist()
    seen = np.isfinite(found[0])
    assert 0.7 < seen.mean() < 1 if projection == "SIN" else seen.all()
    assert (found[0][seen] >= 0).all()
    assert (found[0][seen] < 360).all()
    assert distance(*found, *expected)[seen] == pytest.approx(0, abs=1e-11)
    assert np.stack(sky.to_pixel(wcs, *found))[:, seen] == pytest.approx(
        np.stack([x, y])[:, seen], abs=1e-9
    )
    frame_ra, frame_dec, scale = sky.local_frame(wcs, x, y)
    assert frame_ra[seen].tolist() == found[0][seen].tolist()
    assert frame_dec[seen].tolist() == found[1][seen].tolist()
    half = 1e-4
    for axis, (dx, dy) in enumerate([(half, 0), (0, half)]):
        after, before = (
            distance(*wcs.wcs_pix2world(x + sign * dx, y + sign * dy, 0), *found)
            for sign in (1, -1)
        )
        # steep near the limb, where differences say little
        inside = seen & (np.abs(scale).max(axis=(1, 2)) < 10)
        assert inside.mean() > 0.65
        assert scale[inside, :, axis] == pytest.approx(
            (after - before)[inside] / (2 * half), rel=1e-6, abs=1e-6
        )


@pytest.mark.parametrize("projection", ["SIN", "TAN"])
def test_pixels_of_places_all_over_the_sky_are_those_of_wcslib(projection):
    wcs, _, _ = wide_image(projection, 359.9, 40.0, 180.0)
    ra, dec = np.random.default_rng(1).uniform([[0], [-90]], [[360], [90]], (2, 2000))
    expected = np.stack(wcs.wcs_world2pix(ra, dec, 0))
    found = np.stack(sky.to_pixel(wcs, ra, dec))
    assert np.isfinite(found).tolist() == np.isfinite(expected).tolist()
    assert 0.4 < np.isfinite(found).mean() < 0.6
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


def test_slanted_planes_are_those_of_wcslib():
    """SIN with parameters, as of an array on a line, touches the sky elsewhere."""
    wcs, x, y = wide_image("SIN", 359.9, 40.0, 180.0)
    wcs.wcs.set_pv([(2, 1, 0.1), (2, 2, -0.2)])
    expected = wcs.wcs_pix2world(x, y, 0)
    seen = np.isfinite(expected).all(axis=0)
    found = sky.to_sky(wcs, x[seen], y[seen])
    assert distance(*found, *(e[seen] for e in expected)) == pytest.approx(0, abs=1e-11)


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
