"""A ladder of sums of 2, 4, 8 ... things in a row, of which only the open ones are kept."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Sum = TypeVar("Sum")


class Ladder(Generic[Sum]):
    """Adds things up in pairs, pairs of pairs and so on, as a binary counter counts.

    Of n things, no more than log2(n) sums are kept at any time.

    Parameters
    ----------
    add : callable
        From two neighbouring sums, in their order, to the sum of both.
    rungs : int
        How many times sums are paired: the largest one is of 2^rungs things.
    """

    def __init__(self, add: Callable[[Sum, Sum], Sum], rungs: int) -> None:
        self._add = add
        self._open: list[Sum | None] = [None] * rungs

    def push(self, thing: Sum) -> Iterator[tuple[int, Sum]]:
        """Take the next thing; yield the sums that it completes, with how many things are in each.

        The iterator has to be used up.
        """
        for rung, waiting in enumerate(self._open):
            if waiting is None:
                self._open[rung] = thing
                return
            self._open[rung] = None
            thing = self._add(waiting, thing)
            yield 2 ** (rung + 1), thing
