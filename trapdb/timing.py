"""Times of the work, by stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Timings(dict[str, float]):
    """Seconds by stage; the times of the same stage add up."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the duration of a block to a stage."""
        start = perf_counter()
        try:
            yield
        finally:
            self[name] = self.get(name, 0.0) + perf_counter() - start

    def add(self, others: "Timings") -> None:
        """Add the times of other stages, or of the same ones elsewhere."""
        for name, seconds in others.items():
            self[name] = self.get(name, 0.0) + seconds
