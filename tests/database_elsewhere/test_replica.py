"""A streaming replica for those who only read."""

import pytest

from tests.cli.conftest import run  # noqa: F401
from tests.database_elsewhere.servers import (
    ADMIN,
    OPERATOR,
    READER,
    Client,
    copied,
    replayed,
    wait_for,
)
from tests.safety.story import ingest
from tests.safety.trouble import end_of

CHOICE = ("--dataset", "calm")


@pytest.fixture(scope="module")
def replica(origin, free_port, calm):
    """A standby of the server with data set calm, to which all of it has come."""
    settings = {"wal_receiver_status_interval": "1"}
    with copied(origin, free_port(), standby=True, **settings) as standby:
        wait_for(lambda: replayed(standby, origin))
        yield standby


@pytest.fixture
def at(monkeypatch, origin):
    """Send readers to a server, and writers to the primary."""

    def choose(server):
        monkeypatch.setenv("TRAPDB_DATABASE_URL", origin.url(OPERATOR))
        monkeypatch.setenv("TRAPDB_READER_URL", server.url(READER))

    return choose


def set_on(server, name, value):
    with server.connect() as conn:
        conn.execute(f"alter system set {name} = {value}")
        conn.execute("select pg_reload_conf()")


def views(server):
    """Read all views."""
    listed = (
        "select relname from pg_class where relkind = 'v'"
        " and relnamespace = 'trap'::regnamespace order by 1"
    )
    with server.connect(user=READER) as conn:
        return {
            name: conn.execute(f"select v::text from trap.{name} as v order by 1").fetchall()
            for (name,) in conn.execute(listed)
        }


def test_everything_is_read_there_as_on_the_primary(run, replica, origin, at, tmp_path):  # noqa: F811
    at(origin)
    name = run("sources", *CHOICE).rows[0]["name"]
    definitions = [row["name"] for row in run("definition", "list").rows]
    commands = [
        ["sources", *CHOICE],
        ["sources", *CHOICE, "--cone", 150, 30, 0.1],
        ["lightcurve", name, *CHOICE],
        ["transients", *CHOICE, "--fdr", 0.1],
        *(["transients", *CHOICE, "--definition", definition] for definition in definitions),
        ["definition", "list"],
        ["definition", "columns"],
        ["dataset", "list"],
        ["dataset", "show", "calm"],
        ["dataset", "verify", "calm"],
        ["monitor", "list", *CHOICE],
        ["query", "select * from trap.cone('calm', 150, 30, 0.1)"],
        ["query", "select trap.local_rms(min(image_id), 150, 30) from trap.image"],
        ["export", "lightcurve", *CHOICE, "--format", "votable"],
    ]
    for command in commands:
        answers = []
        for server in (origin, replica):
            at(server)
            answers.append(run(*command))
        assert answers[0].status == 0, (command, answers)
        assert answers[1] == answers[0]
    assert views(replica) == views(origin)
    for what in (["field"], ["image", name]):
        drawn = run("plot", *what, *CHOICE, "-o", tmp_path / "plot.png")
        assert drawn.status == 0, drawn


def test_nothing_is_written_there(run, replica, field, monkeypatch):  # noqa: F811
    for user, command in [
        (OPERATOR, ingest(field, "lost")),
        (OPERATOR, ["definition", "add", "mine", "n_blind > 1"]),
        (ADMIN, ["dataset", "delete", "calm", "--yes"]),
        (ADMIN, ["db", "upgrade"]),
    ]:
        monkeypatch.setenv("TRAPDB_DATABASE_URL", replica.url(user))
        ended = run(*command)
        assert (ended.status, ended.err.count("\n")) == (2, 1), ended
        assert "the server is a standby, which only reads" in ended.err


def test_how_far_it_is(run, replica, origin, monkeypatch):  # noqa: F811
    monkeypatch.setenv("TRAPDB_READER_URL", replica.url(READER))
    assert "standby" not in run("db", "status", "--database", origin.url(READER)).out
    with origin.connect() as conn:
        conn.execute("update trap_data.dataset set name = name")
    wait_for(lambda: replayed(replica, origin))
    told = run("db", "status", "--database", replica.url(READER))
    assert told.status == 0
    assert "standby   it only reads; the last change that it shows: 20" in told.out
    assert " s ago\n" in told.out


def test_a_long_query_while_the_primary_cleans_up(replica, origin):
    """It is stopped, and says so; with feedback the primary leaves what the query may need."""
    client = Client(origin.url(OPERATOR), replica.url(READER))

    def clean_up_beside(seconds, *, feedback):
        process = client.start("query", f"select pg_sleep({seconds}) from trap.dataset limit 1")
        with replica.connect() as here, origin.connect() as there:
            asleep = "select from pg_stat_activity where wait_event = 'PgSleep'"
            wait_for(lambda: here.execute(asleep).rowcount)
            told = "select from pg_stat_replication where backend_xmin is not null"
            wait_for(lambda: there.execute(told).rowcount == feedback)
            there.execute("update trap_data.dataset set name = name")
            there.execute("vacuum trap_data.dataset")
        return end_of(process)

    set_on(replica, "max_standby_streaming_delay", "0")
    stopped = clean_up_beside(60, feedback=False)
    assert stopped.status == 2
    told = "the query fails: canceling statement due to conflict with recovery"
    assert told in stopped.complaint
    set_on(replica, "hot_standby_feedback", "on")
    assert clean_up_beside(3, feedback=True).status == 0
