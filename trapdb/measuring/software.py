"""Versions of the software on which a result may depend."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

NUMERICAL = ("numpy", "scipy", "astropy")
# The packages that a run records; some come only with an extra.
RECORDED = (*NUMERICAL, "pyerfa", "psycopg", "python-casacore", "h5py", "fsspec", "distributed")


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of those packages that are installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
