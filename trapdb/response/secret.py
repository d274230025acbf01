"""Secrets, which are in the environment or in a file, and never in a configuration."""

import os
import stat
from pathlib import Path

from pydantic import model_validator

from trapdb.configuration.keys import Section
from trapdb.errors import ConfigurationError


class Secret(Section):
    """Where a secret is: in a variable of the environment, or in a file."""

    variable: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Secret":
        if (self.variable is None) == (self.file is None):
            raise ValueError("a secret is in a variable or in a file")
        return self


def secret_of(where: Secret) -> str:
    """Return a secret.

    Raises
    ------
    ConfigurationError
        It is not there, or others than the owner of the file can read it.
    """
    if where.variable is not None:
        found = os.environ.get(where.variable, "")
        place = f"variable {where.variable}"
    else:
        assert where.file is not None
        place = where.file
        try:
            with Path(place).open(encoding="utf-8") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                found = file.read().strip()
        except OSError as error:
            raise ConfigurationError(
                f"{place}: the secret cannot be read: {error.strerror}"
            ) from error
        except UnicodeDecodeError as error:
            raise ConfigurationError(
                f"{place}: the secret cannot be read: it is no text"
            ) from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(
                f"{place}: others can read the secret (mode {mode:o}): chmod 600 {place}"
            )
    if not found:
        raise ConfigurationError(f"{place}: there is no secret in it")
    return found
