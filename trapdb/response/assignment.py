"""What a task is given: what to do, of which event, and what it may use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from trapdb.errors import TrapdbError
from trapdb.exchange.event import Event


class TryAgain(TrapdbError):
    """What hinders a task may be over after a while.

    Attributes
    ----------
    after_s : float or None
        After so many seconds, if that is known.
    """

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class Refused(TrapdbError):
    """A service says no, or was not reached in a way that time will mend: it has done nothing."""


# of this process, which does tasks of one kind, in one database
_kept: dict[str, psycopg.Connection[Any]] = {}


@dataclass(frozen=True)
class Assignment:
    """A task that is to be done.

    Attributes
    ----------
    kind : str
    arguments : mapping of str to values of JSON
    event : Event
    source_id : int or None
        Its source as of today, since a replay gives new numbers.
    responder, title : str
        Who made the package, and its title.
    package_id, number : int
        The package, and which of its tasks it is, from 0.
    job_id : str
        Identifier of the task, a UUID; it is the same at every attempt, and no other one's.
    attempt : int
        Which attempt this is, from 1.
    prepared : value of JSON, or None
        What `prepare` returned at the first attempt.
    before : mapping of int to values of JSON
        What came of the tasks that it waited for, by their numbers.
    """

    kind: str
    arguments: Mapping[str, Any]
    event: Event
    source_id: int | None
    responder: str
    title: str
    package_id: int
    number: int
    job_id: str
    attempt: int
    prepared: Any
    before: Mapping[int, Any]


@dataclass(frozen=True)
class Context:
    """What a task may use.

    Attributes
    ----------
    settings : Settings of the module of the task
        Section ``[response.KIND]`` of the worker's configuration; None if it has no class for that.
    connect : callable
        Opens a connection to the database for a role, ``operator`` or ``reader``.
    say : callable
        Adds a line to the log of the task.
    database : str or None
        The database, as the worker was given it, for programs that are run.
    """

    settings: Any
    connect: Callable[[str], psycopg.Connection[Any]]
    say: Callable[[str], None]
    database: str | None

    def light_curve(self, source_id: int | None) -> list[Any]:
        """Return the rows of ``trap.lightcurve`` of a source; none if it is not there any more."""
        from trapdb.database.connection import call

        if source_id is None:
            return []
        return call(self._reader(), "lightcurve_of", source_id=source_id)

    def _reader(self) -> psycopg.Connection[Any]:
        """Return a connection that is kept from one task to the next: to open one takes longer."""
        conn = _kept.get("reader")
        if conn is None or conn.closed:
            conn = _kept["reader"] = self.connect("reader")
        return conn


def require_real(event: Event) -> None:
    """Refuse to tell the world of what is not real.

    Raises
    ------
    TrapdbError
        The event is injected, simulated or a test.
    """
    if event.tense != "real":
        raise TrapdbError(
            f"the event is {event.tense}: of what is not real nothing leaves the house"
        )
