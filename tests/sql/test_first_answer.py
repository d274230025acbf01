"""What `trap.transient` and the ready-made definitions list of sources whose truth is known."""

import numpy as np
import pytest

from tests.feeding import FedImage, measurements
from tests.sql.catalogue import fit, image

RMS = 1e-3
FACTS = {"rms_min": RMS, "rms_max": 3 * RMS, "detection_threshold": 6.0}


@pytest.fixture
def watch(original):
    """Watch one source: its peaks at each epoch, in noises; blind above 6, by force below.

    With it goes a bright steady one. Integrated fluxes are three times as uncertain as peaks. The
    image is three times as noisy somewhere else.
    """

    def watch(peaks, backfilled=True):
        feeder = original(de_ruiter_limit=5.68, beam_limit=3.0, name="watched",
                          backfill=len(peaks) if backfilled else 0)  # fmt: skip
        flux_of = {}

        def force(taken, requests):
            flux = np.where(np.round(requests.ra) == 124, flux_of[taken], 0.1)
            return shaped(measurements, requests.ra, requests.dec, flux)

        for peak in peaks:
            flux = np.array([0.1, peak * RMS])
            found = flux >= 6 * RMS
            taken = image(shaped(fit, np.array([123.0, 124.0])[found], 10.0, flux[found]), **FACTS)
            flux_of[taken] = peak * RMS
            feeder.step(taken, force=force)
        listed = feeder.conn.execute("select * from trap.transient('watched')").fetchall()
        assert not [t for t in listed if round(t.ra) == 123]
        return feeder.conn, listed

    return watch


def shaped(make, ra, dec, flux):
    return make(ra, dec, int_flux=flux, int_flux_err=3 * RMS, peak_flux=flux, peak_flux_err=RMS)


@pytest.mark.parametrize("first", [0, 5])
def test_a_transient_of_one_epoch_is_told_by_its_peak(watch, first):
    """At 8 sigma eta of its integrated flux is nothing: that has three times the error."""
    peaks = np.zeros(10)
    peaks[first] = 8
    _, (found,) = watch(peaks)
    assert found.eta_int_significance < 5 < found.eta_peak_significance
    assert found.reason == ("variable" if first == 0 else "variable, new")


def test_one_point_that_stands_out_of_many_is_told_though_eta_is_not(watch):
    """Fluxes scatter by half of their errors, as where these are too large: eta says little."""
    peaks = 0.5 * np.random.default_rng(3).standard_normal(40)
    peaks[:2] = 7
    peaks[0] = 0
    _, (found,) = watch(peaks)
    assert found.eta_peak_significance < 5 < found.max_significance
    assert "variable" in found.reason


@pytest.mark.parametrize("epochs", [2, 3])
def test_a_transient_of_some_epochs_is_new_by_what_was_there_before(watch, epochs):
    """Where the deepest image is noisiest it could have been missed: the margin says nothing."""
    peaks = np.zeros(10)
    peaks[6 : 6 + epochs] = 9
    conn, (found,) = watch(peaks)
    assert found.margin_worst < 0 < 5 < found.before_significance
    assert "new" in found.reason
    appearing = conn.execute("select * from trap.transient_by_definition('appearing')").fetchall()
    assert [row.source_id for row in appearing] == [found.source_id]


def test_without_points_from_before_the_limit_at_the_place_tells(watch):
    peaks = np.zeros(10)
    peaks[6:] = 30
    _, (found,) = watch(peaks, backfilled=False)
    assert found.before_significance is None
    assert found.reason == "new"


def test_a_steady_source_that_noise_hid_is_neither(watch):
    peaks = 6.2 + np.random.default_rng(1).standard_normal(10)
    peaks[0] = 5.1
    conn, listed = watch(peaks)
    assert conn.execute("select from trap.new_source").rowcount == 1
    assert listed == []
    for name in ("appearing", "single_epoch"):
        assert call(conn, name) == []


def call(conn, name):
    return conn.execute("select * from trap.transient_by_definition(%s)", [name]).fetchall()


def test_a_small_field_of_which_many_vary_has_variables(original):
    """12 of 30: with them the spread of eta is so wide that nothing would stand out."""
    rng = np.random.default_rng(5)
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0, name="small")
    ra, steady = 120 + 0.1 * np.arange(30), np.full(30, 0.1)
    changes = np.arange(30) < 12
    for _ in range(12):
        flux = steady * np.where(changes, 1 + 0.6 * rng.uniform(-1, 1, 30), 1.0)
        flux += RMS * rng.standard_normal(30)
        feeder.step(image(fit(ra, 10.0, int_flux=flux, int_flux_err=RMS), **FACTS), force=None)
    found = {round((row.ra - 120) / 0.1) for row in call(feeder.conn, "variable")}
    assert found == set(np.flatnonzero(changes))
    for peak in (False, True):
        (usual,) = feeder.conn.execute(
            "select * from trap.field_variability(%s, %s)", [feeder.dataset_id, peak]
        ).fetchall()
        assert abs(usual.log_eta_mean) < 0.2
        assert usual.n_sources <= 18


@pytest.mark.parametrize("shift", [(20.0, 0.0), (-14.0, 33.0)])
def test_an_image_that_lies_off_by_beams_has_its_offset(original, shift):
    """None of its sources meets the one that it is: all are doubled."""
    rng = np.random.default_rng(2)
    beam = 20 / 3600
    feeder = original(de_ruiter_limit=5.68, beam_limit=1.0, name="off")
    ra, dec = 120 + 0.8 * rng.random(40), 10 + 0.8 * rng.random(40)
    for epoch in range(6):
        east, north = shift if epoch == 3 else (0.0, 0.0)
        blind = fit(
            ra + east / 3600 / np.cos(np.radians(dec)), dec + north / 3600,
            int_flux=0.1, int_flux_err=RMS, ra_err=0.5 / 3600, dec_err=0.5 / 3600,
        )  # fmt: skip
        feeder.step(FedImage(blind, beam_major=beam, **FACTS), force=None)
    rows = feeder.conn.execute("select * from trap.image_offset order by image_id").fetchall()
    assert [row.displaced for row in rows] == [epoch == 3 for epoch in range(6)]
    off = rows[3]
    assert (off.median_east_arcsec, off.median_north_arcsec) == pytest.approx(shift, abs=0.2)
    assert off.n >= 38
    assert [row.median_east_arcsec for row in rows if not row.displaced] == pytest.approx(
        [0] * 5, abs=0.2
    )


def test_a_faint_extended_source_whose_fitted_shape_scatters_is_steady(original):
    """Its integrated flux is that of another shape each time; its peak is not."""
    rng = np.random.default_rng(4)
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0, name="extended")
    for _ in range(10):
        flux = 8e-3 * (1 + rng.standard_normal())
        peak = 8e-3 + RMS * rng.standard_normal()
        blind = fit(
            123.0, 10.0, int_flux=flux, int_flux_err=1.5e-3, peak_flux=peak, peak_flux_err=RMS
        )
        feeder.step(image(blind, **FACTS), force=None)
    (row,) = feeder.conn.execute("select * from trap.variability").fetchall()
    assert row.eta_peak_significance < 2 < 5 < row.eta_int_significance
    assert feeder.conn.execute("select from trap.transient('extended')").rowcount == 0
