"""Which versions a result may depend on."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

NUMERICAL = ("numpy", "scipy", "astropy")
# What a run records; some are there only where an extra was installed.
RECORDED = (*NUMERICAL, "pyerfa", "psycopg", "python-casacore", "h5py", "fsspec", "distributed")


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of those packages that are installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
