"""Queries that are answered at once: the formats, the limits, and what is refused."""

import asyncio
import csv
import io
import socket
import threading
import time
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import numpy as np
import psycopg
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

from tests.conftest import WEB
from tests.tap.conftest import SECONDS
from trapdb.web.replies import streamed
from trapdb.web.tap.examples import EXAMPLES

QUERY = """SELECT TOP 60 s.source_id, s.name, s.ra, s.n_blind, s.first_seen, s.monitored, v.eta_int,
    CASE WHEN s.n_blind > 5 THEN s.n_blind END AS some, POINT(s.ra, s.dec) AS p,
    CASE WHEN s.n_blind > 5 THEN s.ra END AS half
    FROM running_catalogue AS s LEFT JOIN variability AS v ON s.source_id = v.source_id
    WHERE s.dataset = 'off' ORDER BY s.source_id, v.eta_int"""
SQL = """select s.source_id, s.name, s.ra, s.n_blind, s.first_seen, s.monitored, v.eta_int,
    case when s.n_blind > 5 then s.n_blind end, array[s.ra, s.dec],
    case when s.n_blind > 5 then s.ra end
    from trap.running_catalogue as s left join trap.variability as v using (source_id)
    where s.dataset = 'off' order by s.source_id, v.eta_int limit 60"""
# Takes as long as it is let.
SLOW = "SELECT COUNT(*) FROM " + ", ".join(f"lightcurve AS l{i}" for i in range(5))


@pytest.fixture(scope="module")
def ask(http):
    def ask(query, **parameters):
        return http.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query, **parameters})

    return ask


@pytest.fixture(scope="module")
def rows(look):
    return look.execute(SQL).fetchall()


def column(rows, number):
    return [row[number] for row in rows]


def stamp(time_):
    return time_.replace(tzinfo=None).isoformat(timespec="microseconds")


@pytest.mark.parametrize("form", ["", "votable", "votable/td", "text/xml"])
def test_votable_has_the_values_units_and_blanks(ask, rows, form):
    reply = ask(QUERY, FORMAT=form)
    assert reply.headers["content-type"].startswith("application/x-votable+xml")
    table = parse(io.BytesIO(reply.content)).get_first_table()
    found = table.to_table()
    assert len(found) == len(rows)
    for name, number in (("source_id", 0), ("ra", 2), ("n_blind", 3), ("monitored", 5)):
        assert found[name].tolist() == column(rows, number)
    assert [str(value) for value in found["name"]] == column(rows, 1)
    assert [str(value) for value in found["first_seen"]] == [stamp(t) for t in column(rows, 4)]
    assert found["p"].tolist() == column(rows, 8)
    for name, number in (("some", 7), ("half", 9), ("eta_int", 6)):
        assert found[name].tolist() == column(rows, number)
    known = {field.name: field for field in table.fields}
    assert str(known["ra"].unit) == "deg"
    assert known["ra"].ucd == "pos.eq.ra;meta.main"
    assert known["first_seen"].xtype == "timestamp"
    assert known["p"].xtype == "point"


def test_unknown_numbers_are_nan_also_beneath_the_mask(ask):
    reply = ask(QUERY)
    raw = parse(io.BytesIO(reply.content)).get_first_table().array
    assert np.isnan(raw["half"].data[raw["half"].mask]).all()


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_separated_values(ask, rows, form, delimiter):
    lines = list(csv.reader(ask(QUERY, FORMAT=form).text.splitlines(), delimiter=delimiter))
    assert lines[0][:3] == ["source_id", "name", "ra"]
    for line, row in zip(lines[1:], rows, strict=True):
        assert (int(line[0]), line[1], float(line[2])) == row[:3]
        assert line[5] == str(row[5]).lower()
        assert line[7] == ("" if row[7] is None else str(row[7]))


@pytest.mark.parametrize(
    ("form", "delimiter", "text"),
    [("csv", ",", '%s, "quoted"\r\n\\\ttab'), ("tsv", "\t", '%s, "quoted"  \\ tab')],
)
def test_separated_texts_stay_in_their_cells(ask, form, delimiter, text):
    """However many columns there are: more than a function of PostgreSQL takes arguments."""
    many = ", ".join(f"{n} AS c{n}" for n in range(100))
    query = f"""SELECT TOP 2 '%s, "quoted"\r\n\\\ttab' AS a, {many}, '' AS "b,c" FROM dataset"""
    reply = ask(query, FORMAT=form).content.decode()
    quoting = csv.QUOTE_MINIMAL if form == "csv" else csv.QUOTE_NONE
    lines = list(csv.reader(io.StringIO(reply, newline=""), delimiter=delimiter, quoting=quoting))
    assert lines[0][-1] == "b,c"
    assert lines[1:] == [[text, *map(str, range(100)), ""]] * 2


