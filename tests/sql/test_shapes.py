"""The mean shape of a source: what of its fits is beyond the beam, and whether it is noise."""

import math
from dataclasses import replace

import numpy as np
import pytest

from extractor.geometry.ellipses import axes, shape_matrix
from tests.feeding import ARCSEC, FedImage, Feeder, measurements

MEAN_SHAPE = "select (trap.mean_shape(%s, %s, %s, %s, %s, %s, %s)).*"
BEAM = (25 * ARCSEC, 18 * ARCSEC, 30.0)


def moments(conn, major, minor, pa):
    return tuple(
        conn.execute(
            "select * from trap.gaussian_moments(%s, %s, %s)", [major, minor, pa]
        ).fetchone()
    )


def stored(conn):
    (row,) = conn.execute(
        "select shape_weight, shape_ll, shape_lm, shape_mm from trap_data.source"
    ).fetchall()
    return tuple(row)


def mean_shape(conn, *shape, beam=BEAM):
    return tuple(conn.execute(MEAN_SHAPE, [*shape, *beam]).fetchone())


def shaped(matrices, snr, **columns):
    """Make measurements at one place with these fitted shapes (deg^2)."""
    major, minor, pa = axes(np.asarray(matrices))
    n = len(major)
    blind = measurements([123.0] * n, [10.0] * n, **columns)
    return replace(
        blind, major=major, minor=minor, pa=pa, snr=np.broadcast_to(snr, n).astype(float)
    )


@pytest.mark.parametrize("pa", [0, 30, 90, 135, 179])
def test_moments_are_those_of_the_extractor(conn, pa):
    expected = shape_matrix(0.02, 0.01, pa)
    ll, lm, mm = moments(conn, 0.02, 0.01, pa)
    np.testing.assert_allclose([[ll, lm], [lm, mm]], expected, atol=1e-18)


@pytest.mark.parametrize("shape", [(0.02, 0.01, 45.0), (0.03, 0.0, 170.0), (0.01, 0.01, 0.0)])
def test_a_resolved_source_has_its_own_shape(conn, shape):
    major, minor, pa = mean_shape(conn, 1e6, *moments(conn, *shape))
    assert (major, minor) == pytest.approx(shape[:2], abs=1e-10)
    assert shape[0] == shape[1] or pa == pytest.approx(shape[2])


def test_an_axis_that_came_out_smaller_than_the_beam_is_none(conn):
    major, minor, pa = mean_shape(conn, 1e6, -1e-6, 0.0, 1e-4)
    assert (major, minor, pa) == (pytest.approx(0.01), 0.0, 0.0)


@pytest.mark.parametrize(
    ("weight", "excess", "resolved"),
    [
        (1e3, 0.37, False),  # five errors are 0.375 of the beam's squared axes
        (1e3, 0.38, True),
        (1e8, 0.19, False),  # certain, and too little to matter
        (1e8, 0.21, True),
        (0.0, 0.0, False),  # no shape is known
    ],
)
def test_what_is_told_from_a_point(conn, weight, excess, resolved):
    half = excess / 2 * 0.01**2
    shape = mean_shape(conn, weight, half, 0.0, half, beam=(0.01, 0.01, 0.0))
    assert (shape[0] is not None) == resolved
    assert len({figure is None for figure in shape}) == 1


def noisy(rng, matrix, snr, n):
    """Scatter the axes of a fitted Gaussian by 1 / (S/N): noise correlated over the beam."""
    major, minor, pa = axes(np.asarray(matrix))
    scatter = 1 + rng.normal(0, 1, (2, n)) / snr
    return shape_matrix(major * scatter[0], minor * scatter[1], np.full(n, pa))


@pytest.mark.parametrize("snr", [6, 10, 100])
@pytest.mark.parametrize("epochs", [1, 10, 300])
def test_points_stay_points(conn, snr, epochs):
    n = 2000
    rng = np.random.default_rng(5)
    beam = shape_matrix(*BEAM)
    excess = noisy(rng, beam, snr, n * epochs).reshape(n, epochs, 2, 2).mean(axis=1) - beam
    (resolved,) = conn.execute(
        "select count(deconvolved_major)"
        " from unnest(%s::float8[], %s::float8[], %s::float8[]) as f (ll, lm, mm)"
        " cross join lateral trap.mean_shape(%s, ll, lm, mm, %s, %s, %s)",
        [*(excess[:, i, j].tolist() for i, j in ((0, 0), (0, 1), (1, 1))), epochs * snr**2, *BEAM],
    ).fetchone()
    assert resolved < 0.01 * n


@pytest.fixture
def feeder(conn):
    return Feeder(conn)


def fed(blind):
    # the feeder's beam is round
    return FedImage(blind, beam_major=20 * ARCSEC)


def test_the_sums_are_the_weighted_means_over_the_fits(feeder, conn):
    rng = np.random.default_rng(6)
    beam = shape_matrix(20 * ARCSEC, 20 * ARCSEC, 0)
    fits = noisy(rng, beam + shape_matrix(30 * ARCSEC, 10 * ARCSEC, 60), 10, 6)
    snr = rng.uniform(5, 50, 6)
    for matrix, one in zip(fits, snr, strict=True):
        feeder.step(fed(shaped([matrix], one)))
    mean = np.average(fits - beam, axis=0, weights=snr.astype(np.float32) ** 2)
    expected = np.sum(snr**2), mean[0, 0], mean[0, 1], mean[1, 1]
    # axes are stored as float32
    assert stored(conn) == pytest.approx(expected, rel=1e-5)


def test_fits_without_a_shape_say_nothing_about_it(feeder, conn):
    resolved = shape_matrix(40 * ARCSEC, 30 * ARCSEC, 60)
    unknown = shaped([resolved], math.nan)
    feeder.step(fed(unknown))
    feeder.step(fed(measurements([123.0], [10.0])))
    assert stored(conn) == (0, 0, 0, 0)
    feeder.step(fed(shaped([resolved], 10)))
    known = stored(conn)
    assert known[0] == 100
    assert known[1] > 0
    feeder.step(fed(replace(unknown)))
    assert stored(conn) == known
    feeder.step(fed(measurements([], [])))  # measured by force: a shape that was given
    assert stored(conn) == known


def test_a_branch_begins_with_its_parents_shape(feeder, conn):
    matrix = shape_matrix(40 * ARCSEC, 30 * ARCSEC, 60)
    feeder.step(fed(shaped([matrix], 10)))
    two = shaped([matrix, matrix], [20, 30])
    two = replace(two, ra=two.ra + np.array([0, 5 * ARCSEC]))
    feeder.step(fed(two))
    rows = conn.execute("select shape_weight from trap_data.source order by source_id").fetchall()
    assert [row[0] for row in rows] == [100 + 400, 100 + 900]
