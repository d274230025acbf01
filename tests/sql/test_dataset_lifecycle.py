"""Data sets, runs, time steps and images: what is kept, what is refused, who waits for whom."""

from datetime import timedelta

import numpy as np
import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.feeding import START, Feeder
from tests.sql.catalogue import Original, curve, fit, image, sources
from trapdb.database import routines
from trapdb.errors import DatabaseError, LateImage

NOBODY = fit([], [])
BLURRED = {"name": "beam", "value": 3.0, "high": 2.0, "passed": False, "detail": "too elliptical"}
FLAT = {"name": "flat", "passed": False, "detail": "minimum and maximum are equal"}
GOOD = {"name": "rms", "value": 1e-3, "low": 0, "high": 1, "passed": True, "detail": "noise in Jy"}


@pytest.fixture
def other_conn(db_url):
    """A second session; it gives up where it would have to wait."""
    with psycopg.connect(db_url, autocommit=True, row_factory=namedtuple_row) as conn:
        conn.execute("set lock_timeout = '1s'")
        yield conn


def count(conn, table):
    return conn.execute(f"select from trap_data.{table}").rowcount


# --- time steps --------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=-1), timedelta(days=-400)])
def test_a_time_step_that_is_not_later_than_the_last_one_is_refused(original, late):
    """The original associates late images out of order."""
    feeder = original()
    feeder.see(fit(123, 10))
    with pytest.raises(LateImage, match="not later than the last one") as caught:
        feeder.step(image(fit(123, 10)), taken_at=START + late)
    assert caught.value.__cause__.sqlstate == "TR001"
    assert count(feeder.conn, "image") == 1


def test_a_refused_time_step_leaves_nothing_behind_and_the_next_one_goes_on(original):
    feeder = original()
    feeder.see(fit(123, 10))
    with pytest.raises(DatabaseError):
        feeder.step(image(fit(123, 10, int_flux_err=0.0)))
    (image_id,) = feeder.see(fit(123, 10))
    # ids are as if nothing had happened
    assert image_id & 0xFFFFFF == 2
    assert sources(feeder)[0].n_blind == 2


@pytest.mark.parametrize(
    "routine",
    [
        "associate_image(16777217)",
        "forced_request(16777217)",
        "add_forced(16777217)",
        "close_time_step()",
    ],
)
def test_without_an_open_time_step_nothing_can_be_taken(original, routine):
    feeder = original()
    feeder.see(fit(123, 10))
    with pytest.raises(psycopg.Error, match=r"no time step is open.*begin_time_step") as caught:
        feeder.conn.execute(f"select trap.{routine}")
    assert caught.value.sqlstate == "TR003"


def test_an_image_of_another_time_is_refused(original):
    feeder = original()

    def register_late():
        with feeder.conn.transaction():
            routines.begin_time_step(feeder.conn, feeder.dataset_id, START)
            feeder._register(image(NOBODY), START + timedelta(seconds=1))

    with pytest.raises(DatabaseError, match="not in the open time step"):
        register_late()


def test_a_run_of_another_data_set_is_refused(original):
    feeder, other = original(), original(name="other")
    feeder.run_id = other.run_id
    with pytest.raises(DatabaseError, match="does not belong to data set"):
        feeder.see(NOBODY)


@pytest.mark.parametrize(
    "table", ["time_step", "detection", "candidate_pair", "resolved_pair", "seen"]
)
def test_a_temporary_table_of_the_caller_is_never_read(original, operator_db, table):
    """The routines run with their owner's rights, and would trust what stands in it."""
    Feeder(original().conn, name="mine")
    operator_db.row_factory = namedtuple_row
    operator_db.execute(f"create temporary table {table} as select 1 as dataset_id")
    with pytest.raises(
        psycopg.errors.InsufficientPrivilege, match=f"must be owner of table {table}"
    ):
        routines.begin_time_step(operator_db, 1, START)


