"""The log, as lines on standard error: text, or JSON for programs that read it.

Modules log under their own names, ``trapdb.*``. The argument ``extra`` holds what belongs to a
message: the ``event``, and facts by name.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

# Loggers of the work whose progress is shown.
AT_WORK = ("trapdb.ingest", "trapdb.measuring")

_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime"}


class _LineHandler(logging.Handler):
    """Writes each record as one line: text after the program's name, or JSON."""

    def __init__(self, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        text = record.getMessage()
        line = json_line(text, **facts_of(record)) if self._as_json else f"trapdb: {text}"
        print(line, file=sys.stderr, flush=True)


class _Shown(logging.Handler):
    def __init__(self, show: Callable[..., None]) -> None:
        super().__init__()
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(record.getMessage(), **facts_of(record))


@contextmanager
def logging_to(handler: logging.Handler, *names: str) -> Iterator[None]:
    """Send what is logged under these names to one handler only."""
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
def logging_lines(as_json: bool) -> Iterator[None]:
    """Send all that trapdb logs to standard error, as text or as JSON.

    What psycopg warns of is left out: that a rollback or a cancellation failed on a connection that
    is lost. The error or the interrupt that they followed is told, or work goes on without them.
    """
    with logging_to(_LineHandler(as_json), "trapdb"), logging_to(logging.NullHandler(), "psycopg"):
        yield


@contextmanager
def showing(show: Callable[..., None]) -> Iterator[None]:
    """Show the log of the work beside its progress."""
    with logging_to(_Shown(show), *AT_WORK):
        yield


def facts_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return the event and the facts that were logged with a message."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def json_line(message: str, event: str = "note", **facts: object) -> str:
    """Return a JSON object in one line: at (UTC), event, message, and the facts of the event."""
    line = {"at": datetime.now(UTC).isoformat(), "event": event, "message": message, **facts}
    return json.dumps(line, default=_as_text)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
