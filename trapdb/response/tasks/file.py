"""Task ``file``: the event and its light curve into a JSON file."""

import json
from typing import Any

from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.response.assignment import Assignment, Context
from trapdb.response.description import described
from trapdb.response.folder import file_in, response_folder
from trapdb.whole_file import whole_file


class Settings(Section):
    """Where files go."""

    folder: str | None = Field(
        default=None, description="The folder (unset: response/files in trapdb's own)."
    )


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Write the file; argument ``name`` is its name in the folder, by default of the event."""
    event = assignment.event
    name = assignment.arguments.get("name", f"event-{event.event_id}-{event.kind}.json")
    path = file_in(response_folder(context.settings.folder, "files"), name)
    content = described(assignment, context.light_curve(assignment.source_id))
    with whole_file(path) as aside:
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return {"path": str(path)}
