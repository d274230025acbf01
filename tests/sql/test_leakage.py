"""Leakage of Stokes I into V, fitted to the sources of the field, and V without it."""

import numpy as np
import pytest
from psycopg.types.json import Jsonb

from tests.feeding import FedImage, measurements
from tests.sql.catalogue import USUAL, close, fit
from trapdb.database import routines
from trapdb.database.connection import call

POLARISATION = {"leakage": 0.02, "leakage_degree": 2, "leakage_snr_min": 20.0}
RMS = 1e-3


def design(l, m, count):  # noqa: E741
    return np.stack([np.ones_like(l), l, m, l * l, l * m, m * m], -1)[:, :count]


def cosines(ra, dec):
    ra, dec = np.radians(np.asarray(ra) - 123), np.radians(dec)
    zero = np.radians(10)
    return np.cos(dec) * np.sin(ra), (
        np.sin(dec) * np.cos(zero) - np.cos(dec) * np.sin(zero) * np.cos(ra)
    )


def field(rng, n):
    """Place sources a few beams apart at the least, with fluxes of 30 to 3,000 sigma."""
    side = int(np.ceil(np.sqrt(n)))
    east, north = (axis.ravel()[:n] for axis in np.meshgrid(*[np.linspace(-1, 1, side)] * 2))
    ra = 123 + east + rng.uniform(-0.02, 0.02, n)
    return ra, 10 + north + rng.uniform(-0.02, 0.02, n), RMS * 10 ** rng.uniform(1.5, 3.5, n)


def feed(feeder, ra, dec, total, share, rng, *, stokes="V"):
    """Feed a step of I and V; V is measured by force where it is fainter than 8 sigma."""
    n = len(ra)
    blind = fit(ra, dec, int_flux=total + rng.normal(0, RMS, n), int_flux_err=RMS)
    flux = share * total + rng.normal(0, RMS, n)
    seen = np.abs(flux) > 8 * RMS
    found = fit(ra[seen], dec[seen], int_flux=flux[seen], int_flux_err=RMS)

    def force(image, requests):
        near = np.hypot(ra[:, None] - requests.ra, dec[:, None] - requests.dec).argmin(axis=0)
        value = flux[near] if image.stokes == stokes else total[near]
        return measurements(requests.ra, requests.dec, int_flux=value, int_flux_err=RMS)

    return feeder.step(FedImage(blind), FedImage(found, stokes=stokes), force=force)


def leakage(feeder):
    return feeder.conn.execute("select * from trap.image_leakage order by image_id").fetchall()


