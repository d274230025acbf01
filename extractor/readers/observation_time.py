"""When an observation began, and how long it took, by all that a header says of it.

FITS standard 4.0, section 9: DATE-OBS and MJD-OBS stand for the start unless a comment says
otherwise, DATE-BEG and MJD-BEG for the start, DATE-AVG and MJD-AVG for the middle.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from extractor.image.header_values import Get, number, text
from extractor.readers.header_times import from_mjd, parse_time
from extractor.readers.keywords import END_KEYS, EXPOSURE_KEYS

START_DATES, START_MJDS = ("DATE-OBS", "DATE-BEG"), ("MJD-OBS", "MJD-BEG")
CLOCKS = ("TIME-OBS", "UTSTART", "UTC")
# Karl Jansky found radio waves from the sky in 1932.
EARLIEST = datetime(1930, 1, 1, tzinfo=UTC)
FUTURE = timedelta(days=1)
# No exposure lasts for three centuries, nor does a calendar hold much more; it is not known then.
LONGEST_S = 1e10
# Modified Julian dates are rounded to five decimals, or to four.
AGREEMENT = timedelta(seconds=5)
DAY = timedelta(days=1)

_BARE_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d\d")
_CLOCK = re.compile(r"(\d\d):(\d\d):(\d\d(\.\d*)?)")


@dataclass(frozen=True)
class _Statement:
    """What a keyword says of the start: within `reach` from `time` on."""

    key: str
    value: str
    time: datetime
    reach: timedelta

    def agrees(self, other: "_Statement") -> bool:
        """Whether both can be true."""
        begin = max(self.time, other.time)
        return begin <= min(self.time + self.reach, other.time + other.reach) + AGREEMENT


def start(get: Get, overrides: Mapping[str, object]) -> datetime:
    """Start of the observation, aware, in UTC.

    Of several statements the most exact one counts: a date alone, or a whole modified Julian date,
    says no more than the day. What the user supplies of dates makes the header's count for nothing.

    Raises
    ------
    ValueError
        The header does not say, contradicts itself, or has a time of which there are no images.
    """
    keys = [*START_DATES, *START_MJDS]
    if supplied := [key for key in keys if key in overrides]:
        keys = supplied
    statements = [one for key in keys if (one := _statement(get, key)) is not None]
    if not supplied and (clock := _clock_beside(get)) is not None:
        statements.append(clock)
    exact = min(statements, key=lambda one: one.reach, default=None)
    if exact is None or exact.reach:
        middle = _from_middle(get)
        if middle is not None and all(middle.agrees(one) for one in statements):
            exact = middle
    if exact is None:
        raise ValueError("observation time (DATE-OBS)")
    for one in statements:
        if not one.agrees(exact):
            raise ValueError(
                f"observation time ({exact.key}={exact.value} and {one.key}={one.value} contradict "
                "each other; supply DATE-OBS)"
            )
    now = datetime.now(UTC)
    if exact.time < EARLIEST:
        raise ValueError(
            f"observation time ({exact.key}={exact.value} is before there were radio telescopes)"
        )
    if exact.time > now + FUTURE:
        raise ValueError(
            f"observation time ({exact.key}={exact.value} is in the future: the clock says "
            f"{now:%Y-%m-%d})"
        )
    return exact.time


def duration(get: Get, begin: datetime) -> float:
    """Seconds, NaN if unknown. An end that is not after the start says nothing.

    Raises
    ------
    ValueError
        A value that cannot be read.
    """
    stated = number(get, "TAU_TIME")
    if stated is not None and 0 <= stated < LONGEST_S:
        return stated
    for key in END_KEYS:
        end = _time(get, key)
        if end is not None and end > begin:
            return (end - begin) / timedelta(seconds=1)
    return _exposure(get)


def _exposure(get: Get) -> float:
    exposures = (number(get, key) for key in EXPOSURE_KEYS)
    return next((e for e in exposures if e and 0 < e < LONGEST_S), math.nan)


def _statement(get: Get, key: str) -> _Statement | None:
    time = _time(get, key)
    if time is None:
        return None
    value = text(get, key)
    if key.startswith("MJD"):
        day_alone = float(number(get, key) or 0).is_integer()
        return _Statement(key, value, time, DAY if day_alone else timedelta(0))
    if not _BARE_DATE.fullmatch(value):
        return _Statement(key, value, time, timedelta(0))
    clock = _clock(get)
    if clock is None:
        return _Statement(key, value, time, DAY)
    name, of_day = clock
    if isinstance(of_day, str):
        year_first = time.strftime("%Y-%m-%d") if "/" in value else value
        time = _parsed(f"{year_first}T{of_day}", key, get)
    else:
        time += of_day
    return _Statement(key, f"{value} with {name}={text(get, name)}", time, timedelta(0))


def _clock_beside(get: Get) -> _Statement | None:
    """Return what TIME-OBS says beside a DATE-OBS that has a time of its own."""
    day, clock = text(get, "DATE-OBS")[:10], text(get, "TIME-OBS")
    if "T" not in text(get, "DATE-OBS") or not _CLOCK.fullmatch(clock):
        return None
    return _Statement("TIME-OBS", clock, _parsed(f"{day}T{clock}", "TIME-OBS", get), timedelta(0))


def _clock(get: Get) -> tuple[str, str | timedelta] | None:
    """Time of day beside a bare date: of the form hh:mm:ss, or seconds since midnight."""
    for key in CLOCKS:
        value = text(get, key)
        if not value:
            continue
        if _CLOCK.fullmatch(value):
            return key, value
        seconds = number(get, key)
        if seconds is None or not 0 <= seconds < 86401:
            raise ValueError(f"observation time ({key}={value} is no time of day)")
        return key, timedelta(seconds=seconds)
    return None


def _time(get: Get, key: str) -> datetime | None:
    """Time that a keyword states; None if it states none, as a modified Julian date of 0."""
    if key.startswith("MJD"):
        mjd = number(get, key)
        if not mjd:
            return None
        try:
            return from_mjd(mjd, text(get, "TIMESYS"))
        except ValueError as error:
            raise ValueError(f"observation time ({key}: {error})") from error
    return _parsed(text(get, key), key, get) if text(get, key) else None


def _parsed(value: str, key: str, get: Get) -> datetime:
    try:
        return parse_time(value, text(get, "TIMESYS"))
    except ValueError as error:
        raise ValueError(f"observation time ({key}={value!r}: {error})") from error


def _from_middle(get: Get) -> _Statement | None:
    """Start from the middle and the duration, if the header states both."""
    exposure = _exposure(get)
    for key in ("DATE-AVG", "MJD-AVG"):
        middle = _time(get, key)
        if middle is not None and not math.isnan(exposure):
            value = f"{text(get, key)} less half of the duration"
            begin = middle - timedelta(seconds=exposure / 2)
            return _Statement(key, value, begin, timedelta(0))
    return None
