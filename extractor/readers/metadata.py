"""What an image header says about sky, beam, frequency and time.

Nothing is guessed: what a header does not state and what cannot be computed from it is missing,
and everything that is missing is reported at once.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from extractor.errors import ImageError
from extractor.image.plane import Beam
from extractor.image.projection import Projection
from extractor.image.stations import Stations, stations_of
from extractor.readers.aips import beam_of_history
from extractor.readers.header_times import from_mjd, parse_time
from extractor.readers.keywords import END_KEYS, EXPOSURE_KEYS

C_M_PER_S = 299792458.0
MAX_AXES = 9
MIN_PIXEL_DEG, MAX_PIXEL_DEG = 1e-9, 45.0

_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V"}
_HZ = {"": 1.0, "HZ": 1.0, "KHZ": 1e3, "MHZ": 1e6, "GHZ": 1e9}
_JY_PER_BEAM = {"JY/BEAM": 1.0, "JY": 1.0, "MJY/BEAM": 1e-3, "UJY/BEAM": 1e-6}
_M_PER_S = {"": 1.0, "M/S": 1.0, "KM/S": 1e3}

Get = Callable[[str], Any]


@dataclass(frozen=True)
class ImageKey:
    """What orders images: start in UTC, frequency in Hz, Stokes parameter.

    ``path`` is the name by which `extractor.open` reads the image, with the number of the plane if
    its file has several.
    """

    path: str
    taken_at: datetime
    freq_eff: float
    stokes: str


@dataclass(frozen=True)
class Metadata:
    """Physical content of a header; units as in `extractor.Image`."""

    projection: Projection
    beam: Beam
    freq_eff: float
    bandwidth: float
    taken_at: datetime
    duration: float
    stokes: str
    telescope: str
    stations: Stations | None
    jy_per_unit: float


def read_metadata(header: Any, overrides: Mapping[str, object], path: str) -> Metadata:
    """Read everything that `extractor.open` needs from a header.

    Parameters
    ----------
    header : astropy.io.fits.Header
    overrides : Mapping
        Keywords that win over those of the header: of the plane, and supplied by the user.
    path : str
        For messages.

    Raises
    ------
    ImageError
        One line that names everything that is missing or unreadable.
    """
    get = _lookup(header, overrides)
    found = _gather(
        path,
        projection=lambda: _projection(header, overrides),
        beam=lambda: _beam(header, get),
        freq_eff=lambda: _frequency(get, overrides),
        taken_at=lambda: _start(get),
        stokes=lambda: _stokes(get),
        jy_per_unit=lambda: _unit(get),
    )
    return Metadata(
        bandwidth=_bandwidth(get),
        duration=_duration(get, found["taken_at"]),
        telescope=str(get("TELESCOP") or "").strip(),
        stations=stations_of(get),
        **found,
    )


def read_image_key(header: Any, overrides: Mapping[str, object], path: str) -> ImageKey:
    """Read the time, frequency and Stokes parameter alone; see `read_metadata`."""
    get = _lookup(header, overrides)
    return ImageKey(
        path=path,
        **_gather(
            path,
            taken_at=lambda: _start(get),
            freq_eff=lambda: _frequency(get, overrides),
            stokes=lambda: _stokes(get),
        ),
    )


def _lookup(header: Any, overrides: Mapping[str, object]) -> Get:
    return lambda key: overrides[key] if key in overrides else header.get(key)


def _gather(path: str, **readers: Callable[[], Any]) -> dict[str, Any]:
    found, missing = {}, []
    for name, reader in readers.items():
        try:
            found[name] = reader()
        except ValueError as error:
            missing.append(str(error))
    if missing:
        raise ImageError(
            f"{path}: missing metadata: {'; '.join(missing)}. "
            "Supply what the header lacks as header values KEY=VALUE"
        )
    return found


def _number(get: Get, key: str) -> float | None:
    """Value of a keyword as a float; None where it is absent or no number."""
    value = get(key)
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


def _unit_name(value: object) -> str:
    return re.sub(r"[\s.*]", "", str(value or "")).upper().replace("BEAM-1", "/BEAM")


def _axis(get: Get, *types: str) -> int | None:
    """Return the number of the first axis whose CTYPE begins so, also beyond NAXIS."""
    for axis in range(1, MAX_AXES + 1):
        if str(get(f"CTYPE{axis}") or "").strip().upper().startswith(types):
            return axis
    return None


def _axis_step(get: Get, axis: int) -> float | None:
    step = _number(get, f"CDELT{axis}")
    return _number(get, f"CD{axis}_{axis}") if step is None else step


def _axis_value(get: Get, axis: int) -> float | None:
    """World coordinate of the axis' first pixel."""
    value = _number(get, f"CRVAL{axis}")
    if value is None:
        return None
    reference = _number(get, f"CRPIX{axis}")
    return value + (1 - (1 if reference is None else reference)) * (_axis_step(get, axis) or 0.0)


