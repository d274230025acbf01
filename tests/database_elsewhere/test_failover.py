"""The primary dies in the middle of an ingest, and a standby takes its place."""

import signal

import pytest

from tests.database_elsewhere.servers import OPERATOR, Client, between, replayed, wait_for
from tests.safety.contents import contents, differences
from tests.safety.story import ingest
from tests.safety.trouble import end_of, held, wait_for_steps


def compare(server, name, expected):
    with server.connect() as conn:
        found = differences(expected, contents(conn, name))
        assert found == [], "\n".join(found)
        assert conn.execute("select * from trap.verify_dataset(%s)", [name]).fetchall() == []


@pytest.fixture
def pair(copy):
    """A primary of one's own and its standby."""
    primary = copy()
    return primary, copy(primary, standby=True)


def test_an_ingest_goes_on_where_the_standby_has_all(pair, field, calm):
    primary, standby = pair
    process = Client(between(pair, OPERATOR)).start(*ingest(field, "moved"))
    assert wait_for_steps(process, 2)
    with held(primary, "association") as wait:
        assert wait().at == "associate_image"
        wait_for(lambda: replayed(standby, primary))
        primary.end(signal.SIGKILL)
        standby.promote()
        ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, [])
    compare(standby, "moved", calm)


def test_a_step_that_the_standby_lacks_is_not_left_out(pair, field, calm):
    """The command says so and ends; given again, it stores what is missing."""
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
    with held(primary, "association") as wait:
        wait()
        primary.end(signal.SIGKILL)
        standby.start()
        standby.promote()
        ended = end_of(process)
    assert ended.status == 2
    assert len(ended.complaints) == 1
    assert "the database lacks what this run had stored" in ended.complaints[0]
    assert "the same command again" in ended.complaints[0]
    client.complete(*ingest(field, "lagged"))
    compare(standby, "lagged", calm)
