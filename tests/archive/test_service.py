"""A TAP service that answers otherwise than it should, or with less."""

import base64
import http.server
import struct
import threading
from datetime import datetime
from io import BytesIO
from urllib.parse import parse_qs

import numpy as np
import pytest
from astropy.io.votable import from_table, writeto
from astropy.io.votable.tree import Info
from astropy.table import Table

from trapdb.archive import TruncatedWarning
from trapdb.archive.service import Service
from trapdb.archive.tables import table_of
from trapdb.errors import InputError, ServiceError


def votable(status="OK", told=None, serialization="binary2"):
    """An answer, with what it says of itself."""
    file = from_table(Table({"n": [1]}))
    info = Info(name="QUERY_STATUS", value=status)
    info.content = told
    file.resources[0].infos.append(info)
    buffer = BytesIO()
    writeto(file, buffer, tabledata_format=serialization)
    return buffer.getvalue()


@pytest.fixture
def service():
    """A service that says what its ``answer`` is, a status and a body; it keeps what was sent."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.sent.append((self.path, parse_qs(sent.decode())))
            status, body = self.server.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.sent = []
        server.service = Service(f"http://127.0.0.1:{server.server_port}/tap/")
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_query_is_sent_as_it_is(service):
    service.answer = 200, votable()
    service.service.adql("SELECT 'ä&=+%' AS x")
    ((path, form),) = service.sent
    assert path == "/tap/sync"
    assert form["QUERY"] == ["SELECT 'ä&=+%' AS x"]
    assert form["LANG"] == ["ADQL"]


def stream(fields, *rows):
    """A VOTable made by hand, of fields and the bytes of rows."""
    data = base64.b64encode(b"".join(rows)).decode()
    return f"""<?xml version="1.0"?>
        <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
        <RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}
        <DATA><BINARY2><STREAM encoding="base64">{data}</STREAM></BINARY2></DATA></TABLE>
        </RESOURCE></VOTABLE>""".encode()


FIELDS = """
    <FIELD name="short" datatype="short"/><FIELD name="int" datatype="int"/>
    <FIELD name="long" datatype="long"/><FIELD name="float" datatype="float" unit="Jy.beam**-1"/>
    <FIELD name="double" datatype="double" ucd="pos"><DESCRIPTION>of what</DESCRIPTION></FIELD>
    <FIELD name="yes" datatype="boolean"/><FIELD name="text" datatype="char" arraysize="*"/>
    <FIELD name="time" datatype="char" arraysize="*" xtype="timestamp"/>
    <FIELD name="many" datatype="double" arraysize="*"/>
    <FIELD name="two" datatype="double" arraysize="2"/>
    <FIELD name="wide" datatype="unicodeChar" arraysize="*"/>
"""


def row(mask, *values):
    times = [value.encode() for value in values[6:8]]
    return struct.pack(
        f">HhiqfdsI{len(times[0])}sI{len(times[1])}sI2d2dI4s",
        *(mask, *values[:5], values[5], len(times[0]), times[0], len(times[1]), times[1]),
        *(2, *values[8], *values[9], 2, values[10].encode("utf-16-be")),
    )


def test_unknown_values_of_all_types(service):
    known = (
        1,
        2,
        2**60,
        0.5,
        1.5,
        b"T",
        "\xe4",
        "2026-01-02T03:04:05.6",
        (1.0, 2.0),
        (3.0, 4.0),
        "ab",
    )
    zero = 0, 0, 0, 0.0, 0.0, b"F", "", "2000-01-01T00:00:00", (0.0, 0.0), (0.0, 0.0), "xy"
    service.answer = 200, stream(FIELDS, row(0, *known), row(0xFFE0, *zero), row(0, *zero))
    answer = service.service.adql("")
    assert [column.type for column in answer.columns] == [
        *("smallint", "integer", "bigint", "real", "double precision", "boolean", "text"),
        *("timestamp", "array", "array", "text"),
    ]
    assert answer.columns[3].unit == "Jy.beam**-1"
    assert (answer.columns[4].ucd, answer.columns[4].description) == ("pos", "of what")
    time = datetime(2026, 1, 2, 3, 4, 5, 600000)
    assert answer.rows[0] == [*known[:5], True, "\xe4", time, *known[8:]]
    assert answer.rows[1] == [None] * 11
    assert answer.rows[2] == [*zero[:5], False, "", datetime(2000, 1, 1), *zero[8:]]

    found = table_of(answer, {})
    assert all(found[name].mask.tolist() == [False, True, False] for name in found.colnames)
    assert np.isnan(found["float"].unmasked[1])


def test_rows_that_are_left_out_are_told(service):
    service.answer = 200, votable(status="OVERFLOW")
    with pytest.warns(TruncatedWarning, match="gives no more than 1 rows"):
        answer = service.service.adql("")
    assert answer.rows == [[1]]


FAULTS = {
    "refused": (
        400,
        votable(status="ERROR", told="line 1,\n column 8: no"),
        "line 1, column 8: no",
    ),
    "with status 200": (200, votable(status="ERROR", told="no"), ": no"),
    "not found": (404, b"<html>", "404 Not Found"),
    "a page": (200, b"<html><body>hello</body></html>", "the answer is no VOTable"),
    "nothing": (200, b"", "the answer is no VOTable"),
    "in another form": (200, votable(serialization="tabledata"), "is not in BINARY2"),
    "a short row": (200, stream('<FIELD name="x" datatype="int"/>', b"\0\0"), "no VOTable"),
    "cut off": (200, votable()[:-300], "the answer is no VOTable"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_no_answer_is_one_line(service, what):
    status, body, told = FAULTS[what]
    service.answer = status, body
    with pytest.raises(ServiceError, match=told) as refused:
        service.service.adql("")
    assert str(refused.value).startswith(service.service.place)
    assert "\n" not in str(refused.value)


def test_no_service(service):
    service.answer = 200, votable()
    with pytest.raises(ServiceError, match=r"does not answer: .*refused"):
        Service("http://127.0.0.1:1/tap").adql("")
    with pytest.raises(InputError, match=r"takes ADQL only"):
        service.service.sql("select 1")
