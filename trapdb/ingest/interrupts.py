"""Ctrl-C and SIGTERM, which wait for the right moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupts:
    """Handles Ctrl-C and SIGTERM; a context manager.

    A signal raises KeyboardInterrupt: at once, or at the end of a block that is to be finished. A
    second signal raises it at once, everywhere. Signals that were ignored before stay ignored.
    Outside the main thread no signals are handled.
    """

    def __init__(self) -> None:
        self._heard = False
        self._finishing = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interrupts":
        """Begin to handle the signals."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        """Restore the handlers that were there before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Finish a block before the first signal is handled.

        Raises
        ------
        KeyboardInterrupt
            At the end of the block, or within it at the second signal.
        """
        self._finishing = True
        try:
            yield
        finally:
            self._finishing = False
        self._end_if_heard()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait only until the first signal, also within a block that is to be finished.

        Raises
        ------
        KeyboardInterrupt
            At the signal, or at once if there was one before.
        """
        finishing, self._finishing = self._finishing, False
        try:
            self._end_if_heard()
            yield
        finally:
            self._finishing = finishing

    def _end_if_heard(self) -> None:
        if self._heard:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: FrameType | None) -> None:
        first, self._heard = not self._heard, True
        if not (first and self._finishing):
            raise KeyboardInterrupt
