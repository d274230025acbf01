"""A process of its own for code that may raise, hang, crash or flood: what it does is only its own.

The code is loaded once and called many times. It is sent pickled messages, and answers in JSON,
which is read as what a stranger wrote.
"""

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

from trapdb.errors import TrapdbError

# Time to import what the code needs, s.
START_S = 60.0
# Time after which it is no use to wait until a message is read, s.
SEND_S = 10
MOST_BYTES = 4_000_000  # of an answer
MEMORY_BYTES = 4_000_000_000


class CellFault(TrapdbError):
    """A cell that gave no answer: it crashed, took too long, or answered nonsense; one line."""


class Cell:
    """A process in which code is loaded, and called with one message after the other.

    Parameters
    ----------
    load : str
        ``module:function``; called in the cell, with the arguments, it returns a function that is
        called with each message, and whose value JSON has.
    *arguments
        What is sent to it.
    shown : bool
        Whether what the code prints goes to standard error; else it goes nowhere.

    Attributes
    ----------
    has_ended : bool
        Whether the process was ended, since it failed.
    """

    def __init__(self, load: str, *arguments: Any, shown: bool = False) -> None:
        self._line, theirs = _pipe()
        # the place of this package, in case it is imported from a folder and not installed
        places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        output = sys.stderr if shown else subprocess.DEVNULL
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "trapdb.response.cell_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
                start_new_session=True,  # Ctrl-C reaches only the parent, and its children end too
            )
        self._limit_s = 0.0
        self._begun = 0.0
        self.has_ended = False
        self.ask([(load, arguments, MEMORY_BYTES)], START_S)

    def ask(self, messages: Sequence[Any], seconds: float) -> None:
        """Send messages, which are answered one after the other, each within so many seconds.

        An answer with ``later`` says that this message, and those after it, were not looked at,
        since the others took long: they are to be sent again, unless they are of no use any more.

        Raises
        ------
        CellFault
            It is not there any more.
        """
        self._limit_s, self._begun = seconds, monotonic()
        try:
            self._line.send((messages, seconds))
        except OSError as error:
            raise self._fault(f"it does not listen: {error.strerror or error}") from error

    def answer(self, wait_s: float) -> dict[str, Any] | None:
        """Wait for the next answer; None if there is none yet.

        Raises
        ------
        CellFault
            There will be none. The process has been ended.
        """
        left = self._begun + self._limit_s - monotonic()
        try:
            if not self._line.poll(max(0.0, min(wait_s, left))):
                if left <= 0:
                    raise self._fault(f"it took longer than {self._limit_s:g} s")
                return None
            content = self._line.recv_bytes(MOST_BYTES)
        except (EOFError, ConnectionError):
            raise self._fault(f"its process {self._ending()}") from None
        except OSError as error:
            raise self._fault(f"it answered with more than {MOST_BYTES} bytes") from error
        self._begun = monotonic()
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._fault("its answer makes no sense") from error
        if not isinstance(found, dict):
            raise self._fault("its answer makes no sense")
        return found

    def end(self) -> None:
        """End the process, and those that it started."""
        if self.has_ended:
            return
        self.has_ended = True
        self._line.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _fault(self, line: str) -> CellFault:
        self.end()
        return CellFault(line)

    def _ending(self) -> str:
        """Return how the process ended, in words."""
        try:
            status = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "closed the line"
        return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _pipe() -> tuple[Connection, socket.socket]:
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_S, 0))
    return Connection(ours.detach()), theirs
