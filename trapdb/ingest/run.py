"""One run of a command that adds to a data set, and its record."""

import getpass
import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from types import TracebackType
from typing import Any

import psycopg

from trapdb.configuration.keys import OF_THE_RUN, Configuration
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import TakenBack, TrapdbError
from trapdb.ingest.interrupts import Interrupts
from trapdb.ingest.outcome import Outcome, Summary
from trapdb.ingest.reconnection import LastingConnection
from trapdb.measuring.software import RECORDED, versions

Connection = psycopg.Connection[Any]

log = logging.getLogger(__name__)


class Run:
    """One run that adds images to a data set; a context manager that records how it ended.

    It remembers what it last stored or found in the database, and continues only where that still
    is. Ctrl-C and SIGTERM are handled between the blocks that `interrupts` finish.

    Parameters
    ----------
    conn
        Connection of an operator, in autocommit mode.
    dataset
        Name of the data set, which is created if it does not exist.
    given
        The requested configuration. A data set that exists keeps its own.
    command
        The command line, for the record.
    connect
        Opens another connection when this one is lost; None to never reconnect.

    Attributes
    ----------
    configuration : Configuration
        The configuration that applies.
    overruled : dict
        Requested values that do not apply: ``section.key: (asked, held)``.
    last_taken_at : datetime or None
        Time of the last time step that the data set had when the run began.
    summary : Summary
        The results of the run so far.
    database : LastingConnection
        All that the run does in the database goes through it.
    interrupts : Interrupts
        Ctrl-C and SIGTERM within the run.
    """

    def __init__(
        self,
        conn: Connection,
        dataset: str,
        given: Configuration,
        command: str,
        connect: Callable[[], Connection] | None = None,
    ) -> None:
        kept = given.model_dump(mode="json", exclude=OF_THE_RUN)
        opened = routines.open_dataset(conn, dataset, kept)
        self.dataset = dataset
        self.dataset_id = opened.dataset_id
        self._made = opened.created
        self.last_taken_at = opened.last_taken_at
        # digests of the last images, and a file refused since
        self._past = [opened.last_digest] if opened.last_digest else []
        self._refused: str | None = None
        self.configuration = given.for_dataset(opened.configuration)
        self.overruled = given.overruled_by(self.configuration)
        self.summary = Summary(dataset)
        self.interrupts = Interrupts()
        patience_s = self.configuration.ingest.reconnect_s
        self.database = LastingConnection(conn, connect, self._resume, patience_s, self.interrupts)
        self._given = conn
        self._command = command

    def __enter__(self) -> "Run":
        """Record the start of the run.

        What was stored before this, such as positions to monitor, is there as long as the record.
        """
        self.run_id = routines.start_run(
            self.database.conn,
            self.dataset_id,
            self.configuration.model_dump(mode="json"),
            version("trapdb"),
            socket.gethostname(),
            _user(),
            self._command,
            versions(*RECORDED),
        )
        self.interrupts.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record the end of the run; delete a data set that it created and left without an image.

        Raises
        ------
        TakenBack
            The run was complete, but the database lacks what it had stored.
        """
        try:
            if error is None:
                self._complete()
            else:
                self._fail(error)
            if self._made and not self._past:
                self._discard()
        finally:
            self.interrupts.__exit__()
            if self.database.conn is not self._given:
                self.database.conn.close()

    def warn(self, message: str) -> None:
        """Log a warning and record it."""
        log.warning(message, extra={"event": "warning"})
        self.database.insist(routines.log_warning, self.run_id, message)

    def correct(self, conn: psycopg.Connection, image_id: int, path: str) -> None:
        """Correct an image of the open time step, if the data set asks for it, and warn if not."""
        if self.configuration.reference.correct:
            missing = routines.correct_image(conn, image_id)
            if missing:
                message = f"{path}: {missing}"
                log.warning(message, extra={"event": "warning"})
                routines.log_warning(conn, self.run_id, message)

    def require_past(self, conn: psycopg.Connection) -> None:
        """Require that the database holds what was last stored or found in it.

        This is checked also on the same connection: a pool may change the server behind it.

        Raises
        ------
        TakenBack
            It does not: to continue would leave out the missing images for good.
        """
        routines.require_past(conn, self.run_id, self._command, self._past, self._refused)

    def remember(self, digests: Sequence[str]) -> None:
        """Remember images of the data set as what was last stored or found in it."""
        if digests:
            self._past, self._refused = list(digests), None

    def record(self, refused: Sequence[Outcome]) -> None:
        """Record files that cannot become images."""
        self.database.insist(self._log_refused, refused)
        if refused:
            self._refused = refused[-1].path

    def lone_bands(self) -> list[Any]:
        """Return the bands in which nothing can vary; see `routines.lone_bands`."""
        lone: list[Any] = self.database.insist(routines.lone_bands, self.dataset_id)
        return lone

    def count_sources(self) -> int:
        """Return the number of sources that the data set has now."""
        (row,) = self.database.insist(call, "dataset_summary", dataset=self.summary.dataset)
        return row.sources

    def _log_refused(self, conn: Connection, refused: Sequence[Outcome]) -> None:
        with conn.transaction():  # so that a repetition stores none of them twice
            for file in refused:
                routines.log_refused_file(conn, self.run_id, file.path, file.fate, file.reason)

    def _resume(self, conn: Connection, message: str) -> None:
        self.require_past(conn)
        routines.log_warning(conn, self.run_id, message)

    def _complete(self) -> None:
        try:
            self.database.insist(self._finish, "completed")
        except TakenBack as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        """Record why the run ends early."""
        outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else f"failed: {error}"
        self.database.let_be()  # the record is not worth waiting for the database
        # A lost connection must not hide the error that ended the run.
        with suppress(psycopg.Error, TrapdbError):
            self.database.insist(self._finish, outcome)

    def _discard(self) -> None:
        with suppress(psycopg.Error, TrapdbError):  # an empty data set does no harm
            if self.database.insist(routines.discard_dataset, self.run_id):
                name = self.summary.dataset
                log.warning("no image to begin with: data set %s is not made", name)

    def _finish(self, conn: Connection, outcome: str) -> None:
        with conn.transaction():
            if outcome == "completed":
                self.require_past(conn)
            routines.finish_run(conn, self.run_id, outcome, self.summary.timings)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container a user may have no name
        return str(os.getuid())
