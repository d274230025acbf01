"""The process of a worker: a `Measurer` at the other end of a pipe.

`trapdb.measuring.nursery` starts it as ``python -m trapdb.measuring.worker FILE_DESCRIPTOR``, and
sends it one pipe for each worker. It forks a worker for each pipe.
"""

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue

from trapdb.measuring.measurer import Measurer, answer
from trapdb.measuring.one_thread import one_thread
from trapdb.measuring.time_limit import time_limit

# Imported now, while the parent is still starting, so that the first image does not wait for it.
IMPORTED_AHEAD = [
    "astropy.io.fits",
    "astropy.wcs",
    "scipy.fft",
    "scipy.ndimage",
    "scipy.sparse.csgraph",
    "scipy.spatial",
]


def main(descriptor: int) -> None:
    """Fork a worker for each pipe that arrives, until the parent ends."""
    for module in IMPORTED_AHEAD:
        import_module(module)
    one_thread()
    line = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    while True:
        message, pipes, *_ = socket.recv_fds(line, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            try:
                line.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                work(Connection(pipes[0]))
            finally:  # also if the parent has ended, and the answer cannot be sent
                os._exit(0)
        os.close(pipes[0])


def work(connection: Connection) -> None:
    """Answer calls ``(number, method, arguments, limit)`` by ``(number, value or error)``.

    The worker ends when the parent ends, or when a call takes longer than its limit, in seconds.
    """
    measurer = Measurer()
    calls: SimpleQueue = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, measurer, calls), daemon=True).start()
    connection.send((None, os.getpid()))  # ready
    while True:
        number, method, arguments, limit_s = calls.get()
        with time_limit(limit_s):
            answered = answer(getattr(measurer, method), *arguments)
        connection.send((number, answered))


def _listen(connection: Connection, measurer: Measurer, calls: SimpleQueue) -> None:
    """Receive calls, also while one is being answered, so that the parent never waits to send one.

    The pipe closes when the parent ends, however it ends; then nobody needs the answers.
    """
    with suppress(EOFError, OSError):
        while True:
            call = connection.recv()
            _, method, arguments, _ = call
            if method == "release":  # at once: the room has been given to another image
                measurer.release(*arguments)
            else:
                calls.put(call)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
