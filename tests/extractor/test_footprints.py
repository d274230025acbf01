import dataclasses

import numpy as np
import pytest
from synthetic import SCALE_DEG, image, noise

import extractor
from extractor import ExtractorError


def test_the_corners_are_inset_by_the_margin():
    picture = image(noise(128, 0))
    footprint = extractor.footprint(picture, margin_px=10)
    assert footprint.vertices.shape == (4, 2)
    ra, dec = extractor.geometry.sky.to_sky(picture.wcs, [9.4, 9.6, 64], [64, 64, 64])
    outside, inside, middle = footprint.depth(ra, dec)
    assert outside < 0 < inside
    assert middle == pytest.approx(54 * SCALE_DEG, rel=0.02)
    assert footprint.radius == pytest.approx(54 * np.sqrt(2) * SCALE_DEG, rel=1e-2)


def test_a_radius_gives_a_circle():
    footprint = extractor.footprint(image(noise(128, 0)), radius=0.05)
    assert footprint.vertices is None
    assert footprint.depth(10.0, 40.04) == pytest.approx(0.01)
    assert footprint.depth(10.0, 40.06) == pytest.approx(-0.01)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (15, 15)])
def test_small_images_keep_a_footprint(shape):
    footprint = extractor.footprint(image(np.ones(shape)))
    assert footprint.depth(10.0, 40.0) > 0


def test_at_the_pole():
    footprint = extractor.footprint(image(noise(128, 0), dec=90.0))
    assert footprint.depth(0.0, 90.0) > 0
    assert footprint.depth(200.0, 89.95) > 0
    assert footprint.depth(200.0, 89.5) < 0


def test_an_image_wider_than_its_sky_gets_a_circle():
    picture = image(noise(128, 0))
    picture.wcs.wcs.cdelt = [-1.0, 1.0]
    picture.wcs.wcs.set()
    footprint = extractor.footprint(picture)
    assert footprint.vertices is None
    assert 55 < footprint.radius < 90


@pytest.mark.parametrize("options", [{"radius": 0.0}, {"radius": -1.0}, {"margin_px": -1}])
def test_impossible_ones_are_refused(options):
    with pytest.raises(ExtractorError, match="footprint"):
        extractor.footprint(image(noise(64, 0)), **options)


def test_searched_area_is_that_of_the_valid_pixels_inside():
    data = np.zeros((300, 400))
    pixel = SCALE_DEG**2
    picture = image(data)
    assert extractor.footprint(picture, margin_px=50).searched_area(picture) == pytest.approx(
        200 * 300 * pixel, rel=0.02
    )
    circle = extractor.footprint(picture, radius=100 * SCALE_DEG)
    assert circle.searched_area(picture) == pytest.approx(np.pi * 100**2 * pixel, rel=0.02)
    data[:, 200:] = np.nan
    picture = image(data)
    assert circle.searched_area(picture) == pytest.approx(np.pi * 100**2 * pixel / 2, rel=0.03)
    data[:] = np.nan
    assert circle.searched_area(image(data)) == 0


def test_a_radius_in_pixels():
    footprint = extractor.footprint(image(noise(128, 0)), radius_px=36)
    assert footprint.vertices is None
    assert footprint.radius == pytest.approx(36 * SCALE_DEG)


def test_a_radius_in_pixels_that_are_no_squares():
    """Counts the side of a square as large."""
    picture = dataclasses.replace(image(noise(128, 0)), pixel_scale=(SCALE_DEG, 4 * SCALE_DEG))
    assert extractor.footprint(picture, radius_px=36).radius == pytest.approx(72 * SCALE_DEG)


def test_the_margin_of_a_small_image_is_a_quarter_of_its_shorter_side():
    picture = image(np.zeros((12, 200)))
    footprint = extractor.footprint(picture, margin_px=5)
    ra, dec = extractor.geometry.sky.to_sky(
        picture.wcs, [100, 100, 2.4, 2.6, 100, 100], [2.4, 2.6, 6, 6, 8.6, 8.4]
    )
    assert (footprint.depth(ra, dec) > 0).tolist() == [False, True] * 3


@pytest.mark.parametrize("turn", [1, -1])
def test_a_polygon_of_ones_own(turn):
    corners = [(9.95, 39.96), (10.05, 39.96), (10.0, 40.05)][::turn]
    footprint = extractor.footprint(image(noise(128, 0)), polygon=corners)
    assert footprint.depth(10.0, 40.0) > 0
    assert footprint.depth(10.045, 40.03) < 0
    distance = extractor.geometry.sky.separation(
        *np.transpose(corners), footprint.ra, footprint.dec
    )
    assert footprint.radius == pytest.approx(distance.max())


