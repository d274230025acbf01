"""The noise has the level and the correlation that it promises."""

import numpy as np
import pytest
from astropy.io import fits

from trapdb.simulate import simulate

BEAM = (6.0, 4.0, 30.0)  # in pixels of 1 deg / 1000


def empty_images(folder, noise, epochs=6, size=300, rms=2e-3):
    beam = (BEAM[0] / 1000, BEAM[1] / 1000, BEAM[2])
    truth = simulate(
        folder,
        epochs=epochs,
        size=size,
        sources=0,
        flaring=0,
        one_epoch=0,
        noise=noise,
        rms=rms,
        pixel=1e-3,
        beam=beam,
    )
    return np.array([fits.getdata(path).squeeze() for path in truth.paths], dtype=float)


def autocorrelation(images, dx, dy):
    """Mean product of pixels (dx, dy) apart."""
    size = images.shape[-1]
    here = images[:, max(0, -dy) : size - max(0, dy), max(0, -dx) : size - max(0, dx)]
    there = images[:, max(0, dy) : size + min(0, dy), max(0, dx) : size + min(0, dx)]
    return (here * there).mean()


def beam_at(dx, dy, widening):
    """The beam at an offset in pixels; north is up, east is to the left."""
    pa = np.deg2rad(BEAM[2])
    along = -dx * np.sin(pa) + dy * np.cos(pa)
    across = dx * np.cos(pa) + dy * np.sin(pa)
    squared = (along / BEAM[0]) ** 2 + (across / BEAM[1]) ** 2
    return np.exp(-4 * np.log(2) * squared / widening**2)


@pytest.mark.parametrize(("noise", "widening"), [("psf", 1.0), ("convolved", np.sqrt(2))])
def test_level_and_autocorrelation(tmp_path, noise, widening):
    images = empty_images(tmp_path, noise)
    variance = (images**2).mean()
    assert np.sqrt(variance) == pytest.approx(2e-3, rel=0.01)
    for dx, dy in [(1, 0), (0, 2), (2, 2), (-2, 2), (4, 0), (3, -1)]:
        measured = autocorrelation(images, dx, dy) / variance
        assert measured == pytest.approx(beam_at(dx, dy, widening), abs=0.02)


def test_images_and_opposite_edges_are_independent(tmp_path):
    images = empty_images(tmp_path, "psf") / 2e-3
    assert abs((images[0] * images[1]).mean()) < 0.03
    assert abs((images[:, 0] * images[:, -1]).mean()) < 0.1
    assert abs(images.mean()) < 0.03


def test_values_are_gaussian(tmp_path):
    images = empty_images(tmp_path, "psf") / 2e-3
    assert (np.abs(images) > 3).mean() == pytest.approx(0.0027, rel=0.2)
    assert (images**4).mean() == pytest.approx(3, rel=0.05)
