"""Data sets that are published: nothing changes them, and their checksum is what it should be."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.sql.catalogue import fit, image, monitor
from trapdb.database import routines
from trapdb.errors import DatabaseError

SAID = {"title": "Field", "creator": None, "licence": "CC-BY-4.0", "doi": None}


@pytest.fixture
def feeder(original):
    """A data set with blind points, forced fits, a fork, a rejected image and a monitored place."""
    feeder = original(name="field")
    monitor(feeder, "mine", 123.5, 10)
    feeder.step(image(fit([123, 124], [10, 10]), bandwidth=None))
    feeder.step(image(fit(123, 10), stokes="V"), image(fit([122.9998, 123.0002], [10, 10])))
    feeder.step(image(fit([], []), checks=[{"name": "flat", "passed": False, "detail": "flat"}]))
    return feeder


@pytest.fixture
def published(feeder):
    routines.publish_dataset(feeder.conn, "field", "1", **SAID)
    return feeder


def publication(feeder):
    (row,) = feeder.conn.execute("select * from trap.publication").fetchall()
    return row


# --- nothing changes it ------------------------------------------------------------------------

MONITORED = "p_dataset => 'field', p_name => 'mine'"
REFUSED = {
    "open_dataset": "'field', '{}'",
    "start_run": "%(dataset)s, '{}', '1', 'host', 'me', 'command', '{}'",
    "begin_time_step": "%(dataset)s, '2030-01-01Z'",
    "begin_backfill": "%(dataset)s",
    "rewind_dataset": "'field', '2000-01-01Z'",
    "set_timescale": "'field', 'watched', 2",
    "add_burst": "trap.measurement_id(%(image)s, 1), '{}'",
    "add_difference": "'field', 'a', %(image)s, 1, 0, 0, 1",
    "add_injections": "'field', '[]'",
    "copy_injections": "'watched', 'field'",
    "set_monitor_position": "'field', 'other', 123, 11, null, null, null, null, null, null",
    "end_monitor_position": MONITORED,
    "delete_monitor_position": MONITORED,
    "copy_monitor_positions": "'watched', 'field'",
    "delete_dataset": "'field'",
    "discard_dataset": "%(run)s",
    "add_alert_rule": "'theirs', '', 'field', 0.1, 20",
    "try_watch": "'field', 1, 'fading', null, null, null, null, null, null, null, null, null",
}
# These go on only where begin_time_step or begin_backfill has opened the data set.
IMAGE = "%(image)s"
WITHIN_A_STEP = {
    "rms_history": "140e6, 2e6, 'I', 5",
    "register_image": "%(run)s, 'a', 'b', '2030-01-01Z', 1, 140e6, 2e6, 'I', 'LOFAR', 123, 10,"
    " 1, 1, 1, 1, 1, 1, 1, 1, 6, 3, 123, 10, 1, null, null, '[]'",
    "store_noise_map": f"{IMAGE}, 0, 0, 1, 1, '{{{{1}}}}'",
    "copy_image": f"%(run)s, {IMAGE}",
    "set_injected": f"{IMAGE}, 'a'",
    "correct_image": IMAGE,
    "associate_image": IMAGE,
    "reuse_forced": IMAGE,
    "add_forced": IMAGE,
    "add_blank_places": f"{IMAGE}, '{{1}}', '{{1}}', '{{1}}'",
    "part_blends": "'{1}', 1",
    "add_backfill": IMAGE,
    "fit_leakage": "",
    "request_classification": "",
    "stamp_request": "",
    "add_events": "",
    "add_stamps": "'{1}', '{null}'",
    "close_time_step": "",
}
# These write what is no part of a data set,
ELSEWHERE = {
    "reference catalogues": {
        *("begin_reference_catalogue", "finish_reference_catalogue", "remove_reference_catalogue"),
        *("set_reference_coverage", "add_reference_dataset", "match_dataset"),
    },
    "labels": {"add_label", "withdraw_label", "add_label_class"},
    # and what they say, as people do, of whatever there is
    "classifiers": {
        *("store_classifier", "activate_classifier", "remove_classifier", "add_classifications"),
    },
    "watch lists and sky maps": {
        *("store_watch_list", "store_watch_polygon", "store_watch_moc", "remove_watch_list"),
        *("begin_skymap", "finish_skymap", "remove_skymap"),
    },
    "alerts of others": {
        *("store_alert", "refuse_alert", "attach_skymap", "remove_alert_rule"),
        # monitor_alert by set_monitor_position, which refuses
        *("alert_filled", "monitor_alert", "watch_alert"),
    },
    "watches and their events": {"add_watch", "remove_watch", "start_watches", "retract_events"},
    "definitions": {"store_definition", "delete_definition"},
    "the queue": {
        *("add_job", "change_job", "take_job", "renew_job", "finish_job", "fail_job", "abort_job"),
        *("hand_back_job", "remove_job", "remove_expired_jobs"),
    },
    "packages and what holds them": {
        *("take_work", "renew_work", "prepare_task", "finish_response", "expire_tasks"),
        *("approve_package", "hold_package", "cancel_package", "retry_package", "retry_response"),
        *("hold_responder", "limit_responder", "store_observation", "change_observation"),
        "answer_observation",
    },
    # and how a run ended that had begun before: it may have been stopped by this
    "the record of a run": {"finish_run", "log_refused_file", "log_warning", "log_latency"},
    "publications": {"publish_dataset", "withdraw_publication"},
    "how points are kept": {"pack_points"},
    "what is no more, or is to come": {"drop_empty_partitions", "begin_restore"},
}


def test_of_every_routine_that_writes_it_is_known_whether_it_may(db):
    """A new one fails here until somebody has decided that."""
    writing = db.execute(
        "select proname from pg_proc where pronamespace = 'trap'::regnamespace"
        " and provolatile = 'v' and prosecdef"
    ).fetchall()
    known = [*REFUSED, *WITHIN_A_STEP, *(name for names in ELSEWHERE.values() for name in names)]
    assert sorted(name for (name,) in writing) == sorted(known)


def test_nothing_changes_a_published_data_set(published, original):
    conn = published.conn
    monitor(original(name="watched"), "theirs", 123, 10)
    given = {
        "dataset": published.dataset_id,
        "run": published.run_id,
        "image": next(iter(published.images)),
    }
    for routines_, state, message in (
        (REFUSED, "TR006", 'the data set is published as "field@1" and does not change any more'),
        (WITHIN_A_STEP, "TR003", "no time step is open"),
    ):
        for name, arguments in routines_.items():
            with pytest.raises(psycopg.Error, match=message) as caught:
                conn.execute(f"select * from trap.{name}({arguments})", given)
            assert caught.value.sqlstate == state, name
    assert routines.verify_dataset(conn, "field") == []


def test_an_open_time_step_of_another_data_set_is_no_way_in(published, original):
    other = original(name="other")
    ((image_id, *_), conn) = published.images, published.conn
    of_an_image = [name for name, given in WITHIN_A_STEP.items() if given.startswith(IMAGE)]
    for name in of_an_image:
        with conn.transaction(force_rollback=True):
            routines.begin_time_step(conn, other.dataset_id, other.next_at)
            with pytest.raises(psycopg.Error) as caught:
                conn.execute(f"select trap.{name}({WITHIN_A_STEP[name]})", {"image": image_id})
        assert caught.value.sqlstate == "TR003", name


def test_what_is_waited_for_is_seen(feeder, db_url):
    """Whoever waits for the lock while a data set is published finds it published."""
    with psycopg.connect(db_url) as other, feeder.conn.transaction():
        routines.publish_dataset(feeder.conn, "field", "1", **SAID)
        other.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("select trap.begin_backfill(%s)", [feeder.dataset_id])
    with pytest.raises(DatabaseError, match="field@1"):
        routines.begin_backfill(feeder.conn, feeder.dataset_id)


def test_a_run_that_was_stopped_by_it_is_recorded(published):
    routines.finish_run(published.conn, published.run_id, "failed", {})
    (run,) = published.conn.execute("select * from trap.pipeline_run").fetchall()
    assert run.outcome == "failed"


# --- its record --------------------------------------------------------------------------------


def test_what_is_said_of_it_is_changed_later(published, reader_db):
    before = publication(published)
    assert (before.citable_name, before.dataset, before.title) == ("field@1", "field", "Field")
    assert (before.n_images, before.n_measurements > 8, before.n_points > 8) == (4, True, True)
    said = dict.fromkeys(SAID) | {"doi": "10.5281/zenodo.1", "creator": "Ada"}
    again = routines.publish_dataset(published.conn, "field", "1", **said)
    assert (again.citable_name, again.is_new) == ("field@1", False)
    after = publication(published)
    assert after._asdict() == before._asdict() | {"doi": "10.5281/zenodo.1", "creator": "Ada"}
    seen = reader_db.execute("select published_as from trap.dataset where dataset = 'field'")
    assert seen.fetchone() == ("field@1",)


def test_a_withdrawn_one_may_change_and_its_name_is_used_up(published):
    conn = published.conn
    with pytest.raises(DatabaseError, match=r"published as \"field@1\".*another data set"):
        routines.publish_dataset(conn, "field", "2", **SAID)
    assert routines.withdraw_publication(conn, "field") == "field@1"
    assert publication(published).withdrawn_at is not None
    published.step(image(fit(123, 10)))
    with pytest.raises(DatabaseError, match=r'"field@1" was withdrawn on .*; give another version'):
        routines.publish_dataset(conn, "field", "1", **SAID)
    routines.publish_dataset(conn, "field", "2", **SAID)
    routines.withdraw_publication(conn, "field")
    with pytest.raises(DatabaseError, match='"field" is not published'):
        routines.withdraw_publication(conn, "field")
    routines.delete_dataset(conn, "field")
    names = conn.execute("select citable_name from trap.publication order by 1").fetchall()
    assert names == [("field@1",), ("field@2",)]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"version": "1@2"}, 'a version cannot be "1@2"'),
        ({"version": ""}, "a version cannot be"),
        ({"doi": "https://doi.org/10.5281/zenodo.1"}, "without an address before it"),
        ({"name": "nothing"}, "there is no data set"),
    ],
)
def test_what_makes_no_sense_is_refused(feeder, changed, complaint):
    with pytest.raises(DatabaseError, match=complaint):
        routines.publish_dataset(feeder.conn, **{"name": "field", "version": "1"} | SAID | changed)
    assert feeder.conn.execute("select from trap.publication").rowcount == 0


def test_what_is_empty_half_replayed_or_wrong_is_not_published(feeder, original):
    conn = feeder.conn
    original(name="empty")
    with pytest.raises(DatabaseError, match="nothing to publish"):
        routines.publish_dataset(conn, "empty", "1", **SAID)
    with conn.transaction(force_rollback=True):
        routines.rewind_dataset(conn, "field", datetime(2000, 1, 1, tzinfo=UTC))
        with pytest.raises(DatabaseError, match="wait to be replayed"), conn.transaction():
            routines.publish_dataset(conn, "field", "1", **SAID)
    conn.execute("update trap_data.source_flux set n = n + 1")
    with pytest.raises(DatabaseError, match=r"does not agree .*: fluxes of the source; .* verify"):
        routines.publish_dataset(conn, "field", "1", **SAID)


# --- its checksum ------------------------------------------------------------------------------

# what the checksum is of, by the documentation: columns, and how they are written
NUMBERS = {"i": (23, ">i"), "f": (700, ">f"), "d": (701, ">d"), "b": (16, ">?"), "t": (1184, ">q")}
PARTS = {
    "trap.image": (
        "image_id",
        "image_id:24 band_id:24 sky_region_id:24 status:s digest:s taken_at:t duration:d freq_eff:d"
        " bandwidth:d stokes:s telescope:s ra:d dec:d beam_major:d beam_minor:d beam_pa:d"
        " rms_median:d rms_min:d rms_max:d detection_threshold:d analysis_threshold:d",
    ),
    "trap.measurement": (
        "measurement_id",
        "image_id:24 measurement_id:20 kind:s forced_for:44 forced_for:20 ra:d dec:d ra_err:d"
        " dec_err:d ra_fit_err:d dec_fit_err:d peak_flux:d peak_flux_err:d peak_flux_raw:f"
        " int_flux:d int_flux_err:d snr:f local_rms:d background:d major:f minor:f pa:f major_err:f"
        " minor_err:f pa_err:f deconvolved_major:f deconvolved_minor:f deconvolved_pa:f"
        " deconvolved_major_err:f deconvolved_minor_err:f deconvolved_pa_err:f chi2:f x:f y:f"
        " island:i flags:i usable:b group_id:20 siblings:i",
    ),
    "trap.curve_point": (
        "source_id, measurement_id",
        "source_id:44 source_id:20 measurement_id:44 measurement_id:20 kind:s inherited:b"
        " backfilled:b known_image_id:24 de_ruiter_radius:d separation_arcsec:d",
    ),
}
NOT_IN_IT = {
    # whether both signs were looked for, and the file beside an image, came later: what was
    # published before keeps its checksum; the digest of an image is of both files
    "trap.image": {
        *("dataset", "dataset_id", "run_id", "path", "origin_image_id", "signed"),
        *("response_path", "response_digest"),
    },
    "trap.measurement": {"dataset", "dataset_id"},
    "trap.curve_point": {"dataset", "dataset_id"},
}


def field(value, form):
    """A field as docs/retention.md says it is written: type, length, bytes."""
    if form == "s":
        type_, written = 17, None if value is None else value.encode()
    elif form.isdigit():
        number = {"24": lambda id_: id_ & 0xFFFFFF, "20": lambda id_: id_ & 0xFFFFF}
        number["44"] = lambda id_: id_ >> 20 & 0xFFFFFF
        type_, written = 23, None if value is None else struct.pack(">i", number[form](value))
    else:
        type_, pattern = NUMBERS[form]
        if form == "t":
            value = (value - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        written = None if value is None else struct.pack(pattern, value)
    length = -1 if written is None else len(written)
    return struct.pack(">Ii", type_, length) + (written or b"")


def test_the_checksum_is_what_the_documentation_says(published, reader_db):
    """Computed by somebody who may only read."""
    reader_db.row_factory = namedtuple_row
    digest, counts = b"", []
    for table, (order, columns) in PARTS.items():
        rows = reader_db.execute(
            f"select * from {table} where dataset_id = %s order by {order}", [published.dataset_id]
        ).fetchall()
        counts.append(len(rows))
        forms = [column.split(":") for column in columns.split()]
        for row in rows:
            written = b"".join(field(getattr(row, name), form) for name, form in forms)
            digest = hashlib.sha256(digest + struct.pack(">i", len(forms)) + written).digest()
    row = publication(published)
    assert digest.hex() == row.checksum
    assert counts == [row.n_images, row.n_measurements, row.n_points]


@pytest.mark.parametrize("table", PARTS)
def test_every_column_is_in_the_checksum_or_left_out_by_decision(db, table):
    names = db.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", [table]
    ).fetchall()
    summed = {column.partition(":")[0] for column in PARTS[table][1].split()}
    assert summed | NOT_IN_IT[table] == {name for (name,) in names}


def test_the_checksum_depends_on_neither_plan_nor_encoding_nor_zone(feeder):
    conn = feeder.conn
    checksum = "select * from trap.dataset_checksum(%s)"
    conn.execute("update trap_data.image set telescope = 'Öön'")
    before = conn.execute(checksum, [feeder.dataset_id]).fetchone()
    with conn.transaction(force_rollback=True):
        conn.execute("set local enable_indexscan = off")
        conn.execute("set local client_encoding = 'latin1'")
        conn.execute("set local timezone = 'Asia/Tokyo'")
        assert conn.execute(checksum, [feeder.dataset_id]).fetchone() == before


@pytest.mark.parametrize(
    "damage",
    [
        "update trap_data.measurement set chi2 = 1 where measurement_id ="
        " (select min(measurement_id) from trap_data.measurement)",
        "update trap_data.image set telescope = 'another'",
        "update trap_data.association set separation_arcsec = 0 where separation_arcsec > 0",
        "delete from trap_data.image where status = 'rejected'",
    ],
)
def test_what_changed_all_the_same_is_told_by_verifying(published, damage):
    assert routines.verify_dataset(published.conn, "field") == []
    published.conn.execute(damage)
    (difference,) = routines.verify_dataset(published.conn, "field")
    assert difference.problem == 'checksum of "field@1"'
    assert difference.stored.startswith(publication(published).checksum)
    assert difference.recomputed != difference.stored
