"""Tables of the client's."""

import asyncio
import base64
import contextlib
import gzip
import http.server
import io
import socket
import threading
from urllib.parse import urlsplit

import numpy as np
import pytest
from astropy.io.votable import from_table, parse
from astropy.table import MaskedColumn, Table

from tests.jobs.conftest import until
from trapdb.web import guard
from trapdb.web.faults import Refused
from trapdb.web.requests import Parameters
from trapdb.web.room import Room
from trapdb.web.settings import Settings
from trapdb.web.tap import fetching
from trapdb.web.tap.fetching import fetch
from trapdb.web.tap.inspection import inspect
from trapdb.web.tap.uploads import uploaded

COUNT = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.mine"


def document(table):
    stream = io.BytesIO()
    from_table(table).to_xml(stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def ask(http):
    def ask(query, content, place="param:t", **parameters):
        return http.post(
            "/tap/sync",
            data={"LANG": "ADQL", "QUERY": query, "UPLOAD": f"mine,{place}", **parameters},
            files={"t": content},
        )

    return ask


def table(fields='<FIELD name="x" datatype="int"/>', data="", table="", before="", head=""):
    """A document put together by hand; by default of one row, that has the number 65."""
    data = data or "<DATA><TABLEDATA><TR><TD>65</TD></TR></TABLEDATA></DATA>"
    return (
        f'{head}<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">{before}'
        f"<RESOURCE><TABLE {table}>{fields}{data}</TABLE></RESOURCE></VOTABLE>"
    ).encode()


def binary(content, way="BINARY"):
    stream = base64.b64encode(content).decode()
    return f'<DATA><{way}><STREAM encoding="base64">{stream}</STREAM></{way}></DATA>'


def answer(reply):
    assert reply.status_code == 200, reply.text
    return parse(io.BytesIO(reply.content)).get_first_table()


def places(look, number=20):
    rows = look.execute(
        "select ra, dec, source_id from trap.running_catalogue where dataset = 'off'"
        " order by source_id limit %s",
        [number],
    ).fetchall()
    ra, dec, ids = zip(*rows, strict=True)
    return Table({"ra": ra, "dec": dec, "id": ids}, units={"ra": "deg", "dec": "deg"})


def test_a_table_is_joined_with(ask, look):
    mine = places(look)
    found = answer(
        ask(
            "SELECT m.id, s.source_id FROM TAP_UPLOAD.mine AS m JOIN running_catalogue AS s ON"
            " 1 = CONTAINS(POINT('ICRS', s.ra, s.dec), CIRCLE('ICRS', m.ra, m.dec, 1e-4))"
            " WHERE s.dataset = 'off'",
            document(mine),
        )
    ).array
    assert sorted(found["id"]) == sorted(found["source_id"]) == sorted(mine["id"])


@pytest.mark.parametrize("form", ["votable", "votable/td"])
def test_everything_comes_back_as_it_was(ask, form):
    mine = Table(
        {
            "b": [True, False, True],
            "i": np.array([1, -(2**31), 2**31 - 1], "i4"),
            "l": np.array([2**62, 0, -1]),
            "f": np.array([1.5, np.nan, -np.inf], "f4"),
            "d": [1e300, np.nan, 0.1],
            "t": ["a b", "", "it's \\ \t <&>"],
            "m": MaskedColumn([1, 2, 3], mask=[False, True, False]),
            "Select": [1, 2, 3],
        }
    )
    mine["d"].unit = "Jy"
    mine["d"].description = "a & b"
    found = answer(ask("SELECT * FROM TAP_UPLOAD.mine", document(mine), FORMAT=form))
    table = found.to_table()
    assert table.colnames == mine.colnames
    for name in ("b", "i", "l"):
        assert table[name].tolist() == mine[name].tolist()
    np.testing.assert_array_equal(np.ma.filled(table["f"], np.nan), mine["f"])
    np.testing.assert_array_equal(np.ma.filled(table["d"], np.nan), mine["d"])
    assert [str(one) for one in np.ma.filled(table["t"], "")] == mine["t"].tolist()
    assert table["m"].tolist() == [1, None, 3]
    field = found.get_field_by_id_or_name("d")
    assert (str(field.unit), field.description) == ("Jy", "a & b")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        (Table({"ra": np.zeros(301)}), "more than 300 rows"),
        (Table({f"c{i}": [1] for i in range(101)}), "1 to 100 columns"),
        (Table({"a": [1], "A": [1]}), "more than once"),
        (Table({"a": [[1.0, 2.0]]}), "cannot be uploaded"),
        (Table({"n" * 70: [1]}), "too long"),
    ],
)
def test_what_cannot_be_stored_is_refused(ask, table, what):
    reply = ask(COUNT, document(table))
    assert reply.status_code == 400
    assert what in reply.text


@pytest.mark.parametrize(
    "content", [b"", b"no XML", b"<VOTABLE/>", b"<html><body>x</body></html>", b"\x1f\x8b\x00"]
)
def test_what_is_no_table_is_refused(ask, content):
    reply = ask(COUNT, content)
    assert reply.status_code == 400
    assert "table mine is no VOTable" in reply.text or "mine" in reply.text


