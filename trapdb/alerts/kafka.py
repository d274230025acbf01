"""Subscribing to topics of Kafka."""

import os
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from trapdb.alerts.arrived import Arrived
from trapdb.errors import InputError

# How long it is waited before it is looked whether to stop.
LOOK_S = 0.5
NEEDED = {
    "bootstrap.servers": "the servers to begin with, HOST:PORT,HOST:PORT",
    "group.id": "a name under which offsets are kept, which no other database uses",
}
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def read_properties(path: Path, needed: Sequence[str] = tuple(NEEDED)) -> dict[str, str]:
    """Read the properties of a client of Kafka: lines ``name=value``, as librdkafka names them.

    What is written as ``${NAME}`` is taken from the environment, so that no file has to hold a
    password.

    Parameters
    ----------
    path : Path
    needed : sequence of str
        Which of `NEEDED` have to be there: who publishes has no group.

    Raises
    ------
    InputError
        It cannot be read, a variable is not there, or what is needed is not there.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: it cannot be read: {error}") from error
    properties: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or not name:
            raise InputError(f"{path}, line {number}: expected name=value")
        for variable in _VARIABLE.findall(value):
            if variable not in os.environ:
                raise InputError(f"{path}, line {number}: {variable} is not in the environment")
        properties[name] = _VARIABLE.sub(lambda found: os.environ[found[1]], value)
    for name in needed:
        if not properties.get(name):
            raise InputError(f"{path}: it lacks {name}, {NEEDED[name]}")
    return properties


class KafkaSubscriber:
    """A subscription to topics, which is continued where it ended, until it is stopped.

    The offset of a message is committed after that is stored, and before the next one is taken.

    Parameters
    ----------
    properties : mapping
        As `read_properties` gives them. A new group begins with all that its topics hold.
    topics : sequence of str
        Names; those that begin with ``^`` are regular expressions.
    take : callable
        Given each message, `Arrived`.
    say : callable
        Given a line when something is wrong.

    Raises
    ------
    InputError
        The library is not there, or does not take the properties.
    """

    def __init__(
        self,
        properties: dict[str, str],
        topics: Sequence[str],
        take: Callable[[Arrived], None],
        say: Callable[[str], None],
    ) -> None:
        try:
            import confluent_kafka
        except ModuleNotFoundError as error:
            raise InputError(
                "Kafka needs confluent-kafka, which is not installed: pip install 'trapdb[kafka]'"
            ) from error
        self._take = take
        self._say = say
        self._said = ""
        self._stopped = threading.Event()
        self._failure = confluent_kafka.KafkaException
        try:
            self._consumer = confluent_kafka.Consumer(
                {
                    "auto.offset.reset": "earliest",
                    # topics that are made later, and those of a pattern, are found within a minute
                    "topic.metadata.refresh.interval.ms": 60_000,
                    **properties,
                    "enable.auto.commit": False,
                    "error_cb": lambda error: self._tell(error.str()),
                    "log_level": 0,
                }
            )
        except confluent_kafka.KafkaException as error:
            raise InputError(f"Kafka does not take these properties: {error}") from error
        self._consumer.subscribe(list(topics))

    def stop(self) -> None:
        """End the subscription."""
        self._stopped.set()

    def run(self) -> None:
        """Receive messages until the subscription is stopped."""
        try:
            while not self._stopped.is_set():
                message = self._consumer.poll(LOOK_S)
                if message is None:
                    continue
                if fault := message.error():
                    self._tell(fault.str())
                elif self._stored(message):
                    self._commit(message)
        finally:
            self._consumer.close()

    def _stored(self, message: Any) -> bool:
        """Hand a message on and wait until it is stored; return whether it is."""
        if not message.value():
            return True
        stored = threading.Event()
        topic = message.topic()
        self._take(Arrived(message.value(), f"kafka:{topic}", topic, lambda *_: stored.set()))
        while not stored.wait(LOOK_S):
            if self._stopped.is_set():
                return False
        return True

    def _commit(self, message: Any) -> None:
        try:
            self._consumer.commit(message=message, asynchronous=False)
        except self._failure as error:  # it comes again, and is known then
            self._tell(f"an offset was not committed: {error}")

    def _tell(self, trouble: str) -> None:
        if trouble != self._said:
            self._said = trouble
            self._say(f"kafka: {trouble}")
