"""The process of a worker: a `Measurer` at the other end of a pipe.

`trapdb.workers` starts it, as ``python -m trapdb.worker FILE_DESCRIPTOR``. It answers one call
after the other, and ends with its parent.
"""

import os
import sys
import threading
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue

from extractor.errors import ExtractorError
from trapdb.errors import TrapdbError
from trapdb.measurer import Measurer

# What the first image would wait for, while the parent is still busy starting.
IMPORTED_AHEAD = [
    "astropy.io.fits",
    "astropy.wcs",
    "scipy.fft",
    "scipy.ndimage",
    "scipy.sparse.csgraph",
    "scipy.spatial",
]


def main(descriptor: int) -> None:
    """Answer calls ``(number, method, arguments)`` by ``(number, value or error)``."""
    connection = Connection(descriptor)
    measurer = Measurer()
    calls: SimpleQueue = SimpleQueue()
    threading.Thread(target=_listen, args=(connection, measurer, calls), daemon=True).start()
    for module in IMPORTED_AHEAD:
        import_module(module)
    connection.send((None, None))  # ready
    while True:
        number, method, arguments = calls.get()
        try:
            answer = getattr(measurer, method)(*arguments)
        except ExtractorError as error:
            answer = ExtractorError(str(error))  # what it is derived from cannot travel
        except TrapdbError as error:
            answer = error
        # Whatever goes wrong in the pixels of one image must not cost the others.
        except Exception as error:
            answer = ExtractorError(
                f"a fault of trapdb, please report it: {type(error).__name__}: {error}"
            )
        connection.send((number, answer))


def _listen(connection: Connection, measurer: Measurer, calls: SimpleQueue) -> None:
    """Take calls, also while one is being answered, so that the parent never waits to send one.

    The pipe closes when the parent ends, however it ends; then nobody wants the answers.
    """
    with suppress(EOFError, OSError):
        while True:
            number, method, arguments = connection.recv()
            if method == "release":  # at once: the room has been given to another image
                measurer.release(*arguments)
            else:
                calls.put((number, method, arguments))
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
