"""A database that goes away and comes back: restarted, failed over, cut off."""

import time
from collections.abc import Callable
from typing import Any

import psycopg

from trapdb.database.connection import one_line
from trapdb.errors import NoRoom, TakenBack, TrapdbError

Connection = psycopg.Connection[Any]

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0

# What fails with the connection still there, and may do well on another one or at another time: a
# server that says that it goes, before the connection is known to be lost, a standby where the
# primary was, and transactions that got into each other's way.
_PASSING = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


def is_passing(conn: Connection, error: psycopg.Error) -> bool:
    """Tell whether what failed may do well on another connection."""
    return conn.closed or isinstance(error, _PASSING)


def is_stop(error: psycopg.Error) -> bool:
    """Tell whether somebody stopped the server; that it was killed has the same code."""
    stopped = isinstance(error, psycopg.errors.AdminShutdown)
    return stopped and "unexpected postmaster exit" not in str(error)


def reconnect(
    conn: Connection,
    error: psycopg.Error,
    connect: Callable[[], Connection],
    patience_s: float,
    say: Callable[[str], None],
) -> Connection:
    """Connect again, with longer and longer pauses between the attempts.

    Parameters
    ----------
    conn : psycopg.Connection
        The connection that broke; it is closed.
    error : psycopg.Error
        What broke it.
    connect : callable
        Opens a connection and tries it.
    patience_s : float
        When to give up, seconds.
    say : callable
        Told in one line what is going on.

    Raises
    ------
    TrapdbError, psycopg.Error
        The last attempt failed, or what answers lacks what was stored.
    """
    conn.close()
    say(f"the database went away ({one_line(error)}): trying again for {patience_s:g} s")
    deadline, pause = time.monotonic() + patience_s, FIRST_PAUSE_S
    while True:
        try:
            fresh = connect()
        except (TakenBack, NoRoom):  # for which it does not help to wait
            raise
        except (TrapdbError, psycopg.OperationalError, *_PASSING):  # it may go away again at once
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
        else:
            return fresh
