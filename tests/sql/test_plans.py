"""What a step touches: one partition, and pages that were written already."""

import re

import numpy as np
import pytest

from tests.sql.catalogue import fit, image, plans_within, sources
from trapdb.database import routines


def partitions_read(conn, query, *parameters):
    """Return the numbers of the data sets whose partitions a plan reads."""
    rows = conn.execute(f"explain (costs off) {query}", list(parameters)).fetchall()
    plan = "\n".join(row[0] for row in rows)
    found = re.findall(
        r"on (?:source_flux|source|measurement|association|sky_region)_(\d+)\b", plan
    )
    return {int(number) for number in found}


@pytest.fixture
def crowd(original):
    """Five data sets of one field."""
    feeders = [original(name=f"set {number}") for number in range(5)]
    for feeder in feeders:
        feeder.see(*[fit(123 + np.arange(20) / 10, [10.0] * 20)] * 2)
    feeders[0].conn.execute("analyze")
    return feeders


def test_a_light_curve_is_read_from_one_partition(crowd):
    feeder = crowd[2]
    source_id = sources(feeder)[7].source_id
    conn = feeder.conn
    query = "select * from trap.lightcurve_of(%s)"
    assert partitions_read(conn, query, source_id) == {feeder.dataset_id}
    inlined = "select * from trap.variability where dataset_id = %s"
    assert partitions_read(conn, inlined, feeder.dataset_id) == {feeder.dataset_id}
    for view in ("candidate", "image_offset", "image_flux_scale", "spectral_index", "new_source"):
        inlined = f"select * from trap.{view} where dataset_id = %s"
        assert partitions_read(conn, inlined, feeder.dataset_id) == {feeder.dataset_id}, view
    # across all of them only if that is asked for
    assert len(partitions_read(conn, "select * from trap.variability")) == 5


def test_the_first_candidates_are_chosen_before_anything_is_joined_to_them(crowd):
    """Only a parallel plan sorts that early: the view has to be one that may have it."""
    feeder = crowd[2]
    conn = feeder.conn
    query = "select * from trap.candidate where dataset_id = %s order by eta_int desc limit 3"
    with conn.transaction():
        # twenty sources are joined as soon as looked at: here each look is to count
        conn.execute("set local parallel_setup_cost = 0; set local enable_hashjoin = off")
        conn.execute("set local min_parallel_table_scan_size = 0; set local enable_seqscan = off")
        ((plan,),) = conn.execute(
            f"explain (analyze, timing off, format json) {query}", [feeder.dataset_id]
        ).fetchall()
    read = {
        node["Relation Name"]: node["Actual Rows"] * node["Actual Loops"]
        for node in nodes(plan[0]["Plan"])
        if "Relation Name" in node
    }
    assert read[f"source_{feeder.dataset_id}"] == 3


