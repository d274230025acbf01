"""V, eta and the sums behind them: by band and Stokes parameter, exact for every magnitude."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from extractor.flags import Flag
from tests.feeding import START, measurements
from tests.sql.catalogue import (
    aggregates,
    close,
    curve,
    fit,
    history,
    image,
    sources,
    variability,
)
from trapdb.database.ids import measurement_id

EPOCH_2000, DAY = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)


def feed_fluxes(feeder, fluxes, errors, **facts):
    feeder.see(
        *[
            fit(123.123, 10.5, int_flux=flux, int_flux_err=error)
            for flux, error in zip(fluxes, np.broadcast_to(errors, len(fluxes)), strict=True)
        ],
        **facts,
    )
    return sources(feeder)[0].source_id


def forced_fluxes(feeder, source_id, fluxes, error=0.1):
    for flux in fluxes:
        feeder.step(
            image(fit([], [])),
            force=lambda image, requests, flux=flux: measurements(
                requests.ra, requests.dec, int_flux=flux, int_flux_err=error
            ),
        )
    return variability(feeder, source_id)


def v_eta(fluxes, errors):
    """Compute V and eta by the textbook."""
    weights = 1 / np.broadcast_to(errors, len(fluxes)) ** 2
    mean = np.average(fluxes, weights=weights)
    v = np.std(fluxes, ddof=1) / np.mean(fluxes)
    return v, np.sum(weights * (np.array(fluxes) - mean) ** 2) / (len(fluxes) - 1)


def test_f1_v_and_eta_after_each_point(original):
    feeder = original()
    source_id = feed_fluxes(feeder, [2.0, 2.5, 2.4], 5e-4)
    assert aggregates(feeder, source_id) == [2.3, 5.33666666667, 4e6, 9.2e6, 21346666.6667]
    assert [h.v_int for h in history(feeder, source_id)] == close(
        [0, 0.157134840264, 0.115032665698]
    )
    assert [h.eta_int for h in history(feeder, source_id)] == close([0, 5e5, 2.8e5])
    assert [h.n for h in history(feeder, source_id)] == [1, 2, 3]
    # what the original's varmetric tells besides, asked of the light curve
    fluxes = [point.int_flux for point in curve(feeder, source_id)]
    assert (max(fluxes), np.mean(fluxes), np.median(fluxes)) == close((2.5, 2.3, 2.4))


def test_f6_a_flux_without_an_error_takes_no_part(original):
    """Infinite in the original, which drops the row; here it is stored, unknown and unusable."""
    feeder = original()
    source_id = feed_fluxes(feeder, [2.0, 2.5], 5e-4)
    feeder.see(fit(123.123, 10.5, int_flux=1e-4, int_flux_err=np.nan, usable=False))
    flux = variability(feeder, source_id)
    assert (flux.n, flux.int_flux_mean) == (2, 2.25)
    (count,) = feeder.conn.execute(
        "select count(*) from trap.measurement where not usable"
    ).fetchone()
    assert count == 1


def test_f7_light_curves_of_three_sources(original):
    feeder = original(de_ruiter_limit=3.7)
    i = np.arange(1, 4)
    fluxes = [10 * i * (1 + k) for k in range(4)]
    feeder.see(
        *[fit(111.11 + i, 11.11 + i, int_flux=f, int_flux_err=5e-4) for f in fluxes],
        ra=113.0,
        dec=13.0,
    )
    found = sources(feeder)
    assert len(found) == 3
    for n, source in zip(i, found, strict=True):
        assert [p.int_flux for p in curve(feeder, source.source_id)] == [f[n - 1] for f in fluxes]
        expected = [25 * n, 750 * n**2, 4e6, 1e8 * n, 3e9 * n**2]
        assert aggregates(feeder, source.source_id) == expected
        points = history(feeder, source.source_id)
        assert [h.v_int for h in points] == close([0, 0.471404520791, 0.5, 0.516397779494])
        assert [h.eta_int for h in points] == close(
            [0, 2e8 * n**2, 4e8 * n**2, 6.66666666667e8 * n**2]
        )
        assert variability(feeder, source.source_id).eta_int == close(6.66666666667e8 * n**2)


def test_e08_fluxes_of_unequal_errors(original):
    feeder = original()
    source_id = feed_fluxes(feeder, [1.0, 1.4, 0.7], [0.1, 0.2, 0.05])
    assert aggregates(feeder, source_id) == [1.03333333333, 1.15, 175, 138.333333333, 115]
    assert [h.v_int for h in history(feeder, source_id)] == close(
        [0, 0.235702260396, 0.339859798479]
    )
    assert [h.eta_int for h in history(feeder, source_id)] == close([0, 3.2, 8.47619047619])
    assert variability(feeder, source_id).eta_int == close(8.47619047619)


def test_e09_v_about_a_mean_of_zero_is_not_defined(original):
    """The original divides by 1e-6: V = 1414213 and 1e6. Eta is as there: 200, then 100."""
    feeder = original()
    source_id = feed_fluxes(feeder, [1.0], 0.1)
    flux = forced_fluxes(feeder, source_id, [-1.0])
    assert (flux.v_int, flux.eta_int) == (None, close(200))
    assert forced_fluxes(feeder, source_id, [0.0]).eta_int == close(100)


def test_v_has_the_sign_of_the_mean(original):
    feeder = original()
    source_id = feed_fluxes(feeder, [1.0], 0.1)
    flux = forced_fluxes(feeder, source_id, [-3.0, -4.0])
    assert flux.v_int == close(v_eta([1, -3, -4], 0.1)[0])
    assert flux.v_int < 0


def test_b1_a_source_in_two_bands_has_a_light_curve_in_each(original):
    feeder = original(de_ruiter_limit=5.68)
    for low, high in [(2.0, 1.0), (3.0, 2.0)]:
        feeder.step(
            image(fit(123, 10, int_flux=low, int_flux_err=0.1), freq_eff=50e6),
            image(fit(123, 10, int_flux=high, int_flux_err=0.1), freq_eff=150e6),
            force=None,
        )
    (source,) = sources(feeder)
    assert source.n_blind == 4
    # the original's varmetric shows the brighter band alone
    for freq, mean, v in [(50e6, 2.5, 0.282842712475), (150e6, 1.5, 0.471404520791)]:
        flux = variability(feeder, source.source_id, freq)
        assert (flux.n, flux.int_flux_mean, flux.v_int, flux.eta_int) == close((2, mean, v, 50))


def test_stokes_parameters_are_apart_in_the_fluxes_and_together_in_the_position(original):
    feeder = original()
    feeder.step(
        image(fit(123.0, 10, int_flux=2.0), stokes="I"),
        image(fit(123.0002, 10, int_flux=0.3), stokes="V"),
        force=None,
    )
    (source,) = sources(feeder)
    assert (source.n_blind, source.ra) == (2, close(123.0001))
    fluxes = feeder.conn.execute(
        "select stokes, n, int_flux_mean from trap.variability order by stokes"
    ).fetchall()
    assert fluxes == [("I", 1, 2.0), ("V", 1, 0.3)]
    assert [p.stokes for p in curve(feeder, source.source_id)] == ["I", "V"]
    assert [h.n for h in history(feeder, source.source_id)] == [1, 1]


def test_a_single_point_does_not_vary(original):
    feeder = original()
    flux = variability(feeder, feed_fluxes(feeder, [1.0], 0.1))
    assert (flux.n, flux.v_int, flux.eta_int, flux.v_peak, flux.eta_peak) == (1, 0, 0, 0, 0)
    assert (flux.eta_int_significance, flux.eta_peak_significance) == (0, 0)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_v_and_eta_are_exact_at_every_magnitude(original, scale):
    """The original's sums of squares cancel, and below 8e-14 Jy^2 it takes V for 0."""
    feeder = original()
    rng = np.random.default_rng(5)
    fluxes = scale * (1 + 1e-6 * rng.standard_normal(12))
    errors = scale * 1e-6 * rng.uniform(0.5, 2, 12)
    source_id = feed_fluxes(feeder, fluxes, errors)
    flux, now = variability(feeder, source_id), history(feeder, source_id)[-1]
    assert (flux.v_int, flux.eta_int) == close(v_eta(fluxes, errors), abs=0)
    assert (now.v_int, now.eta_int) == close(v_eta(fluxes, errors), abs=0)


