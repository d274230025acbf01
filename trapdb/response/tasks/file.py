"""Task ``file``: the event and its light curve into a JSON file."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.errors import InputError
from trapdb.response.assignment import Assignment, Context
from trapdb.response.description import described
from trapdb.response.folder import response_folder
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


def file_in(folder: Path, name: Any) -> Path:
    """Return the path of a file in a folder, and in no other one.

    Raises
    ------
    InputError
        The name leads out of it.
    """
    parts = PurePosixPath(str(name)).parts
    if not parts or any(part in ("/", "..") or "\0" in part for part in parts):
        raise InputError(f"{name!r} is no name of a file in {folder}")
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{name!r} leads out of {folder}")
    return path
