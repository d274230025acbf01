"""Alerts published in topics of Kafka."""

from collections import deque
from collections.abc import Mapping
from functools import cache
from typing import Any

from trapdb.errors import ConfigurationError, InputError, ServiceError

try:
    import confluent_kafka as kafka
except ModuleNotFoundError as error:
    raise InputError(
        "Kafka needs confluent-kafka, which is not installed: pip install 'trapdb[kafka]'"
    ) from error

# So long the library itself tries; it begins no new attempt afterwards.
WITHIN_S = 20.0
_FOR_GOOD = {
    kafka.KafkaError.MSG_SIZE_TOO_LARGE,
    kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED,
    kafka.KafkaError.TOPIC_EXCEPTION,
    kafka.KafkaError.INVALID_RECORD,
}


class NotTaken(ServiceError):
    """What a topic does not take, and will not take if it is sent again."""


def publish(properties: Mapping[str, str], topic: str, key: str, content: bytes) -> tuple[int, int]:
    """Publish an alert, and wait until the servers have it.

    Parameters
    ----------
    properties : mapping of str to str
        As librdkafka names them: ``bootstrap.servers`` at least.
    topic : str
    key : str
        Alerts of one key keep their order.
    content : bytes

    Returns
    -------
    partition, offset : int
        Where it is.

    Raises
    ------
    NotTaken
        The topic does not take it; the error says why.
    ServiceError
        The servers cannot be reached, or did not say that they have it.
    ConfigurationError
        The properties make no sense.
    """
    servers = properties["bootstrap.servers"]
    reports: list[tuple[Any, Any]] = []
    try:
        producer, troubles = _producer(tuple(sorted(properties.items())))
    except kafka.KafkaException as error:
        raise ConfigurationError(f"Kafka at {servers}: {error.args[0].str()}") from error
    try:
        producer.produce(
            topic, content, key.encode(), on_delivery=lambda *report: reports.append(report)
        )
    except kafka.KafkaException as error:
        raise NotTaken(servers, f"topic {topic}: {error.args[0].str()}") from error
    producer.flush(WITHIN_S + 5)
    if not reports:
        producer.purge()
        raise ServiceError(servers, "Kafka gave no answer")
    fault, message = reports[0]
    if fault is None:
        return message.partition(), message.offset()
    if fault.code() in _FOR_GOOD:
        raise NotTaken(servers, f"topic {topic}: {fault.str()}")
    trouble = "; ".join([fault.str(), *troubles])
    raise ServiceError(servers, f"Kafka does not have it: topic {topic}: {trouble}")


@cache
def _producer(properties: tuple[tuple[str, str], ...]) -> tuple["kafka.Producer", deque[str]]:
    """Return a producer, which keeps its connections for what is next, and its last trouble."""
    troubles: deque[str] = deque(maxlen=1)
    own: dict[str, Any] = {
        "client.id": "trapdb",
        "enable.idempotence": True,
        "message.timeout.ms": int(WITHIN_S * 1000),
        "error_cb": lambda error: troubles.append(error.str()),
        "log_level": 0,
    }
    return kafka.Producer(own | dict(properties)), troubles