def test_a_time_step_of_the_caller_is_none(original, operator_db):
    original()
    operator_db.execute(
        "create temporary table time_step as"
        " select 1 as dataset_id, now() as taken_at, 16777217::bigint as first_image_id"
    )
    with pytest.raises(psycopg.Error, match="no time step is open"):
        operator_db.execute("select trap.close_time_step()")


def test_an_operator_takes_time_steps_and_a_reader_sees_them(original, operator_db, reader_db):
    operator_db.row_factory = reader_db.row_factory = namedtuple_row
    feeder = Original(operator_db)
    feeder.see(fit([123, 124], [10, 10]), NOBODY)
    feeder.conn = reader_db
    assert [len(curve(feeder, source.source_id)) for source in sources(feeder)] == [1, 1]


# --- images ------------------------------------------------------------------------------------


def test_a_rejected_image_stays_with_all_its_reasons_and_takes_no_part(original):
    feeder = original()
    feeder.see(fit(123, 10))
    (image_id,) = feeder.step(image(NOBODY, checks=[BLURRED, GOOD, FLAT]))
    kept = feeder.conn.execute(
        "select image_id, reason, detail from trap.rejection order by reason"
    ).fetchall()
    assert kept == [
        (image_id, "beam", BLURRED["detail"]),
        (image_id, "flat", FLAT["detail"]),
    ]
    (checked,) = feeder.conn.execute(
        "select value, low, high, passed from trap.quality_check where name = 'rms'"
    ).fetchall()
    assert checked == (1e-3, 0, 1, True)
    status = feeder.conn.execute("select status, sky_region_id from trap.image order by 1 desc")
    assert status.fetchone() == ("rejected", None)
    assert sources(feeder)[0].n_forced == 0
    assert len(curve(feeder, sources(feeder)[0].source_id)) == 1


def test_a_time_step_whose_images_were_all_rejected_leaves_its_place(original):
    """Better images of that time, or of one before it, may still come."""
    feeder = original()
    feeder.see(fit(123, 10))
    at = feeder.next_at
    feeder.step(image(NOBODY, checks=[FLAT]), image(NOBODY, checks=[BLURRED]), taken_at=at)
    feeder.step(image(fit(123, 10)), taken_at=at - timedelta(hours=1))
    feeder.step(image(fit(123, 10)), taken_at=at)
    assert sources(feeder)[0].n_blind == 3
    (row,) = feeder.conn.execute("select * from trap.dataset_summary('fed')").fetchall()
    assert (row.time_steps, row.images_accepted, row.images_rejected) == (3, 3, 2)
    assert (row.first_taken_at, row.last_taken_at) == (START, at)


def test_a_rejected_image_does_not_keep_the_others_of_its_time_step(original):
    feeder = original()
    feeder.step(image(NOBODY, checks=[FLAT]), image(fit(123, 10), freq_eff=150e6))
    assert len(sources(feeder)) == 1


def test_10_8_a_rejected_image_may_lack_what_made_it_fail(original):
    """The original takes infinite beams; here what is not a number is unknown."""
    feeder = original()
    feeder.step(image(NOBODY, checks=[BLURRED], beam_major=None, rms_min=np.nan, rms_max=np.nan))
    assert feeder.conn.execute("select beam_major from trap.image").fetchone() == (None,)


@pytest.mark.parametrize(
    "lacking", [{"beam_major": None}, {"rms_min": 0.0}, {"rms_min": np.nan}, {"rms_max": 1e-5}]
)
def test_an_accepted_image_needs_a_beam_and_noise(original, lacking):
    with pytest.raises(psycopg.errors.CheckViolation):
        original().see(NOBODY, **lacking)


def test_the_same_image_twice_is_recognised(original):
    feeder = original()
    (image_id,) = feeder.see(fit(123, 10), digest="abc")
    known = routines.known_images(feeder.conn, feeder.dataset_id, ["abc", "def"])
    assert {digest: row.image_id for digest, row in known.items()} == {"abc": image_id}
    other = original(name="other")
    assert routines.known_images(feeder.conn, other.dataset_id, ["abc"]) == {}
    with pytest.raises(psycopg.errors.UniqueViolation):
        feeder.see(fit(123, 10), digest="abc")


