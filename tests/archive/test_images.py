"""Images of a place, whole and cut out."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

import extractor
from trapdb.errors import ImageLost, InputError


@pytest.fixture
def place(truth):
    return SkyCoord(truth.sources["ra"][0], truth.sources["dec"][0], unit="deg")


def test_the_image_that_is_meant(archive, place, truth):
    """Nearest in time, then in frequency; by default the latest, of the lowest frequency."""
    start = Time("2026-01-01T00:00:00", scale="utc")
    for time, frequency, epoch, band in [
        (None, None, 3, 0),
        (start, 170 * u.MHz, 0, 1),
        (start + 14 * u.min, 155e6, 1, 0),
        ("2026-01-01T00:16:00", None, 1, 0),  # within an observation of ten minutes
        (Time("1990-01-01"), 1 * u.GHz, 0, 1),
    ]:
        found = archive.image_at(place, time, frequency=frequency, dataset="field")
        expected = extractor.open(truth.folder / f"epoch{epoch:04}_band{band:02}.fits")
        assert np.array_equal(found.data, expected.data, equal_nan=True), time
        assert found.unit == u.Jy / u.beam
        assert found.meta["obs_collection"] == "field"
        assert Time(found.meta["t_min"], format="mjd").isot.startswith(f"2026-01-01T00:{epoch}0")
        x, y = found.wcs.world_to_pixel(place)
        assert np.allclose([x, y], expected.wcs.world_to_pixel(place))


def test_a_piece_of_it(archive, place):
    whole = archive.image_at(place, dataset="field")
    piece = archive.cutout(place, 3 * u.arcmin, dataset="field")
    scale = np.abs(whole.wcs.pixel_scale_matrix[0, 0])
    assert np.allclose(piece.shape, 0.05 / scale, atol=1.5)
    x, y = piece.wcs.world_to_pixel(place)
    assert np.allclose([x, y], (np.array(piece.shape) - 1) / 2, atol=1)
    row, column = np.unravel_index(np.nanargmax(piece.data), piece.shape)
    assert np.hypot(row - y, column - x) < 3
    x, y = whole.wcs.world_to_pixel(piece.wcs.pixel_to_world(0, 0))
    assert piece.data[0, 0] == whole.data[round(float(y)), round(float(x))]


def test_a_piece_beyond_the_edge_is_blank_there(archive, place):
    piece = archive.cutout(place, 10, dataset="field")
    assert np.isnan(piece.data[0, 0])
    assert np.isfinite(piece.data).any()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda a, p: a.image_at((10, -10)), "the archive has no image of 10 -10"),
        (lambda a, p: a.image_at(p, dataset="none"), "there is no data set none"),
        (lambda a, p: a.image_at(p, "noon"), "'noon' is no time"),
        (lambda a, p: a.image_at(p, frequency=1 * u.m), "is no frequency"),
        (lambda a, p: a.cutout(p, 0), "a size of 0 deg"),
        (lambda a, p: a.image_at(p, Time(["2026-01-01", "2026-01-02"])), "one time is asked for"),
    ],
)
def test_a_mistake_is_one_line(archive, place, call, told):
    with pytest.raises(InputError, match=told) as refused:
        call(archive, place)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_gone(database, place, truth):
    path = truth.folder / "epoch0003_band00.fits"
    path.rename(path.with_suffix(".away"))
    try:
        with pytest.raises(ImageLost, match=r"epoch0003_band00.fits: the file is gone"):
            database.image_at(place, dataset="field")
    finally:
        path.with_suffix(".away").rename(path)
