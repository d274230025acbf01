"""Data sets that are dumped and restored elsewhere: the same rows, or nothing."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psycopg
import pytest
from psycopg.rows import tuple_row

from tests.conftest import READER
from tests.feeding import Feeder
from tests.safety.contents import bits_that_differ, contents
from tests.sql.catalogue import fit, image, watch
from tests.transfer.conftest import crowded, listed, silent
from trapdb.database import routines
from trapdb.database.connection import call, open_url
from trapdb.errors import DatabaseError, InputError
from trapdb.transfer.dumping import dump
from trapdb.transfer.restoring import restore
from trapdb.transfer.tables import MEASURED, NUMBERED, TABLES

# what the archive keeps, by what it is
NOT_OF_A_DATA_SET = {
    "the schema": {"alembic_version", "code_manifest", "code_object"},
    "who may see what": {"restriction"},
    "points that travel as associations": {"curve_stretch"},
    "the queue": {"job", "package", "responder", "observation"},
    "reference catalogues": {"reference_catalogue", "reference_density", "reference_source"},
    "labels": {"label", "label_class"},
    "classifiers": {"classifier", "active_classifier"},
    "which data sets belong together": {"timescale", "difference"},
    "definitions": {"transient_definition", "transient_condition"},
    "what users watch": {"watch_list", "watch_entry", "watch_cell", "watch_cover"},
    "watches, and what they told": {"watch", "watch_start", "event", "standing_event"},
    "sky maps": {"skymap", "skymap_cell"},
    "alerts of others": {"alert", "alert_citation", "alert_position", "alert_rule"},
}


def rows(conn, query):
    with conn.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(query).fetchall()


def bits_of(conn, dataset):
    with psycopg.connect(conn.info.dsn) as plain:
        return contents(plain, dataset)


def everything(conn):
    """How many rows each table has, and which tables and temporary ones there are."""
    names = rows(
        conn,
        "select oid::regclass::text from pg_class where relkind in ('r', 'p')"
        " and (relnamespace::regnamespace::text = 'trap_data' or relpersistence = 't') order by 1",
    )
    return {name: rows(conn, f"select count(*) from {name}") for (name,) in names}


def views_of(conn, dataset_id):
    """What services show of a data set, row by row."""
    shown = {
        "trap.image": "image_id",
        "trap.measurement": "measurement_id",
        "trap.running_catalogue": "source_id",
        "trap.lightcurve": "source_id, measurement_id",
        "trap.variability": "source_id, band_id, stokes",
        "trap.new_source": "source_id",
        "trap.blended_point": "source_id, measurement_id",
        "trap.monitor_position": "source_id",
        "trap.pipeline_run": "run_id",
        "trap.run_warning": "run_id",
        "trap.image_latency": "image_id",
        "trap.publication": "citable_name",
        "trap.injection": "number",
        "trap.dataset": "dataset_id",
        "ivoa.obscore": "obs_publisher_did",
    }
    found = {}
    for view, order in shown.items():
        where = "" if view == "ivoa.obscore" else f"where dataset_id = {dataset_id}"
        found[view] = [
            str(row) for row in rows(conn, f"select * from {view} {where} order by {order}")
        ]
        assert found[view], view
    return found


# --- what travels ------------------------------------------------------------------------------


def test_every_table_is_of_a_data_set_or_of_the_archive(there):
    tables = rows(
        there,
        "select relname from pg_class where relnamespace = 'trap_data'::regnamespace"
        " and relkind in ('r', 'p') and not relispartition",
    )
    others = {name for names in NOT_OF_A_DATA_SET.values() for name in names}
    assert others.isdisjoint(TABLES)
    assert others | TABLES.keys() == {name for (name,) in tables}


def test_every_id_is_known_as_one(there):
    """A new column that holds one would keep the number of another data set."""
    large = rows(
        there,
        "select relname, attname from pg_attribute join pg_class on attrelid = pg_class.oid"
        " where relnamespace = 'trap_data'::regnamespace and relkind in ('r', 'p')"
        " and not relispartition and attnum > 0 and atttypid = 'int8'::regtype",
    )
    found = {column for table, column in large if table in TABLES}
    no_ids = {"reference_id", "n_images", "n_measurements", "n_points"}
    assert found == NUMBERED | MEASURED | no_ids | {"origin_image_id"}


def test_there_is_something_in_every_table(there):
    for table in TABLES:
        assert rows(there, f"select from trap_data.{table} limit 1"), table


def test_restored_it_is_the_same_to_the_last_bit_with_the_same_ids(there, here, folder, cluster):
    listed(here)
    done = restore(here, folder, None, False, silent)
    assert (done.dataset, done.dataset_id, done.published_as) == ("field", 2, "field@1")
    assert done.missing == []
    assert bits_that_differ(bits_of(there, "field"), bits_of(here, "field")) == []
    assert routines.verify_dataset(here, "field") == []
    with (
        open_url(cluster.url("there", READER)) as left,
        open_url(cluster.url("here", READER)) as right,
    ):
        assert views_of(left, 2) == views_of(right, 2)
    with pytest.raises(DatabaseError, match='published as "field@1"'):
        routines.begin_backfill(here, 2)


def test_what_comes_with_it_is_no_news(here, folder):
    """Watches begin where the data set is: nobody is woken."""
    listed(here)
    watch(here, "n >= 1", name="all")
    watch(here, "n >= 1", name="others", dataset="others")
    restore(here, folder, None, False, silent)
    told = here.execute("select distinct watch, kind, announced from trap.event").fetchall()
    assert [tuple(row) for row in told] == [("all", "initial", False)]
    for name in ("all", "others"):
        call(here, "remove_watch", name=name)


def test_with_another_number_and_name_it_differs_in_these_alone(there, here, folder):
    assert [listed(here, digest) for digest in ("other", "deep")] == [1, 2]
    Feeder(here, name="one")
    Feeder(here, name="two")
    done = restore(here, folder, "copy", True, silent)
    assert (done.dataset, done.dataset_id) == ("copy", 3)
    assert (done.was_published, done.published_as) == (True, None)
    left, right = bits_of(there, "field"), bits_of(here, "copy")
    for table in ("dataset_reference", "reference_match", "image_correction"):
        right[table] = [
            row.replace("'catalogue_id': 2", "'catalogue_id': 1") for row in right[table]
        ]
    assert bits_that_differ(left, right) == []
    assert routines.verify_dataset(here, "copy") == []
    checksum = "select * from trap.dataset_checksum(%s)"
    assert there.execute(checksum, [2]).fetchone() == here.execute(checksum, [3]).fetchone()
    # it goes on, and so do the numbers
    feeder = Feeder(here, name="copy")
    feeder.next_at = there.execute("select max(taken_at) from trap.image").fetchone().max
    feeder.next_at = feeder.next_at.replace(year=2030)
    feeder.step(crowded(np.random.default_rng(3), 5, radius=2.0))
    assert routines.verify_dataset(here, "copy") == []
    assert Feeder(here, name="next").dataset_id == 4


def test_numbers_after_it_are_new(here, folder):
    restore(here, folder, None, False, silent)
    assert Feeder(here, name="next").dataset_id == 3


def test_servers_keep_to_their_own_numbers(here, folder):
    """As docs/beyond-one-machine.md numbers them apart."""
    with here.transaction(force_rollback=True):
        here.execute(
            "alter table trap_data.dataset alter column dataset_id"
            " set minvalue 10001 set maxvalue 20000 set start 10001 restart"
        )
        assert restore(here, folder, None, False, silent).dataset_id == 2
        assert Feeder(here, name="next").dataset_id == 10001


def test_what_was_matched_with_catalogues_that_are_not_here_stays_away(here, folder):
    done = restore(here, folder, None, False, silent)
    assert done.missing == ["deep deep"]
    for table in ("dataset_reference", "reference_match"):
        assert rows(here, f"table trap_data.{table}") == []
    assert rows(here, "select n, catalogue_id from trap_data.image_correction") == [(3, None)]
    assert routines.verify_dataset(here, "field") == []


def test_images_know_their_origin_where_that_is(there, here, tmp_path):
    """A number alone would lead to an image of whatever data set has it here."""
    origin, copied = Feeder(here, name="origin"), Feeder(here, name="copied")
    for feeder in (origin, copied):
        feeder.step(image(fit(123, 10)))
    here.execute(
        "update trap_data.image as i set origin_image_id = o.image_id, digest = o.digest"
        " from trap_data.image as o where i.dataset_id = 2 and o.dataset_id = 1"
    )
    with open_url(here.info.dsn) as conn:
        dump(conn, "copied", tmp_path / "copied", silent)
    kept = "select origin_image_id is not null from trap_data.image where dataset_id = 2"
    for name, known in (("copied", True), ("origin", False)):
        if name == "origin":
            here.execute("update trap_data.image set digest = 'another' where dataset_id = 1")
        routines.delete_dataset(here, "copied")
        restore(here, tmp_path / "copied", None, False, silent)
        assert rows(here, kept) == [(known,)]


def test_a_dump_is_of_one_moment(here, tmp_path):
    feeder = Feeder(here, name="growing")
    feeder.step(image(fit([123, 124], [10, 10])))

    def report(table, count, whole):
        if table == "image" and whole:
            feeder.step(image(fit([123, 125], [10, 10])))

    with open_url(here.info.dsn) as conn:
        manifest = dump(conn, "growing", tmp_path / "growing", report)
    assert manifest.tables["measurement"].rows == 2
    routines.delete_dataset(here, "growing")
    restore(here, tmp_path / "growing", None, False, silent)
    assert routines.verify_dataset(here, "growing") == []


# --- what is refused, and what is left ---------------------------------------------------------


def test_a_name_or_number_that_is_taken_is_refused(here, folder):
    for name in ("one", "two", "field"):
        Feeder(here, name=name)
    before = everything(here)
    with pytest.raises(DatabaseError, match=r'data set named "field" already; .*--as'):
        restore(here, folder, None, False, silent)
    with pytest.raises(DatabaseError, match=r'has the number 2, which "two" has here; --renumber'):
        restore(here, folder, "copy", False, silent)
    assert everything(here) == before


def test_a_number_that_logins_were_shown_is_not_given_to_another_data_set(here, folder):
    with here.transaction(force_rollback=True):
        here.execute("insert into trap_data.restriction values ('web_survey', '{1,2}')")
        with pytest.raises(DatabaseError, match=r"number 2, of one that is no more.* web_survey;"):
            restore(here, folder, None, False, silent)
        assert restore(here, folder, None, True, silent).dataset_id == 1


def test_a_name_that_was_withdrawn_is_not_published_again(here, folder):
    restore(here, folder, None, False, silent)
    routines.withdraw_publication(here, "field")
    routines.delete_dataset(here, "field")
    done = restore(here, folder, None, False, silent)
    assert (done.dataset_id, done.was_published, done.published_as) == (2, True, None)


def test_a_folder_is_there_whole_or_not_at_all(here, tmp_path):
    Feeder(here, name="field").step(image(fit(123, 10)))

    def fail(table, count, whole):
        if table == "measurement":
            raise KeyboardInterrupt

    with open_url(here.info.dsn) as conn, pytest.raises(KeyboardInterrupt):
        dump(conn, "field", tmp_path / "field", fail)
    assert list(tmp_path.iterdir()) == []
    with open_url(here.info.dsn) as conn, pytest.raises(InputError, match="is there already"):
        dump(conn, "field", tmp_path, silent)
    with open_url(here.info.dsn) as conn, pytest.raises(InputError, match="cannot be written"):
        dump(conn, "field", tmp_path / "no" / "field", silent)


def test_killed_in_the_middle_it_leaves_nothing(here, here_url, folder):
    """It waits at one of the last tables; the others are filled in its transaction by then."""
    listed(here)
    before = everything(here)
    command = [sys.executable, "-m", "trapdb", "db", "restore", folder, "--database", here_url]
    at_work = "select pid from pg_stat_activity where query like 'insert into trap_data%'"
    with open_url(here_url) as watching, here.transaction():
        here.execute("lock table trap_data.reference_match in exclusive mode")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 300
        while not rows(watching, f"{at_work} and wait_event_type = 'Lock'"):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    while rows(here, at_work):
        time.sleep(0.02)
    assert everything(here) == before
    assert restore(here, folder, None, False, silent).dataset_id == 2
