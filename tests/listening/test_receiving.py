"""Alerts received from brokers: Comet, and brokers of the tests' own that see each answer."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.broker import HOST, running_broker, unused_port
from tests.notices import burst
from trapdb.alerts.vtp.message import Message, framed, read_message, receive, written
from trapdb.alerts.vtp.receiver import address_of
from trapdb.alerts.vtp.sender import send
from trapdb.database.connection import open_url
from trapdb.errors import InputError
from trapdb.listening import filling
from trapdb.listening.storing import store
from trapdb.server.access import connect

PATIENCE_S = 60.0
HOSTILE = {
    "entities": b"<!DOCTYPE v [<!ENTITY a 'x'>]><v>&a;</v>",
    "depth": b"<a>" * 60 + b"</a>" * 60,
    "no XML": b"GET / HTTP/1.1\r\n\r\n",
    "not the schema": b"<VOEvent/>",
    "nothing": b"",
    "no UTF-8": b"<VOEvent ivorn='\xff'/>",
}


class Broker:
    """Sends what the test says, and shows what it is answered."""

    def __init__(self):
        self._listener = socket.create_server((HOST, 0))
        self._listener.settimeout(PATIENCE_S)
        self.port = self._listener.getsockname()[1]
        self.connection = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        self._listener.close()

    def accept(self):
        self.hang_up()
        self.connection, _ = self._listener.accept()
        return self

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()

    def send(self, content):
        self.connection.sendall(framed(content))

    def answer(self, within_s=PATIENCE_S):
        return read_message(receive(self.connection, 10_000, within_s))


def stored(conn):
    return [ivorn for (ivorn,) in conn.execute("select ivorn from trap.alert order by alert_id")]


def test_a_packet_is_acknowledged_after_it_is_stored(db, listening):
    with Broker() as broker, listening("--broker", f"{HOST}:{broker.port}") as listener:
        broker.accept()
        broker.send(written(Message("iamalive", "ivo://a.broker/name")))
        alive = broker.answer()
        assert (alive.role, alive.origin) == ("iamalive", "ivo://a.broker/name")
        broker.send(written(Message("authenticate", "ivo://a.broker/name")))
        assert broker.answer() == Message(
            "authenticate", "ivo://a.broker/name", "ivo://trapdb/listener"
        )
        broker.send(burst())
        ack = broker.answer()
        (ivorn,) = stored(db)
        assert (ack.role, ack.origin, ack.response) == ("ack", ivorn, "ivo://trapdb/listener")
        assert ivorn in listener.line("of 532871")
        # once more, in other bytes: it is known, and the broker may forget it
        broker.send(burst().replace(b"7.2", b"7.3"))
        assert broker.answer().role == "ack"
        assert listener.line("there already")
        assert len(stored(db)) == 1
        assert listener.stop() == 130


def test_what_is_hostile_is_refused_and_kept_and_the_next_packet_taken(db, listening):
    with Broker() as broker, listening("--broker", f"{HOST}:{broker.port}") as listener:
        broker.accept()
        for content in HOSTILE.values():
            broker.send(content)
            answer = broker.answer()
            assert answer.role == "nak"
            assert answer.result
        broker.send(burst())
        assert broker.answer().role == "ack"
        kept = db.execute("select content_bytes from trap.alert where state = 'refused'").fetchall()
        assert sorted(count for (count,) in kept) == sorted(map(len, HOSTILE.values()))
        # too long: how it begins is kept, and what follows is read
        broker.send(b"<a>" + 1_000_000 * b"x")
        assert "1000003 bytes" in broker.answer().result
        broker.send(burst(sequence=3))
        assert broker.answer().role == "ack"
        long = "select substr(content, 1, 4), length(content) from trap_data.alert"
        long += " where reason like %s"
        assert db.execute(long, ["%1000003 bytes%"]).fetchall() == [(b"<a>x", 65536)]
        # a length that nobody has; then a message that is none
        broker.connection.sendall(b"\x7f\xff\xff\xffsome of it")
        listener.line("are read; trying again")
        broker.accept().send(b"<Transport role='iamalive'><Origin/></Transport>")
        assert broker.answer().role == "iamalive"
        broker.send(burst(sequence=2))
        assert broker.answer().role == "ack"
        assert db.execute(long, ["%2147483647 bytes%"]).fetchall() == [(b"some", 10)]


def test_brokers_that_go_are_asked_again_within_seconds(db, listening):
    """Two of them: the same alert from both is stored once."""
    with (
        Broker() as one,
        Broker() as two,
        listening("--broker", f"{HOST}:{one.port}", "--broker", f"{HOST}:{two.port}") as listener,
    ):
        one.accept()
        two.accept()
        one.send(burst())
        two.send(burst())
        assert one.answer().role == two.answer().role == "ack"
        one.hang_up()
        listener.line("trying again")
        two.send(burst(sequence=2))
        assert two.answer().role == "ack"
        began = time.monotonic()
        one.accept().send(burst(sequence=3))
        assert one.answer().role == "ack"
        assert time.monotonic() - began < 30
        assert len(stored(db)) == 3


@pytest.fixture
def outage(db, db_url):
    """Take the test's database away, and bring it back."""
    name = db.info.dbname
    with psycopg.connect(db_url, dbname="postgres", autocommit=True) as other:

        @contextmanager
        def away():
            db.close()
            other.execute(f"alter database {name} allow_connections false")
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
            try:
                yield
            finally:
                other.execute(f"alter database {name} allow_connections true")

        yield away


