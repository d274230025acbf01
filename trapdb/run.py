"""One run of a command that adds to a data set, and its record."""

import getpass
import socket
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from types import TracebackType
from typing import Any

import psycopg

from trapdb import api
from trapdb.config import Configuration
from trapdb.database import call
from trapdb.outcome import Outcome, Summary


class Run:
    """One run that adds images to a data set; a context manager that records how it ended.

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
        self, conn: psycopg.Connection, dataset: str, given: Configuration, command: str
    ) -> None:
        self.conn = conn
        kept = given.model_dump(mode="json", exclude={"ingest"})
        opened = api.open_dataset(conn, dataset, kept)
        self.dataset_id = opened.dataset_id
        self.last_taken_at = opened.last_taken_at
        self.configuration, self.overruled = _holding(given, opened.configuration)
        self.summary = Summary(dataset)
        self.run_id = api.start_run(
            conn,
            self.dataset_id,
            self.configuration.model_dump(mode="json"),
            version("trapdb"),
            socket.gethostname(),
            getpass.getuser(),
            command,
        )

    def __enter__(self) -> "Run":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record the end of the run."""
        if error is None:
            outcome = "completed"
        elif isinstance(error, KeyboardInterrupt):
            outcome = "interrupted"
        else:
            outcome = f"failed: {error}"
        # A connection that broke must not hide the error that broke it.
        with suppress(*([psycopg.Error] if error else [])):
            api.finish_run(self.conn, self.run_id, outcome, self.summary.timings)

    def record(self, refused: Sequence[Outcome]) -> None:
        """Record files that cannot become images."""
        for file in refused:
            api.log_refused_file(self.conn, self.run_id, file.path, file.fate, file.reason)

    def count_sources(self) -> int:
        """Return the number of sources that the data set has now."""
        (row,) = call(self.conn, "dataset_summary", dataset=self.summary.dataset)
        return row.sources


def _holding(given: Configuration, stored: dict[str, Any]) -> tuple[Configuration, dict]:
    """Return the configuration that holds for a data set, and what was asked for in vain.

    The header values are not the data set's but of the files of this run, and how an ingest works
    is of the machine.
    """
    stored_one = Configuration.model_validate(stored)
    image = stored_one.image.model_copy(update={"header": given.image.header})
    held = stored_one.model_copy(update={"image": image, "ingest": given.ingest})
    values = held.flat()
    asked = given.flat(given=True).items()
    return held, {key: (value, values[key]) for key, value in asked if values[key] != value}
