"""The settings of the worker: section ``[response]`` of a TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trapdb.configuration.toml_file import parse, text_of
from trapdb.errors import ConfigurationError, InputError
from trapdb.response import tasks


@dataclass(frozen=True)
class Settings:
    """What the worker is to know.

    Attributes
    ----------
    seconds : float
        Time that a responder may take for an event, s.
    tasks : mapping of str to mapping
        The sections of kinds of tasks, which they read themselves.
    """

    seconds: float = 60.0
    tasks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def read(path: Path | None) -> Settings:
    """Read the settings; all of them are checked.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or a key is unknown or its value impossible; one line.
    """
    if path is None:
        return Settings()
    values = parse(path, text_of(path))
    if values and "response" not in values:
        raise ConfigurationError(f"{path}: it has no section [response], of which the worker is")
    section = values.get("response", {})
    if not isinstance(section, Mapping):
        raise ConfigurationError(f"{path}: response should be a section, [response]")
    seconds = section.get("seconds", Settings.seconds)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not seconds > 0:
        raise ConfigurationError(f"{path}: response.seconds should be a time above 0, in s")
    kinds = {name: values for name, values in section.items() if name != "seconds"}
    for name, values in kinds.items():
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"{path}: response.{name}: there is no such key")
        try:
            tasks.settings_of(name, values)
        except (ConfigurationError, InputError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
    return Settings(float(seconds), kinds)
