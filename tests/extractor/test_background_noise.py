import dataclasses

import numpy as np
import pytest
from synthetic import BEAM_PX, RMS, add_sources, celestial_wcs, grid, image, noise

import extractor
from extractor import ExtractorError
from extractor.geometry import sky
from extractor.noise import tiles


def test_level_and_noise_of_pure_noise():
    background = extractor.background(image(noise(512, 1) + 0.25))
    assert background.rms_median == pytest.approx(RMS, rel=0.02)
    assert background.level == pytest.approx(0.25, abs=0.2 * RMS)
    assert background.rms_min < background.rms_median < background.rms_max


@pytest.mark.parametrize("width", [1.0, 2**0.5])
def test_noise_is_not_low_because_its_level_is_taken_from_the_same_pixels(width):
    """The deviation about the median of a tile is 0.3 and 0.6 % low for this beam."""
    major, minor, pa = BEAM_PX
    skies = (noise(1024, seed, (width * major, width * minor, pa)) for seed in range(8))
    rms = [extractor.background(image(sky_)).rms.mean() / RMS for sky_ in skies]
    assert np.mean(rms) == pytest.approx(1, abs=0.0025)
    assert np.mean(rms) == pytest.approx(1, abs=3 * np.std(rms, ddof=1) / len(rms) ** 0.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2)])
@pytest.mark.parametrize("has_beam", [True, False])
def test_an_image_of_few_pixels_has_no_noise_or_a_finite_one(shape, has_beam):
    beam = None if has_beam else extractor.Beam(np.nan, np.nan, np.nan)
    background = extractor.background(image(noise(40, 1)[: shape[0], : shape[1]], beam=beam))
    assert np.isnan(background.rms).all() or (background.rms > 0).all()


@pytest.mark.parametrize("shape", [(300, 420), (60, 500), (40, 50)])
@pytest.mark.parametrize("has_response", [False, True])
def test_level_and_noise_of_patches_are_those_of_their_pixels(shape, has_response):
    """In steep noise, on patches between tiles, across their centres, at and beyond the border."""
    y, x = np.indices(shape)
    data = noise(512, 1)[: shape[0], : shape[1]] * (1 + 9 * x / shape[1]) + y * RMS
    response = (1 + y / shape[0]).astype(np.float32) if has_response else None
    background = extractor.background(dataclasses.replace(image(data), response=response))
    dx, dy = (grid.ravel() for grid in np.meshgrid(np.arange(-4, 6, 2), np.arange(-3, 3)))
    x, y = x.ravel(), y.ravel()
    level, rms = background.at_patches(x, y, dx, dy)
    expected = background.at(
        np.clip(x + dx[:, None], 0, shape[1] - 1), np.clip(y + dy[:, None], 0, shape[0] - 1)
    )
    assert level == pytest.approx(expected[0], rel=1e-12, abs=1e-12 * RMS)
    assert rms == pytest.approx(expected[1], rel=1e-12)


def test_sources_hardly_change_it():
    data = add_sources(noise(512, 1), *grid(512, 40, 1), np.full(144, 0.1))
    background = extractor.background(image(data))
    assert background.rms_median == pytest.approx(RMS, rel=0.04)
    assert np.median(background.level) == pytest.approx(0, abs=0.1 * RMS)


def test_a_very_bright_source_hardly_raises_the_noise_around():
    data = add_sources(noise(512, 1), [256.0], [256.0], [100.0])
    assert extractor.background(image(data)).at(256, 256)[1] == pytest.approx(RMS, rel=0.15)


def test_noise_that_rises_outward_is_followed():
    data = noise(512, 1)
    y, x = np.indices(data.shape)
    rise = 1 + ((x - 256) ** 2 + (y - 256) ** 2) / 256**2
    _, rms = extractor.background(image(data * rise)).at([256, 100, 480], [256, 256, 480])
    assert rms == pytest.approx(RMS * rise[[256, 256, 480], [256, 100, 480]], rel=0.2)


@pytest.mark.parametrize("mesh_px", [32, 64, 1000])
def test_where_there_is_no_place_there_is_no_noise(mesh_px):
    background = extractor.background(image(noise(256, 1)), mesh_px=mesh_px)
    x, y = np.array([10.0, np.nan, 10.0]), np.array([20.0, 20.0, np.nan])
    level, rms = background.at(x, y)
    assert np.isfinite([level[0], rms[0]]).all()
    assert np.isnan([level[1:], rms[1:]]).all()
    assert background.is_known(x, y).tolist() == [True, False, False]


def test_blank_borders_are_unknown_and_harm_nothing():
    data = noise(512, 1)
    y, x = np.indices(data.shape)
    outside = np.hypot(x - 256, y - 256) > 200
    for blank in (np.nan, 0.0):
        background = extractor.background(image(np.where(outside, blank, data)))
        assert background.rms_median == pytest.approx(RMS, rel=0.1)
        assert not background.is_known(5, 5)
        assert background.is_known(256, 256)
        assert np.isnan(background.noise_grid().rms[0, 0])
        assert np.isfinite(background.noise_grid().rms[4, 4])


@pytest.mark.parametrize(
    ("ra", "dec", "projection"),
    [(10.0, 40.0, "SIN"), (0.0, 89.9, "TAN"), (359.99, -60.0, "SIN"), (180.0, 30.0, "TAN")],
)
def test_the_noise_grid_says_the_same_as_the_mesh(ra, dec, projection):
    data = noise(512, 1)
    data *= np.linspace(1, 4, 512)[:, None]
    background = extractor.background(image(data, ra=ra, dec=dec, projection=projection))
    grid_ = background.noise_grid()
    x, y = np.array([30.0, 200.0, 500.0]), np.array([40.0, 300.0, 490.0])
    right, up = sky.to_sky(celestial_wcs(data.shape, ra, dec, projection), x, y)
    l, m, _ = sky.direction_cosines(right, up, ra, dec)  # noqa: E741
    column = np.rint((l - grid_.l0) / grid_.dl).astype(int)
    row = np.rint((m - grid_.m0) / grid_.dm).astype(int)
    assert grid_.rms[row, column] == pytest.approx(background.at(x, y)[1], rel=0.15)


