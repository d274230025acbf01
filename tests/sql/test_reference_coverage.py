"""Where reference catalogues cover the sky, by astropy's HEALPix and galactic coordinates."""

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from tests.sql.test_reference import begin
from tests.sql.test_reference_density import (
    AWKWARD,
    area_of,
    cells,
    density,
    load_sky,
    order_of,
    patch,
)


def all_sky(n, seed=2):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 360, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


def covers(conn, moc, ra, dec):
    rows = conn.execute(
        "select trap.moc_covers(%s::smoc, p.ra, p.dec) from unnest(%s::float8[], %s::float8[])"
        " with ordinality as p (ra, dec, n) order by p.n",
        [moc, np.asarray(ra, float).tolist(), np.asarray(dec, float).tolist()],
    ).fetchall()
    return np.array([row[0] for row in rows])


def set_coverage(conn, where):
    conn.execute("select trap.set_reference_coverage('deep', null, %s)", [where])


def known(conn, columns):
    return conn.execute(f"select {columns} from trap.reference_catalogue").fetchone()


# ---- MOCs


def test_a_moc_covers_what_is_in_its_cells(db):
    ra, dec = all_sky(20_000)
    moc = "1/3-5 3/100,200-300 6/20000-20100"
    inside = (
        np.isin(cells(ra, dec, 1), [3, 4, 5])
        | np.isin(cells(ra, dec, 3), [100, *range(200, 301)])
        | np.isin(cells(ra, dec, 6), range(20000, 20101))
    )
    assert (covers(db, moc, ra, dec) == inside).all()


def test_the_whole_sky_is_covered_at_poles_and_borders_too(db):
    ra, dec = np.transpose(AWKWARD)
    for part in ("0/0-11", "1/0-47", "4/0-3071"):
        assert covers(db, part, ra, dec).all()
    halves = [covers(db, part, ra, dec) for part in ("2/0-95", "2/96-191")]
    assert (halves[0] != halves[1]).all()


