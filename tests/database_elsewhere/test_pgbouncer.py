"""Through PgBouncer in transaction mode, where a session is not one."""

import signal

import psycopg
import pytest

from tests.cli.conftest import run  # noqa: F401
from tests.database_elsewhere.conftest import PASSWORD
from tests.database_elsewhere.pooler import CONNECTIONS, PROGRAM, Pooler
from tests.database_elsewhere.servers import ADMIN, OPERATOR, READER, Client, folder
from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest, story
from tests.safety.trouble import end_of, held, wait_for_steps, wait_until_told
from trapdb import schema
from trapdb.configuration.keys import Configuration
from trapdb.database.connection import open_url
from trapdb.errors import TakenBack
from trapdb.ingest.run import Run

pytestmark = pytest.mark.skipif(not PROGRAM, reason="PgBouncer is not installed")

STORE = """
select trap.store_definition('mine', '', '[{"column": "n_blind", "comparison": ">", "value": 1}]')
"""


@pytest.fixture
def pooler(origin, free_port):
    with folder() as place:
        one = Pooler(place, free_port(), PASSWORD)
        one.lead_to(origin)
        one.start()
        for user in (ADMIN, OPERATOR, READER):
            one.fill(user)
        yield one
        one.end(signal.SIGKILL)


@pytest.fixture
def pooled(pooler):
    """The command line, through the pool."""
    return Client(pooler.url(OPERATOR), pooler.url(READER))


def compare(origin, name, expected):
    with origin.connect() as conn:
        found = bits_that_differ(expected, contents(conn, name))
        assert found == [], "\n".join(found)


def test_what_is_left_in_a_session_is_lost(pooler):
    """This is what the other tests rely on."""
    with open_url(pooler.url(OPERATOR)) as conn:
        for connections in (set(), set()):
            for _ in range(CONNECTIONS):
                connections |= set(conn.execute("select pg_backend_pid()").fetchone())
            assert len(connections) == CONNECTIONS
        conn.execute("set search_path = trap")
        assert conn.execute("show search_path").fetchone() != ("trap",)
        conn.execute("create temporary table mine ()")
        with pytest.raises(psycopg.errors.UndefinedTable):
            conn.execute("select from mine")


def test_an_ingest_which_outlives_the_pool(pooled, pooler, origin, field, calm):
    process = pooled.start(*ingest(field, "pool restarted"))
    assert wait_for_steps(process, 2)
    pooler.end(signal.SIGKILL)
    wait_until_told(process, "the database went away")
    pooler.start()
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, [])
    compare(origin, "pool restarted", calm)


@pytest.mark.slow
def test_an_ingest_which_outlives_the_server_behind(pooled, pooler, copy, field, calm):
    server = copy()
    pooler.lead_to(server)
    pooler.tell("reload")
    pooler.tell("reconnect trapdb")
    process = pooled.start(*ingest(field, "server restarted"))
    assert wait_for_steps(process, 2)
    with held(server, "association") as wait:
        wait()
        server.end(signal.SIGKILL)
    wait_until_told(process, "the database went away")
    server.start()
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, [])
    compare(server, "server restarted", calm)


def test_a_pool_that_leads_to_another_server_in_silence(pooler, copy, origin):
    """That one is a copy from before the run; the connection of the client stays."""
    other = copy()
    with (
        open_url(pooler.url(OPERATOR)) as conn,
        Run(conn, "silent", Configuration(), "test") as one,
    ):
        one.require_past(conn)
        for server in (other, origin):
            pooler.lead_to(server)
            pooler.tell("reload")
            pooler.tell("reconnect trapdb")
            if server is other:
                with pytest.raises(TakenBack):
                    one.require_past(conn)


@pytest.mark.usefixtures("calm")
def test_reading(run, pooler, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("TRAPDB_DATABASE_URL", pooler.url(OPERATOR))
    monkeypatch.setenv("TRAPDB_READER_URL", pooler.url(READER))
    choice = ("--dataset", "calm")
    (first, *_) = run("sources", *choice).rows
    assert run("lightcurve", first["name"], *choice).rows
    for definition in run("definition", "list").rows:
        assert run("transients", *choice, "--definition", definition["name"]).status == 0
    assert run("monitor", "list", *choice).rows
    assert run("dataset", "verify", "calm").status == 0
    assert run("export", "lightcurve", *choice, "-o", tmp_path / "curves.fits").status == 0
    many = "select g from generate_series(1, 20000) as g"
    assert len(run("query", many).rows) == 20000
    ended = run("query", "select pg_sleep(10)", "--time-limit", 0.2)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "--time-limit" in ended.err
    assert "read-only transaction" in run("query", STORE).err
    # neither the limit nor that it only reads is left behind
    for _ in range(CONNECTIONS):
        with psycopg.connect(pooler.url(READER), autocommit=True) as conn:
            assert conn.execute("show statement_timeout").fetchone() == ("0",)
            assert conn.execute("show transaction_read_only").fetchone() == ("off",)


def test_upgrades(pooler, origin):
    """Again on each connection, where what was prepared before would be in the way."""
    for _ in range(CONNECTIONS + 1):
        with origin.connect() as conn:
            conn.execute("update trap_data.code_manifest set sha256 = ''")
        assert schema.upgrade(pooler.url(ADMIN)).files > 0


@pytest.mark.slow
def test_the_whole_story(pooled, origin, field, trapdb):
    """Rewound, replayed, associated anew, back-filled and deleted."""
    for client, name in ((trapdb, "direct"), (pooled, "by pool")):
        for chapter in story(field, name):
            client.complete(*chapter.command)
        client.complete("monitor", "add", "late", "150.02", "30.02", "--dataset", name)
        client.complete("backfill", "--dataset", name)
    for one, other in (("direct", "by pool"), ("direct anew", "by pool anew")):
        with origin.connect() as conn:
            assert bits_that_differ(contents(conn, one), contents(conn, other)) == []
    by_admin = Client(pooled.database.replace(OPERATOR, ADMIN), pooled.reader)
    assert "deleted" in by_admin.complete("dataset", "delete", "by pool", "--yes").out
