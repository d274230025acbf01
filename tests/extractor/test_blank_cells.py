"""Cells in which a source may lie on blank pixels, compared with forced fits on each pixel."""

import numpy as np
import pytest
from synthetic import BEAM_PX, SCALE_DEG, image, noise

import extractor
from extractor import Flag
from extractor.geometry import sky

SIZE = 160
Y, X = np.indices((SIZE, SIZE))
BLANK = {
    "beyond a circle": np.hypot(X - 80, Y - 80) > 50,
    "half": X < 80,
    "hole": np.hypot(X - 60, Y - 90) < 12,
    "hole of a beam": (abs(X - 60) < 3) & (abs(Y - 90) < 3),
    "columns": X % 40 < 6,
    "all": X >= 0,
}


def cells_of(cells, footprint, ra, dec, ranges):
    """Whether positions are in ranges of cells, as the documentation of the numbers has it."""
    l, m, _ = sky.direction_cosines(ra, dec, footprint.ra, footprint.dec)  # noqa: E741
    number = (np.floor(m / cells.size) + 2**14) * 2**15 + np.floor(l / cells.size) + 2**14
    return np.any((number[:, None] >= ranges[:, 0]) & (number[:, None] < ranges[:, 1]), axis=1)


def measured(picture, footprint):
    """Cells, positions well within the footprint, and whether a forced fit is made there."""
    background = extractor.background(picture, footprint=footprint)
    x, y = (grid[8:-8:5, 9:-8:5].ravel() for grid in (X, Y))
    ra, dec = sky.to_sky(picture.wcs, x, y)
    fits = extractor.force(picture, background, footprint, ra, dec)
    return (
        extractor.blank_cells(background, footprint), ra, dec,
        (fits.flags & int(Flag.BLANK | Flag.OUTSIDE)) == 0,
    )  # fmt: skip


@pytest.mark.parametrize("name", BLANK)
@pytest.mark.parametrize("projection", ["SIN", "TAN"])
@pytest.mark.parametrize("rotation_deg", [0, 37])
def test_a_source_can_be_measured_wherever_cells_are_not_blank(name, projection, rotation_deg):
    data = np.where(BLANK[name], np.nan, noise(SIZE, seed=1))
    picture = image(data, projection=projection, rotation_deg=rotation_deg)
    footprint = extractor.footprint(picture)
    cells, ra, dec, possible = measured(picture, footprint)
    blank = cells_of(cells, footprint, ra, dec, cells.blank)
    near = cells_of(cells, footprint, ra, dec, cells.near)
    assert not (~blank & ~possible).any()
    assert not (blank & ~near).any()
    # ... and nearly wherever it can be measured, but for a beam beside the blanks
    x, y = sky.to_pixel(picture.wcs, ra, dec)
    blank_y, blank_x = np.nonzero(BLANK[name])
    distance = np.hypot(x[:, None] - blank_x, y[:, None] - blank_y).min(axis=1)
    assert not (blank & (distance > 1.5 * BEAM_PX[0])).any()
    assert not (near & (distance > 2.5 * BEAM_PX[0])).any()


def test_an_image_without_blanks_has_no_blank_cells():
    picture = image(noise(SIZE, seed=2))
    footprint = extractor.footprint(picture)
    assert not len(extractor.blank_cells(extractor.background(picture), footprint).near)


def test_a_blank_pixel_or_two_blank_no_cell():
    data = noise(SIZE, seed=3)
    data[50, 60] = data[90:92, 100] = np.nan
    picture = image(data)
    footprint = extractor.footprint(picture)
    assert not len(extractor.blank_cells(extractor.background(picture), footprint).blank)


def test_beyond_the_border_of_the_image_a_wider_footprint_is_blank():
    picture = image(noise(SIZE, seed=4))
    footprint = extractor.footprint(picture, radius=SIZE * SCALE_DEG)
    cells = extractor.blank_cells(extractor.background(picture), footprint)
    ra, dec = sky.to_sky(picture.wcs, [80.0, 20.0, -12.0, 80.0], [80.0, 140.0, 80.0, 175.0])
    blank = cells_of(cells, footprint, ra, dec, cells.blank)
    assert blank.tolist() == [False, False, True, True]


def test_blanks_outside_the_footprint_are_none():
    data = np.where(np.hypot(X - 80, Y - 80) > 60, np.nan, noise(SIZE, seed=5))
    picture = image(data)
    footprint = extractor.footprint(picture, radius_px=50)
    assert not len(extractor.blank_cells(extractor.background(picture), footprint).near)