@pytest.mark.parametrize("order", [0, 2, 5])
def test_how_much_of_each_cell_a_moc_covers(db, order):
    """By the cells of order 6 in it, one by one."""
    moc = {1: [7, 8], 3: [0, 5, 700], 6: [1, 2, 3, 40000, *range(10_000, 10_100)]}
    text = " ".join(f"{o}/{','.join(map(str, numbers))}" for o, numbers in moc.items())
    fine = {
        n
        for o, numbers in moc.items()
        for cell in numbers
        for n in range(cell * 4 ** (6 - o), (cell + 1) * 4 ** (6 - o))
    }
    here, count = np.unique(np.array(sorted(fine)) // 4 ** (6 - order), return_counts=True)
    rows = db.execute(
        "select cell, area from trap.moc_area_by_cell(%s::smoc, %s) order by cell", [text, order]
    ).fetchall()
    assert [row[0] for row in rows] == here.tolist()
    assert [row[1] for row in rows] == pytest.approx(count * area_of(6))


@pytest.mark.parametrize(
    ("low", "high", "latitude"), [(-40, 90, None), (-90, -30, 10), (-5, 5, 60), (-90, 90, 0)]
)
def test_a_zone_of_the_sky_to_its_border(db, low, high, latitude):
    (moc,) = db.execute("select trap.moc_of_zone(%s, %s, %s)", [low, high, latitude]).fetchone()
    ra, dec = all_sky(20_000)
    sky = SkyCoord(ra * u.deg, dec * u.deg)
    b = np.abs(sky.galactic.b.deg)
    inside = (dec >= low) & (dec <= high) & (b >= (latitude or 0))
    edge = np.min([np.abs(dec - one) for one in (low, high)], axis=0)
    if latitude:
        edge = np.minimum(edge, np.abs(b - latitude))
    wrong = covers(db, moc, ra, dec) != inside
    assert wrong.mean() < 0.01
    assert edge[wrong].max(initial=0) < 62 / 2**9


# ---- coverage of a catalogue


def test_what_is_not_told_is_not_known(db):
    load_sky(db, *patch(100))
    assert known(db, "coverage, area, n_outside") == (None, None, None)


def test_the_whole_sky(db, operator_db):
    load_sky(db, *patch(100))
    set_coverage(operator_db, "all")
    assert known(db, "coverage, n_outside") == ("0/0-11", 0)
    assert known(db, "area")[0] == pytest.approx(4 * np.pi * np.degrees(1) ** 2)


def test_a_coverage_with_sources_outside_of_it(db):
    ra, dec, flux = patch(1000)
    load_sky(db, ra, dec, flux)
    own, number = np.unique(cells(ra, dec, 3), return_counts=True)
    most = own[np.argsort(number)[len(own) // 3 :]]
    moc = f"3/{','.join(map(str, most))}"
    set_coverage(db, moc)
    outside = (~np.isin(cells(ra, dec, 3), most)).sum()
    assert 0 < outside < 500
    assert known(db, "n_outside, area") == (outside, pytest.approx(len(most) * area_of(3)))


def test_a_coverage_of_something_else_is_refused(db):
    load_sky(db, *patch(100))
    with pytest.raises(psycopg.Error, match="of its 100 sources 100 lie outside of that coverage"):
        set_coverage(db, "3/0-2")
    with pytest.raises(psycopg.Error, match="no reference catalogue named"):
        db.execute("select trap.set_reference_coverage('other', null, 'all')")


def test_a_reader_does_not_set_it(db, reader_db):
    load_sky(db, *patch(100))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        set_coverage(reader_db, "all")


def test_a_coverage_of_the_sources_themselves(db):
    """The finest cells that have ten sources on average, if they have any."""
    ra, dec, flux = patch(20_000)
    load_sky(db, ra, dec, flux)
    set_coverage(db, "sources")

    def crowd(order):
        return len(ra) / len(np.unique(cells(ra, dec, order)))

    order = max(o for o in range(13) if crowd(o) >= 10)
    own = np.unique(cells(ra, dec, order))
    assert known(db, "n_outside, area") == (0, pytest.approx(len(own) * area_of(order)))
    inside = HEALPix(nside=2**order, order="nested").healpix_to_lonlat(own)
    (moc,) = known(db, "coverage")
    assert covers(db, moc, inside[0].deg, inside[1].deg).all()


def test_too_few_sources_tell_nothing(db):
    ra, dec = all_sky(40)
    load_sky(db, ra, dec, np.ones(40))
    with pytest.raises(psycopg.Error, match="too few to tell from them what it covers"):
        set_coverage(db, "sources")


def load_survey(conn, ra, dec, moc):
    """Load what may be a whole survey, whose coverage is known."""
    with conn.transaction():
        catalogue_id, *_ = begin(conn)
        with conn.cursor().copy(
            f"copy trap_data.reference_source_{catalogue_id} (reference_id, ra, dec) from stdin"
        ) as copy:
            for row in zip(range(len(ra)), ra.tolist(), dec.tolist(), strict=True):
                copy.write_row(row)
        conn.execute("select trap.finish_reference_catalogue(%s, %s, true)", [catalogue_id, moc])


@pytest.mark.parametrize("part", ["whole", "bright", "region", "few"])
def test_a_survey_covers_what_it_is_known_to_if_it_is_whole(db, part):
    """An excerpt would else be missing sources wherever it is not. A cut in flux does not show."""
    ra, dec = all_sky(5000)
    north = dec > -40
    keep = {"whole": north, "bright": north & (np.arange(5000) % 10 == 0)}
    keep |= {"region": north & (dec > 0), "few": np.arange(5000) < 20}
    chosen = keep[part]
    (moc,) = db.execute("select trap.moc_of_zone(-40, 90, null)").fetchone()
    load_survey(db, ra[chosen], dec[chosen], moc)
    assert known(db, "coverage is not null") == (part in ("whole", "bright"),)


# ---- densities where the coverage is known


def test_densities_are_those_of_the_part_of_a_cell_that_is_covered(db):
    ra, dec, flux = patch(5000)
    catalogue_id = load_sky(db, ra, dec, flux)
    order = order_of(db, catalogue_id)
    fine = np.unique(cells(ra, dec, order + 2))
    set_coverage(db, f"{order + 2}/{','.join(map(str, fine))}")
    here, parts = np.unique(fine // 16, return_counts=True)
    own, number = np.unique(cells(ra, dec, order), return_counts=True)
    assert (here == own).all()
    area = parts * area_of(order + 2)
    mean = len(ra) / area.sum()
    assert known(db, "density_mean") == (pytest.approx(mean),)
    by_cell = dict(zip(own, (number + 1) / (area + 1 / mean), strict=True))
    expected = [by_cell[cell] for cell in cells(ra, dec, order)]
    assert density(db, catalogue_id, ra, dec) == pytest.approx(expected)
    assert len(np.unique(parts)) > 3


def test_inside_the_coverage_a_density_is_not_zero_and_outside_not_known(db):
    ra, dec, flux = patch(5000)
    catalogue_id = load_sky(db, ra, dec, flux)
    order = order_of(db, catalogue_id)
    where = " ".join(f"3/{cell}" for cell in np.unique(cells(ra, dec, 3)))
    set_coverage(db, f"{where} 2/100")
    assert order_of(db, catalogue_id) == order
    empty = HEALPix(nside=4, order="nested").healpix_to_lonlat(100)
    (mean,) = known(db, "density_mean")
    found = density(db, catalogue_id, [empty[0].deg], [empty[1].deg], 1.0)
    assert found == pytest.approx([1 / (area_of(order) + 1 / mean)])
    assert np.isnan(density(db, catalogue_id, [180.0], [-80.0])).all()


def test_cells_without_sources_cost_nothing_however_much_is_covered(db):
    """Of the whole sky there would be millions; outside of it are sources, whose cells count."""
    ra, dec, flux = patch(200, size=1.0)
    catalogue_id = load_sky(db, [*ra, 90.0], [*dec, 80.0], [*flux, 1.0])
    order = order_of(db, catalogue_id)
    own = np.unique(cells([*ra, 90.0], [*dec, 80.0], order))
    rows = "select array_agg(cell order by cell) from trap_data.reference_density"
    sphere = 4 * np.pi * np.degrees(1) ** 2
    base = cells(np.array([90.0]), np.array([80.0]), 0)[0]
    for where, area in [
        ("all", sphere),
        (
            f"0/{','.join(str(n) for n in range(12) if n != base)}",
            sphere * 11 / 12 + area_of(order),
        ),
    ]:
        set_coverage(db, where)
        assert db.execute(rows).fetchone() == (own.tolist(),)
        (mean,) = known(db, "density_mean")
        assert mean == pytest.approx(201 / area)
        far = density(db, catalogue_id, [180.0], [-50.0])
        assert far == pytest.approx([1 / (area_of(order) + 1 / mean)])
    assert np.isnan(density(db, catalogue_id, [95.0], [70.0])).all()
