"""Task ``voevent``: the event as a VOEvent, to brokers."""

from collections.abc import Sequence
from time import monotonic
from typing import Any

from pydantic import Field, field_validator

from trapdb.alerts.author import Author
from trapdb.errors import ServiceError, TrapdbError
from trapdb.response.assignment import Assignment, Context, TryAgain, require_real

# Time for one broker, s; and for how long one that said nothing is let be, lest others wait for it.
WITHIN_S = 10.0
REST_S = 60.0

# Until when, by the clock of this process, which does one task after the other.
_resting: dict[str, float] = {}


class Settings(Author):
    """Who sends, and to which brokers."""

    brokers: list[str] = Field(
        min_length=1,
        max_length=5,
        description="Where brokers take events of authors, HOST:PORT; each is sent every event.",
    )

    @field_validator("brokers")
    @classmethod
    def _are_addresses(cls, brokers: list[str]) -> list[str]:
        for broker in brokers:
            host, _, port = broker.rpartition(":")
            if not (host and port.isdecimal() and 0 < int(port) < 2**16):
                raise ValueError(f"give HOST:PORT, 127.0.0.1:8098 for instance, not {broker!r}")
        return brokers


def prepare(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Return the packet, which stays the same at every attempt, to the byte."""
    from trapdb.alerts.voevent import ivorn_of, voevent
    from trapdb.response.telling import told

    author = context.settings
    event, cites = told(assignment, context, author)
    return {"ivorn": ivorn_of(event, author), "packet": voevent(event, author, cites).decode()}


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Send it to each of the brokers: one that has it already says so."""
    require_real(assignment.event)
    brokers = offer(assignment.prepared["packet"].encode(), context.settings.brokers)
    return {"ivorn": assignment.prepared["ivorn"], "brokers": brokers}


def offer(packet: bytes, brokers: Sequence[str], within_s: float = WITHIN_S) -> dict[str, str]:
    """Send a packet to brokers; return what became of it at each.

    Parameters
    ----------
    packet : bytes
    brokers : sequence of str
        HOST:PORT. One that says nothing is let be for a while, also by later calls.
    within_s : float
        Time for each, s.

    Raises
    ------
    TryAgain
        One of them may take it later.
    TrapdbError
        One of them does not take it, and will not.
    """
    from trapdb.alerts.vtp.sender import Refused, Silent, send

    taken, troubles, may_pass, after_s = {}, [], False, None
    for broker in brokers:
        if monotonic() < _resting.get(broker, 0.0):
            troubles.append(f"{broker}: the broker gave no answer a moment ago")
            may_pass, after_s = True, REST_S
            continue
        host, _, port = broker.rpartition(":")
        try:
            delivery = send(packet, host.strip("[]"), int(port), within_s)
        except ServiceError as error:
            troubles.append(str(error))
            may_pass |= not isinstance(error, Refused)
            if isinstance(error, Silent):
                _resting[broker] = monotonic() + REST_S
                after_s = REST_S
        else:
            taken[broker] = "taken" if delivery.is_new else "was there"
    if may_pass:  # one that refused it does so again
        raise TryAgain("; ".join(troubles), after_s)
    if troubles:
        raise TrapdbError("; ".join(troubles))
    return taken
