"""Sending packets to a broker, each by a connection of its own."""

import socket
import time
from dataclasses import dataclass

from trapdb.alerts.vtp.message import framed, read_message, receive
from trapdb.errors import AlertError, ServiceError
from trapdb.paths import printable

# The port at which brokers take packets of authors; Comet's and others' default.
PORT = 8098
ANSWER_MAX = 65536
REASON_MAX = 500


@dataclass(frozen=True)
class Delivery:
    """A packet that a broker has.

    Attributes
    ----------
    is_new : bool
        Whether it came by this; if not, the broker had it, of an attempt whose answer was lost.
    """

    is_new: bool


class Refused(ServiceError):
    """A packet that a broker does not take, and will not take if it is sent again."""


class Silent(ServiceError):
    """A broker that says nothing: it may have the packet or not."""


def send(packet: bytes, host: str, port: int = PORT, within_s: float = 20.0) -> Delivery:
    """Send a packet to a broker, and wait for what it says.

    Comet tells packets apart by their bytes: what is sent again has to be the same ones.

    Parameters
    ----------
    packet : bytes
    host, port : str, int
        Where the broker takes packets of authors.
    within_s : float
        For how long to wait in all, s.

    Raises
    ------
    Refused
        The broker does not take it; the error says why.
    Silent
        The broker gives no answer in time: it may have the packet or not.
    ServiceError
        The broker cannot be reached, or goes away before it answers.
    """
    address = f"{host}:{port}"
    deadline = time.monotonic() + within_s
    try:
        with socket.create_connection((host, port), timeout=within_s) as connection:
            connection.sendall(framed(packet))
            answer = receive(connection, ANSWER_MAX, deadline - time.monotonic())
    except TimeoutError as error:
        raise Silent(address, f"the broker gave no answer in {within_s:g} s") from error
    except OSError as error:
        trouble = error.strerror or str(error)
        raise ServiceError(address, f"the broker cannot be reached: {trouble}") from error
    except AlertError as error:
        raise ServiceError(address, f"the broker's answer: {error}") from error
    try:
        message = read_message(answer)
    except AlertError as error:
        raise ServiceError(address, f"the broker's answer: {error}") from error
    if message.role == "ack":
        return Delivery(is_new=True)
    if message.role != "nak":
        raise ServiceError(address, f"the broker's answer is neither ack nor nak: {message.role!r}")
    if "previously seen" in message.result.lower():
        return Delivery(is_new=False)
    reason = printable(" ".join(message.result.split()))[:REASON_MAX]
    raise Refused(address, f"the broker refused it: {reason or 'it does not say why'}")
