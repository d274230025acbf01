"""Alerts received from topics of Kafka: librdkafka's own mock cluster, on loopback."""

import pytest
from confluent_kafka import Producer

from tests.notices import burst, gcn_notice
from trapdb.alerts.kafka import read_properties
from trapdb.errors import InputError

TOPICS = ["gcn.notices.chime.frb", "gcn.classic.voevent.SWIFT_BAT_GRB_POS_ACK"]


@pytest.fixture(scope="module")
def kafka():
    """A producer, and the servers of its cluster."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = producer.list_topics(timeout=30).brokers.values()
    yield producer, f"{broker.host}:{broker.port}"
    producer.flush()


def publish(producer, topic, *contents):
    for content in contents:
        producer.produce(topic, content, partition=0)  # where they keep their order
    assert producer.flush(30) == 0


def test_offsets_are_kept_over_restarts_and_nothing_comes_twice(db, listening, kafka, tmp_path):
    producer, servers = kafka
    file = tmp_path / "kafka.properties"
    file.write_text(
        f"# of the test\nbootstrap.servers = {servers}\ngroup.id=offsets\n"
        "topic.metadata.refresh.interval.ms=500\n"  # one topic is made later
        "session.timeout.ms=6000\n"  # the cluster waits for who left
    )
    options = ["--kafka", file, "--topic", TOPICS[0], "--topic", TOPICS[1]]
    # what was there before anybody listened
    publish(producer, TOPICS[1], burst(sequence=1))
    with listening(*options) as listener:
        listener.line("871-1 ")
        publish(producer, TOPICS[0], b"{nonsense", gcn_notice())
        assert "refused" in listener.line("alert 2")
        assert "(kafka:gcn.notices.chime.frb)" in listener.line("427325191")
        assert listener.stop() == 130
    publish(producer, TOPICS[1], burst(sequence=2))
    with listening(*options) as listener:
        listener.line("871-2 ")
        assert [line for line in listener.told if "alert" in line] == listener.told[-1:]
        listener.stop()
    states = db.execute("select state, stream from trap.alert order by alert_id").fetchall()
    swift = "ivo://example.burst/SWIFT"
    assert states == [
        ("accepted", swift), ("refused", None), ("accepted", TOPICS[0]), ("accepted", swift),
    ]  # fmt: skip


def test_passwords_come_from_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "kafka.properties"
    file.write_text("bootstrap.servers=a:1\ngroup.id=g\nsasl.password=${SECRET_WORD}\n")
    monkeypatch.delenv("SECRET_WORD", raising=False)
    with pytest.raises(InputError, match="line 3: SECRET_WORD is not in the environment"):
        read_properties(file)
    monkeypatch.setenv("SECRET_WORD", "a=b")
    assert read_properties(file)["sasl.password"] == "a=b"
    for text, why in [
        ("bootstrap.servers=a:1", "it lacks group.id"),
        ("group.id=a", "it lacks bootstrap.servers"),
        ("nonsense", "line 1: expected name=value"),
    ]:
        file.write_text(text)
        with pytest.raises(InputError, match=why):
            read_properties(file)


def test_what_kafka_does_not_take_is_told_in_a_line(db, listening, tmp_path):
    file = tmp_path / "kafka.properties"
    file.write_text("bootstrap.servers=127.0.0.1:1\ngroup.id=g\nno.such.property=1\n")
    with listening("--kafka", file, "--topic", "a") as listener:
        assert "no.such.property" in listener.line("Kafka does not take")
