"""What workers are compared with: the same images measured in this process; and one without end."""

import socket
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from extractor.fitting.measurements import COLUMNS
from trapdb.configuration.keys import Configuration
from trapdb.measuring import configured
from trapdb.timing import Timings

PATIENCE_S = 300.0
CONFIGURATION = Configuration()


def alone(path):
    timings = Timings()
    checked = configured.check(
        configured.read(path, CONFIGURATION, timings), CONFIGURATION, timings
    )
    return configured.extract(checked, CONFIGURATION, timings)


def some_places(path):
    """Places to measure by force: beside three of the sources of an image."""
    found = alone(path).measurements
    unknown = ["deconvolved_major", "deconvolved_minor", "deconvolved_pa"]
    return SimpleNamespace(
        ra=found.ra[:3] + 0.01,
        dec=found.dec[:3],
        blended_row=np.full(3, -1),
        **dict.fromkeys(unknown, np.full(3, np.nan)),
    )


def assert_equal(these, those):
    """Compare two tables to the last bit."""
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(these, column), getattr(those, column), column)


def assert_forced(fits, path, places):
    assert_equal(fits, configured.force(alone(path), places, CONFIGURATION, Timings()))


@contextmanager
def endless_image():
    """Serve an image of which nothing comes; yield its URL and a function that waits for a reader.

    What that function returns is to be closed when the reader is dead; if none comes soon, it
    raises TimeoutError.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/endless.fits", lambda: listener.accept()[0]