@pytest.mark.parametrize("value", [0.01313, 0.1 + 0.2, 1e8 / 3])
def test_a_steady_source_does_not_vary_at_all(original, value):
    """The original shows eta = -2e-13. t1: the same with its fluxes."""
    feeder = original()
    source_id = feed_fluxes(feeder, [value] * 5, value / 30)
    for figures in [variability(feeder, source_id), *history(feeder, source_id)]:
        assert figures.v_int == close(0, abs=1e-15)
        assert 0 <= figures.eta_int < 1e-25
    assert math.copysign(1, variability(feeder, source_id).eta_int) == 1


def test_peak_fluxes_have_their_own_v_and_eta(original):
    feeder = original()
    peaks, errors = [1.0, 1.4, 0.7], [0.1, 0.2, 0.05]
    feeder.see(*[
        fit(123, 10, int_flux=5.0, peak_flux=peak, peak_flux_err=error)
        for peak, error in zip(peaks, errors, strict=True)
    ])  # fmt: skip
    flux = variability(feeder, sources(feeder)[0].source_id)
    assert (flux.v_peak, flux.eta_peak) == close(v_eta(peaks, errors))
    assert flux.peak_flux_weighted_mean == close(
        np.average(peaks, weights=np.array(errors) ** -2.0)
    )
    assert flux.v_int == 0


