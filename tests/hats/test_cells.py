"""Pixels and their margins, against positions compared one with another."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord, search_around_sky
from astropy_healpix import lonlat_to_healpix

from trapdb.hats import cells


def sky(rng, number, ra, dec, width):
    """Positions all over the sky, and as many within some degrees of one; and their cells."""
    lon = rng.uniform(0, 360, number)
    everywhere = SkyCoord(lon, np.degrees(np.arcsin(rng.uniform(-1, 1, number))), unit="deg")
    towards, apart = rng.uniform(0, 360, number), rng.rayleigh(width, number)
    near = SkyCoord(ra, dec, unit="deg").directional_offset_by(towards * u.deg, apart * u.deg)
    lon = np.concatenate([everywhere.ra.deg, near.ra.deg])
    lat = np.concatenate([everywhere.dec.deg, near.dec.deg])
    cell = lonlat_to_healpix(lon * u.deg, lat * u.deg, 1 << cells.FINEST, order="nested")
    order = np.argsort(cell)
    return SkyCoord(lon[order], lat[order], unit="deg"), cell[order]


# within a pixel of the twelve largest, where three of them meet, on the border of two, at a pole
@pytest.mark.parametrize(("ra", "dec"), [(45, 0), (45, 41.8103), (0, 10), (120, 90)])
def test_a_margin_holds_all_that_is_close(monkeypatch, ra, dec):
    monkeypatch.setattr(cells, "ROWS_OF_A_PIXEL", 100)
    positions, cell = sky(np.random.default_rng(1), 3000, ra, dec, 0.02)
    pixels = cells.divided(cell, np.ones(len(cell), np.int64))
    home = np.empty(len(cell), int)
    for number, pixel in enumerate(pixels):
        home[pixel.members] = number
    margin = {(one.order, one.number): set(one.members) for one in cells.margins(cell, pixels)}
    close = 0
    for one, other, *_ in zip(
        *search_around_sky(positions, positions, cells.MARGIN_ARCSEC * u.arcsec), strict=True
    ):
        if home[one] != home[other]:
            pixel = pixels[home[one]]
            assert other in margin[pixel.order, pixel.number]
            close += 1
    assert close > 100
    for pixel in pixels:
        around = np.array(sorted(margin.get((pixel.order, pixel.number), ())), int)
        assert not np.isin(around, pixel.members).any()
        # and little else: two cells of the margin's order are less than 2 arcmin across
        if len(around):
            far = positions[around].match_to_catalog_sky(_corners(pixel))[1]
            assert (far < 2 * u.arcmin).all()


def _corners(pixel):
    """Points along the edge of a pixel, closer to each other than an arcmin, or as many as do."""
    from astropy_healpix import boundaries_lonlat

    lon, lat = boundaries_lonlat(pixel.number, 2000, 1 << pixel.order, order="nested")
    return SkyCoord(lon.ravel(), lat.ravel())


def test_pixels_have_every_source_once_and_few_rows(monkeypatch):
    monkeypatch.setattr(cells, "ROWS_OF_A_PIXEL", 200)
    rng = np.random.default_rng(2)
    _, cell = sky(rng, 5000, 200, -30, 3)
    rows = rng.integers(1, 50, len(cell))
    pixels = cells.divided(cell, rows)
    assert np.array_equal(np.concatenate([one.members for one in pixels]), np.arange(len(cell)))
    for pixel in pixels:
        assert rows[pixel.members].sum() <= 200 or pixel.order == cells.MARGIN_ORDER
        assert set(cell[pixel.members] >> 2 * (cells.FINEST - pixel.order)) == {pixel.number}
        # it could not have been larger
        if pixel.order:
            larger = cell >> 2 * (cells.FINEST - pixel.order + 1) == pixel.number >> 2
            assert rows[larger].sum() > 200


def test_what_cannot_be_divided_is_one_pixel(monkeypatch):
    monkeypatch.setattr(cells, "ROWS_OF_A_PIXEL", 10)
    cell = np.full(50, 1 << 57)
    (pixel,) = cells.divided(cell, np.ones(50, np.int64))
    assert (pixel.order, len(pixel.members)) == (cells.MARGIN_ORDER, 50)
    assert cells.margins(cell, [pixel]) == []
