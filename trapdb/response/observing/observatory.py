"""What an observatory is to trapdb: what it is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from trapdb.response.package import plain

# What an observatory says of a request.
STATES = ("requested", "accepted", "observed", "failed", "cancelled")


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    request_id : str
        Identifier of the request, the same at every attempt.
    ra, dec : float
        ICRS, deg.
    begin, end : datetime
        When it can be observed, UTC.
    seconds : float
        For how long it is to be, s.
    title : str
        What it is about.
    event_id : int
        The event.
    more : mapping
        What the responder says beside, such as a frequency.
    """

    request_id: str
    ra: float
    dec: float
    begin: datetime
    end: datetime
    seconds: float
    title: str
    event_id: int
    more: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        held: dict[str, Any] = plain(asdict(self), "request")
        return held

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> "Request":
        """Return what `as_json` returned, as a request."""
        times = {name: datetime.fromisoformat(held[name]) for name in ("begin", "end")}
        return cls(**{**held, **times})


@dataclass(frozen=True)
class Answer:
    """Whether it can be observed, and why, or why not."""

    possible: bool
    reason: str


class Driver(Protocol):
    """How one asks an observatory.

    What hinders only now is raised as `trapdb.response.assignment.TryAgain`; that the observatory
    does not take a request, so that there is none to take back, as `Refused`.
    """

    def can_observe(self, request: Request) -> Answer:
        """Return whether it can be observed, as far as the observatory tells."""

    def submit(self, request: Request) -> str:
        """Ask for it; return by what the observatory knows it.

        Asking twice is asking once, by ``request.request_id``: that is how one learns by what the
        observatory knows a request of which the answer was lost.
        """

    def status(self, reference: str) -> str:
        """Return what became of it: one of `STATES`."""

    def cancel(self, reference: str) -> str:
        """Take it back; return what became of it."""
