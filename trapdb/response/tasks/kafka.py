"""Task ``kafka``: the event as JSON or a VOEvent, into a topic of Kafka."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from trapdb.alerts.author import Author
from trapdb.errors import ServiceError, TrapdbError
from trapdb.response.assignment import Assignment, Context, TryAgain, require_real

NEEDED = ("bootstrap.servers",)


class Settings(Author):
    """Who publishes, and where."""

    properties: str = Field(
        description="File with lines name=value: how to reach Kafka, as librdkafka names it."
    )
    topic: str = Field(
        pattern="^[A-Za-z0-9._-]+$", max_length=249, description="Where alerts are published."
    )
    form: Literal["json", "voevent"] = Field(
        default="json", description="As JSON (`trapdb alert schema`), or as VOEvents."
    )


def checks(settings: Settings) -> Iterator[Callable[[], object]]:
    """Yield what has to be there: the file of properties."""
    from trapdb.alerts.kafka import read_properties

    yield lambda: read_properties(Path(settings.properties), NEEDED)


def prepare(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Return the content, which stays the same at every attempt, to the byte."""
    from trapdb.alerts.radio_transient import radio_transient
    from trapdb.alerts.voevent import ivorn_of, voevent
    from trapdb.response.telling import told

    author = context.settings
    event, cites = told(assignment, context, author)
    if author.form == "voevent":
        content = voevent(event, author, cites).decode()
    else:
        content = json.dumps(radio_transient(event, author, cites), ensure_ascii=False)
    return {"ivorn": ivorn_of(event, author), "content": content}


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Publish it; the alerts of one place keep their order."""
    from trapdb.alerts.kafka import read_properties
    from trapdb.alerts.publishing import NotTaken, publish

    require_real(assignment.event)
    settings, event = context.settings, assignment.event
    properties = read_properties(Path(settings.properties), NEEDED)
    content = assignment.prepared["content"].encode()
    try:
        partition, offset = publish(
            properties, settings.topic, f"{event.dataset}/{event.source_name}", content
        )
    except NotTaken as error:
        raise TrapdbError(str(error)) from error
    except ServiceError as error:
        raise TryAgain(str(error)) from error
    return {
        **{"ivorn": assignment.prepared["ivorn"], "topic": settings.topic},
        **{"partition": partition, "offset": offset},
    }
