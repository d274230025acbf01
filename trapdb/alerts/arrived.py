"""What came from a broker and is to be stored before it is acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """An alert, or what is to be one.

    Attributes
    ----------
    content : bytes
        As it came.
    origin : str
        Whence, for people: ``vtp://host:port`` or ``kafka:topic``.
    topic : str or None
        Of Kafka.
    done : callable
        Called once it is stored, with what the broker is told of it: its identifier, and why it was
        refused or nothing.
    """

    content: bytes
    origin: str
    topic: str | None
    done: Callable[[str, str], None]
