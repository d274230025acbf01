"""Write the events that a time step brings to those who watch."""

import logging
from typing import Any

import psycopg

from trapdb.database import routines
from trapdb.ingest.run import Run

Connection = psycopg.Connection[Any]

log = logging.getLogger(__name__)


def add_events(conn: Connection, run: Run) -> None:
    """Write the events of the open time step, and warn of those that were too many to be told.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, when all its points are added.
    run : Run
        Run that adds the step.
    """
    with run.summary.timings.stage("events"):
        for told in routines.add_events(conn):
            if told.withheld:
                message = (
                    f"watch {told.watch}: {told.withheld} more events than it lets through in a "
                    f"time step are stored, and not announced; {told.announced} are"
                )
                log.warning(message, extra={"event": "warning"})
                routines.log_warning(conn, run.run_id, message)
