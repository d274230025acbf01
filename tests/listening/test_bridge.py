"""VOEvents between Kafka and Comet, both ways."""

import socket
import time

import pytest
from confluent_kafka import Consumer, Producer

from tests.broker import HOST, running_broker, running_subscriber
from tests.notices import burst, gcn_notice, voevent
from trapdb.alerts.vtp.message import Message, framed, receive, written
from trapdb.alerts.vtp.sender import send
from trapdb.listening.passed import Passed

TOPIC = "gcn.classic.voevent"


def ivorns(packets):
    return [packet.partition(b"BAT_GRB_Pos_")[2].partition(b'"')[0].decode() for packet in packets]


def test_each_is_passed_on_once_both_ways_and_never_back(listening, tmp_path):
    """All through one topic and one broker: what is published is read by the bridge again."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (kafka,) = producer.list_topics(timeout=30).brokers.values()
    servers = f"{kafka.host}:{kafka.port}"
    file = tmp_path / "kafka.properties"
    file.write_text(f"bootstrap.servers={servers}\ngroup.id=bridge\nsession.timeout.ms=6000\n")
    changed = burst(1, 1).replace(b"7.2", b"7.3")
    for content in (burst(1, 1), changed, b"{nonsense", gcn_notice(), burst(1, 2)):
        producer.produce(TOPIC, content, partition=0)
    assert producer.flush(30) == 0
    with running_broker(tmp_path / "broker") as broker:
        options = [
            *("--kafka", file, "--topic", TOPIC, "--submit", f"{HOST}:{broker.receive_port}"),
            *("--broker", f"{HOST}:{broker.broadcast_port}", "--publish", TOPIC),
        ]
        with (
            running_subscriber(tmp_path / "subscriber", broker) as subscriber,
            listening(*options, command=("alert", "bridge")) as bridge,
        ):
            bridge.line(f"1-2 from kafka:{TOPIC} to vtp://")
            send(burst(2, 1), HOST, broker.receive_port)
            assert bridge.line(f"to kafka:{TOPIC}").startswith("ivo://example.burst/SWIFT#")
            broker.stop()
            producer.produce(TOPIC, burst(1, 3), partition=0)
            producer.flush(30)
            bridge.line("1-3 waits")
            broker.start()
            bridge.line(f"1-3 from kafka:{TOPIC}")
            send(burst(2, 2), HOST, broker.receive_port)
            bridge.line(f"2-2 from vtp://{HOST}")
            assert ivorns(subscriber.packets(3))[:3] == ["1-1", "1-2", "2-1"]
            assert bridge.stop() == 130
        passed = [line for line in bridge.told if " from " in line]
        assert len(passed) == len({line.split()[0] for line in passed}) == 5
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "t", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([TOPIC])
    try:
        there = [consumer.poll(60).value() for _ in range(8)]
        assert consumer.poll(1.0) is None
    finally:
        consumer.close()
    assert sum(content == burst(2, 1) for content in there) == 1
    assert sum(content == burst(1, 2) for content in there) == 1


def test_what_was_passed_on_is_known_after_a_restart(listening, tmp_path):
    """Both ways; the same in other bytes, by which a broker would not know it."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (kafka,) = producer.list_topics(timeout=30).brokers.values()
    file = tmp_path / "kafka.properties"
    file.write_text(
        f"bootstrap.servers={kafka.host}:{kafka.port}\ngroup.id=bridge\nsession.timeout.ms=6000\n"
    )
    with running_broker(tmp_path / "broker") as broker:
        submit = f"{HOST}:{broker.receive_port}"
        options = ("--kafka", file, "--topic", TOPIC, "--submit", submit)
        passed = []
        for sequence in (1, 2):
            changed = burst(1, 1).replace(b"7.2", f"7.{sequence}".encode())
            for content in (changed, burst(1, sequence + 1)):
                producer.produce(TOPIC, content, partition=0)
            assert producer.flush(30) == 0
            with listening(*options, command=("alert", "bridge")) as bridge:
                bridge.line(f"1-{sequence + 1} from kafka")
                passed += [line for line in bridge.told if " from " in line]
        assert len(passed) == 3
        (kept,) = (tmp_path / "home" / "alerts").glob("passed-*")
        lines = kept.read_bytes().splitlines(keepends=True)
        assert len(lines) == 3
        assert kept.stat().st_mode & 0o777 == 0o600


def test_what_is_old_is_forgotten_and_half_a_line_is_none(tmp_path, monkeypatch):
    path, told = tmp_path / "alerts" / "passed", []
    passed = Passed(path, told.append)
    now = time.time()
    for days, name in ((40, "a"), (1, "b")):
        monkeypatch.setattr("time.time", lambda days=days: now - 86400 * days)
        passed.add(name)
    monkeypatch.undo()
    passed.close()
    with path.open("ab") as file:
        file.write(path.read_bytes()[:30])
    again = Passed(path, told.append)
    assert [name in again for name in "abc"] == [False, True, False]
    again.add("c")
    again.close()
    third = Passed(path, told.append)
    assert [name in third for name in "abc"] == [False, True, True]
    third.close()
    assert told == []
    (tmp_path / "file").touch()
    nowhere = Passed(tmp_path / "file" / "passed", told.append)
    nowhere.add("a")
    assert "a" in nowhere
    assert len(told) == 1


def test_names_are_told_in_a_line_that_does_nothing(listening, tmp_path):
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (kafka,) = producer.list_topics(timeout=30).brokers.values()
    file = tmp_path / "kafka.properties"
    file.write_text(
        f"bootstrap.servers={kafka.host}:{kafka.port}\ngroup.id=bridge\nsession.timeout.ms=6000\n"
    )
    ivorn = "ivo://example.burst/SWIFT#\x9b31m\n" + 5000 * "x"
    producer.produce(TOPIC, voevent(ivorn), partition=0)
    assert producer.flush(30) == 0
    with socket.create_server((HOST, 0)) as broker:
        broker.settimeout(60)
        submit = f"{HOST}:{broker.getsockname()[1]}"
        options = ("--kafka", file, "--topic", TOPIC, "--submit", submit)
        with listening(*options, command=("alert", "bridge")) as bridge:
            connection, _ = broker.accept()
            with connection:
                assert receive(connection, 10_000, 60) == voevent(ivorn)
                connection.sendall(framed(written(Message("nak", "ivo://a/b", result="no"))))
                line = bridge.line("is not passed on")
    assert line.startswith("ivo://example.burst/SWIFT#\\x9b31m\\nxxx")
    assert len(line) < 400


@pytest.mark.parametrize("given", [["--topic", "a"], ["--broker", "b"], []])
def test_a_bridge_has_two_ends(listening, tmp_path, given):
    (tmp_path / "kafka").write_text("bootstrap.servers=a:1\ngroup.id=g\n")
    with listening("--kafka", tmp_path / "kafka", *given, command=("alert", "bridge")) as bridge:
        assert bridge.line("whence and where to")
