"""The process from which worker processes are forked.

It imports once what they need, and is forked for each of them, so that further workers, and those
that replace dead ones, start at once. It has neither threads nor connections, which would be
forked with it. This process has one of them, from the first worker to the end.
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

# The workers share the cores; each of them uses one thread.
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")


class _Nursery:
    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        # the place of this package, in case it is imported from a folder and not installed
        places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trapdb.measuring.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
                process_group=0,  # Ctrl-C reaches only the parent
            )

    def fork(self) -> Connection:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            socket.send_fds(self._line, [b"w"], [theirs.fileno()])
            return Connection(ours.detach())

    def end(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()


_lock = threading.Lock()
_nursery: _Nursery | None = None


def new_worker() -> Connection:
    """Start a worker process; return the pipe to it, which closes when it dies."""
    global _nursery
    with _lock:
        if _nursery is not None:
            with suppress(OSError):  # it was killed
                return _nursery.fork()
            _nursery.end()
        _nursery = _Nursery()
        return _nursery.fork()


@atexit.register
def _end() -> None:
    if _nursery is not None:
        _nursery.end()
