"""One run of a command that adds to a data set, and its record."""

import getpass
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from types import TracebackType
from typing import Any

import psycopg

from trapdb.configuration.keys import OF_THE_RUN, Configuration
from trapdb.database import routines
from trapdb.database.connection import call, one_line
from trapdb.database.reconnection import is_passing, is_stop, reconnect
from trapdb.errors import TakenBack, TrapdbError
from trapdb.ingest.outcome import Outcome, Summary
from trapdb.measuring.software import RECORDED, versions
from trapdb.server.access import is_private


class Run:
    """One run that adds images to a data set; a context manager that records how it ended.

    It knows what was last stored or found in the database, and goes on only where that still is.

    Parameters
    ----------
    conn
        Connection of an operator, in autocommit mode.
    dataset
        Name of the data set; made if there is none of that name.
    given
        The configuration that was asked for. A data set that exists keeps its own.
    command
        The command line, for the record.
    connect
        Opens another connection when this one broke; none to let it be.
    say
        Told in one line what happens to the database.

    Attributes
    ----------
    configuration : Configuration
        The one that holds.
    overruled : dict
        What was asked for and does not hold: ``section.key: (asked, held)``.
    last_taken_at : datetime or None
        Time of the last time step that the data set had when the run began.
    summary : Summary
        What the run has brought so far.
    """

    def __init__(
        self,
        conn: psycopg.Connection,
        dataset: str,
        given: Configuration,
        command: str,
        connect: Callable[[], psycopg.Connection] | None = None,
        say: Callable[..., None] = print,
    ) -> None:
        self.conn = conn
        self._connect = connect
        self._say = say
        self._private = is_private(conn)
        kept = given.model_dump(mode="json", exclude=OF_THE_RUN)
        opened = routines.open_dataset(conn, dataset, kept)
        self.dataset_id = opened.dataset_id
        self.last_taken_at = opened.last_taken_at
        # digests of the last images, and a file refused since
        self._past = [opened.last_digest] if opened.last_digest else []
        self._refused: str | None = None
        self.configuration = given.for_dataset(opened.configuration)
        self.overruled = given.overruled_by(self.configuration)
        self.summary = Summary(dataset)
        self._command = command

    def __enter__(self) -> "Run":
        """Begin: record the run.

        What was brought into the database before this, such as positions to monitor, is there as
        long as the record is.
        """
        self.run_id = routines.start_run(
            self.conn,
            self.dataset_id,
            self.configuration.model_dump(mode="json"),
            version("trapdb"),
            socket.gethostname(),
            _user(),
            self._command,
            versions(*RECORDED),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record the end of the run.

        Raises
        ------
        TakenBack
            It came to its end, but the database lacks what it had stored.
        """
        lost = None
        if error is None:
            try:
                return self._finish("completed")
            except TakenBack as found:
                lost = found
        outcome = (
            "interrupted" if isinstance(error, KeyboardInterrupt) else f"failed: {error or lost}"
        )
        self._connect = None  # it is not waited for: the record is not worth it
        # A connection that broke must not hide the error that broke it.
        with suppress(psycopg.Error, TrapdbError):
            self._finish(outcome)
        if lost is not None:
            raise lost

    def warn(self, message: str, event: str = "warning") -> None:
        """Tell of something and record it."""
        self._say(message, event)
        self.insist(lambda: routines.log_warning(self.conn, self.run_id, message))

    def insist(self, work: Callable[[], Any]) -> Any:
        """Do some work in the database, again on another connection if it went away."""
        while True:
            try:
                return work()
            except psycopg.Error as error:
                # Who stops the private server wants that; to connect would start it again.
                if self._private and is_stop(error):
                    self._connect = None
                if self._connect is None or not is_passing(self.conn, error):
                    raise
                message = f"the database is back; it had gone away: {one_line(error)}"
                patience_s = self.configuration.ingest.reconnect_s
                # should that be given up, nobody tries again
                connect, self._connect = self._connect, None
                try_it = partial(self._try, connect, message)
                self.conn = reconnect(self.conn, error, try_it, patience_s, self._say)
                self._connect = connect
                self._say(message, "database")

    def _try(self, connect: Callable[[], psycopg.Connection], message: str) -> psycopg.Connection:
        """Open another connection on which the run can go on, and record that."""
        conn = connect()
        try:
            self.require_past(conn)
            routines.log_warning(conn, self.run_id, message)
        except TakenBack:
            self.conn = conn  # on which this is recorded
            raise
        except BaseException:
            conn.close()
            raise
        return conn

    def require_past(self, conn: psycopg.Connection) -> None:
        """Make sure that the database holds what was last stored or found in it.

        Not only on another connection: a connection pool may change the server behind one.

        Raises
        ------
        TakenBack
            It does not: to go on would leave out for good what is missing.
        """
        routines.require_past(conn, self.run_id, self._command, self._past, self._refused)

    def remember(self, digests: Sequence[str]) -> None:
        """Remember images of the data set as what was last stored or found in it."""
        if digests:
            self._past, self._refused = list(digests), None

    def _finish(self, outcome: str) -> None:
        def finish() -> None:
            with self.conn.transaction():
                if outcome == "completed":
                    self.require_past(self.conn)
                routines.finish_run(self.conn, self.run_id, outcome, self.summary.timings)

        self.insist(finish)

    def renew(self) -> None:
        """Go on with another connection, if there is one to be had.

        What a server process gathers ends with it: PostgreSQL remembers of every temporary table
        that is gone which columns it had no statistics of, about a kilobyte a time step.
        """
        if self._connect is not None:
            with suppress(psycopg.OperationalError, TrapdbError):  # the next step will tell
                fresh = self._connect()
                self.conn.close()
                self.conn = fresh

    def record(self, refused: Sequence[Outcome]) -> None:
        """Record files that cannot become images."""

        def log() -> None:
            with self.conn.transaction():  # done again, none is there twice
                for file in refused:
                    routines.log_refused_file(
                        self.conn, self.run_id, file.path, file.fate, file.reason
                    )

        self.insist(log)
        if refused:
            self._refused = refused[-1].path

    def count_sources(self) -> int:
        """Return the number of sources that the data set has now."""
        (row,) = self.insist(
            lambda: call(self.conn, "dataset_summary", dataset=self.summary.dataset)
        )
        return row.sources


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container users may have no names
        return str(os.getuid())
