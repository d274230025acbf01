"""Messages of the VOEvent Transport Protocol: a length of four bytes, and XML."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from trapdb.alerts.xml import etree, name_of, parse, text_of
from trapdb.errors import AlertError

NAMESPACE = "http://www.telescope-networks.org/xml/Transport/v1.1"
_LENGTH = 4


@dataclass(frozen=True)
class Message:
    """What a peer says of itself or of a packet.

    Attributes
    ----------
    role : str
        ``ack``, ``nak``, ``iamalive`` or ``authenticate``.
    origin, response : str
        Who speaks, or of which packet; and who answers.
    result : str
        Why a packet is refused.
    """

    role: str
    origin: str
    response: str = ""
    result: str = ""


def read_message(text: bytes) -> Message:
    """Read a message.

    Raises
    ------
    AlertError
        It is none.
    """
    root = parse(text)
    if name_of(root) != "Transport":
        raise AlertError(f"{name_of(root)[:80]} is no message of the transport protocol")
    return Message(
        root.get("role", ""),
        text_of(root, "Origin"),
        text_of(root, "Response"),
        text_of(root, "Meta", "Result"),
    )


def written(message: Message) -> bytes:
    """Write a message."""
    root = etree.Element(f"{{{NAMESPACE}}}Transport", nsmap={"trn": NAMESPACE})
    root.set("role", message.role)
    root.set("version", "1.0")
    etree.SubElement(root, "Origin").text = message.origin
    if message.response:
        etree.SubElement(root, "Response").text = message.response
    now = datetime.now(UTC).replace(tzinfo=None)
    etree.SubElement(root, "TimeStamp").text = now.isoformat(timespec="seconds")
    if message.result:
        meta = etree.SubElement(root, "Meta")
        etree.SubElement(meta, "Result").text = message.result
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def framed(text: bytes) -> bytes:
    """Return a message or packet as it goes over the wire."""
    return len(text).to_bytes(_LENGTH, "big") + text


class TooLong(AlertError):
    """A message that is longer than it may be, and was not read.

    Attributes
    ----------
    length : int
        How many bytes are announced.
    """

    def __init__(self, length: int, bytes_max: int) -> None:
        super().__init__(f"a message of {length} bytes is announced; {bytes_max} are read")
        self.length = length


def receive(connection: socket.socket, bytes_max: int, within_s: float) -> bytes:
    """Receive one message or packet.

    Raises
    ------
    TimeoutError
        It was not there in time, however much of it was.
    ConnectionError
        The peer went away before.
    TooLong
        It is longer than it may be.
    """
    deadline = time.monotonic() + within_s
    length = int.from_bytes(_exactly(connection, _LENGTH, deadline), "big")
    if length > bytes_max:
        raise TooLong(length, bytes_max)
    return _exactly(connection, length, deadline)


def pass_over(
    connection: socket.socket, length: int, kept: int, within_s: float
) -> tuple[bytes, bool]:
    """Read past what is too long, however much of it comes in time.

    Returns
    -------
    start : bytes
        How it begins, `kept` bytes at most.
    whole : bool
        Whether all of it came, so that the next message follows.
    """
    start, count = bytearray(), 0
    with suppress(TimeoutError, ConnectionError):
        for part in _parts(connection, length, time.monotonic() + within_s):
            start += part[: kept - len(start)]
            count += len(part)
    return bytes(start), count == length


def _exactly(connection: socket.socket, count: int, deadline: float) -> bytes:
    return b"".join(_parts(connection, count, deadline))


def _parts(connection: socket.socket, count: int, deadline: float) -> Iterator[bytes]:
    while count > 0:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(min(count, 65536))
        if not part:
            raise ConnectionResetError("the connection was closed")
        count -= len(part)
        yield part
