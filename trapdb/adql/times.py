"""Times, which ADQL writes as texts in ISO 8601, in UTC."""

import re
from datetime import datetime

from trapdb.adql.places import refuse
from trapdb.adql.values import Value, combined

_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6}\d*)?)?)?Z?")
_ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US'


def time(value: Value) -> Value:
    """Return the time that a text says.

    Raises
    ------
    AdqlError
        It is a constant that is no time.
    """
    if not isinstance(value.constant, str):
        written = f"({value.sql}::timestamp at time zone 'UTC')"
        return combined(value.node, written, "timestamp", [value])
    try:
        if not _TIME.fullmatch(value.constant):
            raise ValueError
        datetime.fromisoformat(value.constant.removesuffix("Z"))
    except ValueError:
        refuse(value.node, "a time is written as '2026-03-01' or '2026-03-01T12:00:00.5', in UTC")
    written = value.constant.removesuffix("Z")
    return combined(value.node, f"'{written}+00'::timestamp with time zone", "timestamp", [value])


def written_time(value: Value) -> str:
    """Write a time as a text in UTC."""
    return f"to_char({value.sql} at time zone 'UTC', '{_ISO}')"
