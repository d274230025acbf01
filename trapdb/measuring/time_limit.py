"""A limit on the time that a worker spends on one image.

Libraries that read a damaged file can stall, and hold the interpreter while they do. Then no thread
of Python can help, so the limit is an alarm of the operating system, which ends the process.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

SHORTEST_S = 1e-6  # an alarm after 0 s would be none

_lock = threading.Lock()
_ends: dict[object, float] = {}  # of the blocks that are under way in the threads of this process


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End this process, with all its threads, if the block takes longer.

    For worker processes only: whoever gave them the work notices, and starts another one.
    """
    block = object()
    _set(block, monotonic() + seconds)
    try:
        yield
    finally:
        _set(block, None)


def _set(block: object, end: float | None) -> None:
    """Note when a block ends, or that it has ended, and wind the process's one alarm to match."""
    with _lock:
        if end is None:
            del _ends[block]
        else:
            _ends[block] = end
        remaining = max(min(_ends.values()) - monotonic(), SHORTEST_S) if _ends else 0.0
        signal.setitimer(signal.ITIMER_REAL, remaining)