def last_of(message):
    return message.origin.rpartition("-")[2]


def test_what_comes_while_the_database_is_away_waits_for_it(outage, db_url, listening, tmp_path):
    """On a disk that takes nothing it is not acknowledged; the broker is answered meanwhile."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "alerts").touch()
    with Broker() as broker, listening("--broker", f"{HOST}:{broker.port}") as listener:
        broker.accept()
        broker.send(burst(sequence=1))
        assert broker.answer().role == "ack"
        listener.line("what waits for the database is in memory alone")
        with outage():
            broker.send(burst(sequence=2))
            broker.send(burst(sequence=3))
            broker.send(written(Message("iamalive", "ivo://a.broker/name")))
            assert broker.answer().role == "iamalive"
            with pytest.raises(TimeoutError):
                broker.answer(within_s=1.0)
        acks = [broker.answer() for _ in range(2)]
        assert [last_of(one) for one in acks] == ["2", "3"]
        listener.line("871-3")
        with psycopg.connect(db_url) as again:
            assert len(stored(again)) == 3


def test_what_waits_outlives_the_listener(outage, db_url, listening, tmp_path):
    """It is acknowledged as soon as it is in a file, and stored once, in the order it came in."""

    def files():
        return sorted((tmp_path / "home" / "alerts").glob("waiting-*/*"))

    with Broker() as broker:
        options = ("--broker", f"{HOST}:{broker.port}")
        with listening(*options) as listener:
            broker.accept()
            broker.send(burst(sequence=1))
            assert broker.answer().role == "ack"
            with outage():
                for sequence in (2, 3):
                    broker.send(burst(sequence=sequence))
                broker.send(b"no alert")
                broker.send(b"<a>" + 1_000_000 * b"x")
                answers = [broker.answer() for _ in range(4)]
                assert [one.role for one in answers] == ["ack", "ack", "nak", "nak"]
                assert [last_of(one) for one in answers[:2]] == ["2", "3"]
                waiting = files()
                assert len(waiting) == 4
                assert {path.stat().st_mode & 0o777 for path in waiting} == {0o600}
                assert waiting[0].parent.stat().st_mode & 0o777 == 0o700
                # it is killed, before or after one was stored; that is known when it comes again
                listener.stop(signal.SIGKILL)
        with psycopg.connect(db_url, autocommit=True) as again:
            assert len(stored(again)) == 1
            with open_url(db_url) as conn:
                store(conn, burst(sequence=2), "elsewhere")
            with listening(*options) as listener:
                assert "there already" in listener.line("871-2")
                listener.line("871-3")
                listener.line("is announced")
                broker.accept().send(burst(sequence=4))
                assert last_of(broker.answer()) == "4"
            assert [ivorn.rpartition("-")[2] for ivorn in stored(again) if ivorn] == list("1234")
            refused = "select count(*) from trap.alert where state = 'refused'"
            assert again.execute(refused).fetchone() == (2,)
    assert files() == []


def test_a_listener_that_starts_first_waits_for_the_database(
    db, db_url, cluster, listening, tmp_path
):
    """What comes meanwhile is acknowledged when it is stored; what is refused is not waited for."""
    later = make_conninfo(db_url, host=str(tmp_path))
    socket_name = f".s.PGSQL.{cluster.port}"
    with Broker() as broker:
        options = ("--broker", f"{HOST}:{broker.port}", "--database")
        with listening(*options, later) as listener:
            assert "; waiting for it" in listener.line("cannot connect to the database")
            broker.accept().send(burst())
            broker.send(written(Message("iamalive", "ivo://a.broker/name")))
            assert broker.answer().role == "iamalive"
            (tmp_path / socket_name).symlink_to(f"{cluster.host}/{socket_name}")
            assert broker.answer().role == "ack"
            listener.line("871-729")
            assert len(stored(db)) == 1
            assert listener.stop() == 130
        for wrong in ({"dbname": "none"}, {"user": "nobody"}):
            with listening(*options, make_conninfo(db_url, **wrong)) as listener:
                assert "waiting" not in listener.line("does not exist")
                assert listener.ended() == 2


def test_comet_is_our_broker(db, listening, tmp_path):
    """Through a broker that is not ours; it is stopped and started, and its packets come again."""
    with (
        running_broker(tmp_path) as broker,
        listening("--broker", f"{HOST}:{broker.broadcast_port}") as listener,
    ):
        listener.line("subscribed")
        wait_for_subscriber(broker)
        for sequence in range(20):
            send(burst(sequence=sequence), HOST, broker.receive_port)
        listener.line("871-19")
        broker.stop()
        listener.line("trying again")
        broker.start()
        listener.line("subscribed")
        wait_for_subscriber(broker, 2)
        send(burst(sequence=20), HOST, broker.receive_port)
        listener.line("871-20")
        assert len(stored(db)) == 21


def wait_for_subscriber(broker, count=1):
    deadline = time.monotonic() + PATIENCE_S
    while broker.log().count("New subscriber") < count:
        assert time.monotonic() < deadline, broker.log()
        time.sleep(0.02)


def test_addresses_of_brokers():
    assert address_of("a.example") == ("a.example", 8099)
    assert address_of("[::1]:80") == ("::1", 80)
    assert address_of("[::1]") == ("::1", 8099)
    for wrong in ("", ":80", "a:port", "a:0", "a:70000"):
        with pytest.raises(InputError, match="no broker"):
            address_of(wrong)


def test_a_broker_that_is_not_there_delays_nobody(db, listening):
    nowhere = unused_port()
    with (
        Broker() as broker,
        listening("--broker", f"{HOST}:{nowhere}", "--broker", f"{HOST}:{broker.port}") as listener,
    ):
        listener.line("Connection refused; trying again")
        broker.accept().send(burst())
        assert broker.answer().role == "ack"


def test_what_was_there_before_is_known_within_seconds(db, db_url, listening, field, monkeypatch):
    """By a rule; what an earlier listener left is done by the next one.

    A position that fails costs itself alone, is told once, and tried again.
    """
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    run("ingest", field.folder, "--dataset", "field")
    run("alert", "rule", "add", "all")
    source = field.sources[0]
    at = {"position": (source["ra"], source["dec"]), "error": 0.01}
    with Broker() as broker, listening("--broker", f"{HOST}:{broker.port}") as listener:
        broker.accept().send(burst(**at))
        assert broker.answer().role == "ack"
        assert "8 points in 8 images" in listener.line("trapdb lightcurve alert-1")
    db.execute("update trap_data.alert_position set filled_at = null")
    with Broker() as broker, listening("--broker", f"{HOST}:{broker.port}") as listener:
        assert "0 points in 0 images" in listener.line("trapdb lightcurve alert-1")
        broker.accept().send(burst(sequence=2, **at))
        listener.line("trapdb lightcurve alert-2")
    db.execute("update trap_data.alert_position set filled_at = null")
    monkeypatch.setattr(filling, "RETRY_S", 0.0)
    opened, done, told = [], [], []

    def connect_or_fail():
        opened.append(len(opened))
        if len(opened) in (2, 5):
            raise OSError(28, "No space left on device")
        return connect("operator", db_url)

    def filled(one):
        done.append(one.alert_id)
        if len(done) == 2:
            filler.stop()

    filler = filling.Filler(connect_or_fail, filled, told.append)
    filler.wake()
    filler.run()
    assert done == [2, 1]
    (line,) = told
    assert "alert 1 is not monitored in field yet: [Errno 28] No space left" in line


def run(*arguments):
    subprocess.run([sys.executable, "-m", "trapdb", *map(str, arguments)], check=True)