def nodes(plan):
    """Yield a node of a plan and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


CALLS = (
    "trap.cone('set 2', 123.5, 10, 0.5)",
    "trap.transient('set 2', p_significance_min => -100)",
    "trap.sources_of('set 2')",
    "trap.source_named('set 2', 'J081200.0+100000')",
    "trap.variability_history({source_id})",
    "trap.lightcurve_of({source_id})",
    "trap.lightcurve_statistics({source_id})",
    "trap.pair_metric({source_id})",
    "trap.two_epoch(trap.image_of({source_id}), trap.image_of({source_id}))",
    "trap.neighbours({source_id})",
    "trap.transient_by_definition('variable', 'set 2')",
    "trap.transient_by_definition('single_epoch', 'set 2')",
    "trap.false_alarm('set 2')",
    "trap.expected_false_detections('set 2', 5)",
)


def test_functions_of_a_data_set_read_its_partitions_only(crowd):
    """Shown by what the server counted, since a plan within a routine cannot be seen."""
    feeder = crowd[2]
    conn = feeder.conn
    source_id = sources(feeder)[0].source_id
    for call in CALLS:
        before = scans(conn)
        conn.execute(f"select * from {call.format(source_id=source_id)}")
        now = scans(conn)
        touched = {int(name.rpartition("_")[2]) for name in now if now[name] > before[name]}
        assert touched == {feeder.dataset_id}, call


def test_workers_look_for_what_fulfils_a_definition(crowd):
    """Every source is reckoned with: read, filtered and, for what is usual, counted by workers."""
    feeder = crowd[2]
    conn = feeder.conn
    with conn.transaction(force_rollback=True):
        # so few rows are read in one go, at what a worker costs else
        conn.execute("set local min_parallel_table_scan_size = 0")
        conn.execute("set local parallel_tuple_cost = 0")
        conn.execute("alter function trap.fulfilled_by set parallel_setup_cost = 0")
        (plan,) = plans_within(
            conn,
            "select * from trap.transient_by_definition('variable', 'set 2')",
            "g.of_source_id",
        )
    workers = re.findall(r"Parallel Seq Scan on trap_data\.(source_flux_\d+)", plan)
    assert workers == 2 * [f"source_flux_{feeder.dataset_id}"]


def scans(conn):
    conn.execute("select pg_stat_force_next_flush()")
    conn.execute("select pg_stat_clear_snapshot()")
    rows = conn.execute(
        "select relname, seq_scan + coalesce(idx_scan, 0) from pg_stat_user_tables"
        " where schemaname = 'trap_data' and relname ~ '_[0-9]+$'"
    ).fetchall()
    return {name: number for name, number in rows}


def test_association_reads_the_partitions_of_its_data_set_only(crowd):
    feeder = crowd[3]
    before = scans(feeder.conn)
    feeder.step(image(fit(123 + np.arange(18) / 10, [10.0] * 18)))
    now = scans(feeder.conn)
    touched = {int(name.rpartition("_")[2]) for name in now if now[name] > before[name]}
    assert touched == {feeder.dataset_id}


def test_association_probes_the_position_index_once_for_an_image(crowd):
    """For the sources near measurements, found or expected: however many."""
    feeder = crowd[3]
    index = "select idx_scan from pg_stat_user_indexes where indexrelname = %s"
    name = f"source_{feeder.dataset_id}_pos_idx"

    def probes():
        scans(feeder.conn)
        return feeder.conn.execute(index, [name]).fetchone()[0]

    before = probes()
    feeder.see(fit(123 + np.arange(18) / 10, [10.0] * 18))
    assert probes() - before == 1


def test_updates_stay_on_their_page_while_positions_do_not_move(original):
    """Then no index is written: neither that of the ids nor that of the positions."""
    feeder = original()
    ra = 123 + np.arange(300) / 100
    feeder.see(fit(ra, [10.0] * 300))
    rng = np.random.default_rng(1)
    shares = []
    # a snapshot of an automatic vacuum may keep old versions, hence pages full, for a while
    for _ in range(3):
        before = updates(feeder)
        for _ in range(10):
            feeder.see(fit(ra + rng.uniform(-1e-5, 1e-5, 300), [10.0] * 300))
        (updated, hot) = (updates(feeder) - before).T
        assert (updated == 3000).all()
        shares.append(hot / updated)
    assert (np.max(shares, axis=0) > 0.9).all()


def updates(feeder):
    """How many rows of source and source_flux were updated, and how many without an index."""
    feeder.conn.execute("select pg_stat_force_next_flush()")
    return np.array(
        [
            feeder.conn.execute(
                "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = %s",
                [f"{table}_{feeder.dataset_id}"],
            ).fetchone()
            for table in ("source", "source_flux")
        ]
    )


def test_an_indexed_position_that_lags_behind_is_found_all_the_same(original):
    """It follows the mean in steps of 3 arcsec; the limits are those of the mean itself."""
    feeder = original(de_ruiter_limit=1e6, beam_limit=1.0)
    limit = 0.029997
    lag = 2.8 / 3600
    feeder.see(fit(123, 0), fit(123, 2 * lag), dec=0.0)
    (source,) = sources(feeder)
    assert source.dec == pytest.approx(lag)
    (behind,) = feeder.conn.execute("select degrees(lat(pos)) from trap_data.source").fetchone()
    assert behind == 0
    feeder.see(fit(123, lag + limit * (1 - 1e-9)), dec=0.0)
    assert [s.n_blind for s in sources(feeder)] == [3]
    (source,) = sources(feeder)
    feeder.see(fit(123, source.dec + limit * (1 + 1e-9)), dec=0.0)
    assert [s.n_blind for s in sources(feeder)] == [3, 1]


def test_an_image_is_recognised_by_an_index(original):
    """Each time step asks: in a run of months, reading all its images would take longer."""
    feeder = original()
    feeder.see(fit(123.0, 10.0))
    conn = feeder.conn
    (columns,) = conn.execute(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute"
        " where attrelid = 'trap_data.image'::regclass and attnum > 0 and not attisdropped"
        " and attname not in ('image_id', 'digest', 'taken_at')"
    ).fetchone()
    conn.execute(
        f"insert into trap_data.image (image_id, digest, taken_at, {columns})"
        " select image_id + number, digest || number, taken_at + number * interval '1 s',"
        f" {columns} from trap_data.image, generate_series(1, 2000) as number"
    )
    conn.execute("analyze trap_data.image")

    def images_read():
        conn.execute("select pg_stat_force_next_flush()")
        conn.execute("select pg_stat_clear_snapshot()")
        return conn.execute(
            "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'image'"
        ).fetchone()[0]

    digests = [row.digest for row in conn.execute("select digest from trap_data.image limit 2")]
    before = images_read()
    assert len(routines.known_images(conn, feeder.dataset_id, [*digests, "unknown"])) == 2
    assert images_read() - before <= 4
