"""How much of what clients send is held at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trapdb.web.faults import Busy

Take = Callable[[int], None]


class Room:
    """Room for what clients send, in bytes, which all requests share.

    Parameters
    ----------
    size : int
        How much there is.
    """

    def __init__(self, size: int) -> None:
        self._left = size

    @contextmanager
    def holding(self) -> Iterator[tuple[Take, Callable[[], None]]]:
        """Give a function that takes some bytes of it, and one that frees them; the end does, too.

        The first raises Busy if there are not so many.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._left:
                raise Busy("as much is being uploaded as the service holds: try again in a moment")
            self._left -= size
            taken += size

        def free() -> None:
            nonlocal taken
            self._left += taken
            taken = 0

        try:
            yield take, free
        finally:
            free()
