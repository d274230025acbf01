"""Times as users write them."""

from datetime import UTC, datetime, timedelta


def read_time(text: str) -> datetime:
    """Read a time in ISO 8601; one without a zone is UTC.

    Raises
    ------
    ValueError
        It is none.
    """
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_epoch(text: str) -> datetime:
    """Read a time or a Julian year, such as 2016.0 or J2016.0.

    Raises
    ------
    ValueError
        It is neither.
    """
    try:
        year = float(text.removeprefix("J"))
    except ValueError:
        return read_time(text)
    if not 1000 <= year <= 3000:
        raise ValueError(f"{text} is no year")
    # J2000.0 is noon; that TT is a minute ahead of UTC moves no star
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=365.25 * (year - 2000))
