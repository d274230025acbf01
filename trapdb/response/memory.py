"""How much memory the process of a cell may have; programs that it starts have what they need."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


def limit_memory(size: int) -> None:
    """Limit the data of this process to so many bytes, softly: `of_programs` undoes it."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    unlimited = hard == resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_DATA, (size if unlimited else min(size, hard), hard))


@contextmanager
def of_programs() -> Iterator[None]:
    """Let programs that are started meanwhile have as much memory as is allowed at all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
