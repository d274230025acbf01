"""What alerts say beside the event: what else is known of its source, and what they cite."""

from dataclasses import replace

from trapdb.alerts.author import Author
from trapdb.alerts.voevent import Citation, ivorn_of
from trapdb.database.connection import call
from trapdb.exchange.event import Event
from trapdb.response.assignment import Assignment, Context
from trapdb.response.statements import statement


def told(assignment: Assignment, context: Context, author: Author) -> tuple[Event, list[Citation]]:
    """Return the event of an assignment with what else its alert says, and what that cites.

    The spectral index of the source and where it has a stamp are added to the figures, as of now.
    """
    event = assignment.event
    with context.connect("operator") as conn:
        cited = call(conn, "cited_alerts", event_id=event.event_id, kind=assignment.kind)
        if assignment.source_id is not None:
            values = {"source_id": assignment.source_id, "stokes": event.stokes}
            (row,) = conn.execute(statement("known_of_source"), values).fetchall()
            more = {name: value for name, value in row._asdict().items() if value is not None}
            event = replace(
                event, source_id=assignment.source_id, figures={**event.figures, **more}
            )
    return event, [Citation(one.ivorn or ivorn_of(one, author), one.citation) for one in cited]
