"""What goes wrong while a request is answered, with the status of HTTP that says so."""

import psycopg

from trapdb.database.connection import one_line
from trapdb.errors import TrapdbError


class Refused(TrapdbError):
    """A request that makes no sense, or asks for too much."""

    status = 400


class Busy(TrapdbError):
    """A request that came when there was no room for it."""

    status = 503


def told(error: TrapdbError | psycopg.Error) -> tuple[int, str]:
    """Return status and message for an error."""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return 400, "the query took longer than it may here: ask for less, or by a job"
    if isinstance(error, psycopg.errors.ConfigurationLimitExceeded):
        return 400, "the query needs more room on disk than it may take here: ask for less"
    if isinstance(error, psycopg.DataError):
        return 400, one_line(error)
    if isinstance(error, psycopg.OperationalError):
        return 503, "the database does not answer: try again in a moment"
    if isinstance(error, psycopg.Error):
        return 400, one_line(error)
    return getattr(error, "status", 400), str(error)
