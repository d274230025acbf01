"""Reconnect to a database whose server restarts, fails over or is cut off."""

import logging
import time
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg

from trapdb.database.connection import one_line
from trapdb.database.whereabouts import is_private
from trapdb.errors import DatabaseError, NoRoom, TakenBack, TrapdbError
from trapdb.ingest.interrupts import Interrupts

Connection = psycopg.Connection[Any]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0

# Errors that leave the connection open, and may not occur on another connection or at another
# time: the server announces its shutdown, a standby answers where the primary was, or transactions
# conflict.
_PASSING = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)

log = logging.getLogger(__name__)


def first_connection(
    connect: Callable[[], Connection], is_away: Callable[[], bool], interrupts: Interrupts
) -> Connection:
    """Connect, and wait for a database that is away.

    Parameters
    ----------
    connect : callable
        Opens a connection.
    is_away : callable
        Whether that it fails is because the database is away.
    interrupts : Interrupts
        They end the waiting.

    Raises
    ------
    DatabaseError
        The database is there, and the connection is refused.
    """
    told, pause = False, FIRST_PAUSE_S
    while True:
        try:
            return connect()
        except DatabaseError as error:
            if not is_away():
                return connect()  # it may have come back meanwhile; or refuses again
            if not told:
                log.warning("%s; waiting for it", error, extra={"event": "database"})
            told = True
        with interrupts.waiting():
            time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


class LastingConnection:
    """A connection to the database that is replaced when it is lost.

    Parameters
    ----------
    conn : psycopg.Connection
        In autocommit mode.
    connect : callable or None
        Opens another connection; None to never reconnect.
    resume : callable
        Prepares another connection for the work, and records there why it was replaced; raises
        TakenBack if the database lacks what was stored.
    patience_s : float
        How long to try to connect, s.
    interrupts : Interrupts
        They end the waiting.

    Attributes
    ----------
    conn : psycopg.Connection
        The present connection.
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
        """Run work in the database that does no harm if it is done twice.

        If the connection is lost meanwhile, the work is done again on another one.
        """
        while True:
            try:
                return work(self.conn, *args, **kwargs)
            except psycopg.Error as error:
                self._recover(error)

    def commit(
        self, work: Callable[[Connection], Result], is_there: Callable[[Connection, Result], bool]
    ) -> Result:
        """Run work in a transaction, exactly once, however often the connection is lost.

        The connection can be lost after the commit and before the server confirms it.

        Parameters
        ----------
        work : callable
            Called with a connection, and done in its transaction.
        is_there : callable
            Called after a commit that was not confirmed, with a connection and what the work
            returned; it returns whether that was stored.
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
        """Replace the connection, if another one can be opened.

        This ends the server process and frees its memory: PostgreSQL keeps, for every dropped
        temporary table, which columns had no statistics, about a kilobyte for each time step.
        """
        if self._connect is not None:
            try:
                fresh = self._connect()
            except (psycopg.OperationalError, TrapdbError):
                return  # the next use of the database raises the error
            self.conn.close()
            self.conn = fresh

    def another(self) -> Connection | None:
        """Open a connection beside this one, for another thread; None while none can be opened."""
        connect = self._connect  # of another thread, which may be connecting again
        if connect is None:
            return None
        try:
            return connect()
        except (psycopg.OperationalError, TrapdbError):
            return None

    def let_be(self) -> None:
        """Stop reconnecting."""
        self._connect = None

    def _recover(self, error: psycopg.Error) -> None:
        """Connect again, or raise the error if that would not help."""
        # The private server was stopped on purpose; to connect would start it again.
        if self._private and is_stop(error):
            self._connect = None
        if self._connect is None or not is_passing(self.conn, error):
            raise error
        # If this attempt is given up, there is no other one.
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
            except (TakenBack, NoRoom):  # waiting does not help
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
            self.conn = conn  # `resume` has recorded the reconnection on it
            raise
        except BaseException:
            conn.close()
            raise
        self.conn = conn


def is_passing(conn: Connection, error: psycopg.Error) -> bool:
    """Return whether work that failed may succeed on another connection."""
    return conn.closed or isinstance(error, _PASSING)


def is_stop(error: psycopg.Error) -> bool:
    """Return whether somebody stopped the server; a killed one has the same error code."""
    stopped = isinstance(error, psycopg.errors.AdminShutdown)
    return stopped and "unexpected postmaster exit" not in str(error)
