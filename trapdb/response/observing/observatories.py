"""The observatories of the settings: where they are, how they are asked, and what became of it."""

from typing import Any, Literal

import psycopg
from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.database.connection import call
from trapdb.errors import ConfigurationError
from trapdb.response.assignment import Refused
from trapdb.response.observing.drivers import driver
from trapdb.response.observing.observatory import Driver, Request

Connection = psycopg.Connection[Any]

# Of these an observatory may say something else later.
OPEN = ("asking", "requested", "accepted")


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

    def named(self, name: Any) -> tuple[str, Observatory, Driver]:
        """Return an observatory, and how it is asked; None is the name of the only one.

        Raises
        ------
        ConfigurationError
            There is none of this name, or its driver lacks something.
        """
        known = self.observatories
        if name is None and len(known) == 1:
            (name,) = known
        if name not in known:
            raise ConfigurationError(
                f"there is no observatory {name}: [response.observe.observatories] has "
                f"{', '.join(sorted(known)) or 'none'}"
            )
        here = known[name]
        try:
            return name, here, driver(here.driver, here.settings)
        except ConfigurationError as error:
            raise ConfigurationError(f"observatory {name}: {error}") from error


def ask(conn: Connection, decision: Any, asked: Driver) -> Any:
    """Send a request that is stored, or send it again; store the answer.

    Parameters
    ----------
    conn : psycopg.Connection
        Of an operator.
    decision : named tuple
        A row of ``trap.observations`` in state ``asking``.
    asked : Driver
        Of its observatory.

    Returns
    -------
    decision : named tuple
        The row as it is now: somebody else may have learnt the answer, and taken the request back.

    Raises
    ------
    Refused
        The observatory does not take it, which is stored.
    """
    which = {"observation_id": decision.observation_id}
    try:
        reference = asked.submit(Request.of_json(decision.request))
    except Refused as error:
        call(conn, "answer_observation", **which, refused=str(error))
        raise
    (known,) = call(conn, "answer_observation", **which, reference=reference)
    return known


def follow(
    conn: Connection, decision: Any, asked: Driver, what: Literal["status", "cancel"]
) -> str:
    """Ask what became of a request, or take it back; store and return what the observatory says.

    Of a request without an answer one learns that first, by sending it again.

    Parameters
    ----------
    conn : psycopg.Connection
        Of an operator.
    decision : named tuple
        A row of ``trap.observations``.
    asked : Driver
        Of its observatory.
    what : {"status", "cancel"}
        What is wanted.
    """
    if decision.state == "asking":
        try:
            decision = ask(conn, decision, asked)
        except Refused:
            return "declined"
    state = str(getattr(asked, what)(decision.reference))
    call(conn, "change_observation", observation_id=decision.observation_id, state=state)
    return state
