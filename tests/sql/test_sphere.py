"""Right ascension 0 and the poles are places like any other.

The original adds 180 deg to right ascensions in images that cross RA 0, rounds them to 1e-8 deg,
and treats a pole as a place where RA has no meaning; where its answers differ they stand beside.
"""

import numpy as np
import psycopg
import pytest

from tests.feeding import ARCSEC
from tests.sql.catalogue import close, curve, fit, image, kinds, radii, sources

NOBODY = fit([], [])


def see_all(feeder, positions, at_dec, **facts):
    """Store an image for each right ascension; return the only source that there then is."""
    feeder.see(*[fit(position, at_dec) for position in positions], **facts)
    (source,) = sources(feeder)
    assert source.n_blind == len(positions)
    return source


def test_a04_fields_that_cross_ra_0_and_one_beside_it(original):
    """The original has RA 0.33840829999 after rounding."""
    feeder = original()
    blind = fit([356.33840829988583, 0.33840829988583], [50.516] * 2)
    place = {"dec": 50.941028, "radius": 1.38888888889}
    feeder.see(*[blind] * 10, ra=358.125, **place)
    feeder.see(blind, ra=354.375, **place)
    found = sources(feeder)
    assert [s.n_blind for s in found] == [11, 11]
    assert [s.ra for s in found] == close([356.33840829988583, 0.33840829988583], rel=1e-12)
    assert [s.ra_err / ARCSEC for s in found] == close([6.74199862463] * 2)
    # the field at 354.375 covers the first one alone
    feeder.step(image(NOBODY, ra=354.375, **place), force=None)
    assert feeder.requests[0].source_id.tolist() == [found[0].source_id]
    (separation,) = feeder.conn.execute(
        "select trap.angular_separation(354.375, 50.941028, ra, dec) from trap.running_catalogue"
        " where source_id = %s",
        [found[0].source_id],
    ).fetchone()
    assert separation == close(1.31344707131)


def test_a05_a_source_in_fields_that_cross_ra_0_and_in_others(original):
    feeder = original()
    feeder.see(*[fit(7.5, 0)] * 2, ra=0.0, dec=0.0)
    feeder.see(*[fit(7.5, 0)] * 2, ra=15.0, dec=0.0)
    (source,) = sources(feeder)
    assert (source.n_blind, source.ra) == (4, close(7.5))


def test_a06_sources_around_the_pole(original):
    feeder = original()
    ra = [0, 0.1, 45, 90, 179.9, 180, 180.1, 270, 359.9]
    feeder.see(*[fit(ra, [85.0] * 9)] * 4, ra=0.0, dec=90.0, radius=80.0)
    found = sources(feeder)
    assert [s.n_blind for s in found] == [4] * 9
    assert [s.ra for s in found] == close(ra)
    for source in found:
        assert kinds(feeder, source.source_id) == ["new"] + ["one_to_one"] * 3


def test_a07_the_mean_of_zeros_is_zero(original):
    source = see_all(original(), [0.0] * 5, 0.0, ra=0.0, dec=0.0)
    assert (source.ra, source.dec) == (0.0, 0.0)


def test_a08_means_and_radii_near_the_pole(original):
    feeder = original()
    ra, dec = np.array([0.0, 90.0, 180.0, 270.0]), np.array([85.0, 86.0, 87.0, 88.0])
    step = 1e-5
    feeder.see(fit((ra - step) % 360, dec), fit(ra + step, dec), ra=0.0, dec=90.0, radius=80.0)
    found = sources(feeder)
    assert [s.dec for s in found] == close(dec.tolist(), rel=1e-12)
    for source, expected, r in zip(
        found,
        ra,
        [1.98439673937e-4, 1.58824323773e-4, 1.19160594218e-4, 7.94605669e-5],
        strict=True,
    ):
        assert (source.ra - expected + 180) % 360 - 180 == close(0, abs=1e-10)
        assert radii(feeder, source.source_id)[1] == close(r)


@pytest.mark.parametrize(
    ("ra", "mean", "expected"),
    [
        pytest.param(
            [0.0001, 0.0003, 359.9999], 0.0001, [0.0223871402, 0.0387756643], id="a09 low to high"
        ),
        pytest.param(
            [359.9999, 359.999, 0.0001], 359.999666667, [0.100742131, 0.08401393925],
            id="a10 high to low",
        ),
        pytest.param(
            [359.9983, 359.9986, 359.9989], 359.9986, [0.0335807103, 0.0581634964], id="a11 below 0"
        ),
        pytest.param(
            [0.0002, 0.0003, 0.0004], 0.0003, [0.0111935701, 0.0193878321], id="a12 above 0"
        ),
    ],
)  # fmt: skip
def test_means_across_ra_0(original, ra, mean, expected):
    feeder = original()
    source = see_all(feeder, ra, 10.5, ra=359.9)
    assert source.ra == close(mean, abs=5e-10)
    assert 0 <= source.ra < 360
    assert radii(feeder, source.source_id)[1:] == close(expected)


def test_e10_sources_on_either_side_of_the_pole(original):
    feeder = original()
    feeder.see(*[fit([10, 200], [89.95] * 2)] * 2, ra=0.0, dec=90.0)
    found = sources(feeder)
    assert [s.n_blind for s in found] == [2, 2]
    assert [s.ra for s in found] == close([10, 200])
    assert [s.dec for s in found] == close([89.95] * 2, rel=1e-12)


