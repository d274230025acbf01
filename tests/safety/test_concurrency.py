"""Several at once: who has to wait, does, and gets it right; who has not to, does not."""

import time

import psycopg
import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest, settings
from tests.safety.trouble import PATIENCE_S, end_of, held, monitor
from trapdb.database import routines
from trapdb.database.connection import open_url
from trapdb.monitoring.position_list import read_positions


def compare(trapdb, name, expected):
    with monitor(trapdb.server) as conn:
        found = bits_that_differ(expected, contents(conn, name))
        assert found == [], "\n".join(found)


def wait_for_routine(conn, routine, sessions=1):
    """Wait until so many sessions wait for a lock in a routine."""
    deadline = time.monotonic() + PATIENCE_S
    while (
        conn.execute(
            "select from pg_stat_activity where wait_event_type = 'Lock' and query like %s",
            [f"%{routine}%"],
        ).rowcount
        < sessions
    ):
        assert time.monotonic() < deadline, f"nobody waits in {routine}"
        time.sleep(0.005)


def twice_at_once(trapdb, admin, name, *command):
    """Run a command twice; both have measured the first time step when one may store it."""
    configuration = routines.find_dataset(admin, "calm").configuration
    dataset = routines.open_dataset(admin, name, configuration)
    # a transaction sees the activity as it was when it first looked: another session watches
    with monitor(trapdb.server) as holding, monitor(trapdb.server) as watching:
        with holding.transaction():
            holding.execute(
                "select pg_advisory_xact_lock(hashtext('trapdb data set'), %s)",
                [dataset.dataset_id],
            )
            running = [trapdb.start(*command) for _ in range(2)]
            wait_for_routine(watching, "begin_time_step", sessions=2)
        return [end_of(process) for process in running]


@pytest.fixture
def reader(trapdb):
    """A scientist's session."""
    with psycopg.connect(trapdb.server.url("trapdb_query")) as conn:
        yield conn


@pytest.fixture
def admin(trapdb):
    """An administrator's session, which gives up where it would have to wait."""
    with open_url(trapdb.server.url()) as conn:
        conn.execute("set lock_timeout = '20s'")
        yield conn


def test_the_same_data_set_twice_at_once(trapdb, field, calm, admin):
    routines.open_dataset(admin, "twice", routines.find_dataset(admin, "calm").configuration)
    # beforehand, lest the second run waits for the first one already here
    positions = read_positions(field.parent / "monitored.csv")
    routines.set_monitor_positions(admin, "twice", positions)
    command = ["ingest", field, "--dataset", "twice", *settings(field)]
    for ended in twice_at_once(trapdb, admin, "twice", *command):
        # as alone: one file is broken, one image rejected, none too late
        assert (ended.status, ended.complaints) == (1, [])
        assert "too late" not in ended.out
    compare(trapdb, "twice", calm)


@pytest.mark.usefixtures("calm")
def test_two_whose_images_are_all_rejected(trapdb, field, admin):
    """Such a time step leaves its place to others, so it is not its time that tells."""
    command = ["ingest", field / "blank.fits", "--dataset", "blank"]
    ends = twice_at_once(trapdb, admin, "blank", *command)
    assert [ended.complaints for ended in ends] == [[], []]
    assert [ended.status for ended in ends] == [1, 1]
    with monitor(trapdb.server) as conn:
        assert len(contents(conn, "blank")["image"]) == 1


def test_two_data_sets_at_once(trapdb, field, calm):
    names = ["one", "other"]
    running = [trapdb.start(*ingest(field, name)) for name in names]
    assert [end_of(process).complaints for process in running] == [[], []]
    for name in names:
        compare(trapdb, name, calm)


def test_data_sets_come_and_go_beside_an_open_time_step(trapdb, field, calm, admin):
    trapdb.complete(*ingest(field, "going"))
    configuration = routines.find_dataset(admin, "going").configuration
    busy = routines.open_dataset(admin, "busy", configuration)
    process = trapdb.start(*ingest(field, "busy"))
    with held(trapdb.server, f"association_{busy.dataset_id}") as wait:
        assert wait().at == "associate_image"
        assert routines.open_dataset(admin, "coming", configuration).created
        routines.delete_dataset(admin, "going")
        routines.delete_dataset(admin, "coming")
    assert end_of(process).complaints == []
    compare(trapdb, "busy", calm)


def test_a_reader_keeps_nobody_from_ingesting(trapdb, field, calm, reader):
    """His query is one of all data sets, which stays open."""
    before = reader.execute("select count(*) from trap.lightcurve").fetchone()
    trapdb.complete(*ingest(field, "beside a reader"))
    compare(trapdb, "beside a reader", calm)
    assert reader.execute("select count(*) from trap.lightcurve").fetchone() > before


def test_deleting_waits_for_readers_and_keeps_nobody_from_ingesting(
    trapdb, field, calm, reader, admin
):
    trapdb.complete(*ingest(field, "read"))
    query = (
        "select source_id, measurement_id from trap.lightcurve where dataset = 'read' order by 1, 2"
    )
    before = reader.execute(query).fetchall()
    assert before
    with monitor(trapdb.server) as watching:
        deleting = trapdb.start("dataset", "delete", "read", "--yes")
        wait_for_routine(watching, "delete_dataset")
        assert reader.execute(query).fetchall() == before
        trapdb.complete(*ingest(field, "beside a deletion"))
        assert deleting.poll() is None
    reader.rollback()
    assert end_of(deleting).status == 0
    assert reader.execute(query).fetchall() == []
    compare(trapdb, "beside a deletion", calm)