def test_files_that_make_no_image_are_reasons_of_the_run(original):
    feeder = original()
    routines.log_refused_file(feeder.conn, feeder.run_id, "/a.fits", "metadata", "no beam, no date")
    (row,) = feeder.conn.execute("select * from trap.rejection").fetchall()
    assert (row.run_id, row.image_id, row.path) == (feeder.run_id, None, "/a.fits")
    assert (row.reason, row.detail) == ("metadata", "no beam, no date")


# --- ids ---------------------------------------------------------------------------------------


def test_ids_hold_their_data_set_and_follow_from_what_was_fed(original):
    """The same is fed to two data sets: their ids differ in the data set alone."""
    ids = []
    for name in ("one", "other"):
        feeder = original(name=name)
        feeder.see(fit([123, 124], [10, 10]), fit([123, 124.0001, 123.0001], [10, 10, 10]))
        feeder.step(image(NOBODY))
        found = feeder.conn.execute(
            "select source_id, measurement_id, image_id, band_id from trap.lightcurve"
            " where dataset_id = %s order by 1, 2",
            [feeder.dataset_id],
        ).fetchall()
        widths = np.array([44, 44, 24, 24])
        assert (np.array(found) >> widths == feeder.dataset_id).all()
        ids.append(np.array(found) & (1 << widths) - 1)
        # a source has the id of its founding measurement, a measurement is a row of its image
        founding = {row.source_id for row in found} - {row.measurement_id for row in found}
        assert founding == set()
        assert all(row.measurement_id >> 20 == row.image_id for row in found)
    assert (ids[0] == ids[1]).all()
    assert len(ids[0]) > 5


def test_ids_of_a_deleted_data_set_are_never_given_again(original):
    first = original().dataset_id
    routines.delete_dataset(original().conn, "fed")
    assert original().dataset_id > first


# --- data sets ---------------------------------------------------------------------------------


def test_two_data_sets_do_not_see_each_other(original):
    one, other = original(name="one"), original(name="other")
    one.see(fit(123, 10))
    other.see(NOBODY)
    other.step(image(NOBODY))
    assert [len(r) for r in other.requests] == [0]
    assert sources(other) == []
    other.see(fit(123, 10))
    assert [s.n_blind for s in sources(one) + sources(other)] == [1, 1]
    new = one.conn.execute("select dataset from trap.new_source").fetchall()
    assert new == [("other",)]


def test_a_data_set_keeps_the_configuration_that_it_was_created_with(original):
    feeder = original(de_ruiter_limit=3.7)
    again = routines.open_dataset(feeder.conn, "fed", {"association": {"de_ruiter_limit": 9}})
    assert (again.created, again.dataset_id) == (False, feeder.dataset_id)
    assert again.configuration["association"]["de_ruiter_limit"] == 3.7
    # 10.8: numbers, text and truth come back as they went in
    assert {type(v) for v in again.configuration["null_detection"].values()} == {int}


def test_a_run_is_recorded_from_its_start_to_its_end(original):
    feeder = original()
    second = routines.start_run(
        feeder.conn, feeder.dataset_id, {"a": 1.5}, "1", "host", "me", "cmd", {"python": "3"}
    )
    assert second == feeder.run_id + 1
    routines.finish_run(feeder.conn, second, "complete", {"association": 0.25})
    first, last = feeder.conn.execute("select * from trap.pipeline_run order by run_id").fetchall()
    assert (first.ended_at, first.outcome) == (None, None)
    assert last.ended_at > last.started_at
    assert (last.outcome, last.timings, last.configuration) == (
        "complete", {"association": 0.25}, {"a": 1.5},
    )  # fmt: skip


