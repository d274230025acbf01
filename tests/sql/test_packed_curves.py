"""Packed light curves are the same: for whoever reads, and whatever is done to them."""

import threading
import time
from dataclasses import replace
from functools import partial

import numpy as np
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.feeding import START, Feeder, measurements, pack
from tests.safety.contents import bits_that_differ, contents
from tests.sql.catalogue import fill_in, fit, image, kinds, monitor, sources
from tests.sql.test_rebuilding import DAY, EPOCHS, crowded_sky, replay_all, steady
from trapdb.database import routines
from trapdb.ingest.bites import Bites
from trapdb.ingest.packing import Packing

VIEWS = (
    "curve_point",
    "lightcurve",
    "variability",
    "running_catalogue",
    "new_source",
    "image_offset",
    "image_flux_scale",
    "polarisation",
)


def fed(new_feeder, name, packed, steps=None, **settings):
    feeder = new_feeder(name=name, packed=packed, expiry=3, backfill=2, **settings)
    for number, images in enumerate(crowded_sky() if steps is None else steps):
        see(feeder, number, *images)
    return feeder


def see(feeder, number, *images):
    """Store a time step of images that are the same ones in another data set."""
    named = [replace(one, digest=f"{number} {place}") for place, one in enumerate(images)]
    feeder.step(*named, force=steady)


@pytest.fixture(scope="module")
def fed_both(feed_once):
    return feed_once(
        lambda conn: [
            fed(partial(Feeder, conn), *one) for one in (("rows", False), ("packed", True))
        ]
    )


@pytest.fixture
def both(fed_both, fed_again):
    """A data set of which nothing is packed, and the same with every point packed."""
    return [fed_again(feeder) for feeder in fed_both]


def bits(feeder):
    with psycopg.connect(feeder.conn.info.dsn) as plain:
        return contents(plain, feeder.name)


def require_the_same(left, right):
    assert bits_that_differ(bits(left), bits(right)) == []
    for feeder in (left, right):
        assert routines.verify_dataset(feeder.conn, feeder.name) == []
    assert checksum(left) == checksum(right)


def checksum(feeder):
    return feeder.conn.execute(
        "select * from trap.dataset_checksum(%s)", [feeder.dataset_id]
    ).fetchone()


def count(feeder, table):
    (row,) = feeder.conn.execute(
        f"select count(*) as n from trap_data.{table} where dataset_id = %s", [feeder.dataset_id]
    ).fetchall()
    return row.n


def seen(feeder, query):
    """The rows of a query, with ids by their numbers within the data set."""
    rows = feeder.conn.execute(query, [feeder.dataset_id]).fetchall()
    first, last = feeder.dataset_id, feeder.dataset_id + 1

    def within(name, value):
        if not isinstance(value, int) or not name.endswith("_id"):
            return value
        bits = next((b for b in (44, 24, 0) if first << b <= value < last << b), 0)
        return value - (first << bits)

    found = [
        [
            within(name, value)
            for name, value in zip(row._fields, row, strict=True)
            if name not in ("dataset", "dataset_id")
        ]
        for row in rows
    ]
    return sorted(map(repr, found))


# --- who reads ---------------------------------------------------------------------------------


def test_nothing_is_left_in_rows_and_views_show_the_same(both):
    rows, packed = both
    assert count(rows, "curve_stretch") == 0
    assert count(packed, "association") == 0
    require_the_same(rows, packed)
    for view in VIEWS:
        query = f"select * from trap.{view} where dataset_id = %s"
        assert seen(rows, query) == seen(packed, query), view
    for routine in ("variability_history", "position_history", "lightcurve_of"):
        query = (
            f"select s.name as of, h.* from trap.running_catalogue as s"
            f" cross join lateral trap.{routine}(s.source_id) as h where s.dataset_id = %s"
        )
        assert seen(rows, query) == seen(packed, query), routine
    inherited = seen(packed, "select * from trap.lightcurve where dataset_id = %s and inherited")
    assert inherited