@pytest.mark.parametrize("ra", [0.0, 10.0])
def test_the_outline_of_the_valid_pixels(ra):
    """A disc that is left of a square, as a cut primary beam leaves it."""
    data = np.zeros((400, 400))
    y, x = np.indices(data.shape)
    data[np.hypot(x - 220, y - 190) > 150] = np.nan
    picture = image(data, ra=ra)
    footprint = extractor.footprint(picture, valid_pixels=True, margin_px=10)
    angle = np.linspace(0, 2 * np.pi, 50)
    for radius, inside in ((137, True), (141, False)):
        where = (220 + radius * np.cos(angle), 190 + radius * np.sin(angle))
        depth = footprint.depth(*extractor.geometry.sky.to_sky(picture.wcs, *where))
        assert (depth > 0).all() if inside else (depth < 0).all()
    whole = extractor.footprint(image(np.zeros((300, 200))), margin_px=5)
    same = extractor.footprint(image(np.zeros((300, 200))), margin_px=5, valid_pixels=True)
    assert len(same.vertices) == 4
    assert same.radius == pytest.approx(whole.radius, rel=0.02)


@pytest.mark.parametrize("turned", [False, True])
def test_a_long_valid_area_is_inset_by_the_margin_where_it_is_near(turned):
    data = np.full((400, 400), np.nan)
    data[170:231, 50:351] = 0  # 30.5 px to the long sides, 150.5 px to the short ones
    picture = image(data.T if turned else data)
    footprint = extractor.footprint(picture, valid_pixels=True, margin_px=10)

    def depth(x, y):
        where = (y, x) if turned else (x, y)
        return footprint.depth(*extractor.geometry.sky.to_sky(picture.wcs, *where))

    along = np.linspace(110, 290, 50)
    for y, beyond in ((179.8, 179.2), (220.2, 220.8)):
        assert (depth(along, y) > 0).all()
        assert (depth(along, beyond) < 0).all()
    for x in (41, 359):
        assert depth(x, 200) < 0


@pytest.mark.parametrize(
    ("shape", "cdelt", "least"),
    [
        ((120, 60), (1.0, 2.0), 28),
        ((60, 120), (2.0, 1.0), 28),
        ((60, 120), (1.5, 1.5), 46),
        ((120, 60), (1.5, 1.5), 46),
    ],
)
def test_the_circle_of_an_all_sky_image_is_within_image_and_sky(shape, cdelt, least):
    picture = image(np.zeros(shape), ra=30.0, dec=50.0)
    picture.wcs.wcs.cdelt = [-cdelt[0], cdelt[1]]
    picture.wcs.wcs.set()
    footprint = extractor.footprint(picture, margin_px=2)
    assert footprint.vertices is None
    assert footprint.radius > least
    angle, sine = np.linspace(0, 2 * np.pi, 360), np.sin(np.radians(0.99 * footprint.radius))
    place = extractor.geometry.sky.from_direction_cosines(
        sine * np.sin(angle), sine * np.cos(angle), 30.0, 50.0
    )
    x, y = extractor.geometry.sky.to_pixel(picture.wcs, *place)
    ny, nx = shape
    assert ((x > 1.5) & (x < nx - 2.5) & (y > 1.5) & (y < ny - 2.5)).all()


def test_a_blank_image_keeps_its_outline():
    footprint = extractor.footprint(image(np.full((64, 64), np.nan)), valid_pixels=True)
    assert footprint.vertices.shape == (4, 2)


@pytest.mark.parametrize(
    "options",
    [
        {"radius": 1.0, "radius_px": 3.0},
        {"polygon": [(10, 40), (11, 40), (11, 41)], "valid_pixels": True},
        {"polygon": [(10, 40), (11, 40)]},
        {"polygon": [(10, 40), (11, 41), (11, 40), (10, 41)]},
        {"polygon": [(10, 40), (11, 40), (10.5, 40.2), (10, 41)]},
        {"polygon": [(10, 40), (11, 40), (11, np.nan)]},
        {"polygon": [(10, 40), (11, 40), (11, 95)]},
    ],
)
def test_impossible_outlines_are_refused(options):
    with pytest.raises(ExtractorError, match="footprint"):
        extractor.footprint(image(noise(64, 0)), **options)
