"""How densely reference catalogues lie on the sky, by plain counting with astropy's HEALPix."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from tests.sql.test_reference import load

COLUMNS = ("reference_id", "ra", "dec", "flux")
# Poles, ra 0, and where the largest cells meet: there pgSphere's own function is wrong.
AWKWARD = [
    *[(ra, dec) for ra in (0, 45, 90, 180, 315) for dec in (-90, -60, 0, 30, 41.81, 60, 89.99, 90)],
    *[(ra, dec) for ra in (1e-9, 360 - 1e-9, 180 + 1e-14) for dec in (-1e-9, 1e-9, 60, 89.999999)],
    *[(33.75, 30), (56.25, -30), (67.5, np.degrees(np.arcsin(1 / 3))), (90, 90 - 1e-9)],
]


def cells(ra, dec, order):
    return HEALPix(nside=2**order, order="nested").lonlat_to_healpix(ra * u.deg, dec * u.deg)


def patch(n, seed=1, size=20.0, ra=350.0, dec=50.0):
    """Sources in a square over ra 0, brighter ones as often as in space without evolution."""
    rng = np.random.default_rng(seed)
    return (
        (ra + rng.uniform(0, size, n)) % 360,
        dec + rng.uniform(0, size, n),
        0.003 * rng.uniform(0, 1, n) ** (-1 / 1.5),
    )


def load_sky(conn, ra, dec, flux, **properties):
    columns = (np.array(one, object).tolist() for one in (ra, dec, flux))
    rows = zip(range(len(ra)), *columns, strict=True)
    return load(conn, rows, COLUMNS, **properties)


def density(conn, catalogue_id, ra, dec, flux=None):
    rows = conn.execute(
        "select trap.reference_density(%s, p.ra, p.dec, p.flux) from"
        " unnest(%s::float8[], %s::float8[], %s::float8[])"
        " with ordinality as p (ra, dec, flux, n) order by p.n",
        [catalogue_id, *(np.broadcast_to(c, np.shape(ra)).tolist() for c in (ra, dec, flux))],
    ).fetchall()
    return np.array([value for (value,) in rows], float)


def order_of(conn, catalogue_id):
    known = "select density_order from trap_data.reference_catalogue where catalogue_id = %s"
    return conn.execute(known, [catalogue_id]).fetchone()[0]


def expected_order(ra, dec):
    def crowd(order):
        return len(ra) // len(np.unique(cells(ra, dec, order)))

    wanted = max(5, min(50, len(ra) // 2))
    return max([order for order in range(10) if crowd(order) >= wanted], default=0)


def area_of(order):
    return HEALPix(nside=2**order).pixel_area.to_value(u.deg**2)


@pytest.mark.parametrize("order", [0, 3, 9, 29])
def test_a_position_is_in_the_cell_that_others_say(db, order):
    rng = np.random.default_rng(5)
    ra = rng.uniform(0, 360, 5000)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 5000)))
    found = db.execute(
        "select trap.healpix_cell(%s, p.ra, p.dec) from unnest(%s::float8[], %s::float8[])"
        " with ordinality as p (ra, dec, n) order by p.n",
        [order, ra.tolist(), dec.tolist()],
    ).fetchall()
    assert (np.array(found)[:, 0] == cells(ra, dec, order)).all()


def test_at_poles_and_borders_a_cell_is_one_of_those_that_meet_there(db):
    for ra, dec in AWKWARD:
        (found,) = db.execute(
            "select trap.healpix_cell(9, %s, %s)", [float(ra), float(dec)]
        ).fetchone()
        around = SkyCoord(ra * u.deg, dec * u.deg).directional_offset_by(
            np.arange(0, 360, 15) * u.deg, 5e-6 * u.deg
        )
        assert found in cells(around.ra.deg, around.dec.deg, 9), (ra, dec)


@pytest.mark.parametrize("n", [1, 4, 9, 60, 199, 5000])
def test_cells_are_as_fine_as_a_hundred_sources_allow(db, n):
    ra, dec, flux = patch(n)
    catalogue_id = load_sky(db, ra, dec, flux)
    assert order_of(db, catalogue_id) == expected_order(ra, dec)


def test_all_sources_are_counted_each_in_its_cell(db):
    ra, dec, flux = patch(5000)
    catalogue_id = load_sky(db, ra, dec, flux)
    order = order_of(db, catalogue_id)
    here, number = np.unique(cells(ra, dec, order), return_counts=True)
    rows = db.execute(
        "select cell, n, area from trap_data.reference_density order by cell"
    ).fetchall()
    assert [row[:2] for row in rows] == list(zip(here, number, strict=True))
    assert [row[2] for row in rows] == pytest.approx([area_of(order)] * len(rows))
    mean = 5000 / (len(here) * area_of(order))
    by_cell = dict(zip(here, (number + 1) / (area_of(order) + 1 / mean), strict=True))
    expected = [by_cell[cell] for cell in cells(ra, dec, order)]
    assert density(db, catalogue_id, ra, dec) == pytest.approx(expected)


def test_brighter_sources_are_rarer_as_they_were_counted(db):
    """Exact at 1, 2, 4, 8, ... sources and at the faintest; in between within what those allow."""
    ra, dec, flux = patch(5000)
    catalogue_id = load_sky(db, ra, dec, flux)
    own = cells(ra, dec, order_of(db, catalogue_id))
    all_of_them = density(db, catalogue_id, ra, dec)
    share = density(db, catalogue_id, ra, dec, flux) / all_of_them
    for cell in np.unique(own):
        here = np.argsort(-np.where(own == cell, flux, 0))[: (own == cell).sum()]
        rank, found = np.arange(1, len(here) + 1), share[here] * len(here)
        step = np.log2(rank) % 1 == 0
        step[-1] = True
        assert found[step] == pytest.approx(rank[step])
        assert (np.diff(found) > 0).all()
        assert (np.abs(np.log2(found / rank)) < 1).all()
        # between two steps a power law
        if len(here) >= 8:
            bright, faint = here[3], here[7]
            middle = np.sqrt(flux[bright] * flux[faint])
            between = density(db, catalogue_id, ra[[bright]], dec[[bright]], middle)
            assert between / all_of_them[bright] * len(here) == pytest.approx([np.sqrt(4 * 8)])


def test_beyond_the_faintest_and_the_brightest(db):
    catalogue_id = load_sky(db, [10, 10.01, 10.02], [20] * 3, [1, 2, 4])
    ratio = [density(db, catalogue_id, [10], [20], flux)[0] for flux in (0.1, 1, 4, 16, 1e300)]
    whole = density(db, catalogue_id, [10], [20])[0]
    expected = [whole, whole, whole / 3, whole / 3 * 4**-1.5]
    assert ratio[:4] == pytest.approx(expected)
    assert 0 < ratio[4] < 1e-200


@pytest.mark.parametrize(
    ("fluxes", "at", "share"),
    [
        ([None] * 4, 5.0, 1),  # no flux is known: any source may be as bright
        ([2.0] * 4, 2.0, 1),  # all of one flux
        ([1.0, 2.0, 2.0, 2.0], 2.0, 3 / 4),
        ([1.0, 3.0, None, -1.0], 3.0, 1 / 2),  # those without are taken to be as the others
        ([0.0, -1.0, -2.0, None], 1.0, 1),
    ],
)
def test_fluxes_that_are_equal_or_none(db, fluxes, at, share):
    catalogue_id = load_sky(db, [10, 10.01, 10.02, 10.03], [20] * 4, fluxes)
    whole = density(db, catalogue_id, [10], [20])[0]
    assert density(db, catalogue_id, [10], [20], at)[0] == pytest.approx(share * whole)


def test_where_no_source_is_it_is_still_not_zero(db):
    ra, dec, flux = patch(5000)
    catalogue_id = load_sky(db, ra, dec, flux)
    far = density(db, catalogue_id, [180.0], [-50.0])[0]
    mean = db.execute("select density_mean from trap.reference_catalogue").fetchone()[0]
    area = area_of(order_of(db, catalogue_id))
    assert far == pytest.approx(1 / (area + 1 / mean))
    assert far < 0.03 * mean


def test_a_reader_asks_and_nobody_writes(operator_db, reader_db):
    catalogue_id = load_sky(operator_db, [10, 11], [20, 20], [1, 2])
    assert density(reader_db, catalogue_id, [10], [20])[0] > 0
    assert np.isnan(density(reader_db, catalogue_id + 1, [10], [20])).all()


def test_densities_go_with_their_catalogue(db):
    load_sky(db, [10, 11], [20, 20], [1, 2])
    db.execute("select trap.remove_reference_catalogue('deep', null)")
    assert db.execute("select count(*) from trap_data.reference_density").fetchone() == (0,)