def test_a_light_curve_of_a_hundred_points_is_on_eight_pages(new_feeder, conn):
    """Whatever is read for it, from the first page of an index on, is counted."""
    feeder = new_feeder()
    ra = 122 + np.arange(100) / 50
    for _ in range(100):
        feeder.step(image(fit(ra, np.full(100, 10.0))))
    pack(feeder, sources=1000)
    conn.execute("vacuum analyze")
    (some,) = conn.execute(
        "select source_id from trap.running_catalogue order by source_id limit 1 offset 77"
    ).fetchall()
    query = f"explain (analyze, buffers, format json) select * from trap.lightcurve_of({some[0]})"
    conn.execute(query)  # what has to be known of tables is known after the first
    ((plan,),) = conn.execute(query).fetchall()
    root = plan[0]["Plan"]
    assert root["Actual Rows"] == 100
    assert root["Shared Hit Blocks"] + root["Shared Read Blocks"] <= 8


def test_a_point_that_an_image_lacks_is_looked_for_in_one_stretch_a_source(new_feeder, conn):
    feeder = new_feeder()
    ra = 122 + np.arange(20) / 50
    for _ in range(96):
        feeder.step(image(fit(ra, np.full(20, 10.0))))
    pack(feeder, sources=1000)
    assert count(feeder, "curve_stretch") == 4 * 20
    images = conn.execute("select image_id from trap_data.image order by image_id").fetchall()

    def stretches_read():
        row = conn.execute(
            "select pg_stat_get_xact_tuples_fetched(%s::regclass)"
            " + pg_stat_get_xact_tuples_returned(%s::regclass) as n",
            2 * [f"trap_data.curve_stretch_{feeder.dataset_id}"],
        ).fetchone()
        return row.n

    with conn.transaction():
        routines.begin_backfill(conn, feeder.dataset_id)
        before = stretches_read()
        founded = [row.source_id for row in sources(feeder)]
        wanted = routines.backfill_requests(conn, images[50].image_id, founded)
        assert wanted.source_id.size == 0
        assert stretches_read() - before <= 20


def test_whoever_reads_meanwhile_sees_each_point_once(both):
    feeder, _ = both
    dsn = feeder.conn.info.dsn
    expected = seen(feeder, "select * from trap.lightcurve where dataset_id = %s")
    over = threading.Event()
    wrong = []

    def read():
        with psycopg.connect(dsn, autocommit=True, row_factory=namedtuple_row) as reader:
            other = Feeder.__new__(Feeder)
            other.conn, other.dataset_id = reader, feeder.dataset_id
            while not over.is_set():
                found = seen(other, "select * from trap.lightcurve where dataset_id = %s")
                if found != expected:
                    wrong.append(len(found))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(5):
            pack(feeder, sources=3)
            feeder.conn.execute("select trap.unpack_points(%s, null, 0)", [feeder.dataset_id])
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert wrong == []


# --- what is done to them ----------------------------------------------------------------------


@pytest.mark.parametrize("last", [0, EPOCHS - 3])
def test_rewound_and_replayed_they_are_what_they_would_be(both, last):
    for feeder in both:
        routines.rewind_dataset(feeder.conn, feeder.name, START + last * DAY)
    require_the_same(*both)
    pack(both[1])
    require_the_same(*both)
    for feeder in both:
        replay_all(feeder.conn, feeder)
    require_the_same(*both)


def test_only_stretches_of_what_is_undone_become_rows(new_feeder):
    feeder = new_feeder()
    for _ in range(100):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))
    pack(feeder)
    assert (count(feeder, "curve_stretch"), count(feeder, "association")) == (8, 0)
    routines.rewind_dataset(feeder.conn, feeder.name, START + 69 * DAY)
    assert (count(feeder, "curve_stretch"), count(feeder, "association")) == (4, 2 * (70 - 54))


def test_associated_anew_they_give_the_same(both):
    copies = [Feeder(feeder.conn, f"{feeder.name} anew", expiry=3) for feeder in both]
    for feeder, anew in zip(both, copies, strict=True):
        replay_all(feeder.conn, anew, feeder.dataset_id, "accepted")
        checksum(anew)
    assert checksum(copies[0]) == checksum(copies[1])
    assert routines.verify_dataset(copies[1].conn, copies[1].name) == []


def test_points_are_filled_into_images_that_are_packed(new_feeder):
    """Also forced fits of neighbours, which are made anew, and blends, which are set aside."""
    found = []
    for packed in (False, True):
        feeder = new_feeder(name=f"filled {packed}", packed=packed)
        for number in range(5):
            see(feeder, number, image(fit([123.0, 123.5], [10.0, 10.0])))
        see(feeder, 5, image(fit([123.0, 123.02, 123.5, 123.7], [10.0] * 4)))
        fill_in(feeder, force=steady)
        assert any("null_detection" in kinds(feeder, one.source_id) for one in sources(feeder))
        found.append(feeder)
    require_the_same(*found)
    pack(found[1])
    require_the_same(*found)


