"""Which versions a result may depend on."""

import platform
from importlib.metadata import version

NUMERICAL = ("numpy", "scipy", "astropy")


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of packages."""
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}