def flux_sums(feeder):
    (row,) = feeder.conn.execute("select * from trap_data.source_flux").fetchall()
    return row


def test_the_brightest_point_is_kept_the_earliest_of_equals(original):
    feeder = original()
    ids = []
    for peak, error in [(2.0, 0.125), (5.0, 0.25), (4.0, 0.125), (5.0, 0.5)]:
        blind = fit(123.123, 10.5, int_flux=1.0, peak_flux=peak, peak_flux_err=error)
        (image_id,) = feeder.step(image(blind), force=None)
        ids.append(measurement_id(image_id, 0))
    row = flux_sums(feeder)
    assert (row.peak_max, row.peak_max_err, row.max_measurement_id) == (5.0, 0.25, ids[1])
    feeder.step(
        image(fit([], [])),
        force=lambda image, requests: measurements(
            requests.ra, requests.dec, int_flux=6.0, int_flux_err=0.5
        ),
    )
    row = flux_sums(feeder)
    assert (row.peak_max, row.peak_max_err) == (6.0, 0.5)
    assert row.max_measurement_id >> 20 == (ids[-1] >> 20) + 1


def test_a_source_of_negative_fluxes_has_a_brightest_point_too(original):
    feeder = original()
    feed_fluxes(feeder, [-3.0, -1.0, -2.0], 0.1)
    assert flux_sums(feeder).peak_max == -1.0


def test_only_blind_points_count_as_detections(original):
    feeder = original()
    for snr in (8.0, 12.0, np.nan):
        blind = fit(123.123, 10.5)
        blind.snr[:] = snr
        feeder.step(image(blind), force=None)

    def strong(image, requests):
        forced = measurements(requests.ra, requests.dec)
        forced.snr[:] = 50.0
        return forced

    feeder.step(image(fit([], [])), force=strong)
    row = flux_sums(feeder)
    assert (row.n, row.n_blind, row.snr_max) == (4, 3, 12.0)


