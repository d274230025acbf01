"""Lines for the user on standard error: text, or JSON for those who read them by a program."""

import json
import sys
from datetime import UTC, datetime

_as_json = False


def choose(as_json: bool) -> None:
    """Choose JSON or text for all lines from now on."""
    global _as_json
    _as_json = as_json


def is_json() -> bool:
    """Tell whether lines are JSON."""
    return _as_json


def tell(message: str, event: str = "note", **facts: object) -> None:
    """Tell something that does not come from an ingest under way."""
    line = json_line(message, event, **facts) if _as_json else f"trapdb: {message}"
    print(line, file=sys.stderr, flush=True)


def json_line(message: str, event: str, **facts: object) -> str:
    """Write an object in a line: at (UTC), event, message, and what belongs to the event."""
    line = {"at": datetime.now(UTC).isoformat(), "event": event, "message": message, **facts}
    return json.dumps(line, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
