"""What is logged, as lines on standard error: text, or JSON for those who read them by a program.

Modules log under their own names, ``trapdb.*``; what belongs to a message is in ``extra``: the
``event``, and facts by name.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

# What speaks of the work under way, whose progress is shown.
AT_WORK = ("trapdb.ingest", "trapdb.measuring")

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class LineHandler(logging.Handler):
    """Writes each record in a line: as text after the program's name, or as JSON."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        text = record.getMessage()
        line = json_line(text, **facts_of(record)) if self.as_json else f"trapdb: {text}"
        print(line, file=sys.stderr, flush=True)


class _Shown(logging.Handler):
    def __init__(self, show: Callable[..., None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(record.getMessage(), **facts_of(record))


@contextmanager
def logging_to(handler: logging.Handler, *names: str) -> Iterator[None]:
    """Have what is logged under these names go to a handler alone."""
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


@contextmanager
def showing(show: Callable[..., None]) -> Iterator[None]:
    """Have what is logged of the work under way shown beside its progress."""
    with logging_to(_Shown(show), *AT_WORK):
        yield


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what was logged with a message beside it: the event, and the facts."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def json_line(message: str, event: str = "note", **facts: object) -> str:
    """Write an object in a line: at (UTC), event, message, and what belongs to the event."""
    line = {"at": datetime.now(UTC).isoformat(), "event": event, "message": message, **facts}
    return json.dumps(line, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
