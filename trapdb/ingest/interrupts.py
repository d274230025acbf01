"""Ctrl-C that waits for the right moment."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def finishing() -> Iterator[None]:
    """Let a block come to its end before Ctrl-C is heard; a second one is heard at once.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block, also if that is an error, or within it at the second time.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # it is not this thread that hears Ctrl-C
        return
    heard = False

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if heard:
            raise KeyboardInterrupt
        heard = True

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    except Exception as error:
        if heard:  # whoever would try again is to know
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if heard:
        raise KeyboardInterrupt
