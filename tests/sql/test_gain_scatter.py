"""The scatter that is not in the errors, as the steady sources of a data set tell it."""

import numpy as np
import psycopg
import pytest

from tests.feeding import FedImage, measurements

SOURCES, EPOCHS, ERROR = 81, 9, 0.01
RA, DEC = (axis.ravel() for axis in np.meshgrid(123 + np.arange(9.0), 5 + np.arange(9.0)))


def fed(feeder, gains, flux=1.0, freq_eff=140e6, vary=0, seed=5):
    """Feed sources whose fluxes are off by these gains, and some that vary wildly."""
    rng = np.random.default_rng(seed)
    for gain in gains:
        scale = np.broadcast_to(gain, SOURCES).copy()
        scale[:vary] *= rng.uniform(0.3, 2, vary)
        fluxes = flux * scale + ERROR * rng.standard_normal(SOURCES)
        blind = measurements(RA, DEC, int_flux=fluxes, int_flux_err=ERROR)
        feeder.step(FedImage(blind, ra=127, dec=9, freq_eff=freq_eff))


def told(conn, name="fed"):
    return conn.execute("select * from trap.gain_scatter(%s)", [name]).fetchall()


@pytest.mark.parametrize("gain", [0.0, 0.05, 0.15])
def test_the_scatter_of_gains_is_found_beside_the_errors(conn, new_feeder, gain):
    """Whether a third of the sources vary by themselves makes little of it."""
    rng = np.random.default_rng(2)
    scales = 1 + gain * rng.standard_normal((EPOCHS, SOURCES))
    fed(new_feeder(name="steady"), scales)
    fed(new_feeder(name="varied"), scales, vary=SOURCES // 5)
    for name, margin in (("steady", 4), ("varied", 6)):
        (row,) = told(conn, name)
        assert (row.n_sources, row.n_images, row.freq_central) == (SOURCES, EPOCHS, 140e6)
        if gain:
            assert row.gain_scatter == pytest.approx(gain, abs=margin * row.gain_scatter_err)
            assert row.gain_scatter_err < 0.15 * gain
        else:
            assert row.gain_scatter < 0.7 * ERROR
        assert row.image_scatter < 0.5 * gain + ERROR / 3


def test_what_all_sources_of_an_image_have_in_common_is_its_flux_scale(conn, new_feeder):
    rng = np.random.default_rng(3)
    scales = 1 + 0.1 * rng.standard_normal(EPOCHS)
    fed(new_feeder(), scales)
    (row,) = told(conn)
    assert row.gain_scatter == pytest.approx(scales.std(ddof=1), rel=0.2)
    low, high = np.quantile(scales / scales.mean(), [0.25, 0.75])
    assert row.image_scatter == pytest.approx((high - low) / 1.349, rel=0.1)


def test_faint_sources_and_bands_without_any_tell_nothing(conn, new_feeder):
    feeder = new_feeder()
    fed(feeder, np.ones(3))
    fed(feeder, np.ones(3), flux=15 * ERROR, freq_eff=50e6)
    faint, bright = told(conn)
    assert (faint.freq_central, bright.freq_central) == (50e6, 140e6)
    assert (faint.n_sources, faint.gain_scatter, faint.gain_scatter_err) == (0, None, None)
    assert bright.n_sources == SOURCES
    with pytest.raises(psycopg.Error, match='there is no data set named "none"'):
        told(conn, "none")