def test_summary_figures_are_those_of_the_footprint():
    data = noise(512, 1) * np.linspace(1, 4, 512)[:, None]
    picture = image(data)
    everywhere = extractor.background(picture)
    centre = extractor.footprint(picture, radius=100 * 5 / 3600)
    inner = extractor.background(picture, footprint=centre)
    assert everywhere.rms_min < inner.rms_min < inner.rms_max < everywhere.rms_max
    tiny = extractor.background(picture, footprint=extractor.footprint(picture, radius=1e-5))
    assert everywhere.rms_min < tiny.rms_median < everywhere.rms_max


def test_an_impossible_mesh_is_refused():
    with pytest.raises(ExtractorError, match="mesh"):
        extractor.background(image(noise(64, 1)), mesh_px=0)


@pytest.mark.parametrize("width", [1.0, 2**0.5])
def test_the_width_of_the_noise_correlation_is_measured_among_sources(width):
    major, minor, pa = BEAM_PX
    data = noise(1024, 4, (width * major, width * minor, pa))
    # as many sources as there are below and above a usual threshold
    x, y = np.random.default_rng(1).uniform(0, 1023, (2, 1200))
    peak = 2 * RMS * np.random.default_rng(2).uniform(0, 1, 1200) ** (-1 / 1.5)
    background = extractor.background(image(add_sources(data, x, y, peak)))
    assert background.noise_correlation == pytest.approx(width, rel=0.02)


def test_the_noise_correlation_of_too_small_or_empty_an_image_is_unknown():
    for data in (noise(24, 1), np.full((256, 256), np.nan), np.zeros((256, 256))):
        assert np.isnan(extractor.background(image(data)).noise_correlation)


def test_level_and_noise_on_a_grid_are_those_at_its_pixels():
    background = extractor.background(image(noise(300, 1) * np.linspace(1, 4, 300)[:, None]))
    rows, columns = np.arange(0, 300, 7), np.arange(5, 290, 11)
    grid_y, grid_x = np.meshgrid(rows, columns, indexing="ij")
    for got, expected in zip(
        background.on_grid(rows, columns), background.at(grid_x, grid_y), strict=True
    ):
        assert got == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shape", [(300, 300), (40, 300), (300, 40), (1, 1)])
def test_whole_pixels_by_table_or_one_by_one(shape):
    background = extractor.background(image(noise(300, 1)[: shape[0], : shape[1]]))
    y, x = np.indices(shape)
    for one, other in zip(background.at_pixels(x, y), background.at(x, y), strict=True):
        assert one == pytest.approx(other, nan_ok=True)


@pytest.mark.parametrize("reach", [1, 2, 5, 100])
def test_widening_reaches_so_many_pixels(reach):
    chosen = np.zeros((2, 9, 40), bool)
    chosen[0, 4, 7] = True
    y, x = np.indices((9, 40))
    wide = tiles.widen(chosen, reach)
    assert (wide[0] == ((abs(y - 4) <= reach) & (abs(x - 7) <= reach))).all()
    assert not wide[1].any()


def test_the_correlation_is_found_where_little_is_not_blank():
    data = noise(1024, 1)
    y, x = np.indices(data.shape)
    data[np.hypot(x - 512, y - 512) > 120] = np.nan
    assert extractor.background(image(data)).noise_correlation == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_wings_of_bright_close_sources_are_no_noise(sign):
    """Sources are left out with all within a beam of them, negative ones, too."""
    x, y = grid(1024, 14, 3)
    data = add_sources(noise(1024, 4), x, y, np.full(len(x), sign * 3000 * RMS))
    background = extractor.background(image(data))
    assert background.noise_correlation == pytest.approx(1.0, abs=0.03)
    assert background.rms_median == pytest.approx(RMS, rel=0.06)
    assert np.median(background.level) == pytest.approx(0, abs=0.15 * RMS)


def test_what_is_known_goes_by_tiles_of_their_own_height_and_width():
    """Of an image that is no square, cut into 5 x 3 tiles of 58 x 70 pixels."""
    data = noise(290, 1)[:, :210]
    data[:58] = data[:, 140:] = np.nan
    background = extractor.background(image(data), mesh_px=64)
    x, y = np.array([100, 100, 135, 145]), np.array([53, 63, 150, 150])
    assert background.is_known(x, y).tolist() == [False, True, True, False]


@pytest.mark.parametrize("turned", [0.0, 45.0, 90.0])
def test_the_noise_grid_is_as_fine_as_the_mesh_however_an_image_is_turned(turned):
    """The noise rises along the image, which is four times as long as wide."""
    data = noise(768, 1)[:192] * np.linspace(1, 6, 768)
    picture = image(data, rotation_deg=turned)
    background = extractor.background(picture)
    grid_ = background.noise_grid()
    x, y = np.array([50.0, 250.0, 500.0, 700.0]), np.array([96.0, 60.0, 130.0, 96.0])
    l, m, _ = sky.direction_cosines(*sky.to_sky(picture.wcs, x, y), picture.ra, picture.dec)  # noqa: E741
    column = np.rint((l - grid_.l0) / grid_.dl).astype(int)
    row = np.rint((m - grid_.m0) / grid_.dm).astype(int)
    assert grid_.rms[row, column] == pytest.approx(background.at(x, y)[1], abs=0.4 * RMS)
