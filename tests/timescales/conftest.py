"""A cube of times in the database, with its sums."""

from tests.cli.conftest import run, trapdb

__all__ = ["run", "trapdb"]
