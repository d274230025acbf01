"""Drivers: how observatories are asked.

A driver is a class that is made with the settings of an observatory, and has the four methods of
`Driver`. Others come by entry points in group ``trapdb.observatories``.
"""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from trapdb.errors import ConfigurationError
from trapdb.response.observing.by_file import ByFile
from trapdb.response.observing.by_http import ByHttp
from trapdb.response.observing.observatory import Driver

GROUP = "trapdb.observatories"
DRIVERS: dict[str, Any] = {"file": ByFile, "http": ByHttp}


def driver(name: str, settings: Mapping[str, Any]) -> Driver:
    """Return the driver of an observatory.

    Raises
    ------
    ConfigurationError
        There is none of this name, or the settings are not such as it needs.
    """
    made = DRIVERS.get(name)
    if made is None:
        for entry in entry_points(group=GROUP, name=name):
            made = entry.load()
    if made is None:
        raise ConfigurationError(
            f"there is no driver {name!r} for observatories: known are file, http, and those of "
            f"entry points in group {GROUP}"
        )
    return made(settings)  # type: ignore[no-any-return]
