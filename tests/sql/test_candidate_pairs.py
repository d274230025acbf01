"""Which pairs of measurement and source are found, wherever in an image of whatever size."""

import numpy as np
import pytest

from tests.sql.catalogue import HALF_BEAM, fit, sources


def around(ra, dec, separation):
    """Return 48 positions at a separation from one, all in deg."""
    angle = np.radians(np.arange(0, 360, 7.5))
    ra, dec, separation = np.radians([ra, dec, separation])
    north = np.sin(dec) * np.cos(separation) + np.cos(dec) * np.sin(separation) * np.cos(angle)
    east = np.arctan2(
        np.sin(angle) * np.sin(separation) * np.cos(dec),
        np.cos(separation) - np.sin(dec) * north,
    )
    return np.degrees(ra + east) % 360, np.degrees(np.arcsin(north))


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        (123, 10),
        (123.4, 9.7),
        (0.001, -5),
        (200, 89.5),
        (10, -89.5),
        (33, 0),
        (123, -80),
        (303, -10),
    ],
)
def test_sources_within_the_limit_are_found_however_far_from_the_centre_of_the_image(
    original, ra, dec
):
    """The image is centred on (123, 10): some lie at the edge of its hemisphere, and beyond it."""
    feeder = original(de_ruiter_limit=1e6)
    within, beyond = around(ra, dec, HALF_BEAM - 1e-7), around(ra, dec, HALF_BEAM + 1e-7)
    feeder.see(fit(*np.concatenate([within, beyond], axis=1)), fit(ra, dec), pixels=False)
    assert [source.n_blind for source in sources(feeder)] == [2] * 48 + [1] * 48


def test_an_image_without_usable_measurements_finds_nothing(original):
    feeder = original()
    feeder.see(fit(123, 10), fit(123, 10, usable=False), fit([], []))
    assert [source.n_blind for source in sources(feeder)] == [1]
