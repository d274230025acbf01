"""A database that goes away and comes back: restarted, failed over, cut off."""

import logging
import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg

from trapdb.database.connection import one_line
from trapdb.database.whereabouts import is_private
from trapdb.errors import NoRoom, TakenBack, TrapdbError
from trapdb.ingest.interrupts import Interrupts

Connection = psycopg.Connection[Any]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

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

log = logging.getLogger(__name__)


class LastingConnection:
    """A connection to the database that is replaced when the database goes away.

    Parameters
    ----------
    conn : psycopg.Connection
        In autocommit mode.
    connect : callable or None
        Opens another one; None: what goes away stays away.
    resume : callable
        Sees to it that work can go on on another connection, and records there why it is another;
        it raises TakenBack if the database lacks what was stored.
    patience_s : float
        How long to try to connect, s.
    interrupts : Interrupts
        End that waiting.

    Attributes
    ----------
    conn : psycopg.Connection
        The one that holds now.
    """

    def __init__(
        self,
        conn: Connection,
        connect: Callable[[], Connection] | None,
        resume: Callable[[Connection, str], None],
        patience_s: float,
        interrupts: Interrupts,
    ) -> None:
        self.conn = conn
        self._connect = connect
        self._resume = resume
        self._patience_s = patience_s
        self._interrupts = interrupts
        self._private = is_private(conn)

    def insist(
        self,
        work: Callable[Concatenate[Connection, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Do some work in the database that does no harm if it is done twice.

        It is done again on another connection if the database went away meanwhile.
        """
        while True:
            try:
                return work(self.conn, *args, **kwargs)
            except psycopg.Error as error:
                self._recover(error)

    def commit(
        self, work: Callable[[Connection], Result], is_there: Callable[[Connection, Result], bool]
    ) -> Result:
        """Do some work in a transaction, once, however often the database goes away.

        It can go away when the transaction is committed and before it says so.

        Parameters
        ----------
        work : callable
            Done in the transaction of the connection that it is called with.
        is_there : callable
            Called with a connection and what the work returned, in whose doubtful commit the
            database went away; it tells whether that was stored.
        """
        doubtful: Result | None = None
        while True:
            try:
                if doubtful is None or not is_there(self.conn, doubtful):
                    with self.conn.transaction():
                        doubtful = work(self.conn)
                return doubtful
            except psycopg.Error as error:
                self._recover(error)

    def renew(self) -> None:
        """Go on with another connection, if there is one to be had.

        What a server process gathers ends with it: PostgreSQL remembers of every temporary table
        that is gone which columns it had no statistics of, about a kilobyte a time step.
        """
        if self._connect is not None:
            try:
                fresh = self._connect()
            except (psycopg.OperationalError, TrapdbError):
                return  # whoever asks the database next hears of it
            self.conn.close()
            self.conn = fresh

    def let_be(self) -> None:
        """Reconnect no more."""
        self._connect = None

    def _recover(self, error: psycopg.Error) -> None:
        """Connect again, or raise the error if that is of no use."""
        # Who stops the private server wants that; to connect would start it again.
        if self._private and is_stop(error):
            self._connect = None
        if self._connect is None or not is_passing(self.conn, error):
            raise error
        # Should it be given up, nobody tries again.
        connect, self._connect = self._connect, None
        self.conn.close()
        log.info(
            "the database went away (%s): trying again for %g s", one_line(error), self._patience_s
        )
        with self._interrupts.waiting():
            self._reconnect(connect, f"the database is back; it had gone away: {one_line(error)}")
        self._connect = connect

    def _reconnect(self, connect: Callable[[], Connection], message: str) -> None:
        """Connect, with longer and longer pauses between the attempts."""
        deadline, pause = time.monotonic() + self._patience_s, FIRST_PAUSE_S
        while True:
            try:
                self._go_on_with(connect(), message)
            except (TakenBack, NoRoom):  # for which it does not help to wait
                raise
            except (TrapdbError, psycopg.OperationalError, *_PASSING):  # it may go away again
                if time.monotonic() + pause > deadline:
                    raise
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                log.warning(message, extra={"event": "database"})
                return

    def _go_on_with(self, conn: Connection, message: str) -> None:
        try:
            self._resume(conn, message)
        except TakenBack:
            self.conn = conn  # on which this is recorded
            raise
        except BaseException:
            conn.close()
            raise
        self.conn = conn


def is_passing(conn: Connection, error: psycopg.Error) -> bool:
    """Tell whether what failed may do well on another connection."""
    return conn.closed or isinstance(error, _PASSING)


def is_stop(error: psycopg.Error) -> bool:
    """Tell whether somebody stopped the server; that it was killed has the same code."""
    stopped = isinstance(error, psycopg.errors.AdminShutdown)
    return stopped and "unexpected postmaster exit" not in str(error)
