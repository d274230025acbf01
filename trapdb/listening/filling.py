"""What was there before: the position of an alert measured in the images of a data set."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import psycopg

from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.database.routines import Connection
from trapdb.errors import TrapdbError
from trapdb.ingest.backfill import fill
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

# A position that failed is tried again after so long.
RETRY_S = 3600.0


@dataclass(frozen=True)
class FilledIn:
    """A position of an alert that has a light curve.

    Attributes
    ----------
    alert_id : int
    dataset, name : str
        Data set, and name of the monitored position in it.
    points, images, lost : int
        Points that were added, images in which they were looked for, and those of which the file is
        gone or has changed.
    """

    alert_id: int
    dataset: str
    name: str
    points: int
    images: int
    lost: int

    def __str__(self) -> str:
        """Return the line to show."""
        lost = f", {self.lost} of them lost" if self.lost else ""
        return (
            f"alert {self.alert_id}: {self.points} points in {self.images} images{lost}; next: "
            f"trapdb lightcurve {self.name} --dataset {self.dataset}"
        )


def monitor(connect: Callable[[], Connection], alert_id: int, dataset: str) -> FilledIn:
    """Monitor the position of an alert, and measure the images that are there already.

    Each image is a transaction; when it was interrupted it goes on where it stopped.

    Raises
    ------
    DatabaseError
        There is no such alert or data set, it has no position, or the data set is published.
    """
    with closing(connect()) as conn:
        (made,) = call(conn, "monitor_alert", alert_id=alert_id, dataset=dataset)
        held = routines.find_dataset(conn, dataset).configuration
        points = lost = 0
        command = f"trapdb alert monitor {alert_id} --dataset {dataset}"
        with Run(conn, dataset, Configuration.model_validate(held), command, connect) as run:
            ids = [made.source_id]
            images = run.database.insist(routines.backfill_images, run.dataset_id, ids, None)
            for filled in fill(run, ids, images, Here()):
                points += filled.points
                lost += bool(filled.trouble)
            run.database.insist(call, "alert_filled", alert_id=alert_id, dataset=dataset)
    return FilledIn(alert_id, dataset, made.name, points, len(images), lost)


class Filler:
    """Monitors the positions that rules ask for, one after the other, beside the listener.

    It begins when it is woken. Those that an earlier listener left are done first. One that fails
    is told once, and tried again every hour, and by the next listener.

    Parameters
    ----------
    connect : callable
        Opens an operator's connection.
    filled : callable
        Called when one is done.
    say : callable
        Given a line when one fails.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        filled: Callable[[FilledIn], None],
        say: Callable[[str], None],
    ) -> None:
        self._connect = connect
        self._filled = filled
        self._say = say
        self._awake = threading.Event()
        self._stopped = False
        self._failed: dict[tuple[int, str], float] = {}  # when it is tried again

    def wake(self) -> None:
        """Look again what there is to do."""
        self._awake.set()

    def stop(self) -> None:
        """End when the position is done that is being measured."""
        self._stopped = True
        self._awake.set()

    def run(self) -> None:
        """Do what there is to do, until it is stopped."""
        while not self._stopped:
            self._awake.wait(RETRY_S)
            self._awake.clear()
            try:
                with closing(self._connect()) as conn:
                    due = call(conn, "alert_positions_due")
            except (TrapdbError, psycopg.Error, OSError) as error:  # it looks again later
                self._say(f"positions of alerts: {error}")
                continue
            for one in due:
                again = self._failed.get((one.alert_id, one.dataset), 0.0)
                if not self._stopped and again <= time.monotonic():
                    self._fill(one.alert_id, one.dataset)

    def _fill(self, alert_id: int, dataset: str) -> None:
        known = (alert_id, dataset) in self._failed
        try:
            filled = monitor(self._connect, alert_id, dataset)
        except (TrapdbError, psycopg.Error, OSError) as error:
            self._failed[alert_id, dataset] = time.monotonic() + RETRY_S
            if not known:
                self._say(f"alert {alert_id} is not monitored in {dataset} yet: {error}")
        else:
            self._failed.pop((alert_id, dataset), None)
            self._filled(filled)
