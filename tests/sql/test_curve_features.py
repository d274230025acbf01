"""The features of a light curve, against numpy: also of few points, ties and negative fluxes."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.curves import NAMES, features

FLUX = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0]),
    st.integers(-1000, 1000).map(lambda k: k / 64),
    st.floats(-20, 20, allow_nan=False, width=32).map(lambda x: round(x, 4)),
)
POINT = st.tuples(
    st.one_of(st.integers(0, 20).map(float), st.integers(0, 10**6).map(lambda k: k / 1024)),
    FLUX,
    st.integers(1, 64).map(lambda k: k / 32),
    st.booleans(),
)


def asked(conn, curve, side=1):
    return conn.execute(
        "select * from trap.curve_features(%s::double precision[], %s::double precision[],"
        " %s::double precision[], %s::boolean[], %s)",
        [*map(list, zip(*curve, strict=True)), side] if curve else [[], [], [], [], side],
    ).fetchall()


def the_same(found, expected):
    """Compare rows: numbers to within rounding, the unknown exactly."""
    for name, value in expected.items():
        one = getattr(found, name)
        if value is None or one is None:
            assert one is value, name
        else:
            assert one == pytest.approx(float(value), rel=1e-7, abs=1e-9), name


@settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(curve=st.lists(POINT, min_size=1, max_size=30))
def test_every_feature_is_that_of_numpy(conn, curve):
    (found,) = asked(conn, curve)
    assert found._fields == tuple(NAMES)
    the_same(found, features(*zip(*curve, strict=True)))


def known(row):
    return {name for name, value in row._asdict().items() if value is not None}


def test_of_few_points_only_what_is_defined_is_known(conn):
    """One point has a flux; two have a difference; three have a shape."""
    points = [(0.0, 1.0, 0.1, True), (1.0, 3.0, 0.1, True), (3.0, 0.5, 0.1, False)]
    one, two, three = (asked(conn, points[:n])[0] for n in (1, 2, 3))
    changes = {"eta", "v", "modulation", "max_significance", "jump_significance", "contrast"}
    shapes = {"skewness", "lag_correlation", "structure_1", "trend_significance"}
    assert known(one).isdisjoint(changes | shapes | {"rise_days", "decay_days"})
    assert changes <= known(two)
    assert known(two).isdisjoint(shapes | {"runs_significance", "decay_days"})
    assert changes | shapes | {"rise_days", "decay_days", "rise_share"} <= known(three)
    assert (three.rise_days, three.decay_days, three.rise_share) == (1, 2, pytest.approx(1 / 3))
    assert known(three).isdisjoint({"structure_2", "structure_4", "structure_8", "limit_before"})
    assert asked(conn, []) == []


def test_what_scatters_about_zero_has_no_ratio_beyond_its_bounds(conn):
    noise = [(float(n), flux, 1.0, False) for n, flux in enumerate([0.7, -1.2, 0.4, -0.3, 1e-9])]
    (row,) = asked(conn, noise)
    assert (row.v, row.modulation, row.peak_over_median) == (None, None, None)
    assert 0 <= row.contrast <= 1
    assert row.negative_ratio == 1
    (row,) = asked(conn, [(t, -abs(flux), err, b) for t, flux, err, b in noise])
    assert (row.contrast, row.half_share, row.limit_before) == (None, None, None)


def test_equal_fluxes_have_no_shape_and_times_that_nearly_agree_no_wild_one(conn):
    (row,) = asked(conn, [(float(n), 0.1, 0.01, True) for n in range(12)])
    assert (row.eta, row.modulation < 0, row.skewness, row.structure_1) == (0, True, None, None)
    assert (row.rise_days, row.decay_days, row.peak_chi_share) == (None, None, None)
    near = [(1e-9 * n, flux, 0.1, True) for n, flux in enumerate([1.0, 2.0, 1.5, 0.5])]
    (row,) = asked(conn, near)
    assert abs(row.trend_significance) < 10 / np.sqrt(0.02)
    (row,) = asked(conn, [(5.0, flux, err, b) for _, flux, err, b in near])
    assert (row.trend_significance, row.span_days, row.fastest_change) == (None, 0, None)


def test_points_that_are_not_known_take_no_part_and_the_side_turns_all(conn):
    points = [(0.0, 1.0, 0.1, True), (1.0, 3.0, 0.2, False), (2.0, 2.0, 0.1, True)]
    expected = asked(conn, points)
    holes = [(0.5, None, 0.1, True), (0.6, 4.0, None, True), *points]
    assert asked(conn, holes) == expected
    turned = [(t, -flux, err, b) for t, flux, err, b in points]
    assert asked(conn, turned, side=-1) == expected
    # the order in which they come does not matter
    assert asked(conn, points[::-1]) == expected


def test_many_curves_have_theirs_in_one_call(conn):
    rng = np.random.default_rng(1)
    curves = [
        [(float(t), float(rng.normal(1, 1)), 0.1, bool(rng.integers(2))) for t in range(n + 1)]
        for n in range(20)
    ]
    number = [n for n, curve in enumerate(curves) for _ in curve]
    columns = [list(column) for column in zip(*(p for c in curves for p in c), strict=True)]
    rows = conn.execute(
        "select c.curve, f.* from (select u.curve, array_agg(u.t) as t, array_agg(u.f) as f,"
        " array_agg(u.e) as e, array_agg(u.b) as b from unnest(%s::integer[],"
        " %s::double precision[], %s::double precision[], %s::double precision[], %s::boolean[])"
        " as u (curve, t, f, e, b) group by u.curve) as c"
        " cross join lateral trap.curve_features(c.t, c.f, c.e, c.b) as f order by c.curve",
        [number, *columns],
    ).fetchall()
    assert [row[1:] for row in rows] == [tuple(asked(conn, curve)[0]) for curve in curves]
