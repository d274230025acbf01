"""Which errors of the database are tried again, on another connection, and which are told."""

import psycopg
import pytest

from trapdb.database.connection import open_url
from trapdb.ingest.interrupts import Interrupts
from trapdb.ingest.reconnection import LastingConnection

# a deadlock, a serialization failure, a shutdown, a crash, a standby where the primary was
PASSING = ["40P01", "40001", "57P01", "57P02", "25006"]
# a full disk, out of memory, a row that is there, a right that is lacking, a division by zero
LASTING = ["53100", "53200", "23505", "42501", "22012"]


@pytest.fixture
def lasting(operator_db):
    """A connection that is replaced by others to the same database."""
    url = operator_db.info.dsn
    conn = LastingConnection(
        open_url(url), lambda: open_url(url), lambda conn, message: None, 60.0, Interrupts()
    )
    yield conn
    conn.conn.close()


def failing_once(state):
    """Make work that the server ends with an error at the first time; it returns who served it."""
    done = []

    def work(conn):
        (pid,) = conn.execute("select pg_backend_pid() as pid").fetchone()
        done.append(pid)
        if len(done) == 1:
            conn.execute(f"do $$ begin raise exception 'told' using errcode = '{state}'; end $$")
        return done

    return work


@pytest.mark.parametrize("state", PASSING)
def test_what_passes_is_tried_again_on_another_connection(lasting, state):
    first, second = lasting.insist(failing_once(state))
    assert first != second


@pytest.mark.parametrize("state", PASSING)
def test_a_transaction_that_fails_in_passing_is_done_again(lasting, state):
    first, second = lasting.commit(failing_once(state), lambda conn, done: False)
    assert first != second


@pytest.mark.parametrize("state", LASTING)
def test_what_lasts_is_not_tried_again(lasting, state):
    work = failing_once(state)
    with pytest.raises(psycopg.Error, match="told"):
        lasting.insist(work)
    assert len(lasting.insist(work)) == 2  # the second time is this one


def test_a_connection_that_is_cut_is_replaced_each_time(lasting):
    served = []

    def work(conn):
        (pid,) = conn.execute("select pg_backend_pid() as pid").fetchone()
        served.append(pid)
        if len(served) < 4:
            conn.execute("select pg_terminate_backend(pg_backend_pid())")

    lasting.insist(work)
    assert len(set(served)) == 4
