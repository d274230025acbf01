"""What judges a candidate, and what is wrong with an image; the queries of the docs."""

import re
from pathlib import Path

import numpy as np
import psycopg
import pytest

from tests.feeding import ARCSEC, START, FedImage, measurements, pack
from tests.sql.catalogue import close, fit, sources
from tests.sql.test_skymap import gaussian, store

PAGE = Path(__file__).parents[2] / "docs/queries.md"
BLOCKS = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(), re.M | re.S)
BEAM = 0.02
FACTS = {"beam_major": BEAM, "detection_threshold": 6.0, "rms_min": 1e-3, "rms_max": 1e-3}
RA = 121 + 0.15 * np.arange(25)
FLARE = 122.02  # 2.9 beams from the nearest
FAINT = 124.94  # in one image of one band
CORNERS = [(120.5, 9.0), (125.5, 9.0), (125.5, 10.5), (120.5, 10.5)]


@pytest.fixture
def demo(original):
    """Steady sources in two bands and ten images; one flares once, beside a brighter one.

    The sixth image is shifted by 3" to the east, and its fluxes are 10 % high.
    """
    feeder = original(name="demo", de_ruiter_limit=5.68, beam_limit=3.0)
    rng = np.random.default_rng(7)
    steady = np.geomspace(0.03, 0.2, RA.size)

    def force(image, requests):
        offset = np.abs(requests.ra[:, None] - RA)
        there = steady[offset.argmin(axis=1)] * (image.freq_eff / 50e6) ** -0.7
        flux = np.where(offset.min(axis=1) < 1e-3, there, 0)
        flux = flux + 1e-3 * rng.standard_normal(len(requests))
        return measurements(requests.ra, requests.dec, int_flux=flux, int_flux_err=1e-3)

    for epoch in range(10):
        images = []
        for freq in (50e6, 150e6):
            scale, shift = (1.1, 3 * ARCSEC) if epoch == 5 else (1.0, 0.0)
            flux = scale * steady * (freq / 50e6) ** -0.7
            ra = RA + shift / np.cos(np.radians(10))
            if epoch == 3:
                ra, flux = np.append(ra, FLARE), np.append(flux, 0.02)
            flux = flux + 1e-3 * rng.standard_normal(flux.size)
            if epoch == 6 and freq == 50e6:
                ra, flux = np.append(ra, FAINT), np.append(flux, 0.0075)
            blind = fit(
                ra, 10.0, int_flux=flux, int_flux_err=1e-3, ra_err=2 * ARCSEC, dec_err=2 * ARCSEC
            )
            blind.snr[:] = flux / 1e-3
            images.append(
                FedImage(blind, freq_eff=freq, vertices=CORNERS, searched_area=7.0, **FACTS)
            )
        feeder.step(*images, force=force)
    feeder.conn.execute(
        "select trap.store_watch_list('stars', 'list', null, array['flare star'],"
        " array[%s::float8], array[10.0::float8], array[5.0::float8],"
        " array[null::float8], array[null::float8], array[null::float8])",
        [FLARE],
    )
    feeder.conn.execute(
        "select trap.match_dataset('demo', c.catalogue_id, -0.8, -0.6)"
        " from trap.add_reference_dataset('demo', 50e6, 'deep', '1') as c"
    )
    feeder.conn.execute("select trap.add_label(%s, 'real')", [flare_of(feeder).source_id])
    store(feeder.conn, "event", *gaussian((FLARE, 10.0), 1), event_at=START)
    return feeder


def flare_of(feeder):
    (source,) = [s for s in sources(feeder) if abs(s.ra - FLARE) < 1e-3]
    return source


def test_the_queries_of_the_page_have_answers(demo, reader_db):
    for query in BLOCKS:
        assert reader_db.execute(query).fetchall(), query
    reader_db.execute("select trap.delete_definition('bright_flare')")


def test_every_view_for_scientists_has_a_query(conn):
    text = " ".join(BLOCKS)
    for name in (
        "candidate", "neighbours", "image_offset", "image_flux_scale", "expected_false_detections",
        "false_alarm", "transient_by_definition", "pair_metric", "two_epoch", "spectral_index",
        "coincident_variability", "lightcurve_statistics", "field_variability", "watch_hits",
        "in_skymap", "skymap_image", "label",
    ):  # fmt: skip
        assert f"trap.{name}" in text


def test_a_candidate_has_all_that_judges_it_in_one_row(demo):
    conn, flare = demo.conn, flare_of(demo)
    first, _ = conn.execute(
        "select * from trap.candidate where source_id = %s order by freq_central", [flare.source_id]
    ).fetchall()
    assert (first.dataset, first.name, first.freq_central) == ("demo", flare.name, 50e6)
    assert (first.n, first.n_blind, first.monitored) == (7, 1, False)
    assert first.max_measurement_id == flare.source_id
    assert first.max_taken_at == flare.first_seen
    assert first.is_new
    assert first.margin_worst == close(first.discovery_peak_flux / 1e-3 - 6)
    assert first.covering_images == 3
    assert first.siblings == 0
    assert first.max_significance > 15
    # half a degree from the upper side, which lies a little higher than its corners
    assert first.edge_beams == pytest.approx(0.5 / BEAM, abs=1.5)
    assert first.noise_chance < 1e-50
    assert first.monitor_source_id is None
    # at 122.05 and 121.9: the brighter one is nearer
    assert first.brighter_beams == pytest.approx(0.03 * np.cos(np.radians(10)) / BEAM, abs=0.05)
    assert first.brighter_peak_flux > first.peak_flux_max
    assert first.neighbours == 1


