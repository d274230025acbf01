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
    lease : float
        For so long what a worker took is its own without a sign of life, s; then another one does
        it.
    tasks : mapping of str to mapping
        The sections of kinds of tasks, which they read themselves.
    """

    seconds: float = 60.0
    lease: float = 60.0
    tasks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def troubles(settings: Settings) -> list[str]:
    """Return a line for each address, secret or file that the settings name and that is no use."""
    return [line for kind, given in settings.tasks.items() for line in tasks.troubles(kind, given)]


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
    times = {"seconds": Settings.seconds, "lease": Settings.lease}
    for name in times:
        value = section.get(name, times[name])
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e6:
            raise ConfigurationError(f"{path}: response.{name} should be a time above 0, in s")
        times[name] = float(value)
    kinds = {name: values for name, values in section.items() if name not in times}
    for name, values in kinds.items():
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"{path}: response.{name}: there is no such key")
        try:
            tasks.settings_of(name, values)
        except (ConfigurationError, InputError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
    return Settings(**times, tasks=kinds)
