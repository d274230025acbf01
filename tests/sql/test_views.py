"""What scientists query: the promised columns, and what they say."""

from datetime import timedelta

import psycopg
import pytest

from tests.feeding import START
from tests.sql.catalogue import close, curve, fit, image, sources

NOBODY = fit([], [])
# columns on which queries and scripts can rely; every view begins with dataset and dataset_id
PROMISED = {
    "running_catalogue": "source_id, name, ra, dec, ra_err, dec_err, n_blind, n_forced, first_seen,"
    " last_seen, monitored",
    "lightcurve": "source_id, measurement_id, image_id, taken_at, freq_eff, band_id, stokes, kind,"
    " association, inherited, backfilled, ra, dec, peak_flux, peak_flux_err, int_flux,"
    " int_flux_err, snr, local_rms",
    "variability": "source_id, band_id, stokes, n, int_flux_mean, int_flux_weighted_mean, v_int,"
    " eta_int, v_peak, eta_peak",
    "image": "image_id, path, taken_at, freq_eff, stokes, status, rms_median",
    "rejection": "image_id, path, reason, detail",
    "measurement": "measurement_id, image_id, kind, forced_for, usable",
    "new_source": "source_id, limiting_image_id, margin_best, margin_worst",
    "band": "band_id, freq_central, freq_low, freq_high",
}


def test_every_view_begins_with_the_data_set(conn):
    views = conn.execute(
        "select c.relname, array_agg(a.attname::text order by attnum) as columns"
        " from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid"
        " where relnamespace = 'trap'::regnamespace and relkind = 'v' and attnum between 1 and 2"
        " group by 1"
    ).fetchall()
    # but for those about the database itself, and about the archive
    odd = {v.relname for v in views if v.columns != ["dataset", "dataset_id"]}
    assert odd <= {
        "transient_definition", "definition_condition", "definition_column", "built_in_definition",
        "reference_catalogue", "reference_source", "column_description", "column_reference",
        "watch", "watch_list", "watch_entry", "skymap", "skymap_cell", "indexed_reference_source",
        "transient_of_definition", "label_class", "classifier", "label_history", "alert",
        "alert_citation", "alert_rule", "alert_position", "feature_name",
    }  # fmt: skip
    assert len(views) > 8


def test_the_promised_columns_are_there_for_a_reader(reader_db):
    for view, columns in PROMISED.items():
        reader_db.execute(f"select dataset, dataset_id, {columns} from trap.{view}")


@pytest.fixture
def flare(original):
    """Ten epochs: a steady source, a flare, a source that appears, and two in another band."""
    feeder = original(de_ruiter_limit=5.68, beam_limit=3.0, name="flare")
    facts = {"rms_min": 1e-3, "rms_max": 1e-3, "detection_threshold": 10.0}
    for epoch in range(10):
        ra, dec, flux = [123, 124], [10, 11], [0.5, 0.1 if epoch != 4 else 0.4]
        if epoch >= 7:
            ra, dec, flux = [*ra, 125], [*dec, 10], [*flux, 0.03]
        feeder.step(
            image(fit(ra, dec, int_flux=flux, int_flux_err=2e-3), freq_eff=50e6, **facts),
            image(fit(126, 10, int_flux=0.3, int_flux_err=2e-3), freq_eff=150e6, **facts),
        )
    return feeder


def test_transients_are_the_variable_and_the_new(flare):
    found = flare.conn.execute("select * from trap.transient('flare')").fetchall()
    assert [(round(t.ra), t.reason) for t in found] == [(124, "variable"), (125, "new")]
    flaring, new = found
    assert flaring.dataset == "flare"
    assert flaring.v_int > 0.5
    assert flaring.eta_int_significance > 5
    assert (flaring.n, new.n) == (10, 3)
    assert new.margin_worst == close(0.03 / 1e-3 - 10)
    assert new.first_seen == START + timedelta(days=7)
    assert flaring.int_flux_mean == close(0.13)


def test_what_is_a_transient_is_decided_when_asked(flare):
    for condition, expected in [
        ("p_margin => 20", [124]),
        ("p_v_min => 10", [125]),
        ("p_eta_min => 1e9, p_margin => 1e9", []),
        ("p_significance_min => 1e9", [125]),
        ("p_significance_min => -1e9, p_v_min => 0", [123, 124, 125, 126]),
    ]:
        query = f"select ra from trap.transient('flare', {condition})"
        found = flare.conn.execute(query).fetchall()
        assert sorted(round(row.ra) for row in found) == expected


