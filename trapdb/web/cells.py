"""Values as text, as DALI writes them."""

from datetime import datetime


def cell(value: object) -> str:
    """Return a value as text; NULL as none.

    Numbers have as many digits as it takes to read the same number again, times are in UTC.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return " ".join(map(cell, value))
    return str(value)


def _number(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
