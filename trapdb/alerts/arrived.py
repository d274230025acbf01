"""What came from a broker and is to be stored before it is acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrived:
    """An alert, or what is to be one.

    Attributes
    ----------
    content : bytes
        As it came; of what is refused unread, how it begins.
    origin : str
        Whence, for people: ``vtp://host:port`` or ``kafka:topic``.
    topic : str or None
        Of Kafka.
    done : callable
        Called once it is stored, with what the broker is told of it: its identifier, and why it was
        refused or nothing.
    refused : str
        Why it is not to be read; empty if it is.
    """

    content: bytes
    origin: str
    topic: str | None
    done: Callable[[str, str], None]
    refused: str = ""