def test_10_8_nothing_is_a_transient_in_a_steady_field(original):
    """Ten points of the same flux in two bands: the original's filters, asked of the views."""
    feeder = original(name="steady")
    for _ in range(10):
        feeder.step(
            image(fit(1, 1, int_flux=0.01), ra=1.0, dec=1.0, freq_eff=50e6),
            image(fit(1.5, 1, int_flux=0.01), ra=1.0, dec=1.0, freq_eff=150e6),
            force=None,
        )
    conn = feeder.conn
    assert conn.execute("select from trap.transient('steady')").rowcount == 0
    rows = conn.execute("select v_int, eta_int from trap.variability where n = 10").fetchall()
    assert [tuple(row) for row in rows] == [(close(0), close(0))] * 2
    box = "select from trap.running_catalogue where ra between %s and %s and dec between %s and %s"
    assert conn.execute(box, [0, 2, 0, 2]).rowcount == 2
    assert conn.execute(box, [20, 22, 20, 22]).rowcount == 0


def test_a_data_set_that_there_is_not_is_named(conn):
    for function in ("transient", "sources_of", "dataset_summary"):
        with pytest.raises(psycopg.Error, match='no data set named "nothing"') as caught:
            conn.execute(f"select * from trap.{function}('nothing')")
        assert caught.value.sqlstate == "TR002"


def test_sources_of_a_data_set_and_by_name(flare):
    conn = flare.conn
    assert [s.ra for s in conn.execute("select * from trap.sources_of('flare')")] == close(
        [123, 124, 125, 126]
    )
    (source,) = conn.execute("select * from trap.source_named('flare', 'J081600.0+110000')")
    assert source.ra == close(124)
    assert conn.execute("select from trap.source_named('flare', 'J000000.0+000000')").rowcount == 0


def test_a_cone_gives_the_nearest_first(flare):
    found = flare.conn.execute(
        "select dataset, ra, separation from trap.cone('flare', 125.2, 10, 1.6)"
    ).fetchall()
    assert [(row.dataset, round(row.ra)) for row in found] == [
        ("flare", 125), ("flare", 126), ("flare", 124),
    ]  # fmt: skip
    assert [row.separation for row in found] == sorted(row.separation for row in found)


def test_a_light_curve_is_in_the_order_of_time_and_frequency(original):
    feeder = original()
    for _ in range(3):
        feeder.step(
            image(fit(123, 10), freq_eff=50e6),
            image(fit(123, 10), freq_eff=150e6, stokes="I"),
            image(fit(123, 10), freq_eff=150e6, stokes="V"),
            force=None,
        )
    (source,) = sources(feeder)
    points = curve(feeder, source.source_id)
    order = [(p.taken_at, p.freq_eff, p.stokes) for p in points]
    assert order == sorted(order)
    assert len(set(order)) == 9
    assert {p.dataset for p in points} == {"fed"}
    assert (source.first_seen, source.last_seen) == (order[0][0], order[-1][0])


def test_a_source_that_there_is_not_has_no_light_curve(original):
    feeder = original()
    assert curve(feeder, 1) == []
    assert curve(feeder, -1) == []


def test_summary_of_a_data_set(flare):
    (row,) = flare.conn.execute("select * from trap.dataset_summary('flare')").fetchall()
    assert (row.time_steps, row.images_accepted, row.images_rejected) == (10, 20, 0)
    assert (row.bands, row.sources, row.runs) == (2, 4, 1)
    assert (row.first_taken_at, row.last_taken_at) == (START, START + timedelta(days=9))
    (listed,) = flare.conn.execute("select * from trap.dataset").fetchall()
    assert (listed.dataset, listed.time_steps, listed.images) == ("flare", 10, 20)


def test_an_empty_data_set_has_a_summary(original):
    original()
    (row,) = original().conn.execute("select * from trap.dataset_summary('fed')").fetchall()
    assert (row.time_steps, row.images_accepted, row.first_taken_at) == (0, 0, None)


def test_measurements_that_lie_together_in_an_image_are_siblings(original):
    """Within a beam of each other, or of one island; a chain is one group."""
    feeder = original()
    beam = 216 / 3600
    near = fit([123, 123, 123, 124, 125, 126], [10, 10 + 0.9 * beam, 10 + 1.8 * beam, 10, 10, 10])
    near.island[:] = [0, 1, 2, 7, 7, 8]
    (image_id,) = feeder.see(near)
    found = feeder.conn.execute(
        "select siblings, group_id - trap.measurement_id(%s, 0) as first from trap.measurement"
        " order by measurement_id",
        [image_id],
    ).fetchall()
    assert [row.siblings for row in found] == [2, 2, 2, 1, 1, 0]
    assert [row.first for row in found] == [0, 0, 0, 3, 3, None]


def test_a_time_limit_ends_a_query(conn):
    with conn.transaction(force_rollback=True):
        conn.execute("select trap.limit_time(0.05)")
        with pytest.raises(psycopg.Error, match="statement timeout"):
            conn.execute("select pg_sleep(5)")
    with pytest.raises(psycopg.Error, match="makes no sense") as caught:
        conn.execute("select trap.limit_time(-1)")
    assert caught.value.sqlstate == "TR004"
