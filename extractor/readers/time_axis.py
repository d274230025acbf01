"""When each plane of a cube of times was taken, and how long it took.

FITS's standard of times (Rots et al. 2015, A&A 574, A36; FITS standard 4.0, section 9): an axis of
CTYPE TIME, or of the name of a time scale, counts from MJDREF, JDREF or DATEREF. Times that are not
evenly spaced stand in a table, either that of an axis TIME-TAB (Greisen et al. 2006, A&A 446, 747,
section 6) or one by the name TIMES, with a row for each plane.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from extractor.image.coordinates import step_of
from extractor.image.header_values import Get, number, text
from extractor.image.units import factor
from extractor.readers.header_times import from_mjd, parse_time, to_utc
from extractor.readers.keywords import END_KEYS, EXPOSURE_KEYS
from extractor.readers.observation_time import EARLIEST, START_DATES, START_MJDS, start

SCALES = {
    *("UTC", "UT", "GMT", "UT1", "TAI", "IAT", "TT", "TDT", "ET", "TDB", "TCG", "TCB", "GPS"),
    "LOCAL",
}
DAY_S = 86400.0
MJD_EPOCH = datetime(1858, 11, 17)
JD_OF_MJD_EPOCH = 2400000.5
# A number that is this large as a modified Julian date is one: of images there are none before.
EARLIEST_S = (EARLIEST - MJD_EPOCH.replace(tzinfo=UTC)).total_seconds()
# The start of the header is that of the first plane if they are so close, in durations of a plane.
SAME_START = 0.1


@dataclass(frozen=True)
class TimeTable:
    """Times of planes, as a table of a file lists them; an element for each plane.

    Attributes
    ----------
    times : ndarray
        In seconds of the axis.
    are_starts : bool
        Whether they are starts, and not what the header says of them.
    durations : ndarray, optional
        Seconds.
    beams : ndarray, optional, shape (n, 3)
        Major and minor FWHM and position angle, degrees.
    """

    times: NDArray[np.float64]
    are_starts: bool = False
    durations: NDArray[np.float64] | None = None
    beams: NDArray[np.float64] | None = None


def is_time(kind: str) -> bool:
    """Whether an axis of a CTYPE, in capitals, is one of times."""
    name = kind.split("-")[0].strip()
    return name == "TIME" or name in SCALES


def states_start(get: Get) -> bool:
    """Whether a header says when the observation began, beside an axis of times."""
    return any(text(get, key) for key in (*START_DATES, *START_MJDS))


class TimeAxis:
    """The axis of times of a header.

    Parameters
    ----------
    get : callable
        Keywords, those that the user supplies first.
    overrides : Mapping
        Keywords that the user supplies.
    axis : int
        Its number.
    length : int
        How many planes it has.
    table : TimeTable, optional
        That of the file.

    Raises
    ------
    ValueError
        The header does not say when its planes were taken.
    """

    def __init__(
        self,
        get: Get,
        overrides: Mapping[str, object],
        axis: int,
        length: int,
        table: TimeTable | None,
    ) -> None:
        self._overrides = overrides
        kind = text(get, f"CTYPE{axis}").upper().split("-")[0].strip()
        self._scale = kind if kind in SCALES else text(get, "TIMESYS")
        if table is not None and len(table.times) != length:
            raise ValueError(
                f"times of its planes (their table has {len(table.times)} rows, the axis {length} "
                "planes)"
            )
        self._table = table
        unit = time_unit(get, axis)
        self._first, self._step = 0.0, math.nan
        if table is None:
            self._first, self._step = _linear(get, axis, unit)
        self._step_stated = number(get, "TIMEDEL")
        self._unit = unit
        first = self._coordinate(0)
        self._reference = _reference(get, overrides, first)
        offset = number(get, "TIMEOFFS") or 0.0
        self._reference += timedelta(seconds=offset * unit)
        self._lead = self._leading_part(get, overrides)

    def cards(self, position: int) -> dict[str, object]:
        """Return the keywords of time of a plane, which win over all others.

        Raises
        ------
        ValueError
            The time is not known.
        """
        seconds, duration = self._coordinate(position), self._duration(position)
        if not math.isfinite(seconds):
            raise ValueError("the time of the plane (that of its table is no number)")
        before = 0.0 if self._lead == 0 else self._lead * duration
        if math.isnan(before):
            raise ValueError(
                "the duration of the plane (its time is that of its middle; TIMEDEL, or column "
                "DURATION of table TIMES)"
            )
        begin = to_utc(self._moment(seconds - before), self._scale)
        cards: dict[str, object] = dict.fromkeys((*START_DATES, *START_MJDS))
        cards |= {"DATE-OBS": begin.isoformat(), "TIMESYS": "UTC"}
        lengths = ("TAU_TIME", *END_KEYS, *EXPOSURE_KEYS)
        # Those of the header are of all planes together.
        supplied = {key: self._overrides[key] for key in lengths if key in self._overrides}
        cards |= dict.fromkeys(lengths) | (supplied or {"TAU_TIME": duration})
        if self._table is not None and self._table.beams is not None:
            beam = self._table.beams[position].tolist()
            names = ("BMAJ", "BMIN", "BPA")
            cards |= {
                name: value
                for name, value in zip(names, beam, strict=True)
                if name not in self._overrides
            }
        return cards

    def _coordinate(self, position: int) -> float:
        if self._table is not None:
            return float(self._table.times[position])
        return self._first + self._step * position

    def _duration(self, position: int) -> float:
        """Seconds, NaN if unknown."""
        if self._table is not None and self._table.durations is not None:
            return float(self._table.durations[position])
        return self._step if self._step_stated is None else self._step_stated * self._unit

    def _moment(self, seconds: float) -> datetime:
        try:
            return self._reference + timedelta(seconds=seconds)
        except OverflowError as error:
            raise ValueError(f"observation time ({seconds:g} s is not one of an axis)") from error

    def _leading_part(self, get: Get, overrides: Mapping[str, object]) -> float:
        """Return how much of a plane's duration is before its coordinate.

        The standard has half of it, or TIMEPIXR. But who joins images to a cube takes the starts
        of these, and leaves that of the first one in the header.
        """
        if self._table is not None and self._table.are_starts:
            return 0.0
        stated = number(get, "TIMEPIXR")
        if stated is not None:
            return stated
        duration = self._duration(0)
        if math.isnan(duration):
            return 0.0
        try:
            begin = start(get, overrides)
            first = to_utc(self._moment(self._coordinate(0)), self._scale)
        except ValueError:
            return 0.5
        return 0.0 if abs((first - begin).total_seconds()) < SAME_START * duration else 0.5


def time_unit(get: Get, axis: int) -> float:
    """Seconds of the unit of an axis of times."""
    name = next((one for one in (f"CUNIT{axis}", "TIMEUNIT") if text(get, one)), None)
    return 1.0 if name is None else factor(text(get, name), "s", name)


def _linear(get: Get, axis: int, unit: float) -> tuple[float, float]:
    """Coordinate of the first plane of a linear axis, and the step to the next one, s."""
    value, step = number(get, f"CRVAL{axis}"), step_of(get, axis)
    if text(get, f"CTYPE{axis}").upper().endswith("-TAB"):
        raise ValueError(f"times of its planes (the table of axis {axis}, TIME-TAB, is missing)")
    if value is None or step is None:
        lacking = f"CRVAL{axis}" if value is None else f"CDELT{axis}"
        raise ValueError(f"times of its planes ({lacking})")
    if step <= 0:
        raise ValueError(f"times of its planes (those of axis {axis} go backwards, by its step)")
    reference = number(get, f"CRPIX{axis}")
    first = value + step * (1 - (1.0 if reference is None else reference))
    return first * unit, step * unit


def _reference(get: Get, overrides: Mapping[str, object], first: float) -> datetime:
    """Return the time from which an axis counts: in UTC, or naive and in the scale of the axis.

    Without a word it is MJD 0, which some programs write into every header. Where that makes no
    time of an image, the axis counts from the start of the observation.
    """
    stated = _stated_reference(get)
    if stated is not None and stated != MJD_EPOCH:
        return stated
    if first >= EARLIEST_S:
        return MJD_EPOCH
    return start(get, overrides)  # in UTC: seconds since then are the same in all scales


def _stated_reference(get: Get) -> datetime | None:
    day, fraction = number(get, "MJDREFI"), number(get, "MJDREFF")
    mjd, julian = number(get, "MJDREF"), number(get, "JDREF")
    if day is not None:
        mjd = day + (fraction or 0.0)
    elif not mjd and julian is not None:
        mjd = julian - JD_OF_MJD_EPOCH
    if mjd:
        return from_mjd(mjd).replace(tzinfo=None)
    if not text(get, "DATEREF"):
        return None
    try:
        return parse_time(text(get, "DATEREF")).replace(tzinfo=None)
    except ValueError as error:
        raise ValueError(f"times of its planes (DATEREF: {error})") from error
