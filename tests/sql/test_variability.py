"""What a light curve tells: outliers, trends, chances, modulation, pairs, spectra; by numpy."""

import numpy as np
import pytest
from scipy import stats

from tests.feeding import measurements
from tests.sql.catalogue import close, fit, history, image, sources, variability

DAYS = np.arange(8.0)


def feed(feeder, fluxes, errors, **facts):
    """Feed a source's peak fluxes, a day apart; the integrated ones are half as large."""
    for flux, error in zip(fluxes, np.broadcast_to(errors, len(fluxes)), strict=True):
        blind = fit(
            123, 10, int_flux=flux / 2, int_flux_err=error, peak_flux=flux, peak_flux_err=error
        )
        blind.snr[:] = flux / error
        feeder.see(blind, **facts)
    return sources(feeder)[0].source_id


@pytest.fixture
def curve(original):
    """Feed a light curve of unequal errors; return its feeder, source, fluxes and errors."""
    rng = np.random.default_rng(3)
    errors = rng.uniform(0.1, 0.3, DAYS.size)
    fluxes = 5 - 0.1 * DAYS + errors * rng.standard_normal(DAYS.size)
    fluxes[5] = 7.0
    feeder = original()
    return feeder, feed(feeder, fluxes, errors), fluxes, errors


def test_the_brightest_point_is_compared_with_all_others(curve):
    feeder, source_id, fluxes, errors = curve
    found = variability(feeder, source_id)
    rest, weights = np.delete(fluxes, 5), np.delete(errors, 5) ** -2.0
    mean = np.average(rest, weights=weights)
    assert (found.peak_flux_max, found.peak_flux_max_err) == close((7, errors[5]))
    assert found.max_significance == close((7 - mean) / np.hypot(errors[5], weights.sum() ** -0.5))
    assert found.rest_eta == close(np.sum(weights * (rest - mean) ** 2) / (rest.size - 1))
    (row,) = feeder.conn.execute(
        "select trap.eta_significance(%s, %s) as sigma", [rest.size, found.rest_eta]
    ).fetchall()
    assert found.rest_eta_significance == close(row.sigma)
    (point,) = feeder.conn.execute(
        "select * from trap.measurement where measurement_id = %s", [found.max_measurement_id]
    ).fetchall()
    assert point.peak_flux == 7
    assert found.snr_max == close((fluxes / errors).max(), rel=1e-6)


def test_the_largest_snr_is_that_of_the_peak_as_fitted(original):
    """Before its bias is taken off: noise is judged by the peak that it made."""
    feeder = original()
    blind = fit(123, 10, int_flux=4.8, int_flux_err=1.0)
    blind.snr[:], blind.peak_flux_raw[:], blind.local_rms[:] = 4.8, 5.0, 1.0
    feeder.see(blind)
    (row,) = feeder.conn.execute("select * from trap.variability").fetchall()
    assert row.snr_max == 5
    assert feeder.conn.execute("select * from trap.verify_dataset('fed')").fetchall() == []


def test_two_points_leave_one_and_a_single_point_none(original):
    feeder = original()
    source_id = feed(feeder, [3.0], 0.1)
    found = variability(feeder, source_id)
    assert (found.max_significance, found.rest_eta, found.rest_eta_significance) == (None, None, 0)
    assert (found.modulation_int, found.trend, found.trend_significance) == (None, None, None)
    assert (found.eta_int_probability, found.n_blind, found.duty_cycle) == (1, 1, 1)
    feeder.step(
        image(fit([], [])),
        force=lambda image, requests: measurements(
            requests.ra, requests.dec, int_flux=1.0, int_flux_err=0.3
        ),
    )
    found = variability(feeder, source_id)
    assert found.max_significance == close(2 / np.hypot(0.1, 0.3))
    assert (found.rest_eta, found.rest_eta_significance) == (0, 0)
    assert (found.n, found.n_blind, found.duty_cycle) == (2, 1, 0.5)


def test_a_trend_is_a_weighted_straight_line(curve):
    feeder, source_id, fluxes, errors = curve
    found = variability(feeder, source_id)
    (slope, _), covariance = np.polyfit(DAYS, fluxes, 1, w=1 / errors, cov="unscaled")
    assert (found.trend, found.trend_err) == close((slope, covariance[0, 0] ** 0.5))
    assert found.trend_significance == close(slope / covariance[0, 0] ** 0.5)
    _, scaled = np.polyfit(DAYS, fluxes, 1, w=1 / errors, cov=True)
    assert scaled[0, 0] > covariance[0, 0]  # since one point stands out
    assert found.trend_scaled_significance == close(slope / scaled[0, 0] ** 0.5)


