"""Task ``observe``: ask an observatory to observe the source, if it can. Each decision is a row."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.database.connection import call
from trapdb.errors import ConfigurationError
from trapdb.response.assignment import Assignment, Context, require_real
from trapdb.response.observing.drivers import driver
from trapdb.response.observing.observatory import Request
from trapdb.response.observing.visibility import Site, first_window
from trapdb.response.statements import statement


class Observatory(Section):
    """An observatory: where it is, what it can, and how it is asked."""

    longitude: float = Field(ge=-180, le=360, description="East, deg.")
    latitude: float = Field(ge=-90, le=90, description="North, deg.")
    height: float = Field(default=0.0, description="Above the ellipsoid, m.")
    least_elevation: float = Field(
        default=30.0, ge=0, lt=90, description="How high the source has to be, deg."
    )
    hours: float = Field(
        default=24.0, gt=0, le=240, description="Within how many hours it is to be observed."
    )
    seconds: float = Field(default=3600.0, gt=0, description="For how long, s.")
    driver: str = Field(default="file", description="How it is asked: file, http, or another one.")
    settings: dict[str, Any] = Field(default={}, description="What the driver needs to know.")


class Settings(Section):
    """The observatories, by name: sections [response.observe.observatories.NAME]."""

    observatories: dict[str, Observatory] = Field(default={}, description="By name.")


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Decide, and ask; of a retraction, take back what was asked for.

    Argument ``observatory`` names it, if there are several; ``seconds`` and ``hours`` may be given,
    and ``more``, which the observatory is told.
    """
    require_real(assignment.event)
    event, said = assignment.event, assignment.arguments
    name, here = _observatory(context.settings, said.get("observatory"))
    asked = driver(here.driver, here.settings)
    if event.kind == "retraction":
        return {"cancelled": cancel_for(context, assignment, name, asked)}
    seconds = float(said.get("seconds", here.seconds))
    hours = float(said.get("hours", here.hours))
    site = Site(here.longitude, here.latitude, here.height)
    now = datetime.now(UTC)
    window = first_window(site, event.ra, event.dec, now, hours, here.least_elevation, seconds)
    decision: dict[str, Any] = {
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
    else:
        decision |= {"begin_at": window.begin, "end_at": window.end}
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
        decision["reason"] = answer.reason
        if answer.possible:
            decision["state"] = "requested"
            decision["reference"] = asked.submit(request)
            decision["reason"] = f"up to {window.highest:.0f} deg high; {answer.reason}"
    with context.connect("operator") as conn:
        (stored,) = call(conn, "store_observation", **decision)
    return {"observation_id": stored.store_observation, **decision}


def cancel_for(
    context: Context, assignment: Assignment, name: str, asked: Any
) -> list[dict[str, Any]]:
    """Take back what an observatory was asked for about the events that are withdrawn."""
    event = assignment.event
    cancelled = []
    with context.connect("operator") as conn:
        gone = conn.execute(statement("withdrawn_observations"), {"event_id": event.event_id})
        for row in gone.fetchall():
            if row.observatory == name and row.state in ("requested", "accepted"):
                state = asked.cancel(row.reference)
                call(conn, "change_observation", observation_id=row.observation_id, state=state)
                cancelled.append({"observation_id": row.observation_id, "state": state})
    return cancelled


def _observatory(settings: Settings, name: Any) -> tuple[str, Observatory]:
    known = settings.observatories
    if name is None and len(known) == 1:
        (name,) = known
    if name not in known:
        raise ConfigurationError(
            f"there is no observatory {name}: [response.observe.observatories] has "
            f"{', '.join(sorted(known)) or 'none'}"
        )
    return name, known[name]