def test_a_monitored_position_goes_with_its_points(new_feeder):
    found = []
    for packed in (False, True):
        feeder = new_feeder(name=f"monitored {packed}", packed=packed)
        monitor(feeder, "mine", 123.2, 10.0)
        for number in range(3):
            see(feeder, number, image(fit([123.0], [10.0])))
        assert routines.delete_monitor_position(feeder.conn, feeder.name, "mine") == 3
        found.append(feeder)
    require_the_same(*found)


def test_a_data_set_that_is_packed_is_deleted_whole(new_feeder):
    kept, deleted = (
        fed(new_feeder, name, True, crowded_sky(epochs=2)) for name in ("kept", "deleted")
    )
    routines.delete_dataset(deleted.conn, "deleted")
    assert count(deleted, "curve_stretch") == 0
    assert routines.verify_dataset(kept.conn, "kept") == []


# --- bites -------------------------------------------------------------------------------------


def test_behind_an_ingest_whole_stretches_of_older_images_are_packed(new_feeder):
    feeder = new_feeder()
    for _ in range(16 + 40):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))
    assert pack(feeder, at_once=False) == 2 * 27
    assert pack(feeder, at_once=False) == 0
    for _ in range(14):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))
    assert pack(feeder, at_once=False) == 2 * 27
    assert pack(feeder) == 2 * 16
    assert pack(feeder) == 0
    for _ in range(20):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))
    assert pack(feeder, at_once=False) == 0
    assert count(feeder, "curve_stretch") == 2 * 3
    assert pack(feeder) == 2 * (16 + 20)  # one that is not full is filled
    assert count(feeder, "curve_stretch") == 2 * 4
    assert count(feeder, "association") == 0
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_images_in_which_an_ingest_may_fill_in_are_left_alone(new_feeder):
    feeder = new_feeder(backfill=50)
    for _ in range(60):
        feeder.step(image(fit([123.0], [10.0])))
    assert pack(feeder, at_once=False) == 0


