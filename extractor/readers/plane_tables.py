"""Tables of FITS files that tell of the planes of a cube: their beams and their times."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.image.coordinates import MAX_AXES, step_of
from extractor.image.header_values import number, text
from extractor.image.units import factor
from extractor.readers.time_axis import TimeTable, is_time, time_unit

# Columns of a table TIMES, the first that is there counts.
STARTS = ("START", "TSTART")
DURATIONS = ("DURATION", "EXPOSURE", "XPOSURE", "TELAPSE", "TIMEDEL")
STOPS = ("STOP", "TSTOP")


def beams(table: Any) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Read CASA's table BEAMS; see `extractor.readers.opened.Opened`.

    Raises
    ------
    ValueError
        It lacks a column.
    """
    if lacking := {"CHAN", "POL", "BMAJ", "BMIN", "BPA"} - _names(table).keys():
        raise ValueError(f"its table BEAMS lacks {', '.join(sorted(lacking))}")
    channel, stokes = (np.asarray(_column(table, name), int) for name in ("CHAN", "POL"))
    planes = zip(channel.tolist(), stokes.tolist(), strict=True)
    return dict(zip(planes, map(tuple, _beam_axes(table).tolist()), strict=True))


def times(header: Any, hdus: Any, found: Mapping[str, int]) -> TimeTable | None:
    """Read the table that lists when the planes along an axis of times were taken, if there is one.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Of the image.
    hdus : astropy.io.fits.HDUList
    found : Mapping
        The numbers of its tables, by their names.

    Raises
    ------
    ValueError
        The table lacks something.
    """
    for axis in range(1, MAX_AXES + 1):
        kind = text(header.get, f"CTYPE{axis}").upper()
        if not is_time(kind):
            continue
        name = text(header.get, f"PS{axis}_0")
        if kind.endswith("-TAB") and name in found:
            return TimeTable(_tabular(header, axis, hdus[found[name]]))
        if "TIMES" in found:
            return _listed(hdus[found["TIMES"]], time_unit(header.get, axis))
    return None


def _listed(table: Any, unit: float) -> TimeTable:
    """Read a table TIMES: a row for each plane, in the order of the axis."""
    names = _names(table)
    start, duration, stop = (
        next((name for name in candidates if name in names), None)
        for candidates in (STARTS, DURATIONS, STOPS)
    )
    if start is None and "TIME" not in names:
        raise ValueError("its table TIMES lacks START, or TIME")
    begin = _seconds(table, start or "TIME", unit)
    durations = None
    if duration is not None:
        durations = _seconds(table, duration, 1.0)
    elif start is not None and stop is not None:
        durations = _seconds(table, stop, unit) - begin
    has_beams = {"BMAJ", "BMIN", "BPA"} <= names.keys()
    return TimeTable(begin, start is not None, durations, _beam_axes(table) if has_beams else None)


def _tabular(header: Any, axis: int, table: Any) -> NDArray[np.float64]:
    """Coordinates of an axis TIME-TAB, s: Greisen et al. 2006 (paper III), section 6.1."""
    names = _names(table)
    column = text(header.get, f"PS{axis}_1").upper()
    if column not in names:
        raise ValueError(f"its axis {axis} refers to column {column or '?'}, which its table lacks")
    unit = time_unit(header.get, axis)
    listed = np.asarray(_column(table, column)[0], float).ravel()
    value, step = number(header.get, f"CRVAL{axis}"), step_of(header.get, axis)
    reference = number(header.get, f"CRPIX{axis}")
    pixel = np.arange(1.0, header[f"NAXIS{axis}"] + 1) - (1.0 if reference is None else reference)
    psi = (1.0 if value is None else value) + (1.0 if step is None else step) * pixel
    index_column = text(header.get, f"PS{axis}_2").upper()
    index = np.arange(1.0, len(listed) + 1)
    if index_column:
        if index_column not in names:
            raise ValueError(f"its axis {axis} refers to column {index_column}, which is missing")
        index = np.asarray(_column(table, index_column)[0], float).ravel()
    # Beyond its ends, by up to half a pixel, the standard extrapolates: no plane is there.
    found = np.interp(psi, index, listed, left=np.nan, right=np.nan)
    return np.asarray(found * _unit(table, column, unit))


def _names(table: Any) -> dict[str, str]:
    return {name.upper(): name for name in table.columns.names}


def _column(table: Any, name: str) -> Any:
    return table.data[_names(table)[name]]


def _unit(table: Any, name: str, default: float) -> float:
    """Seconds of the unit of a column; the default where none is stated."""
    unit = table.columns[_names(table)[name]].unit
    return factor(str(unit), "s", f"the unit of column {name} of its table") if unit else default


def _seconds(table: Any, name: str, default: float) -> NDArray[np.float64]:
    return np.asarray(_column(table, name), float) * _unit(table, name, default)


def _beam_axes(table: Any) -> NDArray[np.float64]:
    """Columns BMAJ, BMIN and BPA in degrees, shape (n, 3)."""
    names = _names(table)
    return np.stack(
        [
            np.asarray(_column(table, name), float)
            * factor(
                str(table.columns[names[name]].unit or ""),
                "deg",
                f"the unit of column {name} of its table",
            )
            for name in ("BMAJ", "BMIN", "BPA")
        ],
        axis=1,
    )
