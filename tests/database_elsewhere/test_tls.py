"""Over TLS: whom the server believes to be who, and whom the client; and where passwords stay."""

import json
import re
import socket
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.conftest import run  # noqa: F401
from tests.database_elsewhere.certificates import make_authority, sign
from tests.database_elsewhere.conftest import PASSWORD
from tests.database_elsewhere.servers import OPERATOR, READER, Client, folder
from tests.safety.trouble import next_line
from trapdb.cli.options import command_line
from trapdb.database.connection import open_url
from trapdb.simulate import simulate


@pytest.fixture
def keys():
    """The keys of an authority, of a server localhost, of a reader, and another authority."""
    with folder() as place:
        authority = make_authority(place, "authority")
        sign(authority, "localhost", for_server=True)
        sign(authority, READER)
        sign(make_authority(place, "stranger"), "impostor")
        yield place


@pytest.fixture
def server(copy, keys):
    """A server that asks operators for passwords and readers for certificates, on TLS only."""
    one = copy(
        ssl="on",
        ssl_cert_file=str(keys / "localhost.crt"),
        ssl_key_file=str(keys / "localhost.key"),
        ssl_ca_file=str(keys / "authority.crt"),
    )
    one.admit(
        "hostssl all +trapdb_operator 127.0.0.1/32 scram-sha-256",
        f"hostssl all {READER} 127.0.0.1/32 cert",
    )
    return one


@pytest.fixture
def url(server, keys):
    """Make the URL of a user as one writes it."""

    def make(user=OPERATOR, password=PASSWORD, host="localhost", **more):
        options = {"sslmode": "verify-full", "sslrootcert": keys / "authority.crt", **more}
        login = f"{user}:{quote(password, safe='')}" if password else user
        query = "&".join(f"{key}={quote(str(value), safe='/')}" for key, value in options.items())
        return f"postgresql://{login}@{host}:{server.port}/trapdb?{query}"

    return make


def certificate_of(keys, name):
    return {"sslcert": keys / f"{name}.crt", "sslkey": keys / f"{name}.key", "password": ""}


def test_who_is_believed(run, url, keys, server):  # noqa: F811
    def tried(**where):
        ended = run("dataset", "list", "--database", url(**where))
        assert ended.err.count("\n") == (ended.status != 0), ended.err
        return ended.err

    assert tried() == ""
    assert tried(sslmode="require") == ""
    assert tried(user=READER, **certificate_of(keys, READER)) == ""

    assert "certificate verify failed" in tried(sslrootcert=keys / "stranger.crt")
    assert "does not match host name" in tried(host="127.0.0.1")
    assert "no encryption" in tried(sslmode="disable", sslrootcert="")
    assert "does not exist" in tried(sslrootcert=keys / "none.crt")
    assert "password authentication failed" in tried(password="wrong:word@home")
    assert "connection requires a valid client certificate" in tried(user=READER, password="")
    assert f'user "{READER}"' in tried(user=READER, **certificate_of(keys, "localhost"))
    assert "unknown ca" in tried(user=READER, **certificate_of(keys, "impostor"))


def test_a_server_that_went_down_without_a_word_is_noticed(url):
    with open_url(url()) as conn, socket.fromfd(conn.fileno(), socket.AF_INET, 1) as wire:
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        pauses = socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT
        idle, interval, count = (wire.getsockopt(socket.IPPROTO_TCP, pause) for pause in pauses)
        assert idle + interval * count == 30
    with open_url(url(keepalives_idle=60)) as conn:
        assert conn.info.get_parameters()["keepalives_idle"] == "60"


@pytest.mark.parametrize(
    "mistaken",
    [
        "postgresql://bob:open@sesame@localhost/trapdb",
        "postgresql://bob:open/sesame@localhost/trapdb",
        "postgresql://bob:open%sesame@localhost/trapdb",
        "host=localhost user=bob password=open sesame",
    ],
)
def test_a_password_that_was_not_escaped_is_not_shown(run, mistaken):  # noqa: F811
    for command in (["dataset", "list"], ["db", "status"], ["db", "upgrade"]):
        ended = run(*command, "--database", mistaken)
        assert (ended.status, ended.err.count("\n")) == (2, 1)
        assert "cannot be read" in ended.err
        assert not re.search("open|sesame", ended.err)


@pytest.mark.parametrize(
    "given",
    [
        ["--database", "postgresql://bob:open%40sesame@localhost/trapdb"],
        ["--database=postgresql://bob@localhost/trapdb?sslpassword=opensesame&sslmode=require"],
        ["--database", r"host=localhost password = 'open \'sesame' user=bob"],
        ["--database", "user=bob password=opensesame host=localhost"],
    ],
)
def test_a_password_is_not_recorded(monkeypatch, given):
    monkeypatch.setattr("sys.argv", ["trapdb", "ingest", *given, "image.fits"])
    recorded = command_line()
    assert not re.search("open|sesame", recorded)
    assert "***" in recorded
    assert "localhost" in recorded
    assert "image.fits" in recorded


def test_a_password_in_the_environment_stays_there(server, url, tmp_path):
    """It is seen neither in the process list, nor the log, nor the database."""
    simulate(tmp_path / "field", epochs=2, size=128, sources=4)
    process = Client(url()).start("ingest", tmp_path / "field", "--log-json")
    told = [next_line(process)]
    shown = [
        path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline")
    ]
    out, err = process.communicate()
    told += err.splitlines()
    assert process.returncode == 0, told
    assert json.loads(told[-1])["event"] == "end"
    with server.connect() as conn:
        recorded = [
            str(conn.execute(f"select * from trap_data.{table}").fetchall())
            for table in ("pipeline_run", "run_log", "run_warning", "dataset")
        ]
        on_tls = conn.execute("select command from trap_data.pipeline_run where command ~ 'field'")
        assert on_tls.rowcount
    for text in (out, *told, *shown, *recorded):
        assert PASSWORD not in text
        assert quote(PASSWORD, safe="") not in text