def test_all_sources_are_candidates_once_a_band(demo):
    query = "select source_id, band_id, stokes, is_new from trap.candidate where dataset = 'demo'"
    rows = demo.conn.execute(query).fetchall()
    assert len(rows) == len({row[:3] for row in rows}) == 2 * (RA.size + 2)
    assert sum(row.is_new for row in rows) == 2


def test_neighbours_are_within_so_many_beams(demo):
    conn, flare = demo.conn, flare_of(demo)
    found = conn.execute(
        "select * from trap.neighbours(%s, p_beams => 8)", [flare.source_id]
    ).fetchall()
    separations = np.sort(np.abs(RA - FLARE)) * np.cos(np.radians(10))
    assert [n.separation_beams for n in found] == pytest.approx(
        list(separations[separations < 8 * BEAM] / BEAM), abs=0.05
    )
    assert found[0].separation_arcsec == close(found[0].separation_beams * BEAM * 3600)
    assert conn.execute("select from trap.neighbours(%s, 0)", [flare.source_id]).rowcount == 0
    assert conn.execute("select from trap.neighbours(12345)").rowcount == 0
    with pytest.raises(psycopg.Error, match="within -1 beams"):
        conn.execute("select * from trap.neighbours(%s, -1)", [flare.source_id])


def test_a_shifted_image_shows(demo):
    rows = demo.conn.execute("select * from trap.image_offset order by image_id").fetchall()
    assert len(rows) == 20
    east = np.array([row.median_east_arcsec for row in rows])
    # the catalogue is a tenth of the shift off
    assert east[10:12] == pytest.approx(2.7, abs=0.1)
    assert np.delete(east, [10, 11]) == pytest.approx(-0.3, abs=0.1)
    assert [row.median_north_arcsec for row in rows] == pytest.approx(20 * [0], abs=0.01)
    # the flare, seen in one step, in both of its images; after it the source beside is a blend
    expected = np.repeat([RA.size, RA.size + 1, RA.size - 1], [6, 2, 12])
    expected[10:12] += 1  # shifted to more than one and a half beams from the flare
    assert [row.n for row in rows] == expected.tolist()
    assert rows[10].mean_east_arcsec == pytest.approx(2.7, abs=0.1)
    assert rows[10].scatter_east_arcsec < 0.1


@pytest.mark.parametrize("join", ["hashjoin", "mergejoin"])
def test_an_offset_has_the_same_bits_by_whatever_plan(demo, join):
    query = "select * from trap.image_offset order by image_id"
    usual = demo.conn.execute(query).fetchall()
    with demo.conn.transaction(force_rollback=True):
        # rows in another order
        demo.conn.execute(f"set local enable_{join} = off")
        demo.conn.execute(
            "update trap_data.measurement set flags = flags where measurement_id % 2 = 0"
        )
        assert demo.conn.execute(query).fetchall() == usual


def test_a_wrong_flux_scale_shows(demo):
    rows = demo.conn.execute("select * from trap.image_flux_scale order by image_id").fetchall()
    ratios = np.array([row.ratio for row in rows])
    assert ratios[10:12] == pytest.approx(1.09, abs=0.02)
    assert np.delete(ratios, [10, 11]) == pytest.approx(0.99, abs=0.02)
    for row in rows:
        assert row.ratio_err == close(1.2533 * row.scatter / row.n**0.5)
        assert 0 < row.scatter < 0.1


@pytest.mark.parametrize("analysed", ["", "image", "measurement_1"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_flux_scale_is_no_product_whatever_is_known_of_the_tables(new_feeder, packed, analysed):
    """To join every measurement with every flux and point looks cheap to who knows of none."""
    feeder = new_feeder()
    for name in ("measurement_1", "association_1", "source_flux_1", "image", "curve_stretch_1"):
        feeder.conn.execute(f"alter table trap_data.{name} set (autovacuum_enabled = false)")
    ra = 122 + np.arange(60) / 30
    for _ in range(12):
        feeder.step(FedImage(fit(ra, np.full(60, 10.0), int_flux=1.0, int_flux_err=0.01)))
    if packed:
        pack(feeder)
    if analysed:
        feeder.conn.execute(f"analyze trap_data.{analysed}")

    def rows(node):
        own = node["Actual Rows"] * node["Actual Loops"]
        return own + sum(rows(one) for one in node.get("Plans", []))

    for where in ("", " where dataset = 'fed'", f" where dataset_id = {feeder.dataset_id}"):
        ((plan,),) = feeder.conn.execute(
            f"explain (analyze, format json) select * from trap.image_flux_scale{where}"
        ).fetchall()
        # a small table is joined point by point, never with fluxes besides
        assert rows(plan[0]["Plan"]) < 4 * (12 * 60) ** 2