def test_deleting_a_data_set_deletes_all_of_it_and_nothing_else(original):
    doomed, kept = original(name="doomed"), original(name="kept")
    for feeder in (doomed, kept):
        feeder.see(NOBODY, fit(123, 10), fit([122.9998, 123.0002], [10, 10]))
        feeder.step(image(NOBODY, checks=[FLAT]))
        routines.log_refused_file(feeder.conn, feeder.run_id, "a.fits", "metadata", "no beam")
    tables = [
        row.relname
        for row in kept.conn.execute(
            "select relname from pg_class where relnamespace = 'trap_data'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition"
            " and relname not in ('alembic_version', 'code_manifest', 'code_object', 'label_class')"
        ).fetchall()
    ]
    before = {table: count(kept.conn, table) for table in tables}
    routines.delete_dataset(kept.conn, "doomed")
    after = {table: count(kept.conn, table) for table in tables}
    assert {t: (before[t], n) for t, n in after.items() if before[t] and 2 * n != before[t]} == {}
    assert len(sources(kept)) == 2
    left = kept.conn.execute(
        "select from pg_class where relname like %s", [f"%\\_{doomed.dataset_id}"]
    )
    assert left.rowcount == 0


def test_a_data_set_that_there_is_not_cannot_be_deleted(conn):
    with pytest.raises(DatabaseError, match='no data set named "nothing"'):
        routines.delete_dataset(conn, "nothing")


# --- who waits for whom ------------------------------------------------------------------------


@pytest.fixture
def busy(original):
    """A data set whose time step is open, with all that a time step does."""
    feeder = original(name="busy")
    feeder.see(fit([123, 124], [10, 10]))
    with feeder.conn.transaction(force_rollback=True):
        routines.begin_time_step(feeder.conn, feeder.dataset_id, feeder.next_at)
        image_id = feeder._register(image(fit(123, 10)), feeder.next_at)
        routines.load_measurements(feeder.conn, image_id, fit(123, 10))
        routines.associate_image(feeder.conn, image_id)
        routines.forced_requests(feeder.conn, image_id)
        yield feeder


def test_a_data_set_is_created_fed_and_deleted_beside_an_open_time_step(busy, other_conn):
    """Nobody waits; the empty partitions go when nobody is using the tables."""
    feeder = Original(other_conn, name="new")
    feeder.see(fit(123, 10), NOBODY)
    routines.delete_dataset(other_conn, "new")
    assert count(other_conn, "dataset") == 1
    partition = "select from pg_class where relname = %s"
    name = f"measurement_{feeder.dataset_id}"
    assert other_conn.execute(partition, [name]).rowcount == 1
    assert other_conn.execute(f"select from trap_data.{name}").rowcount == 0
    # the time step goes on
    routines.close_time_step(busy.conn)


def test_partitions_that_could_not_be_dropped_are_dropped_with_the_next_data_set(
    original, other_conn
):
    busy, doomed, later = (original(name=name) for name in ("busy", "doomed", "later"))
    gone = f"_({doomed.dataset_id}|{later.dataset_id})$"
    with busy.conn.transaction():
        busy.conn.execute("select from trap.sources_of('busy')")
        routines.delete_dataset(other_conn, "doomed")
        left = other_conn.execute("select from pg_class where relname ~ %s", [gone])
        assert left.rowcount > 0
    routines.delete_dataset(other_conn, "later")
    left = other_conn.execute("select from pg_class where relname ~ %s", [gone])
    assert left.rowcount == 0


def test_the_same_data_set_is_fed_by_one_at_a_time(busy, other_conn):
    with pytest.raises(psycopg.errors.LockNotAvailable):
        routines.begin_time_step(other_conn, busy.dataset_id, busy.next_at)


def test_a_data_set_with_an_open_time_step_is_not_deleted_under_it(busy, other_conn):
    with pytest.raises(psycopg.errors.LockNotAvailable):
        routines.delete_dataset(other_conn, "busy")


def test_two_who_create_the_same_data_set_get_the_same(original, other_conn):
    feeder = original()
    with feeder.conn.transaction():
        routines.open_dataset(
            feeder.conn, "both", routines.open_dataset(feeder.conn, "fed", {}).configuration
        )
        with pytest.raises(psycopg.errors.LockNotAvailable):
            routines.open_dataset(other_conn, "both", {})
    assert not routines.open_dataset(other_conn, "both", {}).created
