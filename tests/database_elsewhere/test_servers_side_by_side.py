"""Data sets on two servers, numbered apart, and queries over both, as docs/ has them."""

import re
from textwrap import dedent

import psycopg
import pytest

from tests.database_elsewhere.pooler import PAGE
from tests.database_elsewhere.servers import OPERATOR, READER, Client, copied
from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest
from trapdb.cli.failure import in_one_line
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.database.connection import open_url

VIEWS = ("running_catalogue", "variability", "lightcurve", "new_source", "image")


def blocks(heading):
    """Read the SQL under a heading of the page."""
    section = re.search(rf"^#+ {heading}\n(.*?)(?=^#)", PAGE.read_text(), re.M | re.S)[1]
    return [dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.M)]


@pytest.fixture(scope="module")
def second(origin, free_port, field, calm):
    """A second server, which numbers its data sets from 10001."""
    (numbers,) = blocks("Data sets on several servers")
    with copied(origin, free_port()) as server:
        with server.connect() as conn:
            conn.execute("select trap.delete_dataset(dataset) from trap.dataset")
            conn.execute(numbers.encode())
        Client(server.url(OPERATOR)).complete(*ingest(field, "far"))
        for one in (origin, server):
            with one.connect() as conn:
                conn.execute("analyze")
        yield server


@pytest.fixture(scope="module")
def hub(origin, second):
    """A database that shows both."""
    sql = "".join(blocks("Queries over all of them"))
    extension, one, views, settings = re.split(
        r"\n(?=create schema one|create table sky|alter database)", sql, maxsplit=3
    )
    with origin.connect(dbname="postgres") as conn:
        conn.execute("create database hub")
    with origin.connect(dbname="hub") as conn:
        conn.execute(extension.encode())
        for name, where in (("one", origin), ("two", second)):
            text = re.sub(r"\bone\b", name, one)
            for example, true in {
                f"{name}.example.org": where.folder,
                "5432": where.port,
                "survey": "trapdb",
                "carol": READER,
            }.items():
                text = text.replace(f"'{example}'", f"'{true}'")
            conn.execute(text.encode())
        for view in VIEWS:
            conn.execute(views.replace("variability", view).encode())
        conn.execute(settings.encode())
    with origin.connect(dbname="hub") as conn:
        yield conn
    with origin.connect(dbname="postgres") as conn:
        conn.execute("drop database hub with (force)")


def sent(hub, query):
    """Return what is sent to the servers for a query: the view's server and the statement."""
    plan = [line.strip() for (line,) in hub.execute(f"explain (verbose, costs off) {query}")]
    servers = [
        re.search(r"\b(one|two)\.", line)[1]
        for line in plan
        if re.search(r"Foreign Scan on|Relations:", line)
    ]
    statements = [line.removeprefix("Remote SQL: ") for line in plan if "Remote SQL" in line]
    return list(zip(servers, statements, strict=True))


def test_servers_side_by_side(hub, second, calm):
    # the same images make the same data set under any number
    with second.connect() as conn:
        assert bits_that_differ(calm, contents(conn, "far")) == []
        rows = conn.execute("select dataset_id from trap.dataset where dataset = 'far'").fetchall()
    assert rows == [(10001,)]

    # all is there, and no id has two meanings
    for view in VIEWS:
        query = f"select dataset, count(*) from sky.{view} group by dataset"
        counts = dict(hub.execute(query).fetchall())
        assert counts["far"] == counts["calm"] > 0, view
    query = "select count(*) = count(distinct source_id) from sky.running_catalogue"
    assert hub.execute(query).fetchone() == (True,)


def test_a_server_keeps_to_its_numbers(second):
    configuration = Configuration().model_dump(mode="json")
    with open_url(second.url()) as conn, conn.transaction(force_rollback=True):
        conn.execute("alter table trap_data.dataset alter column dataset_id restart with 20000")
        assert routines.open_dataset(conn, "last", configuration).dataset_id == 20000
        with pytest.raises(psycopg.Error) as refusal:
            routines.open_dataset(conn, "one too many", configuration)
    assert "reached maximum value" in in_one_line(refusal.value)


def test_what_runs_where(hub):
    """As the page's table has it."""
    query = "select source_id, eta_int from sky.variability where dataset_id = 10001 and n > 2"
    ((server, statement),) = sent(hub, query)
    assert server == "two"
    assert "dataset_id = 10001" in statement
    assert "n > 2" in statement

    found = sent(hub, "select name from sky.running_catalogue where dataset = 'far' and ra > 150")
    assert [server for server, _ in found] == ["one", "two"]
    assert all("ra > 150" in statement and "'far'" in statement for _, statement in found)


def test_what_can_be_left_to_the_servers(hub):
    """Where that is cheaper, as it is here if the hub has no means of its own."""
    with hub.transaction(force_rollback=True):
        for means in ("hashjoin", "mergejoin", "nestloop", "sort", "hashagg"):
            hub.execute(f"set local enable_{means} = off")
        join = (
            "select name, eta_int from sky.running_catalogue join sky.variability"
            " using (dataset_id, source_id) where eta_int > 3"
        )
        count = "select dataset_id, count(*) from sky.variability group by dataset_id"
        order = "select source_id from sky.variability order by eta_int desc limit 10"
        for query, part in ((join, "INNER JOIN"), (count, "GROUP BY"), (order, "ORDER BY")):
            found = sent(hub, query)
            assert [server for server, _ in found] == ["one", "two"]
            assert all(part in statement for _, statement in found), found
