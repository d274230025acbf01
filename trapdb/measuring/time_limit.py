"""A limit on the time that a worker spends on one image.

A library that reads a damaged file can stall while it holds Python's interpreter lock. No Python
thread can end that, so the limit is an alarm of the operating system, which ends the process.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

SHORTEST_S = 1e-6  # an alarm after 0 s would be none

_lock = threading.Lock()
_ends: dict[object, float] = {}  # end of each block that is running in a thread of this process


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End this process, with all its threads, if the block takes longer.

    This is for worker processes only: the parent notices the end, and starts another worker.
    """
    block = object()
    _set(block, monotonic() + seconds)
    try:
        yield
    finally:
        _set(block, None)


def _set(block: object, end: float | None) -> None:
    """Record or remove the end of a block, and set the process's only alarm to the first end."""
    with _lock:
        if end is None:
            del _ends[block]
        else:
            _ends[block] = end
        remaining = max(min(_ends.values()) - monotonic(), SHORTEST_S) if _ends else 0.0
        signal.setitimer(signal.ITIMER_REAL, remaining)