def test_texts_in_tabledata_are_no_elements(ask):
    reply = ask("SELECT TOP 1 '<TD>&amp;' AS a, '100 %s' AS b FROM dataset", FORMAT="votable/td")
    found = parse(io.BytesIO(reply.content)).get_first_table().array
    assert (str(found["a"][0]), str(found["b"][0])) == ("<TD>&amp;", "100 %s")


def test_fits(ask, rows):
    with fits.open(io.BytesIO(ask(QUERY, FORMAT="fits").content)) as hdus:
        hdus.verify("exception")
        assert hdus[1].columns["ra"].unit == "deg"
        table = Table.read(hdus[1])
    assert table["source_id"].tolist() == column(rows, 0)
    assert table["ra"].tolist() == column(rows, 2)
    assert table["some"].tolist() == column(rows, 7)
    assert [str(name) for name in table["name"]] == column(rows, 1)
    assert table["monitored"].tolist() == column(rows, 5)
    assert table["p"].tolist() == column(rows, 8)


def test_parquet(ask, rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(io.BytesIO(ask(QUERY, FORMAT="parquet").content))
    for number, name in enumerate(table.column_names):
        assert table[name].to_pylist() == column(rows, number)
    assert table.schema.field("ra").metadata[b"unit"] == b"deg"


def test_parquet_tells_of_its_columns_in_the_ways_that_programs_look_for(ask, rows):
    parquet = pytest.importorskip("pyarrow.parquet")
    reply = ask("SELECT TOP 9 name, ra FROM running_catalogue", FORMAT="parquet")
    metadata = parquet.read_metadata(io.BytesIO(reply.content)).metadata
    document = metadata[b"IVOA.VOTable-Parquet.content"]
    assert str(parse(io.BytesIO(document)).get_first_table().fields[1].unit) == "deg"
    assert int(metadata[b"table::len::name"]) == len(rows[0][1])
    twice = ask("SELECT TOP 9 name, name FROM running_catalogue", FORMAT="parquet")
    assert parquet.read_metadata(io.BytesIO(twice.content)).num_columns == 2


@pytest.mark.parametrize("form", ["votable", "votable/td", "csv", "tsv", "fits", "parquet"])
def test_no_rows_are_a_table_too(ask, form):
    reply = ask("SELECT name, ra FROM running_catalogue WHERE ra > 400", FORMAT=form)
    assert reply.status_code == 200
    if form == "votable":
        assert len(parse(io.BytesIO(reply.content)).get_first_table().array) == 0


@pytest.mark.parametrize(
    ("maxrec", "given", "overflow"),
    [(0, 0, True), (7, 7, True), (None, 2000, True), (10**9, 5000, True)],
)
def test_more_rows_than_are_given_are_told(ask, look, maxrec, given, overflow):
    parameters = {} if maxrec is None else {"MAXREC": maxrec}
    query = "SELECT a.source_id FROM running_catalogue AS a, dataset AS b, dataset AS c"
    reply = ask(query, **parameters)
    found = parse(io.BytesIO(reply.content)).get_first_table()
    assert len(found.array) == given
    assert ('value="OVERFLOW"' in reply.text) is overflow


def test_all_rows_are_no_overflow(ask, look):
    ((number,),) = look.execute("select count(*) from trap.running_catalogue")
    for maxrec in (number, number + 1):
        reply = ask("SELECT source_id FROM running_catalogue", MAXREC=maxrec)
        assert len(parse(io.BytesIO(reply.content)).get_first_table().array) == number
        assert "OVERFLOW" not in reply.text


@pytest.mark.parametrize(
    ("parameters", "what"),
    [
        ({"QUERY": "SELECT nothing FROM dataset"}, "line 1, column 8"),
        ({"QUERY": "SELECT * FROM pg_authid"}, "there is no table pg_authid"),
        ({"QUERY": "SELECT pg_sleep(100) FROM dataset"}, "line 1"),
        ({"QUERY": "SELECT 1 FROM dataset; DROP TABLE x"}, "line 1"),
        ({"QUERY": "SELECT 1/0 FROM dataset"}, "division by zero"),
        ({"QUERY": ""}, "parameter QUERY is missing"),
        ({"LANG": "SQL"}, "LANG='SQL'"),
        ({"FORMAT": "xls"}, "there is no format 'xls'"),
        ({"MAXREC": "-1"}, "MAXREC='-1'"),
        ({"MAXREC": "many"}, "MAXREC='many'"),
        ({"VERSION": "2"}, "this is TAP 1.1"),
        ({"REQUEST": "getCapabilities"}, "doQuery"),
        ({"UPLOAD": "t"}, "UPLOAD='t'"),
        ({"UPLOAD": "a.b,param:x"}, "UPLOAD='a.b,param:x'"),
        ({"UPLOAD": "t,param:x"}, "not there"),
        ({"UPLOAD": "t,file:///etc/passwd"}, "expected param:NAME or an address"),
        ({"UPLOAD": "t,gopher://localhost/"}, "expected param:NAME or an address"),
        ({"UPLOAD": "t,http://[::1"}, "expected param:NAME or an address"),
    ],
)
def test_what_makes_no_sense_is_refused_by_a_document(http, parameters, what):
    asked = {"LANG": "ADQL", "QUERY": "SELECT dataset FROM dataset", **parameters}
    reply = http.post("/tap/sync", data=asked)
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/x-votable+xml"
    (info,) = parse(io.BytesIO(reply.content)).resources[0].infos
    assert (info.name, info.value) == ("QUERY_STATUS", "ERROR")
    assert what in info.content


def test_a_parameter_may_be_written_in_lower_case_but_once(http):
    query = {"lang": "adql", "query": "SELECT dataset FROM dataset", "responseformat": "csv"}
    assert http.get("/tap/sync", params=query).text.startswith("dataset\n".replace("\n", "\r\n"))
    reply = http.get("/tap/sync?LANG=ADQL&QUERY=SELECT+1&QUERY=SELECT+2")
    assert "QUERY is there more than once" in reply.text


def test_a_request_that_is_too_large(http):
    reply = http.post("/tap/sync", data={"LANG": "ADQL", "QUERY": "x" * 2_000_000})
    assert reply.status_code == 413

    def without_length():
        for _ in range(40):
            yield b"QUERY=" + b"x" * 50_000

    reply = http.post(
        "/tap/sync",
        content=without_length(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert reply.status_code == 413


def test_requests_to_other_names_are_refused(http):
    for host in ("rebound.example.org", "localhost.example.org:80", "", "[", "a@b:c"):
        reply = http.get("/tap/availability", headers={"Host": host})
        assert reply.status_code in (400, 421), host
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:80", socket.gethostname()):
        assert http.get("/tap/availability", headers={"Host": host}).status_code == 200, host


def test_an_answer_that_is_not_taken_in_time_is_given_up():
    async def chunks():
        yield b"head"
        yield b"rows"

    async def send(message):
        await asyncio.sleep(60)

    async def receive():
        await asyncio.sleep(60)

    async def ask():
        let_go = []
        async with AsyncExitStack() as stack:
            stack.callback(let_go.append, True)
            reply = await streamed(chunks(), stack, 0.1, "text/plain")
        assert not let_go
        await reply({"type": "http"}, receive, send)
        return let_go

    assert asyncio.run(asyncio.wait_for(ask(), 10)) == [True]


def running(look):
    ((number,),) = look.execute(
        "select count(*) from pg_stat_activity where application_name = 'trapdb serve'"
        " and state = 'active'"
    )
    return number


def test_a_query_that_takes_too_long_is_cancelled(ask, look):
    start = time.monotonic()
    reply = ask(SLOW)
    assert reply.status_code == 400
    assert "took longer than it may" in reply.text
    assert time.monotonic() - start < 4 * SECONDS
    assert running(look) == 0


def until(what, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


def test_a_query_whose_client_goes_away_is_cancelled(here, look):
    parts = urlsplit(here)
    with socket.create_connection((parts.hostname, parts.port)) as client:
        query = SLOW.replace(" ", "+")
        head = f"GET /tap/sync?LANG=ADQL&QUERY={query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        client.sendall(head.encode())
        assert until(lambda: running(look) == 1, 3)
    assert until(lambda: running(look) == 0, 2)


def test_more_queries_than_may_run_wait_and_then_are_told(ask, look):
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(ask(SLOW))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status_code for reply in replies) == [400] * 4 + [503] * 2
    assert ask("SELECT dataset FROM dataset").status_code == 200


def test_what_fails_halfway_lets_go_of_its_connection(ask):
    """There are four; and what needs more room fails when the first rows have been read."""
    large = "SELECT l.*, b.dataset FROM lightcurve AS l, dataset AS b"
    for _ in range(6):
        reply = ask(large, FORMAT="fits")
        assert reply.status_code == 400
        assert "would be larger than" in reply.text
    assert ask("SELECT dataset FROM dataset").status_code == 200


def test_clients_that_stop_listening_let_go_of_their_connections(here, ask, look):
    parts = urlsplit(here)
    query = "SELECT+l.*+FROM+lightcurve+AS+l,+dataset+AS+b,+dataset+AS+c"
    head = f"GET /tap/sync?LANG=ADQL&MAXREC=5000&QUERY={query} HTTP/1.1\r\nHost: {parts.netloc}"
    for _ in range(6):
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(f"{head}\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 200")
    for _ in range(6):
        with socket.create_connection((parts.hostname, parts.port)) as client:
            client.sendall(f"{head}\r\n\r\n".encode())
    assert until(lambda: ask("SELECT dataset FROM dataset").status_code == 200, 5)
    assert until(lambda: running(look) == 0, 3)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from trap_data.source",
        "delete from trap_data.source",
        "insert into trap.dataset default values",
        "select trap.store_definition('x', 'x', null)",
        "select trap.delete_dataset('off')",
        "select trap.add_job('tap', '{}')",
        "select * from trap.job_of('tap', gen_random_uuid())",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('/')",
        "select lo_import('/etc/passwd')",
        "copy (select 1) to program 'true'",
        "copy trap.dataset to '/tmp/x'",
        "create table trap.mine ()",
        "create schema mine",
        "set role trapdb_admin",
        "set role trapdb_operator",
        "alter system set work_mem = '1GB'",
    ],
)
def test_the_login_can_only_read(cluster, database, statement):
    """Whatever came through the translator: the database refuses it."""
    with (
        psycopg.connect(cluster.url("archived", WEB), autocommit=True) as conn,
        pytest.raises(psycopg.Error) as error,
    ):
        conn.execute(statement)
    assert error.value.sqlstate in ("42501", "42883", "55000")


HOSTILE = [
    "SELECT 1 FROM dataset; DELETE FROM dataset",
    "SELECT 1 FROM dataset -- \n; COMMIT; DROP SCHEMA trap CASCADE",
    "SELECT 1 FROM dataset /* ; */ ; SELECT 2",
    "COMMIT",
    "WITH x AS (DELETE FROM dataset) SELECT * FROM x",
    "SELECT pg_sleep(100) FROM dataset",
    'SELECT "pg_sleep"(100) FROM dataset',
    "SELECT pg_catalog.pg_sleep(100) FROM dataset",
    "SELECT pg_read_file('/etc/passwd') FROM dataset",
    "SELECT trap.store_definition('x', 'x', NULL) FROM dataset",
    "SELECT * FROM pg_read_file('/etc/passwd')",
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT * FROM trap_data.source",
    "SELECT * FROM information_schema.tables",
    "SELECT CAST('pg_authid' AS regclass) FROM dataset",
    "SELECT 'pg_authid'::regclass FROM dataset",
    "SELECT CURRENT_USER FROM dataset",
    "SELECT xmin, ctid, tableoid FROM dataset",
    "SELECT dataset.* FROM dataset FOR UPDATE",
    "SELECT d FROM dataset AS d",
    'SELECT 1 AS "x""; drop table y; --" FROM nothing',
    "SELECT E'\\x27' FROM dataset",
    "SELECT U&'\\0027' FROM dataset",
    "SELECT $$a$$ FROM dataset",
    "SELECT dataset\x00 FROM dataset",
    "SELECT \u202edataset FROM dataset",
    "SELECT 1e400 FROM nowhere",
    "SELECT " + "9" * 100_000 + " FROM nowhere",
    "SELECT " + "(" * 50_000 + "1" + ")" * 50_000 + " FROM dataset",
    "SELECT " + "-" * 90_000 + "1 FROM dataset",
    "SELECT dataset FROM dataset WHERE " + " AND NOT " * 9000 + "1 = 1",
    "SELECT * FROM " + "(SELECT * FROM " * 500 + "dataset" + ")" * 500,
    "SELECT 'a FROM dataset",
    "SELECT /* FROM dataset",
    "COPY dataset TO '/tmp/x'",
    "EXPLAIN SELECT 1 FROM dataset",
    "SET work_mem = '100GB'",
    "SELECT 1 FROM dataset INTO OUTFILE '/tmp/x'",
    "SELECT set_config('statement_timeout', '0', false) FROM dataset",
    "SELECT * FROM TAP_UPLOAD.x",
    "SELECT * FROM pg_temp.x",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_meant_to_do_harm_is_refused(ask, query):
    reply = ask(query)
    assert reply.status_code == 400
    (info,) = parse(io.BytesIO(reply.content)).resources[0].infos
    assert info.value == "ERROR"
    assert 0 < len(info.content) < 400
    assert "\n" not in info.content


@pytest.mark.parametrize(("name", "query"), [(name, query) for name, _, query in EXAMPLES])
def test_the_examples_are_answered(ask, name, query):
    assert ask(query).status_code == 200, name


def test_pages_show_names_as_text(http):
    for page in ("/", "/tap/examples"):
        text = http.get(page).text
        assert "Sky &amp; &lt;Sea&gt;" in text
        assert "<Sea>" not in text


def test_addresses_without_anything(http):
    assert http.get("/nothing").status_code == 404
    assert http.put("/tap/sync").status_code == 405
    assert http.get("/tap/tables/trap.nothing").status_code == 404
