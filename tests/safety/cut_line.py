"""A line to a server that is cut as a time step ends, or a back-filled image."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trapdb.database.private_place import PORT

# The last routine of a time step, or of a back-filled image: the commit that follows is theirs;
LAST_CALLS = (b"close_time_step", b"add_backfill")
# and one of the first: a rollback that follows is that of a step which failed.
FIRST_CALLS = (b"register_image",)


class CutLine:
    """A socket that leads to a server's, and is cut once.

    Parameters
    ----------
    server : Path
        Folder of the server's socket.
    lost : {"commit", "answer", "rollback"}
        What does not come through: the commit itself, that it was done, or the rollback after an
        error.

    Attributes
    ----------
    cuts : int
        How often it was cut until now.
    """

    def __init__(self, server: Path, lost: str) -> None:
        self.cuts = 0
        self._server = server
        self._lost = lost
        self._calls, self._end = LAST_CALLS, b"COMMIT"
        if lost == "rollback":
            self._calls, self._end = FIRST_CALLS, b"ROLLBACK"

    def carry(self, client: socket.socket) -> None:
        """Carry what is said on a connection, until it ends or is cut."""
        with client, _connected(self._server) as server, suppress(ConnectionError):
            called = False
            while True:
                for speaker in select.select([client, server], [], [])[0]:
                    said = speaker.recv(2**16)
                    if not said:
                        return
                    if speaker is server:
                        client.sendall(said)
                        continue
                    called |= any(call in said for call in self._calls)
                    if called and self._end in said and not self.cuts:
                        self.cuts += 1
                        if self._lost == "answer":
                            server.sendall(said)
                            server.recv(2**16)  # it is done
                        return
                    server.sendall(said)


@contextmanager
def cut_line(folder: Path, server: Path, lost: str) -> Iterator[CutLine]:
    """Open such a line in a folder; see `CutLine`."""
    line = CutLine(server, lost)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(_socket_in(folder))
        listener.listen()

        def listen() -> None:
            with suppress(OSError):  # it is closed
                while True:
                    client = listener.accept()[0]
                    threading.Thread(target=line.carry, args=(client,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        try:
            yield line
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _connected(folder: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.connect(_socket_in(folder))
    return server


def _socket_in(folder: Path) -> str:
    return str(folder / f".s.PGSQL.{PORT}")