def test_the_trend_in_time_is_that_of_a_weighted_fit(original):
    """With equal and with unequal steps, of points whose errors differ, blind and forced."""
    rng = np.random.default_rng(12)
    feeder = original()
    days = np.cumsum(rng.uniform(0.001, 3, 9))
    peaks, errors = 1 + 0.1 * days + rng.normal(0, 0.1, 9), rng.uniform(0.05, 0.2, 9)
    errors = errors.astype(np.float32).astype(float)  # as they are stored
    for day, peak, error in zip(days, peaks, errors, strict=True):
        flux = {"int_flux": peak, "int_flux_err": error}
        seen = rng.random() < 0.6 or day == days[0]
        feeder.step(
            image(fit(123.123, 10.5, **flux) if seen else fit([], [])),
            taken_at=START + timedelta(days=day),
            force=lambda image, requests, flux=flux: measurements(
                requests.ra, requests.dec, **flux
            ),
        )
    row = flux_sums(feeder)
    assert row.n > row.n_blind > 1
    slope = np.polyfit(days, peaks, 1, w=1 / errors)[0]
    assert row.time_peak / row.time_m2 == pytest.approx(slope, rel=1e-6)
    mean = np.average(days, weights=errors**-2)
    # times are whole microseconds
    assert row.time_mean - (START - EPOCH_2000) / DAY == pytest.approx(mean, abs=1e-9)
    assert row.peak_variance_sum == pytest.approx(np.sum(errors**2))
    assert row.int_variance_sum == pytest.approx(np.sum(errors**2))


def test_the_running_sums_are_those_of_the_light_curve(original):
    """After forks, merges, forced points and failed ones."""
    rng = np.random.default_rng(11)
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0)

    def noisy(image, requests):
        fits = measurements(
            requests.ra, requests.dec, int_flux=rng.normal(0.01, 0.002, len(requests)),
            int_flux_err=rng.uniform(1e-3, 2e-3, len(requests)),
        )  # fmt: skip
        fits.flags[::3] = int(Flag.FIT_FAILED)
        fits.int_flux[::3] = np.nan
        fits.usable[::3] = False
        return fits

    for epoch in range(6):
        count = 40 if epoch % 2 else 25
        blind = fit(
            123 + rng.uniform(-0.1, 0.1, count), 10 + rng.uniform(-0.1, 0.1, count),
            int_flux=rng.uniform(0.01, 0.1, count), int_flux_err=rng.uniform(1e-3, 2e-3, count),
        )  # fmt: skip
        feeder.step(image(blind, freq_eff=[50e6, 150e6][epoch % 3 == 0]), force=noisy)
    found = feeder.conn.execute(
        "select source_id, band_id, n, v_int, eta_int, int_flux_mean, int_flux_weighted_mean"
        " from trap.variability order by 1, 2"
    ).fetchall()
    assert len(found) > 60
    points = feeder.conn.execute("select * from trap.lightcurve where usable").fetchall()
    curves = {}
    for p in points:
        curves.setdefault((p.source_id, p.band_id), []).append((p.int_flux, p.int_flux_err))
    assert {(f.source_id, f.band_id) for f in found} == set(curves)
    for f in found:
        flux, error = np.array(curves[f.source_id, f.band_id]).T
        v, eta = v_eta(flux, error) if len(flux) > 1 else (0, 0)
        weighted = np.average(flux, weights=error**-2)
        assert f[2:] == close((len(flux), v, eta, flux.mean(), weighted), rel=1e-9, abs=1e-9)
    counted = feeder.conn.execute(
        "select c.source_id from trap.running_catalogue as c"
        " inner join trap.lightcurve as l using (source_id) where l.usable"
        " group by c.source_id, n_blind, n_forced"
        " having (n_blind, n_forced) <> (count(*) filter (where kind = 'blind'),"
        " count(*) filter (where kind <> 'blind'))"
    ).fetchall()
    assert counted == []


def test_significance_of_eta_is_that_of_chi_squared(conn):
    """The cube-root approximation, to 0.3 sigma up to 6 sigma, for 5 points or more."""
    for n in (5, 20, 200):
        for sigma in (-1, 1, 3, 6):
            eta = stats.chi2.isf(stats.norm.sf(sigma), n - 1) / (n - 1)
            (found,) = conn.execute("select trap.eta_significance(%s, %s)", [n, eta]).fetchone()
            assert found == pytest.approx(sigma, abs=0.3)