@pytest.mark.parametrize(("n", "degree"), [(12, 0), (40, 1), (150, 2)])
def test_it_is_the_polynomial_that_the_unpolarised_sources_have(original, n, degree):
    """Checked by a fit of ours to the unpolarised ones alone, which knows who they are."""
    rng = np.random.default_rng(n)
    feeder = original(polarisation=POLARISATION, backfill=1)
    ra, dec, total = field(rng, n)
    east, north = cosines(ra, dec)
    true = np.array([0.01, 0.2, -0.1, 8, 0, -5])[: [1, 3, 6][degree]]
    share = design(east, north, len(true)) @ true
    pulsars = rng.permutation(n)[: n // 10]
    share[pulsars] += rng.choice([-1, 1], len(pulsars)) * rng.uniform(0.1, 0.7, len(pulsars))
    feed(feeder, ra, dec, total, share, rng)
    (row,) = leakage(feeder)
    assert (row.stokes, row.is_fitted, row.degree, row.n_sources) == ("V", True, degree, n)
    fitted, covariance = np.array(row.coefficients), np.array(row.covariance)
    pull = fitted - true
    chi2 = pull @ np.linalg.solve(covariance, pull)
    assert chi2 < 25
    assert row.scatter < 2e-3
    curve = feeder.conn.execute("select * from trap.polarisation").fetchall()
    assert len(curve) == n
    by_place = {round(one.i_flux, 9): one for one in curve}
    assert len(by_place) == n
    listed = feeder.conn.execute("select * from trap.transient_by_definition('circular', 'fed')")
    assert len(listed.fetchall()) == len([
        k for k in pulsars if abs((share - design(east, north, len(true)) @ true)[k]) > 0.03
    ])  # fmt: skip
    assert routines.verify_dataset(feeder.conn, "fed") == []


def test_what_the_polynomial_does_not_describe_is_its_scatter(original):
    rng = np.random.default_rng(5)
    feeder = original(polarisation=POLARISATION | {"leakage_degree": 0}, backfill=1)
    for _ in range(4):
        ra, dec, total = field(rng, 200)
        feed(feeder, ra, dec, total, rng.normal(0.01, 0.02, 200), rng)
    rows = leakage(feeder)
    assert [row.degree for row in rows] == [0] * 4
    assert np.mean([row.scatter for row in rows]) == pytest.approx(0.02, rel=0.1)
    assert np.mean([row.leakage_centre for row in rows]) == pytest.approx(0.01, abs=0.004)
    # so nobody stands off
    pulls = np.array(
        feeder.conn.execute("select v_significance from trap.polarisation").fetchall()
    )[:, 0]
    assert np.std(pulls) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("seed", range(30))
def test_the_brightest_source_may_be_polarised(conn, seed):
    """It is known so much better than the others that a fit could turn to it alone."""
    rng = np.random.default_rng(seed)
    n = 80
    snr = np.sort(np.minimum(20 * rng.uniform(size=n) ** (-1 / 0.9), 800))[::-1]
    snr[0] *= 2.5
    place = rng.uniform(-0.02, 0.02, (2, n))
    true = design(*place / 0.02, 6) @ rng.normal(0, 0.006, 6)
    ratio = true + np.where(np.arange(n) % 10 == 0, 0.3, 0)
    err = np.sqrt(1 + ratio**2) / snr
    ratio = ratio + rng.normal(0, err)
    arrays = [array.tolist() for array in (ratio, err, *place)]
    row = conn.execute("select * from trap.leakage_fit(%s, %s, %s, %s, 2)", arrays).fetchone()
    assert row.scatter < 0.02
    off = design(*place, 6) @ row.coefficients - true
    assert np.sqrt(np.mean(off**2)) < 0.01


def test_too_few_sources_leave_what_the_configuration_says(original):
    rng = np.random.default_rng(6)
    feeder = original(polarisation=POLARISATION, backfill=1)
    ra, dec, total = field(rng, 9)
    feed(feeder, ra, dec, total, np.full(9, 0.01), rng)
    (row,) = leakage(feeder)
    assert (row.is_fitted, row.n_sources, row.coefficients, row.scatter) == (False, 9, [0], 0.02)
    one = feeder.conn.execute(
        "select * from trap.polarisation order by i_flux desc limit 1"
    ).fetchone()
    assert (one.v_leakage, one.v_leakage_err, one.leakage_is_fitted) == (0, 0.02, False)
    assert one.v_significance == close(one.v_flux / np.hypot(RMS, 0.02 * one.i_flux))
    assert abs(one.v_significance) < 1


def test_without_stokes_i_beside_it_nothing_is_known(original):
    feeder = original(polarisation=POLARISATION)
    feeder.step(FedImage(fit(123, 10, int_flux=-0.1), stokes="V"))
    assert leakage(feeder) == []
    assert feeder.conn.execute("select * from trap.polarisation").fetchall() == []


def test_a_rewind_takes_it_back(original):
    rng = np.random.default_rng(7)
    feeder = original(polarisation=POLARISATION, backfill=1)
    ra, dec, total = field(rng, 30)
    for _ in range(3):
        feed(feeder, ra, dec, total, np.full(30, 0.01), rng)
    before = leakage(feeder)
    assert len(before) == 3
    routines.rewind_dataset(feeder.conn, "fed", before[1].taken_at)
    assert leakage(feeder) == before[:2]
    assert routines.verify_dataset(feeder.conn, "fed") == []


def test_watches_of_polarisation_are_not_asked_of_all_where_no_image_shows_it(original):
    """Nobody's has changed; what goes on goes on, and is asked again with the next image of V."""
    rng = np.random.default_rng(9)
    feeder = original(polarisation=POLARISATION, backfill=1)
    conn = feeder.conn
    call(conn, "add_watch", name="hand", **(USUAL | {"definition": "circular"}))
    ra, dec, total = field(rng, 40)
    total[:2] = 0.2
    asked = []
    for number in range(4):
        share = np.zeros(40)
        share[0], share[1] = 0.3, 0.3 if number == 3 else 0
        if number in (1, 2):
            ids = feeder.step(FedImage(fit(ra, dec, int_flux=total, int_flux_err=RMS)))
        else:
            ids = feed(feeder, ra, dec, total, share, rng)
        rows = conn.execute(
            "select cardinality(source_ids) as n from trap.promising_source(%s, '{circular}',"
            " array(select source_id from trap.running_catalogue), null, %s)",
            [feeder.dataset_id, ids[0]],
        ).fetchall()
        asked.append([row.n for row in rows])
    assert asked == [[40], [1], [1], [40]]
    told = conn.execute("select kind, taken_at from trap.event order by event_id").fetchall()
    assert [(row.kind, row.taken_at == told[0].taken_at) for row in told] == [
        ("initial", True), ("initial", False)
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["circular", "polarisation_change"])
def test_no_light_curve_is_read_where_all_images_are_of_stokes_i(original, name):
    feeder = original(polarisation=POLARISATION)
    for _ in range(3):
        feeder.see(fit(123 + np.arange(5) / 10, np.full(5, 10.0)))

    def read():
        return feeder.conn.execute(
            "select sum(pg_stat_get_xact_tuples_returned(c.oid)"
            " + pg_stat_get_xact_tuples_fetched(c.oid)) as n from pg_class as c"
            " where c.relname ~ '^(association|measurement|source_flux)_[0-9]+$'"
        ).fetchone()

    with feeder.conn.transaction():
        before = read()
        listed = call(feeder.conn, "transient_by_definition", name=name, dataset="fed")
        assert (list(listed), read()) == ([], before)


def test_a_change_is_one_of_the_share_and_not_of_the_flux(original):
    """One flares in V alone, one flips its hand, one doubles in both: by no leakage the last."""
    rng = np.random.default_rng(8)
    feeder = original(polarisation=POLARISATION, backfill=1)
    ra, dec, total = field(rng, 40)
    total[:3] = 0.2
    for number in range(4):
        share = np.full(40, 0.01)
        share[:3] = 0.3 if number == 2 else 0.05, 0.2 * (-1) ** number, 0.3
        flux = total.copy()
        flux[2] *= 1 + number
        feed(feeder, ra, dec, flux, share, rng)

    def listed(name, *conditions):
        rows = feeder.conn.execute(
            "select name, source_id, stokes, ra from trap.transient_by_definition(%s, 'fed', null,"
            " %s)",
            [name, Jsonb(list(conditions)) if conditions else None],
        ).fetchall()
        assert {row.stokes for row in rows} <= {"V"}
        return {int(np.abs(ra - row.ra).argmin()) for row in rows}

    assert listed("polarisation_change") == {0, 1}
    assert listed("circular") == {0, 1, 2}
    half = {"column": "circular_fraction", "comparison": ">=", "value": 0.25}
    assert listed("circular", half) == {0, 2}
    sure = {"column": "circular_significance", "comparison": ">=", "value": 1e6}
    assert listed("circular", sure) == set()
    linear = {"column": "linear_over_i", "comparison": ">=", "value": 0}
    assert listed("circular", linear) == set()
    summary = {
        int(np.abs(ra - row.ra).argmin()): row
        for row in feeder.conn.execute(
            "select p.*, s.ra from trap.polarisation_summary as p"
            " inner join trap.running_catalogue as s using (dataset_id, source_id)"
        ).fetchall()
    }
    assert len(summary) == 40
    flare, flips, doubles = (summary[number] for number in range(3))
    assert (flare.n_v, flare.n_q, flare.linear_over_i) == (4, 0, None)
    assert flare.v_over_i == close((0.3 + 3 * 0.05) / 4, rel=0.05)
    assert flare.circular_fraction == close(0.3, rel=0.1)
    assert abs(flips.v_over_i) < 0.02
    assert flips.circular_fraction == close(0.2, rel=0.1)
    assert flips.circular_at is not None
    assert doubles.v_over_i == close(0.3, rel=0.02)
    assert abs(doubles.v_change_significance) < 4


@pytest.mark.parametrize(("q", "u", "angle"), [(1, 0, 0), (0, 1, 45), (-1, 0, 90), (0, -1, 135)])
def test_the_angle_is_that_of_the_iau(conn, q, u, angle):
    row = conn.execute("select * from trap.linear_angle(%s, %s, 0.1, 0.1)", [q, u]).fetchone()
    assert row == close((angle, np.degrees(0.05)))


def test_the_linear_intensity_is_free_from_bias(conn):
    """Of draws with unequal errors at 2 to 3 sigma, and from 7 on, where errors are right, too."""
    rng = np.random.default_rng(9)
    err = np.array([1.0, 1.5])
    for true in (3.0, 10.5):
        drawn = true * np.array([np.cos(1), np.sin(1)]) + err * rng.standard_normal((40000, 2))
        query = (
            "select avg(p.linear_flux) as mean,"
            " avg(power((p.linear_flux - %s) / p.linear_err, 2)) as square"
            " from unnest(%s::float8[], %s::float8[]) as d (q, u)"
            " cross join lateral trap.debiased_linear(d.q, d.u, 1, 1.5) as p"
        )
        mean, width = conn.execute(query, [true, *(list(column) for column in drawn.T)]).fetchone()
        plain = np.hypot(*drawn.T).mean() - true
        assert abs(mean - true) < 0.15 * plain + 0.03
        assert width == pytest.approx(1, abs=0.15 if true < 5 else 0.05)
    for nothing in ([0, 0], [1e-30, 0]):
        row = conn.execute("select * from trap.debiased_linear(%s, %s, 1, 1)", nothing).fetchone()
        assert row == close((0, 1), abs=1e-20)


def test_the_inverse_of_a_matrix(conn):
    rng = np.random.default_rng(10)
    root = rng.standard_normal((6, 6)) * 10.0 ** np.arange(-3, 3)
    matrix = root.T @ root
    query = "select trap.inverse_matrix(%s::float8[][])"
    (found,) = conn.execute(query, [matrix.tolist()]).fetchone()
    scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    np.testing.assert_allclose(
        np.array(found) * scale, np.linalg.inv(matrix / scale), rtol=1e-6, atol=1e-9
    )
    assert conn.execute(query, [[[1.0, 1.0], [1.0, 1.0]]]).fetchone()[0] is None
