"""Task ``observe``: ask an observatory to observe the source, if it can. Each decision is a row."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from psycopg.types.json import Jsonb

from trapdb.database.connection import call
from trapdb.response.assignment import Assignment, Context, require_real
from trapdb.response.observing.observatories import OPEN, Observatory, ask, follow
from trapdb.response.observing.observatories import Settings as Settings
from trapdb.response.observing.observatory import Driver, Request
from trapdb.response.observing.visibility import Site, first_window
from trapdb.response.statements import statement


def checks(settings: Settings) -> Iterator[Callable[[], object]]:
    """Yield what has to be there: what the drivers of the observatories need."""
    for name in sorted(settings.observatories):
        yield partial(settings.named, name)


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Decide, and ask; of a retraction, take back what was asked for.

    Argument ``observatory`` names it, if there are several; ``seconds`` and ``hours`` may be given,
    and ``more``, which the observatory is told.

    That it is to be asked is stored before it is. Whoever dies before the answer is stored leaves
    the request as it was sent, and it is sent again as it was.
    """
    require_real(assignment.event)
    name, here, asked = context.settings.named(assignment.arguments.get("observatory"))
    if assignment.event.kind == "retraction":
        return {"cancelled": _take_back(context, assignment, name, asked)}
    with context.connect("operator") as conn:
        known = call(conn, "observations", job_id=assignment.job_id)
        if not known or known[0].state == "declined":
            known = call(conn, "store_observation", **_decided(assignment, name, here, asked))
        (decision,) = known
        if decision.state == "asking":
            decision = ask(conn, decision, asked)
    said = ("observation_id", "observatory", "ra", "dec", "state", "reason", "begin_at", "end_at")
    return {one: getattr(decision, one) for one in (*said, "reference")}


def _decided(assignment: Assignment, name: str, here: Observatory, asked: Driver) -> dict[str, Any]:
    """Return whether to ask an observatory, and why, for ``trap.store_observation``."""
    event, said = assignment.event, assignment.arguments
    seconds = float(said.get("seconds", here.seconds))
    hours = float(said.get("hours", here.hours))
    site = Site(here.longitude, here.latitude, here.height)
    now = datetime.now(UTC)
    window = first_window(site, event.ra, event.dec, now, hours, here.least_elevation, seconds)
    decision: dict[str, Any] = {
        "job_id": assignment.job_id,
        "package_id": assignment.package_id,
        "event_id": event.event_id,
        "observatory": name,
        "ra": event.ra,
        "dec": event.dec,
        "state": "declined",
    }
    if window is None:
        decision["reason"] = (
            f"within {hours:g} h it is never above {here.least_elevation:g} deg for {seconds:g} s"
        )
        return decision
    request = Request(
        assignment.job_id,
        event.ra,
        event.dec,
        window.begin,
        window.end,
        seconds,
        assignment.title,
        event.event_id,
        said.get("more", {}),
    )
    answer = asked.can_observe(request)
    decision |= {"begin_at": window.begin, "end_at": window.end, "reason": answer.reason}
    if answer.possible:
        decision["state"] = "asking"
        decision["reason"] = f"up to {window.highest:.0f} deg high; {answer.reason}"
        decision["request"] = Jsonb(request.as_json())
    return decision


def _take_back(
    context: Context, assignment: Assignment, name: str, asked: Driver
) -> list[dict[str, Any]]:
    """Take back what an observatory was asked for about the events that are withdrawn."""
    event_id = assignment.event.event_id
    with context.connect("operator") as conn:
        gone = conn.execute(statement("withdrawn_observations"), {"event_id": event_id}).fetchall()
        return [
            {"observation_id": row.observation_id, "state": follow(conn, row, asked, "cancel")}
            for row in gone
            if row.observatory == name and row.state in OPEN
        ]
