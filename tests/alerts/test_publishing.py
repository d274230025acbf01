"""Alerts published in topics of Kafka: librdkafka's own mock cluster, on loopback."""

import pytest
from confluent_kafka import Consumer, Producer

from tests.broker import HOST, unused_port
from trapdb.alerts import publishing
from trapdb.errors import ConfigurationError, ServiceError


@pytest.fixture(scope="module")
def servers():
    """A cluster as long as its producer is there."""
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = cluster.list_topics(timeout=30).brokers.values()
    yield f"{broker.host}:{broker.port}"
    cluster.flush()


def test_what_is_published_is_there_in_its_order(servers):
    properties = {"bootstrap.servers": servers}
    contents = [b"<first/>", b"<second/>", b"<first/>"]
    places = [publishing.publish(properties, "alerts", "source", one) for one in contents]
    assert len({partition for partition, _ in places}) == 1  # a key's order is kept in one
    consumer = Consumer(
        {"bootstrap.servers": servers, "group.id": "t", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["alerts"])
    try:
        messages = [consumer.poll(60) for _ in contents]
    finally:
        consumer.close()
    assert [(one.key(), one.value()) for one in messages] == [(b"source", one) for one in contents]


def test_what_cannot_be_published_is_told_in_a_line(servers, monkeypatch):
    with pytest.raises(publishing.NotTaken, match="size too large"):
        publishing.publish({"bootstrap.servers": servers}, "alerts", "k", b" " * 3_000_000)
    with pytest.raises(ConfigurationError, match="nonsense"):
        publishing.publish({"bootstrap.servers": servers, "nonsense": "1"}, "alerts", "k", b"")
    monkeypatch.setattr(publishing, "WITHIN_S", 1.0)
    away = f"{HOST}:{unused_port()}"
    with pytest.raises(ServiceError, match=r"topic alerts: .*timed out.*refused") as failed:
        publishing.publish({"bootstrap.servers": away}, "alerts", "k", b"")
    assert not isinstance(failed.value, publishing.NotTaken)
    assert "\n" not in str(failed.value)
