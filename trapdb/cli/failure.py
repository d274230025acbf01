"""The exceptions that are reported in one line, and that line."""

import psycopg

from extractor.errors import ExtractorError
from trapdb.database.connection import one_line
from trapdb.errors import TrapdbError
from trapdb.paths import printable

# Errors of the database whose text is meant for the user.
_REFUSALS = (
    psycopg.OperationalError,
    psycopg.errors.RaiseException,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,
    # the server's share of the numbers of data sets is used up
    psycopg.errors.SequenceGeneratorLimitExceeded,
)


def in_one_line(error: Exception) -> str | None:
    """Return one line for an exception that the user can act on; None for a fault of trapdb."""
    if isinstance(error, ExtractorError):
        return printable(str(error))
    if isinstance(error, TrapdbError):
        # what a database lacks comes with a line of SQL for each, to be pasted as they are
        return "\n".join(printable(" ".join(line.split())) for line in str(error).splitlines())
    if isinstance(error, _REFUSALS):
        return f"database: {one_line(error)}"
    # a full disk, a folder that cannot be made
    if isinstance(error, OSError) and error.strerror:
        return f"{printable(str(error.filename or 'output'))}: {error.strerror}"
    if isinstance(error, UnicodeEncodeError):
        return f"{error.object!r} cannot be written as {error.encoding}: use other characters"
    return None
