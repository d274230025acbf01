"""Receiving images over TCP: each becomes a FITS file in a directory, and goes into an inbox.

The files survive any end of the program, which finds them when it is started again.
"""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import extractor
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Stream
from trapdb.errors import InputError, TrapdbError
from trapdb.ingest.outcome import Fate, Outcome, unreadable
from trapdb.stream.headers import read_keys
from trapdb.stream.inbox import Inbox
from trapdb.stream.message import Message, MessageError, read_message
from trapdb.stream.spool import Spool

BACKLOG = 16
# Complaints about what peers send are logged at most once in this time.
COMPLAINT_S = 10.0


def listen_at(address: str) -> socket.socket:
    """Open a socket at ``HOST:PORT``; port 0 is any that is free.

    Raises
    ------
    InputError
        It is no address, or it cannot be opened.
    """
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) < 2**16):
        raise InputError(f"--listen {address}: give HOST:PORT, for instance 127.0.0.1:6000")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as error:
        raise InputError(f"--listen {address}: {error.strerror or error}") from error


class Server:
    """Accepts connections and reads each in a thread of its own.

    Parameters
    ----------
    listener : socket.socket
        Where peers connect.
    spool : Spool
        It stores the images.
    inbox : Inbox
        It receives them, and the reports of what is wrong with them.
    settings : Stream
    header : mapping
        Header values that the user supplies for all images.
    """

    def __init__(
        self,
        listener: socket.socket,
        spool: Spool,
        inbox: Inbox,
        settings: Stream,
        header: Mapping[str, object],
    ) -> None:
        self._listener = listener
        self._spool = spool
        self._inbox = inbox
        self._settings = settings
        self._header = header
        self._places = threading.BoundedSemaphore(settings.connections)
        self._turn = threading.Lock()
        self._complaints = _Complaints(inbox)
        self._open: set[socket.socket] = set()
        self._closed = False

    def close(self) -> None:
        """End all connections."""
        self._closed = True
        for one in (self._listener, *list(self._open)):
            with suppress(OSError):  # it is closed already
                one.shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        """Read the images that the last run left; accept connections until the listener closes."""
        images, refused = read_keys(self._spool.left(), self._header)
        for outcome in refused:
            self._refuse(outcome)
        if images:  # most of them are known, and nobody is held up by them
            self._inbox.put(images, droppable=False)
        while True:
            try:
                connection, peer = self._listener.accept()
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if self._closed:
                    return
                raise TrapdbError(
                    f"--listen takes no more connections: {error.strerror}"
                ) from error
            name = f"{peer[0]}:{peer[1]}"
            if self._places.acquire(blocking=False):
                arguments = (connection, name)
                threading.Thread(target=self._serve, args=arguments, daemon=True).start()
            else:
                connection.close()
                self._complaints.tell(
                    f"{name}: connection refused: there are {self._settings.connections} "
                    "already (stream.connections)"
                )

    def _serve(self, connection: socket.socket, peer: str) -> None:
        try:
            with connection:
                self._open.add(connection)
                while self._take_one(connection, peer):
                    pass
        except MessageError as error:
            self._complaints.tell(f"{peer}: {error}; connection closed")
        except TimeoutError:
            self._complaints.tell(
                f"{peer}: no whole image within {self._settings.patience_s:g} s "
                "(stream.patience_s); connection closed"
            )
        except ConnectionError as error:
            self._complaints.tell(f"{peer}: {error.strerror}")
        finally:
            self._open.discard(connection)
            self._places.release()

    def _take_one(self, connection: socket.socket, peer: str) -> bool:
        """Receive an image; return whether there was one."""
        reader = _Reader(connection, time.monotonic() + self._settings.patience_s)
        message = read_message(reader.read, int(self._settings.image_mb * 1e6))
        if message is None:
            return False
        arrived = datetime.now(UTC)
        # One after the other: an image whose header is read more slowly, as the first, for which
        # modules are imported, must not be overtaken by a later time step of another connection.
        with self._turn:
            self._keep(message, arrived, peer)
        return True

    def _keep(self, message: Message, arrived: datetime, peer: str) -> None:
        """Write an image to a file, and put it into the inbox."""
        try:
            path = self._spool.write(message)
        except OSError as error:  # a full disk costs this image
            trouble = error.strerror or " ".join(str(error).split())
            reason = f"an image from {peer} cannot be written: {trouble}"
            self._inbox.refuse(Outcome(self._spool.directory, Fate.DROPPED, reason))
            return
        try:
            self._inbox.put(extractor.read_keys(path, header=self._header), arrived)
        except ExtractorError as error:
            refused = unreadable(path, error)
            self._refuse(replace(refused, reason=f"{refused.reason} (from {peer})"))

    def _refuse(self, outcome: Outcome) -> None:
        self._spool.discard(outcome.path)
        self._inbox.refuse(outcome)


class _Reader:
    """Reads from a socket until a moment of the monotonic clock."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def read(self, n_bytes: int) -> bytearray:
        """Return `n_bytes` bytes, or fewer if the peer has no more; raise TimeoutError."""
        got = bytearray()
        while len(got) < n_bytes:  # memory grows with what came, not with what was announced
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            part = self._connection.recv(min(n_bytes - len(got), 2**20))
            if not part:
                break
            got += part
        return got


class _Complaints:
    """Tells of peers, at most one line in `COMPLAINT_S`, which counts those that had to wait."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._lock = threading.Lock()
        self._next = 0.0
        self._untold = 0
        self._last = ""

    def tell(self, message: str) -> None:
        with self._lock:
            self._last = message
            self._untold += 1
            wait = self._next - time.monotonic()
            if wait <= 0:
                self._tell()
            elif self._untold == 1:  # it may be that no other comes
                timer = threading.Timer(wait, self._tell_rest)
                timer.daemon = True
                timer.start()

    def _tell_rest(self) -> None:
        with self._lock:
            if self._untold:
                self._tell()

    def _tell(self) -> None:
        more = f" (and {self._untold - 1} more like it before)" if self._untold > 1 else ""
        self._inbox.warn(self._last + more)
        self._untold = 0
        self._next = time.monotonic() + COMPLAINT_S