def _projection(header: Any, overrides: Mapping[str, object]) -> Projection:
    from astropy.wcs import WcsError

    header = header.copy()
    for key, value in overrides.items():
        try:
            header[key] = value
        except ValueError:  # what a header cannot hold, such as infinity, is none of the WCS'
            continue
    get = header.get
    lon, lat = _axis(get, "RA--"), _axis(get, "DEC-")
    if lon is None or lat is None:
        kinds = [str(get(f"CTYPE{axis}") or "?").strip() for axis in (1, 2)]
        raise ValueError(
            f"equatorial sky axes (CTYPE is {kinds[0]}, {kinds[1]}; RA and DEC needed)"
        )
    lacking = [
        f"{key}{axis}"
        for axis in (lon, lat)
        for key in ("CRVAL", "CRPIX", "CDELT")
        if _number(get, f"{key}{axis}") is None
        and not (key == "CDELT" and _number(get, f"CD{axis}_{axis}") is not None)
    ]
    if lacking:
        raise ValueError(f"sky coordinates ({', '.join(lacking)})")
    frame = str(get("RADESYS") or get("RADECSYS") or "").strip().upper()
    equinox = _number(get, "EQUINOX") or _number(get, "EPOCH") or 2000.0
    if frame.startswith("FK4") or (not frame and equinox < 1984):
        raise ValueError("coordinates of J2000 or ICRS (these are of B1950)")
    projection = Projection(header, lon, lat)
    try:
        scale = projection.wcs.pixel_scale_matrix
    except (WcsError, ValueError, TypeError, KeyError, IndexError, MemoryError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"a valid sky projection ({reason[-1].strip()})") from error
    sizes = np.linalg.svd(scale, compute_uv=False) if np.isfinite(scale).all() else np.zeros(2)
    if not (sizes.min() > MIN_PIXEL_DEG and sizes.max() < MAX_PIXEL_DEG):
        raise ValueError("a sensible pixel scale (CDELT or CD)")
    return projection


def _beam(header: Any, get: Get) -> Beam:
    major, minor, pa = (_number(get, key) for key in ("BMAJ", "BMIN", "BPA"))
    if not major and not minor and (stated := beam_of_history(header)):
        major, minor, pa = (_number(stated.get, key) for key in ("BMAJ", "BMIN", "BPA"))
    if pa is None and major == minor:
        pa = 0.0
    lacking = [
        name
        for name, value in (("BMAJ", major), ("BMIN", minor), ("BPA", pa))
        if value is None or (value == 0 and name != "BPA")
    ]
    if major is None or minor is None or pa is None or lacking:
        raise ValueError(f"beam ({', '.join(lacking)})")
    return Beam(major, minor, pa % 180 if math.isfinite(pa) else pa)