def test_modulation_is_less_by_what_the_errors_bring(curve):
    feeder, source_id, fluxes, errors = curve
    found = variability(feeder, source_id)
    for value, mean in [(found.modulation_peak, fluxes), (found.modulation_int, fluxes / 2)]:
        excess = np.var(mean, ddof=1) - np.mean(errors**2)
        assert value == close(np.sign(excess) * abs(excess) ** 0.5 / mean.mean())


def test_modulation_of_steady_sources_scatters_about_zero(conn):
    """The mean of its square, signed, is that of no variability: no bias by the errors."""
    rng = np.random.default_rng(4)
    squares = []
    for fluxes in 10 + rng.standard_normal((400, 6)):
        m2 = float(np.sum((fluxes - fluxes.mean()) ** 2))
        (value,) = conn.execute("select trap.debiased_modulation(6, 10, %s, 6)", [m2]).fetchone()
        squares.append(np.sign(value) * value**2)
    assert np.mean(squares) == pytest.approx(0, abs=4 * np.std(squares) / 400**0.5)
    assert min(squares) < 0


@pytest.mark.parametrize("degrees", [1, 2, 3, 9, 100, 5000])
def test_the_chance_of_chi_squared_is_good_to_a_hundredth(conn, degrees):
    chances = np.array([0.99, 0.7, 0.52, 0.5, 0.49, 0.1, 1e-3, 1e-6, 1e-9, 1e-30, 1e-100])
    found = [
        conn.execute("select trap.chi_squared_tail(%s, %s)", [degrees, float(x)]).fetchone()[0]
        for x in stats.chi2.isf(chances, degrees)
    ]
    assert found == pytest.approx(list(chances), rel=0.01)


def test_the_tail_of_the_normal_distribution(conn):
    for x in (-5.0, -0.3, 0.0, 1.0, 6.0, 30.0):
        (found,) = conn.execute("select trap.normal_tail(%s)", [x]).fetchone()
        assert found == pytest.approx(stats.norm.sf(x), rel=2e-7)
    # so small that PostgreSQL would refuse it
    (found,) = conn.execute("select trap.normal_tail(100)").fetchone()
    assert 0 < found < 1e-300


def test_the_chance_that_a_steady_source_gives_this_eta(curve):
    feeder, source_id, *_ = curve
    found = variability(feeder, source_id)
    chi_squared = found.eta_peak * (DAYS.size - 1)
    assert found.eta_peak_probability == pytest.approx(stats.chi2.sf(chi_squared, 7), rel=0.01)
    chi_squared = found.eta_int * (DAYS.size - 1)
    assert found.eta_int_probability == pytest.approx(stats.chi2.sf(chi_squared, 7), rel=0.01)


def test_peak_fluxes_have_a_history_of_their_own(curve):
    feeder, source_id, fluxes, errors = curve
    for n, point in enumerate(history(feeder, source_id), 1):
        now, weights = fluxes[:n], errors[:n] ** -2.0
        about = now - np.average(now, weights=weights)
        eta = np.sum(weights * about**2) / (n - 1) if n > 1 else 0
        v = np.std(now, ddof=1) / now.mean() if n > 1 else 0
        assert (point.v_peak, point.eta_peak) == close((v, eta), rel=1e-6, abs=1e-9)
    last = variability(feeder, source_id)
    assert (point.v_peak, point.eta_peak) == close((last.v_peak, last.eta_peak))


def test_statistics_of_a_light_curve(curve):
    feeder, source_id, fluxes, _ = curve
    (found,) = feeder.conn.execute("select * from trap.lightcurve_statistics(%s)", [source_id])
    assert (found.n, found.duty_cycle) == (8, 1)
    for prefix, values in [("int_flux", fluxes / 2), ("peak_flux", fluxes)]:
        expected = {
            "median": np.median(values),
            "mad": stats.median_abs_deviation(values),
            "min": values.min(),
            "max": values.max(),
        }
        assert {k: getattr(found, f"{prefix}_{k}") for k in expected} == close(expected)
    now = variability(feeder, source_id)
    assert (found.trend, found.trend_err) == close((now.trend, now.trend_err))


def test_pairs_of_points(curve):
    feeder, source_id, fluxes, errors = curve
    found = feeder.conn.execute("select * from trap.pair_metric(%s)", [source_id]).fetchall()
    assert len(found) == 8 * 7 / 2
    pair = found[3]  # the first point and the fifth
    assert pair.v_s_peak == close((fluxes[4] - fluxes[0]) / np.hypot(errors[4], errors[0]))
    assert pair.m_peak == close((fluxes[4] - fluxes[0]) / (fluxes[[0, 4]].mean()))
    assert pair.v_s_int == close(pair.v_s_peak / 2)
    assert pair.m_int == close(pair.m_peak)