def test_all_uploads_together_have_no_more_than_their_room(ask, http, here):
    """One that comes to its end slowly, or never, keeps room; queries without a table need none."""
    parts = urlsplit(here)

    def begun():
        """Return a request that has its room; None if another had it just then."""
        slow = socket.create_connection((parts.hostname, parts.port))
        slow.sendall(
            b"POST /tap/sync HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + bytes(890_000)
        )
        for _ in range(20):
            if ask(COUNT, bytes(900_000)).status_code == 503:
                return slow
        slow.close()
        return None

    with until(begun):
        told = ask(COUNT, bytes(900_000))
        assert "QUERY_STATUS" in told.text
        assert int(told.headers["retry-after"]) > 0
        assert ask(COUNT, document(Table({"x": [1]}))).status_code == 200
        query = {"LANG": "ADQL", "QUERY": "SELECT dataset FROM dataset"}
        assert http.post("/tap/sync", data=query).status_code == 200
    until(lambda: ask(COUNT, bytes(900_000)).status_code == 400)


def test_a_request_that_does_not_come_to_its_end_is_given_up(monkeypatch):
    """Its room is free then."""
    monkeypatch.setattr(guard, "SECONDS", 0.1)
    room = Room(100_000)
    guarded = guard.Guard(read, 1_000_000, room, {"localhost"})
    begin = [{"type": "http.request", "body": bytes(90_000), "more_body": True}]
    sent = []

    async def receive():
        return begin.pop() if begin else await asyncio.sleep(3600)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"host", b"localhost")]}
    asyncio.run(asyncio.wait_for(guarded(scope, receive, send), 60))
    assert sent[0]["status"] == 408
    with room.holding() as (take, _):
        take(100_000)


def test_room_is_free_when_an_answer_begins():
    room = Room(100_000)
    begin = [{"type": "http.request", "body": bytes(90_000)}]
    left = []

    async def answering(scope, receive, send):
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return begin.pop()

    async def send(message):
        with room.holding() as (take, _):
            take(100_000)
        left.append(message["status"])

    guarded = guard.Guard(answering, 1_000_000, room, {"localhost"})
    scope = {"type": "http", "method": "POST", "headers": [(b"host", b"localhost")]}
    asyncio.run(guarded(scope, receive, send))
    assert left == [200]


async def read(scope, receive, send):
    """An application that reads its requests."""
    while (await receive()).get("more_body"):
        pass


@pytest.mark.parametrize("private", [True, False])
def test_what_is_fetched_needs_room_too(private):
    """As much as it may be, before anybody knows how large it is."""
    settings = Settings(upload_from_private_addresses=private)
    places = "a,http://127.0.0.1:9/;b,http://127.0.0.1:9/;c,param:x"
    taken = []
    with pytest.raises(Refused, match=r"127\.0\.0\.1"):
        asyncio.run(uploaded(settings, Parameters({"UPLOAD": [places]}), taken.append))
    assert taken == [settings.limits.request_bytes]


def test_a_name_that_is_meant_to_do_harm_is_a_name(ask, look):
    mine = table(fields='<FIELD name="x&quot;; drop table trap_data.source; --" datatype="int"/>')
    found = answer(ask("SELECT * FROM TAP_UPLOAD.mine", mine)).to_table(use_names_over_ids=True)
    assert found.colnames == ['x"; drop table trap_data.source; --']
    assert found[found.colnames[0]].tolist() == [65]
    assert look.execute("select count(*) > 0 from trap_data.source").fetchone() == (True,)


def test_a_table_is_gone_after_its_query(ask, http, look):
    answer(ask(COUNT, document(places(look, 3))))
    reply = http.post("/tap/sync", data={"LANG": "ADQL", "QUERY": COUNT})
    assert reply.status_code == 400


BYTE = '<FIELD name="x" datatype="unsignedByte"/>'
TEXT = '<FIELD name="x" datatype="char" arraysize="{}"/>'
HREF = '<DATA><{0}><STREAM href="file:///etc/passwd"/></{0}></DATA>'
ROW = "<TR><TD>1</TD></TR>"


