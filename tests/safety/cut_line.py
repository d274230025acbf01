"""A line to a server that is cut at the commit of a time step or of a back-filled image."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trapdb.database.private_place import PORT

# The last routine of a time step, or of a back-filled image: the commit that follows is theirs.
LAST_CALLS = (b"close_time_step", b"add_backfill")


class CutLine:
    """A socket that leads to a server's, and is cut once.

    Parameters
    ----------
    server : Path
        Folder of the server's socket.
    lost : {"commit", "answer"}
        What does not come through: the commit itself, or that it was done.

    Attributes
    ----------
    cuts : int
        How often it was cut until now.
    """

    def __init__(self, server: Path, lost: str) -> None:
        self.cuts = 0
        self._server = server
        self._lost = lost

    def carry(self, client: socket.socket) -> None:
        """Carry what is said on a connection, until it ends or is cut."""
        with client, _connected(self._server) as server, suppress(ConnectionError):
            last_call = False
            while True:
                for speaker in select.select([client, server], [], [])[0]:
                    said = speaker.recv(2**16)
                    if not said:
                        return
                    if speaker is server:
                        client.sendall(said)
                        continue
                    last_call |= any(call in said for call in LAST_CALLS)
                    if last_call and b"COMMIT" in said and not self.cuts:
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
