"""What the catalogue held at the time: variability and position after each point."""

import numpy as np
import pytest
from feeding import ARCSEC, FedImage, Feeder, measurements

from trapdb.database.connection import open_url


@pytest.fixture
def conn(db_url):
    with open_url(db_url) as conn:
        yield conn


def test_the_histories_end_at_what_the_catalogue_holds_and_pass_what_it_held(conn):
    rng = np.random.default_rng(5)
    feeder = Feeder(conn)
    held = []
    for epoch in range(6):
        images = [
            FedImage(
                measurements(
                    [359.9999 + rng.normal(0, 5 * ARCSEC), 123.0],
                    [89.0 + rng.normal(0, 5 * ARCSEC), 10.0],
                    ra_err=rng.uniform(5, 20) * ARCSEC,
                    dec_err=rng.uniform(5, 20) * ARCSEC,
                    int_flux=rng.uniform(1, 2),
                )
                if epoch != 3
                else measurements(123.0, 10.0),
                ra=0.0,
                dec=89.0,
                freq_eff=freq_eff,
                radius=85.0,
            )
            for freq_eff in (50e6, 150e6)
        ]
        feeder.step(*images)
        source = conn.execute(
            "select * from trap.running_catalogue where dataset_id = %s and dec > 80",
            [feeder.dataset_id],
        ).fetchone()
        fluxes = conn.execute(
            "select n, v_int, eta_int from trap.variability where dataset_id = %s"
            " and source_id = %s order by band_id",
            [feeder.dataset_id, source.source_id],
        ).fetchall()
        held.append((source, fluxes))

    positions = conn.execute(
        "select * from trap.position_history(%s)", [source.source_id]
    ).fetchall()
    by_count = {row.n_blind: row for row in positions}
    variability = conn.execute(
        "select * from trap.variability_history(%s)", [source.source_id]
    ).fetchall()
    for source, fluxes in held:
        then = by_count[source.n_blind]
        assert (then.ra - source.ra + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)
        assert then.dec == pytest.approx(source.dec, abs=1e-11)
        assert then.ra_err == pytest.approx(source.ra_err, rel=1e-12)
        assert then.dec_err == pytest.approx(source.dec_err, rel=1e-12)
        for flux, band_id in zip(fluxes, sorted({row.band_id for row in variability}), strict=True):
            (then,) = [r for r in variability if r.band_id == band_id and r.n == flux.n]
            assert then.v_int == pytest.approx(flux.v_int, rel=1e-9, abs=1e-12)
            assert then.eta_int == pytest.approx(flux.eta_int, rel=1e-9, abs=1e-9)
    # the fourth epoch was a forced fit in each band, after the blind points of its time step
    assert [row.n for row in variability] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
