"""The noise of an image at a place, from its stored map, against scipy's interpolation."""

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from extractor.noise.background import NoiseGrid
from tests.sql.catalogue import fit, image

L0, M0, STEP = -0.011, -0.006, 0.002
SHAPE = (7, 12)  # rows in m, columns in l


@pytest.fixture
def noise():
    return np.random.default_rng(7).uniform(1e-3, 2e-3, SHAPE)


@pytest.fixture
def store(original):
    """Store an image at a place, with a noise map; return how to ask for the noise at l, m."""

    def keep(rms, ra=123.0, dec=10.0, steps=(STEP, STEP)):
        feeder = original()
        grid = NoiseGrid(L0 * np.sign(steps[0]), M0, *steps, rms)
        (image_id,) = feeder.step(image(fit([], []), ra=ra, dec=dec, noise=grid), force=None)

        def ask(east, north):
            rows = feeder.conn.execute(
                "select trap.local_rms(%s, p.ra, p.dec)"
                " from unnest(%s::float8[], %s::float8[]) with ordinality as given (l, m, row)"
                " cross join lateral trap.sky_position(%s, %s, l, m) as p order by row",
                [image_id, np.ravel(east).tolist(), np.ravel(north).tolist(), ra, dec],
            ).fetchall()
            return np.array(rows, float)[:, 0]

        ask.feeder, ask.image_id = feeder, image_id
        return ask

    return keep


def scipy_interpolation(rms, east, north):
    grid = M0 + STEP * np.arange(SHAPE[0]), L0 + STEP * np.arange(SHAPE[1])
    interpolator = RegularGridInterpolator(grid, rms.astype(np.float32), bounds_error=False)
    return interpolator(np.stack([north, east], axis=-1))


@pytest.mark.parametrize(("ra", "dec"), [(123.0, 10.0), (0.0, 0.0), (10.0, 90.0), (10.0, -89.9)])
def test_noise_is_interpolated_between_the_grid_points(store, noise, ra, dec):
    rng = np.random.default_rng(1)
    east, north = rng.uniform(-0.012, 0.012, 300), rng.uniform(-0.007, 0.007, 300)
    expected = scipy_interpolation(noise, east, north)
    found = store(noise, ra, dec)(east, north)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    # outside of the map nothing is known
    assert 0 < np.isnan(found).sum() < 150


def test_noise_on_the_grid_points_is_that_of_the_map(store, noise):
    """Up to rounding, so a hair within the map."""
    east, north = np.meshgrid(L0 + STEP * np.arange(SHAPE[1]), M0 + STEP * np.arange(SHAPE[0]))
    found = store(noise)(east * (1 - 1e-9), north * (1 - 1e-9))
    np.testing.assert_allclose(found.reshape(SHAPE), noise, rtol=1e-6)


def test_a_map_may_run_westwards(store, noise):
    rng = np.random.default_rng(2)
    east, north = rng.uniform(-0.01, 0.01, 50), rng.uniform(-0.005, 0.005, 50)
    found = store(noise, steps=(-STEP, STEP))(east, north)
    np.testing.assert_allclose(found, scipy_interpolation(noise, -east, north), rtol=1e-6)


def test_noise_beside_an_unknown_grid_point_is_not_known(store, noise):
    noise[3, 5] = np.nan
    known = store(noise)
    place = L0 + STEP * 5, M0 + STEP * 3
    assert np.isnan(known(place[0] + 0.4 * STEP, place[1] - 0.4 * STEP)).all()
    assert np.isfinite(known(place[0] + 1.4 * STEP, place[1])).all()


def test_noise_is_not_known_on_the_other_side_of_the_sky(store, noise):
    """Where the direction cosines are those of a place in the image."""
    ask = store(noise)
    (found,) = ask.feeder.conn.execute(
        "select trap.local_rms(%s, 303.0, -10.0)", [ask.image_id]
    ).fetchone()
    assert found is None


def test_noise_of_an_image_without_a_map_is_not_known(original):
    feeder = original()
    (image_id,) = feeder.see(fit([], []))
    assert feeder.conn.execute("select trap.local_rms(%s, 123, 10)", [image_id]).fetchone() == (
        None,
    )
