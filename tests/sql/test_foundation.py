"""The pure functions, against astropy and against the textbook, everywhere on the sphere."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord


def rows(conn, query, *columns):
    """Select from rows a, b, ... made of columns; return an array of arrays, one a result."""
    names = ", ".join("abcdefgh"[: len(columns)])
    arrays = ", ".join(["%s::float8[]"] * len(columns))
    found = conn.execute(
        query.format(rows=f"unnest({arrays}) with ordinality as given ({names}, row)")
        + " order by row",
        [np.asarray(column, float).tolist() for column in columns],
    ).fetchall()
    return np.array(found, float).T


def separation(conn, first, second):
    query = "select trap.angular_separation(a, b, c, d) from {rows}"
    return rows(conn, query, *coordinates(first, second))[0]


def tangent_offset(conn, first, second):
    query = "select o.* from {rows} cross join lateral trap.tangent_offset(a, b, c, d) as o"
    return rows(conn, query, *coordinates(first, second))


def coordinates(first, second):
    return first.ra.deg, first.dec.deg, second.ra.deg, second.dec.deg


def sky(ra, dec):
    return SkyCoord(ra, dec, unit="deg")


@pytest.fixture
def pairs():
    """Pairs of positions at all distances, poles and RA 0 among them."""
    rng = np.random.default_rng(2)
    ra = rng.uniform(0, 360, 500)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 500)))
    dec[:80] = 90 - 10 ** rng.uniform(-6, 0, 80)
    dec[80:160] = -90 + 10 ** rng.uniform(-6, 0, 80)
    ra[160:200] = 10 ** rng.uniform(-8, 0, 40)
    first = sky(ra, dec)
    distance = np.where(
        rng.uniform(size=500) < 0.7, 10 ** rng.uniform(-7, 0, 500), rng.uniform(0, 179, 500)
    )
    second = first.directional_offset_by(rng.uniform(0, 360, 500) * u.deg, distance * u.deg)
    return first, second


def test_angular_separation(conn, pairs):
    # positions in degrees are known to 3e-14
    np.testing.assert_allclose(
        separation(conn, *pairs), pairs[0].separation(pairs[1]).deg, rtol=1e-9, atol=1e-12
    )


def test_10_8_angular_separation_of_round_positions(conn):
    """The places at which the original tests its unit vectors."""
    ra, dec = np.array([(0, 90), (0, 0), (360, 0), (180, 0), (90, 0), (45, 0)], float).T
    query = "select trap.angular_separation(0, 0, a, b) from {rows}"
    assert rows(conn, query, ra, dec)[0] == pytest.approx([90, 0, 0, 180, 90, 45], abs=1e-12)


def test_a_position_that_is_not_known_is_at_no_distance(conn):
    """As in an outer join: the row that is missing is not on the other side of the sky."""
    for position in ("null, 0", "0, null", "null, null"):
        query = f"select trap.angular_separation({position}, 1, 2) as one,"
        query += f" trap.angular_separation(1, 2, {position}) as other"
        assert conn.execute(query).fetchone() == (None, None)


def test_tangent_offset_is_the_chord_along_east_and_north(conn, pairs):
    first, second = pairs
    near = first.separation(second) < 1 * u.deg
    first, second = first[near], second[near]
    true = first.separation(second).deg
    east, north, apart = tangent_offset(conn, first, second)
    np.testing.assert_allclose(apart, true, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(np.hypot(east, north), true, rtol=2e-5, atol=1e-12)
    # the direction is that in which the great circle passes the midpoint
    middle = first.directional_offset_by(first.position_angle(second), true / 2 * u.deg)
    angle = middle.position_angle(second).deg
    off = (np.degrees(np.arctan2(east, north)) - angle + 180) % 360 - 180
    known = true > 1e-5
    assert np.abs(off[known & (np.abs(middle.dec.deg) < 89.9)]).max() < 1e-3


def test_tangent_offset_is_the_same_from_either_side(conn, pairs):
    forth, back = tangent_offset(conn, *pairs), tangent_offset(conn, *pairs[::-1])
    np.testing.assert_array_equal(forth[:2], -back[:2])
    np.testing.assert_array_equal(forth[2], back[2])


def test_tangent_offset_does_not_change_when_the_sky_is_turned_about_its_axis(conn, pairs):
    turned = [SkyCoord(p.ra + 123.456 * u.deg, p.dec) for p in pairs]
    np.testing.assert_allclose(
        tangent_offset(conn, *turned), tangent_offset(conn, *pairs), rtol=1e-6, atol=1e-11
    )


def test_tangent_offset_across_the_pole_is_along_the_meridian_of_the_midpoint(conn):
    first, second = sky([10, 30], [89.99, 89.98]), sky([190, 210], [89.99, 89.99])
    east, north, apart = tangent_offset(conn, first, second)
    assert apart == pytest.approx([0.02, 0.03])
    # at the pole itself there is no such meridian; the length is right all the same
    assert np.hypot(east, north) == pytest.approx([0.02, 0.03])
    assert (east[1], abs(north[1])) == pytest.approx((0, 0.03), abs=1e-9)


def test_direction_cosines(conn, pairs):
    first, second = pairs
    query = "select o.* from {rows} cross join lateral trap.direction_cosines(a, b, c, d) as o"
    east, north = rows(conn, query, *coordinates(first, second))
    offset = second.transform_to(first.skyoffset_frame()).cartesian
    np.testing.assert_allclose(east, offset.y, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(north, offset.z, rtol=1e-9, atol=1e-13)


def test_sky_position_is_the_inverse_of_direction_cosines(conn, pairs):
    near = pairs[0].separation(pairs[1]) < 60 * u.deg
    first, second = pairs[0][near], pairs[1][near]
    query = """
        select p.* from {rows}
        cross join lateral trap.direction_cosines(a, b, c, d) as o
        cross join lateral trap.sky_position(a, b, o.l, o.m) as p
    """
    ra, dec = rows(conn, query, *coordinates(first, second))
    assert sky(ra, dec).separation(second).deg.max() < 1e-11


def test_every_position_has_a_right_ascension_from_0_to_below_360(conn):
    """A negative angle of 1e-20 deg, plus 360, is 360."""
    tiny = [-1e-100, -1e-20, -1e-17, -1e-16, 0.0, 1e-17, 1e-30]
    ra, dec, east, north = np.meshgrid(
        [0.0, 1e-15, 180.0, 359.9999999999999], [-90.0, -45.0, 0.0, 90.0], tiny, tiny
    )
    query = "select p.* from {rows} cross join lateral trap.sky_position(a, b, c, d) as p"
    ra, dec = rows(conn, query, *(axis.ravel() for axis in (ra, dec, east, north)))
    assert ((ra >= 0) & (ra < 360)).all()
    assert ((dec >= -90) & (dec <= 90)).all()


def test_de_ruiter_radius(conn):
    rng = np.random.default_rng(4)
    east, north = rng.normal(size=(2, 50))
    errors = rng.uniform(0.1, 2, (4, 50))
    found = rows(
        conn, "select trap.de_ruiter_radius(a, b, c, d, e, f) from {rows}", east, north, *errors
    )[0]
    expected = np.sqrt(
        east**2 / (errors[0] ** 2 + errors[2] ** 2) + north**2 / (errors[1] ** 2 + errors[3] ** 2)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_merging_samples_is_as_good_as_taking_them_together(conn):
    """Weighted, and about a mean a million times the spread."""
    rng = np.random.default_rng(6)
    for split in (1, 7, 19):
        values, weights = 1e6 + rng.normal(size=20), rng.uniform(0.5, 2, 20)
        parts = np.split(values, [split]), np.split(weights, [split])
        samples = []
        for value, weight in zip(*parts, strict=True):
            mean = np.average(value, weights=weight)
            samples += [weight.sum(), mean, np.sum(weight * (value - mean) ** 2)]
        mean, m2 = conn.execute(
            "select trap.merged_mean(a, b, d, e), trap.merged_m2(a, b, c, d, e, f)"
            " from (values (%s, %s, %s, %s, %s, %s)) as sample (a, b, c, d, e, f)",
            [float(sample) for sample in samples],
        ).fetchone()
        whole = np.average(values, weights=weights)
        assert mean == pytest.approx(whole, rel=1e-15)
        assert m2 == pytest.approx(np.sum(weights * (values - whole) ** 2), rel=1e-9)


def test_merging_comoments_is_as_good_as_taking_the_samples_together(conn):
    rng = np.random.default_rng(7)
    x, y = 1e4 + rng.normal(size=20), 1e6 + rng.normal(size=20)
    weights = rng.uniform(0.5, 2, 20)

    def sample(part):
        means = [np.average(values[part], weights=weights[part]) for values in (x, y)]
        comoment = np.sum(weights[part] * (x[part] - means[0]) * (y[part] - means[1]))
        return [weights[part].sum(), *means, comoment]

    for split in (1, 7, 19):
        parts = sample(slice(split)), sample(slice(split, None))
        (found,) = conn.execute(
            "select trap.merged_comoment(%s, %s, %s, %s, %s, %s, %s, %s)",
            [float(figure) for part in parts for figure in part],
        ).fetchone()
        assert found == pytest.approx(sample(slice(None))[3], rel=1e-8)


def test_days_since_2000(conn):
    for at, days in [("2000-01-01 00:00+00", 0), ("2012-01-01 13:00+01", 4383.5)]:
        assert conn.execute("select trap.days_since_2000(%s)", [at]).fetchone() == (days,)


def test_iau_names_cut_the_position_off(conn):
    """Cut off, not rounded."""
    for ra, dec, name in [
        (0, 0, "J000000.0+000000"),
        (359.9999999, 89.9999999, "J235959.9+895959"),
        (123.0, 10.0, "J081200.0+100000"),
        (83.63308, 22.01449, "J053431.9+220052"),
        (83.82208, -5.39111, "J053517.2-052327"),
        (10.5, -0.0002, "J004200.0-000000"),
        (350.866417, 58.811778, "J232327.9+584842"),
    ]:
        assert conn.execute("select trap.iau_name(%s, %s)", [ra, dec]).fetchone() == (name,)


def test_iau_names_of_round_positions_survive_the_rounding_of_degrees(conn):
    """12h 34m 56.7s is 188.73625 deg, and a hair less in binary."""
    rng = np.random.default_rng(9)
    tenths, seconds = rng.integers(0, 864000, 500), rng.integers(0, 324000, 500)
    found = conn.execute(
        "select trap.iau_name(a, b) from unnest(%s::float8[], %s::float8[])"
        " with ordinality as given (a, b, row) order by row",
        [(tenths / 2400).tolist(), (seconds / 3600).tolist()],
    ).fetchall()
    for (name,), ra, dec in zip(found, tenths.tolist(), seconds.tolist(), strict=True):
        hours, degrees = divmod(ra, 36000), divmod(dec, 3600)
        assert name == (
            f"J{hours[0]:02}{hours[1] // 600:02}{hours[1] % 600 / 10:04.1f}"
            f"+{degrees[0]:02}{degrees[1] // 60:02}{degrees[1] % 60:02}"
        )


def test_region_covers(conn):
    circle = "select trap.region_covers(10, 20, 1.5, null, a, b)::int from {rows}"
    inside = rows(conn, circle, [10, 10, 10, 11], [20, 21.499, 21.501, 20.9])[0]
    assert inside.tolist() == [1, 1, 0, 1]
    square = """
        select trap.region_covers(10, 20, 1.5, polygon, a, b)::int
        from {rows}
        cross join (
            select spoly(spoint(radians(corner_ra), radians(corner_dec)) order by n) as polygon
            from (values (1, 9, 19), (2, 11, 19), (3, 11, 21), (4, 9, 21))
                as corner (n, corner_ra, corner_dec)
        ) as made
    """
    inside = rows(conn, square, [10, 10, 10, 11.2], [20, 20.9, 21.3, 20])[0]
    assert inside.tolist() == [1, 1, 0, 0]


POLYGONS = {
    "square": [(122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)],
    "across RA 0": [(359.0, -46.0), (1.0, -46.0), (2.0, -44.0), (0.0, -43.0), (358.0, -44.5)],
    "notched": [(122.0, 9.0), (123.0, 9.8), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)],
    "around the pole": [(0.0, 89.0), (90.0, 88.5), (180.0, 89.2), (270.0, 88.9)],
    "large": [(100.0, -30.0), (160.0, -20.0), (150.0, 40.0), (110.0, 35.0)],
}


@pytest.mark.parametrize("name", POLYGONS)
def test_edge_distance_is_that_from_the_nearest_point_of_the_sides(conn, name):
    corners = sky(*np.transpose(POLYGONS[name]))
    xyz = corners.cartesian.xyz.value
    share = np.linspace(0, 1, 2001)
    chords = [
        np.outer(a, 1 - share) + np.outer(b, share)
        for a, b in zip(xyz.T, np.roll(xyz, -1, axis=1).T, strict=True)
    ]
    sides = np.concatenate(chords, axis=1)
    sides = (sides / np.linalg.norm(sides, axis=0)).T
    rng = np.random.default_rng(8)
    places = xyz @ rng.dirichlet(np.full(len(corners), 0.4), 200).T
    places = (places / np.linalg.norm(places, axis=0) + rng.normal(0, 0.01, places.shape)).T
    places /= np.linalg.norm(places, axis=1)[:, None]
    chord = np.linalg.norm(places[:, None] - sides, axis=2).min(axis=1)
    ra, dec = (
        np.degrees(np.arctan2(places[:, 1], places[:, 0])),
        np.degrees(np.arcsin(places[:, 2])),
    )
    (found,) = rows(
        conn,
        "select e.distance from {rows} cross join lateral trap.edge_distance("
        f"0, 0, 180, array{corners.ra.deg.tolist()}, array{corners.dec.deg.tolist()}, a, b) as e",
        ra % 360,
        dec,
    )
    # the points of a side are up to 0.03 deg apart
    np.testing.assert_allclose(found, np.degrees(2 * np.arcsin(chord / 2)), rtol=0.01, atol=5e-3)


def test_edge_distance_of_a_circle(conn):
    query = "select e.distance from {rows} cross join lateral trap.edge_distance("
    query += "10, 20, 1.5, null, null, a, b) as e"
    found = rows(conn, query, [10, 10, 10], [20, 21.4, 22])[0]
    np.testing.assert_allclose(found, [1.5, 0.1, 0.5], rtol=1e-12)