def test_an_ingest_does_not_wait_for_a_bite(new_feeder, module_url):
    feeder = new_feeder(backfill=2)
    for _ in range(50):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))
    with psycopg.connect(module_url, row_factory=namedtuple_row) as other:
        assert routines.pack_points(other, feeder.dataset_id, 0, 10, False).points == 2 * 27
        feeder.conn.execute("set lock_timeout = '1s'")
        feeder.step(image(fit([123.0, 123.02, 123.5, 124.0], [10.0] * 4)))
        feeder.conn.execute("reset lock_timeout")
    assert count(feeder, "curve_stretch") == 2
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_a_bite_that_does_not_end_leaves_everything_as_it_was(both):
    feeder, _ = both
    before = bits(feeder)
    other = psycopg.connect(feeder.conn.info.dsn)
    other.execute("select trap.pack_points(%s, 0, 1000, true)", [feeder.dataset_id])
    feeder.conn.execute("select pg_terminate_backend(%s)", [other.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        other.execute("select 1")
    other.close()
    assert count(feeder, "curve_stretch") == 0
    assert bits_that_differ(before, bits(feeder)) == []


def test_an_ingest_has_it_done_beside(new_feeder, module_url):
    feeder = new_feeder()
    for _ in range(50):
        feeder.step(image(fit([123.0, 123.5], [10.0, 10.0])))

    def connect():
        return psycopg.connect(module_url, autocommit=True, row_factory=namedtuple_row)

    with Packing(feeder.name, feeder.dataset_id, connect) as packing:
        packing.follow(1000)
    with Packing(feeder.name, feeder.dataset_id, connect) as packing:
        packing._after = 0
        packing.follow(1000)
    assert count(feeder, "curve_stretch") == 2
    with Packing(
        feeder.name, feeder.dataset_id, lambda: None
    ) as packing:  # no connection is to be had
        packing.follow(1000)


@pytest.mark.parametrize("fault", [OSError("no room"), psycopg.OperationalError("no server")])
def test_a_connection_that_cannot_be_opened_is_no_fault_of_the_ingest(fault):
    def connect():
        raise fault

    with Packing("field", 1, connect) as packing:
        packing.follow(1000)
        while not packing._bite.done():
            time.sleep(0.01)
        packing.follow(1000)


def test_the_only_source_of_a_data_set_is_packed_too(new_feeder):
    """Wherever bites begin, each source has its turn."""
    feeder = new_feeder()
    for _ in range(50):
        feeder.step(image(fit([123.0], [10.0])))
    bitten = routines.pack_points(feeder.conn, feeder.dataset_id, None, 1, at_once=False)
    assert bitten.points == 27


def test_a_source_that_cannot_be_packed_is_left_out_and_told_once(new_feeder, module_url, caplog):
    feeder = new_feeder()
    ra = list(np.arange(123.0, 124.1, 0.1))
    for _ in range(50):
        feeder.step(image(fit(ra, [10.0] * len(ra))))
    ids = [row.source_id for row in sources(feeder)]
    damaged = {ids[4], ids[8]}

    def left():
        query = "select distinct source_id from trap_data.association where dataset_id = %s"
        return {id_ for (id_,) in feeder.conn.execute(query, [feeder.dataset_id])}

    def packed():
        query = "select distinct source_id from trap_data.curve_stretch where dataset_id = %s"
        return {id_ for (id_,) in feeder.conn.execute(query, [feeder.dataset_id])}

    def connect():
        return psycopg.connect(module_url, autocommit=True, row_factory=namedtuple_row)

    refuse = (
        "alter table trap_data.curve_stretch add constraint damaged check (source_id <> all({}))"
    )
    feeder.conn.execute(sql.SQL(refuse).format(list(damaged)))
    try:
        with Packing(feeder.name, feeder.dataset_id, connect) as packing:
            for _ in range(3):  # round and round
                packing._after = 0
                packing.follow(1000)
                packing._bite.result()
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == len(damaged), told
        for id_, line in zip(sorted(damaged), told, strict=True):
            assert f"source {id_} cannot be packed" in line
            assert line.endswith(f"trapdb dataset verify {feeder.name}")
        assert packed() == set(ids) - damaged
        # all at once, and from any source on
        bites = Bites(feeder.name, feeder.dataset_id, at_once=True)
        assert bites.take(feeder.conn, None, 7) is not None
        after = 0
        while after is not None:
            after = bites.take(feeder.conn, after, 7)
        assert set(bites.left_out) == damaged == left()
    finally:
        feeder.conn.execute("alter table trap_data.curve_stretch drop constraint damaged")
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


def test_an_ingest_that_ends_gives_up_a_bite_that_waits(new_feeder, module_url, monkeypatch):
    """Also the first one, whose connection is only being opened when the ingest ends."""
    monkeypatch.setattr("trapdb.ingest.packing.PATIENCE_S", 0.5)
    feeder = new_feeder()
    feeder.step(image(fit([123.0], [10.0])))
    ending = threading.Event()

    def connect():
        ending.wait()
        return psycopg.connect(module_url, autocommit=True, row_factory=namedtuple_row)

    def run():
        with Packing(feeder.name, feeder.dataset_id, connect) as packing:
            packing.follow(1000)
            threading.Timer(0.1, ending.set).start()

    with psycopg.connect(module_url) as other:
        other.execute("select trap.lock_curves(%s)", [feeder.dataset_id])
        ingest = threading.Thread(target=run)
        ingest.start()
        ingest.join(20)
        waits = ingest.is_alive()
    ingest.join()
    assert not waits


def waiting(conn, pid):
    """Wait until a server process waits for a lock."""
    query = "select wait_event_type = 'Lock' as waits from pg_stat_activity where pid = %s"
    for _ in range(500):
        if conn.execute(query, [pid]).fetchone().waits:
            return
        conn.execute("select pg_sleep(0.02)")
    raise AssertionError("it does not wait")


def test_a_bite_and_a_deletion_do_not_lock_each_other_out(both):
    feeder, _ = both
    dsn = feeder.conn.info.dsn
    with (
        psycopg.connect(dsn, row_factory=namedtuple_row, autocommit=True) as other,
        psycopg.connect(dsn, row_factory=namedtuple_row) as bite,
    ):
        # as a bite begins
        bite.execute("select trap.lock_curves(%s)", [feeder.dataset_id])
        bite.execute(
            "select 1 from trap_data.source where dataset_id = %s limit 1", [feeder.dataset_id]
        )
        deletion = threading.Thread(target=routines.delete_dataset, args=(other, feeder.name))
        deletion.start()
        waiting(feeder.conn, other.info.backend_pid)
        bite.execute("set lock_timeout = '2s'")
        routines.pack_points(bite, feeder.dataset_id, 0, 1000, False)
        bite.commit()
        deletion.join()
    assert count(feeder, "source") == 0


def test_points_that_are_packed_while_others_are_filled_in_are_not_made_anew(
    new_feeder, module_url
):
    feeder = new_feeder()
    monitor(feeder, "mine", 123.2, 10.0)
    for number in range(50):
        see(feeder, number, image(fit([123.0], [10.0])))
    see(feeder, 50, image(fit([123.0, 123.5], [10.0, 10.0])))
    conn = feeder.conn
    new = sources(feeder)[-1].source_id
    first = min(
        routines.backfill_images(conn, feeder.dataset_id, [new], None), key=lambda i: i.image_id
    )
    with conn.transaction(force_rollback=True):
        routines.begin_backfill(conn, feeder.dataset_id)
        requests = routines.backfill_requests(conn, first.image_id, [new])
        row = routines.next_row(conn, first.image_id)
    fits = steady(first, requests)
    with (
        psycopg.connect(module_url, row_factory=namedtuple_row) as other,
        psycopg.connect(module_url, row_factory=namedtuple_row, autocommit=True) as onlooker,
        conn.transaction(),
    ):
        routines.begin_backfill(conn, feeder.dataset_id)
        routines.copy_forced(conn, first.image_id, row, requests, fits)
        # which is read with the points
        other.execute("lock table trap_data.blended_point")
        filling = threading.Thread(target=routines.add_backfill, args=(conn, first.image_id))
        filling.start()
        try:
            waiting(onlooker, conn.info.backend_pid)
            assert routines.pack_points(other, feeder.dataset_id, 0, 1000, False).points == 2 * 27
        finally:
            other.commit()
            filling.join()
    assert routines.verify_dataset(conn, feeder.name) == []


# --- verifying ---------------------------------------------------------------------------------


DAMAGES = (
    (
        "update trap_data.curve_stretch set fluxes[2][1] = fluxes[2][1] * 1.001"
        " where fluxes[2][1] <> 0",
        "packed point that differs",
    ),
    (
        "update trap_data.curve_stretch set flux_errors[2][1] = flux_errors[2][1] * 1.001",
        "packed point that differs",
    ),
    ("update trap_data.curve_stretch set siblings = array[7]", "packed point that differs"),
    (
        "update trap_data.curve_stretch set last_known_image_id = last_known_image_id + 1",
        "stretch of a light curve that says otherwise",
    ),
    ("update trap_data.curve_stretch set codes[1] = 2 where codes[1] = 18", None),
    ("delete from trap_data.curve_stretch where source_id % 2 = 0", "fluxes of the source"),
    (
        "insert into trap_data.association select dataset_id, source_id, first_measurement_id,"
        " 'one_to_one', null, null, first_measurement_id >> 20, false"
        " from trap_data.curve_stretch",
        "several points of the source in one image",
    ),
)


def test_damage_is_found(new_feeder):
    """Of each kind, and nothing once it is taken back."""
    feeder = fed(new_feeder, "damaged", True, crowded_sky(epochs=4))
    for damage, problem in DAMAGES:
        assert routines.verify_dataset(feeder.conn, feeder.name) == []
        with feeder.conn.transaction(force_rollback=True):
            assert feeder.conn.execute(damage).rowcount > 0
            problems = {row.problem for row in routines.verify_dataset(feeder.conn, feeder.name)}
        assert any(found.startswith(problem or "packed point") for found in problems), damage


def test_what_no_array_tells_stays_in_rows(new_feeder):
    """A forced fit is a point as one: whatever else there is, it is not packed and not lost."""
    feeder = new_feeder()
    for _ in range(3):
        feeder.step(image(measurements([123.0], [10.0])))
    feeder.conn.execute(
        "update trap_data.association set kind = 'null_detection' where kind = 'new'"
    )
    assert pack(feeder) == 2
    assert count(feeder, "association") == 1