@pytest.mark.parametrize("pole", [1, -1])
def test_e11_a_pair_across_the_pole_has_its_mean_at_the_pole(original, pole):
    """3.6 arcsec apart. The original's mean is RA 280, Dec 89.9995 and its radius 0.1788.

    That radius is of a pair 5.65 arcsec apart: at Dec 89.9995 a difference of 180 deg in RA, though
    shortened by cos Dec, is pi / 2 times the distance along the great circle.
    """
    feeder = original()
    feeder.see(fit(10, pole * 89.9995), fit(190, pole * 89.9995), ra=0.0, dec=pole * 90.0)
    (source,) = sources(feeder)
    assert source.n_blind == 2
    assert abs(source.dec) == close(90.0, rel=1e-12)
    point = curve(feeder, source.source_id)[1]
    assert point.separation_arcsec == close(3.6)
    assert point.de_ruiter_radius == close(3.6 / np.sqrt(2) / np.hypot(10, 20))


def test_e12_ra_90_in_a_field_that_crosses_ra_0(original):
    feeder = original()
    source = see_all(feeder, [89.9999, 90.0001], 0.0, ra=0.0, dec=0.0, radius=89.0)
    assert source.ra == close(90.0)
    assert radii(feeder, source.source_id)[1] == close(0.0227683991532)


def test_e13_a_source_across_ra_0_from_the_edge_of_a_field(original):
    """Never associated by the original, for which this field does not cross RA 0."""
    feeder = original()
    source = see_all(feeder, [0.005, 359.9999], 0.0, ra=10.02, dec=0.0)
    assert source.ra == close(0.00245)


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 0.0), (90.0, 45.0), (180.0, -89.9), (0.0, 90.0)])
def test_association_is_the_same_everywhere(original, ra, dec):
    """A field of pairs, forks and merges, carried around the sphere, has the same outcome."""
    rng = np.random.default_rng(8)
    east, north = rng.uniform(-0.05, 0.05, (2, 60))

    def outcome(feeder, ra_0, dec_0):
        rows = feeder.conn.execute(
            "select p.ra, p.dec from unnest(%s::float8[], %s::float8[]) as c (l, m)"
            " cross join lateral trap.sky_position(%s, %s, c.l, c.m) as p",
            [np.radians(east).tolist(), np.radians(north).tolist(), ra_0, dec_0],
        ).fetchall()
        place = np.array(rows).T
        feeder.see(
            *[fit(*place[:, part]) for part in np.split(np.arange(60), 3)], ra=ra_0, dec=dec_0
        )
        points = feeder.conn.execute(
            "select trap.row_of(measurement_id) + 100 * (trap.number_of(image_id) - 1) as row,"
            " array_agg(association || inherited order by source_id) as kinds,"
            " sum(de_ruiter_radius) as r from trap.lightcurve where dataset_id = %s"
            " group by 1, image_id order by 1",
            [feeder.dataset_id],
        ).fetchall()
        return points

    limits = {"de_ruiter_limit": 5.68, "beam_limit": 3.0}
    here = outcome(original(name="here", **limits), 123.0, 10.0)
    there = outcome(original(name="there", **limits), ra, dec)
    assert [p[:2] for p in there] == [p[:2] for p in here]
    assert [p.r for p in there] == [p.r if p.r is None else close(p.r, rel=1e-5) for p in here]


def test_cones_across_ra_0_and_around_the_poles(original):
    feeder = original()
    feeder.see(fit([359.95, 0.05, 0.2], [0] * 3), ra=0.0, dec=0.0)
    feeder.see(fit([0, 90, 180, 270], [89.9] * 4), ra=0.0, dec=90.0)
    feeder.see(fit([45, 225], [-89.95, -89.8]), ra=0.0, dec=-90.0)

    def cone(ra, dec, radius):
        rows = feeder.conn.execute(
            "select ra, separation from trap.cone('fed', %s, %s, %s)", [ra, dec, radius]
        ).fetchall()
        return [round(r.ra, 3) for r in rows], [r.separation for r in rows]

    assert cone(0.01, 0.0, 0.1) == ([0.05, 359.95], close([0.04, 0.06]))
    assert cone(359.99, 0.0, 0.22) == ([359.95, 0.05, 0.2], close([0.04, 0.06, 0.21]))
    assert sorted(cone(123.0, 90.0, 0.11)[0]) == [0, 90, 180, 270]
    assert cone(123.0, 90.0, 0.09)[0] == []
    assert cone(45.0, -90.0, 0.1) == ([45.0], close([0.05]))


def test_a_cone_that_makes_no_sense_is_refused(original):
    feeder = original()
    for ra, dec, radius in [
        (360, 0, 1), (-1, 0, 1), (0, 90.1, 1), (0, 0, -1), (0, 0, 90), ("NaN", 0, 1), (0, "NaN", 1),
    ]:  # fmt: skip
        with pytest.raises(psycopg.Error, match="no cone at ra") as caught:
            feeder.conn.execute("select trap.cone('fed', %s, %s, %s)", [ra, dec, radius])
        assert caught.value.sqlstate == "TR004"
