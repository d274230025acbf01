"""Subscribing to a broker of VOEvents.

What is acknowledged was stored before: a broker sends nothing twice, so nothing is read that could
not be kept. While the database is away packets wait here, and brokers still get their answers.
"""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from trapdb.alerts.arrived import Arrived
from trapdb.alerts.vtp.message import (
    Message,
    TooLong,
    framed,
    pass_over,
    read_message,
    receive,
    written,
)
from trapdb.alerts.xml import BYTES_MAX, name_of, parse
from trapdb.errors import AlertError, InputError
from trapdb.paths import printable

# Port at which brokers hand packets on; Comet's and others' default.
PORT = 8099
# Brokers say every minute that they are there.
QUIET_S = 150.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
RESULT_MAX = 500
# Of what is too long, so much is kept, and the rest awaited so long.
KEPT_MAX = 65536
REST_S = 5.0


def address_of(text: str, default: int = PORT) -> tuple[str, int]:
    """Read ``HOST`` or ``HOST:PORT``.

    Raises
    ------
    InputError
        It is neither.
    """
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(default)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise InputError(f"{text!r} is no broker: give HOST:PORT, for instance 127.0.0.1:{default}")
    return host, int(port)


class Subscriber:
    """A subscription, which connects again whenever it is lost, until it is stopped.

    Parameters
    ----------
    host, port : str, int
        The broker.
    identity : str
        What it is told who subscribes: an IVORN.
    take : callable
        Given each packet, `Arrived`, in the order in which they come; it may wait.
    say : callable
        Given a line when the connection is there or lost, or the broker sends nonsense.
    """

    def __init__(
        self,
        host: str,
        port: int,
        identity: str,
        take: Callable[[Arrived], None],
        say: Callable[[str], None],
    ) -> None:
        self.origin = f"vtp://{host}:{port}"
        self._address = (host, port)
        self._identity = identity
        self._take = take
        self._say = say
        self._stopped = threading.Event()
        self._connection: _Connection | None = None

    def stop(self) -> None:
        """End the subscription."""
        self._stopped.set()
        if self._connection is not None:
            self._connection.close()

    def run(self) -> None:
        """Receive packets until the subscription is stopped."""
        pause, told = FIRST_PAUSE_S, False
        while not self._stopped.is_set():
            try:
                with _Connection(self._address) as connection:
                    self._connection = connection
                    if self._stopped.is_set():
                        return
                    began = time.monotonic()
                    self._say(f"{self.origin}: subscribed")
                    told = False
                    self._listen(connection)
            except (OSError, AlertError) as error:
                if self._stopped.is_set():
                    return
                lost = self._connection is not None
                if lost and time.monotonic() - began > LONGEST_PAUSE_S:
                    pause = FIRST_PAUSE_S
                if not told:  # once, however often it is tried
                    self._say(f"{self.origin}: {_trouble(error)}; trying again")
                    told = True
            self._connection = None
            self._stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _listen(self, connection: "_Connection") -> None:
        while True:
            try:
                content = receive(connection.socket, BYTES_MAX, QUIET_S)
            except TooLong as error:
                self._refuse(connection, error)
                continue
            message = _message(content)
            if message is None:
                self._take(Arrived(content, self.origin, None, connection.answer(self._identity)))
            elif message.role in ("iamalive", "authenticate"):
                connection.send(Message(message.role, message.origin, self._identity))

    def _refuse(self, connection: "_Connection", error: TooLong) -> None:
        """Hand on that something too long came; go on after it, if that is to be found."""
        start, whole = pass_over(connection.socket, error.length, KEPT_MAX, REST_S)
        done = connection.answer(self._identity)
        self._take(Arrived(start, self.origin, None, done, str(error)))
        if not whole:
            raise error


class _Connection:
    """A connection to a broker; several threads may send."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self._lock = threading.Lock()

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def close(self) -> None:
        """End it, for whoever waits for what comes."""
        with suppress(OSError):  # it is closed already
            self.socket.shutdown(socket.SHUT_RDWR)

    def send(self, message: Message) -> None:
        with self._lock:
            self.socket.sendall(framed(written(message)))

    def answer(self, identity: str) -> Callable[[str, str], None]:
        """Return what tells the broker that a packet is stored, if it is still there."""

        def done(ivorn: str, refused: str) -> None:
            role = "nak" if refused else "ack"
            result = printable(refused)[:RESULT_MAX]
            with suppress(OSError):
                self.send(Message(role, ivorn or identity, identity, result))

        return done


def _message(content: bytes) -> Message | None:
    """Return a message of the broker itself; None if it is a packet, or what was to be one."""
    try:
        is_message = name_of(parse(content)) == "Transport"
    except AlertError:
        return None
    return read_message(content) if is_message else None


def _trouble(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the broker is silent"
    return getattr(error, "strerror", None) or str(error)