def _frequency(get: Get, overrides: Mapping[str, object]) -> float:
    """Frequency of the plane in Hz.

    A FREQ axis tells at what frequency the image was taken; the rest frequency is that of a line,
    and serves where there is no such axis, or to convert a velocity axis.
    """
    rest = next((f for key in ("RESTFRQ", "RESTFREQ") if (f := _number(get, key))), None)
    candidates = []
    if (axis := _axis(get, "FREQ")) is not None:
        value = _axis_value(get, axis)
        scale = _HZ.get(_unit_name(get(f"CUNIT{axis}")))
        candidates.append(None if value is None or scale is None else value * scale)
    elif rest and (axis := _axis(get, "VRAD", "VOPT")) is not None:
        velocity = _axis_value(get, axis)
        scale = _M_PER_S.get(_unit_name(get(f"CUNIT{axis}")))
        if velocity is not None and scale is not None:
            beta = velocity * scale / C_M_PER_S
            optical = str(get(f"CTYPE{axis}")).strip().upper().startswith("VOPT")
            candidates.append(rest / (1 + beta) if optical else rest * (1 - beta))
    candidates.append(rest)
    if {"RESTFRQ", "RESTFREQ"} & overrides.keys():
        candidates.insert(0, rest)
    for frequency in candidates:
        if frequency is not None and 0 < frequency < math.inf:
            return frequency
    raise ValueError("frequency (a FREQ axis, RESTFRQ)")


def _bandwidth(get: Get) -> float:
    axis = _axis(get, "FREQ")
    widths = [_number(get, "RESTBW"), _number(get, "BANDWIDT")]
    if axis is not None:
        step = _axis_step(get, axis)
        scale = _HZ.get(_unit_name(get(f"CUNIT{axis}")))
        widths.insert(0, None if step is None or scale is None else abs(step) * scale)
    return next((w for w in widths if w and 0 < w < math.inf), math.nan)


def _start(get: Get) -> datetime:
    timesys = str(get("TIMESYS") or "UTC")
    for key in ("DATE-OBS", "DATE-BEG"):
        value = get(key)
        if value is None or not str(value).strip():
            continue
        text = str(value).strip()
        clock = next((str(c) for k in ("TIME-OBS", "UTSTART") if (c := get(k))), "")
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text) and re.match(r"\d\d:\d\d", clock):
            value = f"{text}T{clock.strip()}"
        try:
            return parse_time(value, timesys)
        except ValueError as error:
            raise ValueError(f"observation time ({key}={text!r}: {error})") from error
    mjd = _number(get, "MJD-OBS")
    if mjd:
        try:
            return from_mjd(mjd, timesys)
        except ValueError as error:
            raise ValueError(f"observation time (MJD-OBS: {error})") from error
    raise ValueError("observation time (DATE-OBS)")


def _duration(get: Get, start: datetime) -> float:
    """Seconds, NaN if unknown. An end that is not after the start says nothing."""
    stated = _number(get, "TAU_TIME")
    if stated is not None and 0 <= stated < math.inf:
        return stated
    timesys = str(get("TIMESYS") or "UTC")
    for key in END_KEYS:
        value = get(key)
        if value is None:
            continue
        try:
            if key.startswith("MJD"):
                end = from_mjd(float(value), timesys)
            else:
                end = parse_time(value, timesys)
        except (ValueError, TypeError):
            continue
        if end > start:
            return (end - start) / timedelta(seconds=1)
    exposures = (_number(get, key) for key in EXPOSURE_KEYS)
    return next((e for e in exposures if e and 0 < e < math.inf), math.nan)


def _stokes(get: Get) -> str:
    """Stokes parameter; an image that does not speak of polarisation is of total intensity."""
    axis = _axis(get, "STOKES")
    value = 1.0 if axis is None else _axis_value(get, axis)
    code = None if value is None or not math.isfinite(value) else round(value)
    if code not in _STOKES:
        raise ValueError(f"Stokes parameter I, Q, U or V (the STOKES axis has {value})")
    return _STOKES[code]


def _unit(get: Get) -> float:
    """Factor to Jy per beam; radio images that state no unit are in Jy per beam."""
    unit = _unit_name(get("BUNIT"))
    factor = _JY_PER_BEAM.get(unit or "JY/BEAM")
    if factor is None:
        raise ValueError(f"pixels in Jy/beam (BUNIT is {str(get('BUNIT')).strip()!r})")
    return factor