def test_two_epochs_compare_all_sources_of_both_images(original):
    feeder = original()
    first = feeder.see(fit([123, 124], [10, 10], int_flux=[1.0, 2.0], int_flux_err=0.1))[0]
    second = feeder.step(
        image(fit([123], [10], int_flux=[3.0], int_flux_err=0.1)),
        force=lambda image, requests: measurements(
            requests.ra, requests.dec, int_flux=0.5, int_flux_err=0.1
        ),
    )[0]
    query = "select * from trap.two_epoch(%s, %s)"
    found = feeder.conn.execute(query, [first, second]).fetchall()
    assert [(round(f.ra), f.kind_1, f.kind_2) for f in found] == [
        (123, "blind", "blind"), (124, "blind", "null_detection"),
    ]  # fmt: skip
    assert [f.v_s_int for f in found] == close([2 / np.hypot(0.1, 0.1), -1.5 / np.hypot(0.1, 0.1)])
    assert [f.m_peak for f in found] == close([1, -1.5 / 1.25])
    with pytest.raises(Exception, match="of different data sets"):
        feeder.conn.execute(query, [first, first + (1 << 24)])


def test_spectral_index_is_a_line_through_the_bands(original):
    feeder = original()
    freqs, errors = np.array([50e6, 150e6, 400e6]), np.array([0.1, 0.05, 0.2])
    for _ in range(2):
        feeder.step(
            *[
                image(
                    fit([123, 124], [10, 10], int_flux=[(f / 1e8) ** -0.7, -1.0], int_flux_err=e),
                    freq_eff=f,
                )
                for f, e in zip(freqs, errors, strict=True)
            ],
            force=None,
        )
    # the mean of a source that is negative has no logarithm
    (found,) = feeder.conn.execute("select * from trap.spectral_index").fetchall()
    assert (found.n_bands, found.freq_low, found.freq_high) == (3, 50e6, 400e6)
    assert found.spectral_index == close(-0.7)
    relative = errors / 2**0.5 / (freqs / 1e8) ** -0.7
    _, covariance = np.polyfit(np.log(freqs), np.zeros(3), 1, w=1 / relative, cov="unscaled")
    assert found.spectral_index_err == close(covariance[0, 0] ** 0.5)


def test_bands_together_show_what_each_alone_does_not(original):
    """In each of four bands 2 to 3 sigma, all of them together above 4."""
    feeder = original()
    for epoch in range(4):
        flux = 1 + 0.25 * (-1) ** epoch
        feeder.step(
            *[
                image(fit(123, 10, int_flux=flux, int_flux_err=0.14), freq_eff=f)
                for f in (50e6, 150e6, 250e6, 400e6)
            ],
            force=None,
        )
    alone = feeder.conn.execute("select eta_int_significance from trap.variability").fetchall()
    assert len(alone) == 4
    assert max(row.eta_int_significance for row in alone) < 3
    (found,) = feeder.conn.execute("select * from trap.coincident_variability").fetchall()
    assert (found.n, found.n_bands, found.n_varying, found.degrees_of_freedom) == (16, 4, 0, 12)
    assert found.chi_squared == close(16 * (0.25 / 0.14) ** 2)
    chance = stats.chi2.sf(found.chi_squared, 12)
    assert found.significance == pytest.approx(stats.norm.isf(chance), abs=0.3)
    assert found.significance > 4


def test_two_epochs_of_different_bands_are_refused(original):
    feeder = original()
    feeder.step(
        image(fit([123.0], [10.0]), freq_eff=50e6), image(fit([123.0], [10.0]), freq_eff=150e6)
    )
    low, high = [
        row.image_id
        for row in feeder.conn.execute("select image_id from trap.image order by image_id")
    ]
    with pytest.raises(Exception, match="differ in band or Stokes parameter"):
        feeder.conn.execute("select * from trap.two_epoch(%s, %s)", (low, high))


def test_the_spectral_index_of_a_source_that_varies_is_uncertain(original):
    feeder = original()
    for flux in (1.0, 1.0, 4.0):
        feeder.step(
            image(fit([123.0], [10.0], int_flux=flux), freq_eff=50e6),
            image(fit([123.0], [10.0], int_flux=1.0), freq_eff=150e6),
        )
    (row,) = feeder.conn.execute(
        "select s.spectral_index_err, v.eta_int, f.int_weight, f.int_weighted_mean, v.band_id"
        " from trap.spectral_index as s join trap.variability as v using (source_id)"
        " join trap_data.source_flux as f using (source_id, band_id) where v.eta_int > 1"
    ).fetchall()
    varying = row.eta_int / (row.int_weight * row.int_weighted_mean**2)
    assert row.spectral_index_err > np.sqrt(varying) / np.log(3)
