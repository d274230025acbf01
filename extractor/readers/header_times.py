"""Times of FITS headers to UTC."""

import math
import re
from datetime import UTC, datetime, timedelta

# Scales of TIMESYS that astropy converts, by the names found in headers.
_SCALES = {"TAI": "tai", "IAT": "tai", "TT": "tt", "TDT": "tt", "ET": "tt", "TDB": "tdb",
           "TCB": "tcb", "TCG": "tcg", "UT1": "ut1"}  # fmt: skip
_UTC_NAMES = {"", "UTC", "UT", "GMT", "Z"}
_MJD_EPOCH = datetime(1858, 11, 17)
_GPS_BEHIND_TAI = timedelta(seconds=19)
_LEAP_SECOND = re.compile(r"(\d{4}-\d\d-\d\dT23:59:)60(\.\d*)?(Z|\+00:00)?")
_OLD_DATE = re.compile(r"(\d\d)/(\d\d)/(\d\d)$")


def parse_time(value: object, timesys: str = "UTC") -> datetime:
    """Time of a header value.

    Parameters
    ----------
    value : str, int or float
        ISO 8601 (date alone: its midnight), a list of such (the first counts), the dd/mm/yy of
        FITS before 2000, or a number: a year with its fraction, as Westerbork writes it.
    timesys : str
        Time scale: UTC, TAI, TT, UT1, ... or GPS.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    ValueError
        The value is no time, or the scale is unknown.
    """
    return to_utc(_naive(value), timesys)


def from_mjd(mjd: float, timesys: str = "UTC") -> datetime:
    """Time of a modified Julian date; see `parse_time`."""
    try:
        return to_utc(_MJD_EPOCH + timedelta(days=mjd), timesys)
    except OverflowError as error:
        raise ValueError(f"{mjd} is not a modified Julian date") from error


def to_utc(time: datetime, timesys: str = "UTC") -> datetime:
    """Aware UTC time of a naive time in the given scale; see `parse_time`."""
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    scale = timesys.strip().upper().split("(")[0]
    if scale in _UTC_NAMES:
        return time.replace(tzinfo=UTC)
    if scale == "GPS":
        time, scale = time + _GPS_BEHIND_TAI, "TAI"
    if scale not in _SCALES:
        raise ValueError(f"time system {timesys!r} is not known")
    from astropy.time import Time
    from astropy.utils import iers

    try:
        with iers.conf.set_temp("auto_download", False):
            utc = Time(time, scale=_SCALES[scale]).utc.to_datetime(leap_second_strict="silent")
    except iers.IERSRangeError as error:
        raise ValueError(f"no table converts {time.isoformat()} from UT1 to UTC") from error
    return utc.replace(tzinfo=UTC)


def _naive(value: object) -> datetime:
    text = str(value).strip().strip("[]()").split(",")[0].strip(" '\"")
    try:
        year = float(text)
    except ValueError:
        if old := _OLD_DATE.match(text):
            day, month, year_of_century = map(int, old.groups())
            return datetime(1900 + year_of_century, month, day)
        return _from_iso(text)
    if not (math.isfinite(year) and 1900 <= year < 2200):
        raise ValueError(f"{text!r} is not a time")
    start = datetime(int(year), 1, 1)
    return start + (datetime(int(year) + 1, 1, 1) - start) * (year - int(year))


def _from_iso(text: str) -> datetime:
    """Time of ISO 8601; one within a leap second is that much later than midnight, as in POSIX."""
    leap = _LEAP_SECOND.fullmatch(text)
    if leap is None:
        return datetime.fromisoformat(text)
    midnight = datetime.fromisoformat(f"{leap[1]}59{leap[3] or ''}") + timedelta(seconds=1)
    from erfa import leap_seconds

    months = leap_seconds.get()[["year", "month"]].tolist()
    if midnight.day != 1 or (midnight.year, midnight.month) not in months:
        raise ValueError(f"there was no leap second on {text[:10]}")
    return midnight + timedelta(seconds=float(f"0{leap[2] or '.0'}"))