HARM = [
    (table(BYTE, HREF.format("BINARY")), "in the document itself"),
    (table(BYTE, HREF.format("BINARY2")), "in the document itself"),
    (table(BYTE, HREF.format("x:BINARY")), "in the document itself"),
    (table(BYTE, HREF.format("FITS")), "in the document itself|TABLEDATA, BINARY or BINARY2"),
    (
        table(BYTE, '<DATA><PARQUET type="VOTable-remote-file"><STREAM/></PARQUET></DATA>'),
        "TABLEDATA, BINARY or BINARY2",
    ),
    (table(head='<!DOCTYPE VOTABLE [<!ENTITY a "aaa">]>'), "entities"),
    (table(head='<?xml version="1.0" encoding="cp037"?>'), "no VOTable|encodings"),
    (gzip.compress(table()), "no VOTable"),
    (table(before="<RESOURCE>" * 40 + "</RESOURCE>" * 40), "no VOTable that could be read"),
    (
        table(before='<PARAM name="p" datatype="double" arraysize="99999x99999" value="1"/>'),
        "no VOTable that could be read",
    ),
    (table(table='nrows="2000000000"'), "more than 300 rows"),
    (table(table='nrows="many"'), "no VOTable"),
    (table(data=f"<DATA><TABLEDATA>{ROW * 301}</TABLEDATA></DATA>"), "more than 300 rows"),
    (table(BYTE, binary(b"a" * 301)), "more than 300 rows"),
    (table(BYTE, binary(b"\0a" * 301, "BINARY2")), "more than 300 rows"),
    (table(TEXT.format("*"), binary(bytes(4) * 301)), "more than 300 rows"),
    (table(TEXT.format("0"), binary(b"a")), "cannot be uploaded"),
    (table(TEXT.format("999999"), binary(bytes(4))), "elements|could be read"),
    (table(TEXT.format("99999*"), binary(bytes(4) * 300)), "too long"),
    (table(TEXT.format("3x*"), binary(bytes(4))), "cannot be uploaded"),
    (table('<TABLE></TABLE><FIELD name="x" datatype="int"/>'), "a second TABLE|within TABLE"),
    (table(before=table().decode()), "a second TABLE|TABLE within"),
    (table(before="<TABLE/>"), "TABLE within VOTABLE"),
    (table(BYTE + "<GROUP>" + BYTE + "</GROUP>"), "FIELD within GROUP"),
    (table(BYTE, binary(b"a") + TEXT.format("9")), "FIELD after DATA"),
    (table(BYTE, binary(b"a") + binary(b"a")), "a second DATA"),
    (table(BYTE, "<DATA><BINARY><STREAM>Q</STREAM></BINARY></DATA>"), "no VOTable"),
    (table(fields=""), "1 to 100 columns"),
    (table('<FIELD datatype="int"/>'), "there is none"),
]


@pytest.mark.parametrize(("content", "what"), HARM, ids=range(len(HARM)))
def test_documents_that_are_meant_to_do_harm(ask, content, what):
    reply = ask("SELECT * FROM TAP_UPLOAD.mine", content)
    assert reply.status_code == 400
    assert any(one in reply.text for one in what.split("|")), reply.text


@pytest.mark.parametrize("way", ["tabledata", "binary", "binary2"])
def test_rows_are_counted_as_astropy_reads_them(way):
    mine = Table(
        {
            "b": [True, False] * 5,
            "i": np.arange(10, dtype="i2"),
            "d": np.arange(10.0),
            "t": ["x" * n for n in range(10)],
            "u": [b"abc"] * 10,
        }
    )
    stream = io.BytesIO()
    whole = from_table(mine)
    whole.get_first_table().get_field_by_id("t").arraysize = "*"
    whole.to_xml(stream, tabledata_format=way)
    inspect("t", stream.getvalue(), 10, 5)
    for rows, columns in ((9, 5), (10, 4)):
        with pytest.raises(Refused):
            inspect("t", stream.getvalue(), rows, columns)


def test_columns_are_told_apart_by_their_place(ask):
    """An identifier of one is the name of another."""
    fields = '<FIELD name="a" ID="b" datatype="int"/><FIELD name="b" ID="a" datatype="int"/>'
    data = "<DATA><TABLEDATA><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA></DATA>"
    found = answer(ask("SELECT a, b FROM TAP_UPLOAD.mine", table(fields, data))).to_table()
    assert (found["a"].tolist(), found["b"].tolist()) == ([1], [2])


@pytest.fixture(scope="module")
def elsewhere(look):
    """A web server that has a table, and one that sends on."""
    content = document(places(look, 4))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/table":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(content)
            elif self.path == "/large":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b" " * 1_100_000)
            else:
                self.send_response(302)
                self.send_header("Location", "file:///etc/passwd")
                self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_table_is_fetched(ask, elsewhere):
    assert answer(ask(COUNT, b"", place=f"{elsewhere}/table")).array["n"].tolist() == [4]


@pytest.mark.parametrize(("path", "what"), [("/large", "larger than"), ("/moved", "answers 302")])
def test_what_is_too_large_or_elsewhere_is_refused(ask, elsewhere, path, what):
    reply = ask(COUNT, b"", place=f"{elsewhere}{path}")
    assert reply.status_code == 400
    assert what in reply.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_private_addresses_are_not_fetched_from(host):
    with pytest.raises(Refused, match="private addresses"):
        fetch(f"http://{host}:9/table", 1000, False)


def test_a_table_that_comes_byte_by_byte_is_given_up(monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle():
            client, _ = server.accept()
            with client, contextlib.suppress(OSError):
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not over.wait(0.05):
                    client.sendall(b" ")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            with pytest.raises(Refused, match=r"took longer|cannot be fetched"):
                fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", 10**6, True)
        finally:
            over.set()
            thread.join()
