"""The process that worker processes come from.

It imports what they need, once, and is forked for each of them: the second worker, and one that
takes the place of a dead one, is there at once. It has neither threads nor connections that could
be forked with it. There is one for this process, from the first worker to the end.
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

# The cores are shared by whole workers, not by the threads of one.
ONE_THREAD = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")


class _Nursery:
    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        # the place of this package, should it be imported from a folder and not be installed
        places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trapdb.measuring.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
                process_group=0,  # Ctrl-C reaches the parent alone
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
