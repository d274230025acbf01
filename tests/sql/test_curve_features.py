"""The features of a light curve, against numpy: also of few points, ties and negative fluxes."""

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
