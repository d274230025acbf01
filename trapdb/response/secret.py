"""Secrets, which are in the environment or in a file, and never in a configuration."""

import os
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
        It is not there.
    """
    if where.variable is not None:
        found = os.environ.get(where.variable, "")
        place = f"variable {where.variable}"
    else:
        assert where.file is not None
        place = where.file
        try:
            found = Path(where.file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{place}: the secret cannot be read") from error
    if not found:
        raise ConfigurationError(f"{place}: there is no secret in it")
    return found
