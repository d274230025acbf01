"""The primary dies in the middle of an ingest, and a standby takes its place."""

import signal

import pytest

from tests.database_elsewhere.servers import OPERATOR, Client, between, replayed, wait_for
from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest
from tests.safety.trouble import end_of, held, wait_for_steps


def compare(server, name, expected):
    with server.connect() as conn:
        found = bits_that_differ(expected, contents(conn, name))
        assert found == [], "\n".join(found)
        assert conn.execute("select * from trap.verify_dataset(%s)", [name]).fetchall() == []


@pytest.fixture
def pair(copy):
    """A primary of one's own and its standby."""
    primary = copy()
    return primary, copy(primary, standby=True)


def test_an_ingest_goes_on_where_commits_wait_for_the_standby(pair, field, calm):
    primary, standby = pair
    with primary.connect() as conn:
        conn.execute("alter system set synchronous_standby_names = 'ANY 1 (*)'")
        conn.execute("select pg_reload_conf()")
    process = Client(between(pair, OPERATOR)).start(*ingest(field, "moved"))
    assert wait_for_steps(process, 2)
    with held(primary, "association") as wait:
        assert wait().at == "associate_image"
        primary.end(signal.SIGKILL)
        standby.promote()
        ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, [])
    compare(standby, "moved", calm)


@pytest.mark.parametrize(
    "table", ["association", pytest.param("pipeline_run", marks=pytest.mark.slow)]
)
def test_steps_that_the_standby_lacks_are_not_left_out(pair, field, calm, table):
    """Within a step or at the end of the run, it says so; given again, it stores them."""
    primary, standby = pair
    client = Client(between(pair, OPERATOR))
    process = client.start(*ingest(field, "lagged"))
    assert wait_for_steps(process, 1)
    with held(primary, "association") as wait:
        wait()
        wait_for(lambda: replayed(standby, primary))
        # from here on nothing reaches the standby any more
        standby.end()
    assert wait_for_steps(process, 2)
    with held(primary, table) as wait:
        assert wait().at in ("associate_image", "finish_run")
        primary.end(signal.SIGKILL)
        standby.start()
        standby.promote()
        ended = end_of(process)
    assert ended.status == 2
    assert "the database lacks what this run had stored" in ended.complaint
    assert "the same command again" in ended.complaint
    with standby.connect() as conn:
        query = "select outcome from trap.pipeline_run where dataset = 'lagged'"
        ((outcome,),) = conn.execute(query).fetchall()
    assert outcome.startswith("failed: the database lacks")
    client.complete(*ingest(field, "lagged"))
    compare(standby, "lagged", calm)
