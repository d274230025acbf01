"""Observatories that are asked by a file in a folder, which people or programs look into."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trapdb.errors import ConfigurationError
from trapdb.response.observing.observatory import STATES, Answer, Request
from trapdb.whole_file import whole_file


class ByFile:
    """A request is ``ID.json`` in a folder; whoever takes it writes its state into the file."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        if set(settings) != {"folder"}:
            raise ConfigurationError("the driver file needs folder, and nothing else")
        self._folder = Path(settings["folder"])

    def can_observe(self, request: Request) -> Answer:
        """Return that it can be: who looks into the folder decides."""
        return Answer(True, "the request is put into a folder")

    def submit(self, request: Request) -> str:
        """Write the file, unless it is there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(request.request_id)
        if not path.exists():
            self._write(path, {**request.as_json(), "state": "requested"})
        return request.request_id

    def status(self, reference: str) -> str:
        """Return the state that is in the file."""
        return str(self._read(reference)["state"])

    def cancel(self, reference: str) -> str:
        """Write into the file that it is cancelled, unless it is over."""
        content = self._read(reference)
        if content["state"] in ("requested", "accepted"):
            content["state"] = "cancelled"
            self._write(self._path(reference), content)
        return str(content["state"])

    def _path(self, reference: str) -> Path:
        return self._folder / f"{reference}.json"

    def _read(self, reference: str) -> dict[str, Any]:
        path = self._path(reference)
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: the request cannot be read") from error
        if not isinstance(content, dict) or content.get("state") not in STATES:
            raise ConfigurationError(f"{path}: its state is none of {', '.join(STATES)}")
        return content

    def _write(self, path: Path, content: Mapping[str, Any]) -> None:
        with whole_file(path) as aside:
            aside.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
