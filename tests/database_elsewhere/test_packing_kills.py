"""The server is killed while points are packed: each is there once afterwards."""

import signal
import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.database_elsewhere.servers import wait_for
from tests.feeding import Feeder, pack
from tests.safety.contents import bits_that_differ, contents
from tests.sql.catalogue import fit, image
from trapdb.database import routines

PLACES = [123.0, 123.5, 124.0, 124.5]
EPOCHS = 40


def connected(server):
    return psycopg.connect(server.url(), autocommit=True, row_factory=namedtuple_row)


def has_ended(pid):
    """Return whether a process has ended, though nobody may have asked for its status yet."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return told.rpartition(")")[2].split()[0] == "Z"


def points(conn, feeder):
    """Count what is in rows, and what is in stretches."""
    query = (
        "select (select count(*) from trap_data.association where dataset_id = %(id)s) as rows,"
        " (select coalesce(sum(cardinality(measurement_ids)), 0) from trap_data.curve_stretch"
        " where dataset_id = %(id)s) as packed"
    )
    return tuple(conn.execute(query, {"id": feeder.dataset_id}).fetchone())


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL], ids=["stopped at once", "killed"])
def test_a_bite_that_the_server_does_not_outlive_leaves_each_point_once(copy, how):
    """One bite is committed; the next one waits within its work when the server goes."""
    server = copy()
    with connected(server) as conn:
        feeder = Feeder(conn, "packed")
        for _ in range(EPOCHS):
            feeder.step(image(fit(PLACES, [10.0] * len(PLACES))))
        with server.connect() as plain:
            before = contents(plain, "packed")
        last = routines.pack_points(conn, feeder.dataset_id, 0, 2, True).last_source_id
    holder, biter = connected(server), connected(server)
    pids = [one.info.backend_pid for one in (holder, biter)]
    holder.autocommit = False
    holder.execute(
        "select from trap_data.association where dataset_id = %s and source_id > %s for update",
        [feeder.dataset_id, last],
    )

    def bite():
        with suppress(psycopg.OperationalError):
            routines.pack_points(biter, feeder.dataset_id, last, 2, True)

    thread = threading.Thread(target=bite)
    thread.start()
    waits = "select wait_event_type = 'Lock' from pg_stat_activity where pid = %s"
    with server.connect() as other:
        wait_for(lambda: other.execute(waits, [biter.info.backend_pid]).fetchone()[0])
    server.end(how)
    thread.join()
    wait_for(lambda: all(map(has_ended, pids)))
    holder.close()
    biter.close()
    server.start()
    half, every = 2 * EPOCHS, len(PLACES) * EPOCHS
    with connected(server) as conn, server.connect() as plain:
        feeder.conn = conn
        assert points(conn, feeder) == (half, half)
        assert routines.verify_dataset(conn, "packed") == []
        assert bits_that_differ(before, contents(plain, "packed")) == []
        assert pack(feeder) == half
        assert points(conn, feeder) == (0, every)
        assert routines.verify_dataset(conn, "packed") == []
        assert bits_that_differ(before, contents(plain, "packed")) == []
