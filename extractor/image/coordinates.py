"""Coordinates of headers, as wcslib reads them: the whole linear transformation, axis by axis.

Greisen & Calabretta 2002, A&A 395, 1061 (paper I: CDELT with CROTA, PC or CD); Calabretta & Greisen
2002, A&A 395, 1077 (paper II: sky); Greisen et al. 2006, A&A 446, 747 (paper III: frequency).
AIPS's own FREQ-xxx, VELO-xxx and FELO-xxx (AIPS Memo 27) are as wcslib translates them.
"""

import math
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.image.header_values import Get, lookup, number, text
from extractor.image.units import factor

MAX_AXES = 9

# Types of spectral axes (paper III, table 1) and the unit in which each is read.
SPECTRAL = {
    "FREQ": "Hz",
    **dict.fromkeys(("VELO", "FELO", "VRAD", "VOPT"), "m/s"),
    **dict.fromkeys(("WAVE", "AWAV"), "m"),
    **dict.fromkeys(("BETA", "ZOPT"), ""),
    "WAVN": "1/m",
    "ENER": "J",
}
# Radio images are of frequencies between these. Where no unit is stated, what is below the lowest
# that reaches the ground is in another unit than Hz.
MIN_HZ, MAX_HZ = 1e5, 1e13
MIN_HZ_WITHOUT_UNIT = 1e7
# Of SIP and of the tables of distortions that cameras need.
DISTORTIONS = ("A_ORDER", "B_ORDER", "CPDIS1", "CPDIS2", "CQDIS1", "CQDIS2", "D2IMDIS1", "D2IMDIS2")
# What astropy raises, when wcslib cannot make coordinates of a header.
NO_COORDINATES = (ValueError, TypeError, KeyError, IndexError, MemoryError)
_KEYWORD = re.compile(
    r"(NAXIS|CTYPE|CUNIT|CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC)\d\d?_\d\d?|(CD|PC)\d{6}|PV\d_\d\d?"
    r"|LONPOLE|LATPOLE|VELREF|RADESYS|RADECSYS|EQUINOX|EPOCH|" + "|".join(DISTORTIONS)
)
REST_FREQUENCY = ("RESTFRQ", "RESTFREQ")


def axis_of(get: Get, *types: str) -> int | None:
    """Return the number of the first axis whose CTYPE begins so, also beyond NAXIS."""
    for axis in range(1, MAX_AXES + 1):
        if text(get, f"CTYPE{axis}").upper().startswith(types):
            return axis
    return None


def coordinate_keywords(header: Any, overrides: Mapping[str, object]) -> dict[str, Any]:
    """Return the keywords of which coordinates are made, those of `overrides` first."""
    keys = [key for key in header if _KEYWORD.fullmatch(key)]
    return {key: header[key] for key in keys} | {
        key: value for key, value in overrides.items() if _KEYWORD.fullmatch(key)
    }


def sky_axes(get: Get) -> tuple[int, int]:
    """Numbers of the axes of right ascension and declination.

    Raises
    ------
    ValueError
        The header lacks something of the sky, or is of another frame than ICRS or FK5 of J2000.
    """
    lon, lat = axis_of(get, "RA--"), axis_of(get, "DEC-")
    if lon is None or lat is None:
        kinds = [text(get, f"CTYPE{axis}") or "?" for axis in (1, 2)]
        raise ValueError(
            f"equatorial sky axes (CTYPE is {kinds[0]}, {kinds[1]}; RA and DEC needed)"
        )
    n_axes = _n_axes(get)
    lacking = [
        f"{key}{axis}"
        for axis in (lon, lat)
        for key, lacks in (
            ("CRVAL", number(get, f"CRVAL{axis}") is None),
            ("CRPIX", number(get, f"CRPIX{axis}") is None),
            ("CDELT", not _states_step(get, axis, n_axes)),
        )
        if lacks
    ]
    if lacking:
        raise ValueError(f"sky coordinates ({', '.join(lacking)})")
    _refuse_other_frames(get)
    if distortion := next((key for key in DISTORTIONS if get(key) is not None), None):
        raise ValueError(f"a sky projection without distortions ({distortion} is not read)")
    return lon, lat


def sky_wcs(get: Get, lon: int, lat: int) -> Any:
    """Return the `astropy.wcs.WCS` of the axes of right ascension and declination.

    Raises
    ------
    ValueError, TypeError, KeyError, IndexError, MemoryError
        There is no valid one, or another axis is mixed with them.
    """
    wcs = _wcs(get, (lon, lat)).sub([lon, lat])
    wcs.wcs.set()
    return wcs


def frequency(get: Get, *, rest_counts: bool = False) -> tuple[float, float]:
    """Frequency of a plane and the width of its channel in Hz, NaN for a width that is not stated.

    A spectral axis tells at what frequency the image was taken. The rest frequency is that of a
    line: it converts velocities, and serves where there is no such axis, or one without a value.

    Parameters
    ----------
    get : callable
    rest_counts : bool
        The rest frequency wins over that of an axis FREQ: the user has supplied it.

    Raises
    ------
    ValueError
    """
    rest = next((f for key in REST_FREQUENCY if (f := number(get, key))), None)
    axis = axis_of(get, *SPECTRAL)
    value = None if axis is None else number(get, f"CRVAL{axis}")
    kind = "" if axis is None else text(get, f"CTYPE{axis}").upper()
    found, width, unit_stated = rest, math.nan, True
    if axis is not None and kind.startswith("FREQ"):
        if value or rest:
            # wcslib refuses a frequency of 0; the width of the channel is the same anywhere.
            somewhere = get if value else lookup(get, {f"CRVAL{axis}": rest})
            found, width = _spectral(somewhere, axis, rest)
            unit_stated = bool(text(get, f"CUNIT{axis}"))
        if not value or (rest and rest_counts):
            found, unit_stated = rest, True
    elif axis is not None and value is not None:
        found, width = _spectral(get, axis, rest)
    if found is None:
        raise ValueError("frequency (a FREQ axis, RESTFRQ)")
    least = MIN_HZ if unit_stated else MIN_HZ_WITHOUT_UNIT
    if not least <= found <= MAX_HZ:
        hint = "" if unit_stated else f"; CUNIT{axis} is missing"
        raise ValueError(f"frequency ({found:g} Hz is not that of a radio image{hint})")
    if math.isnan(width):
        widths = (number(get, key) for key in ("RESTBW", "BANDWIDT"))
        width = next((w for w in widths if w and 0 < w < math.inf), math.nan)
    return found, width


def stokes_code(get: Get) -> float:
    """Return the number of the Stokes parameter, that of I for an image that says nothing of it.

    Raises
    ------
    ValueError
        The axis STOKES has no value.
    """
    axis = axis_of(get, "STOKES")
    if axis is None:
        return 1.0
    if number(get, f"CRVAL{axis}") is None:
        raise ValueError(f"Stokes parameter (CRVAL{axis})")
    try:
        wcs = _wcs(get, (axis,))
        return float(wcs.wcs_pix2world([_pixel(get, wcs, axis)], 1)[0, axis - 1])
    except NO_COORDINATES as error:
        raise ValueError(f"Stokes parameter (axis {axis}: {reason(error)})") from error


def step_of(get: Get, axis: int) -> float | None:
    """Step of a linear axis from pixel to pixel, in its own unit; None if it is not stated.

    Raises
    ------
    ValueError
        Another axis is mixed with it.
    """
    n_axes = _n_axes(get)
    if not _states_step(get, axis, n_axes):
        return None
    cd, pc = (_matrix(get, key, [axis], n_axes) for key in ("CD", "PC"))
    elements = cd if any(cd.values()) else {(axis, axis): 1.0} | pc
    if any(element for place, element in elements.items() if place != (axis, axis)):
        raise ValueError(f"an axis {axis} that no other one is mixed with")
    step = 1.0 if elements is cd else number(get, f"CDELT{axis}")
    return elements.get((axis, axis), 0.0) * (1.0 if step is None else step)


def _spectral(get: Get, axis: int, rest: float | None) -> tuple[float, float]:
    """Frequency and width of the channel, NaN if not stated, by the axis' own kind."""
    index = axis - 1
    try:
        wcs = _wcs(get, (axis,))
        wcs.wcs.restfrq = rest or 0.0
        wcs.wcs.restwav = number(get, "RESTWAV") or 0.0
        wcs.wcs.sptr("FREQ-???")
        wcs.wcs.set()
        pixel = _pixel(get, wcs, axis)
        centre = float(wcs.wcs_pix2world([pixel], 1)[0, index])
        row = wcs.pixel_scale_matrix[index]
        step = np.diag(np.where(row == 0, 0.0, 0.5))
        ends = wcs.wcs_pix2world(np.concatenate([pixel - step, pixel + step]), 1)[:, index]
    except NO_COORDINATES as error:
        kind = text(get, f"CTYPE{axis}")
        raise ValueError(f"frequency (axis {axis}, {kind}: {reason(error)})") from error
    if not _states_step(get, axis, wcs.naxis):
        return centre, math.nan
    if wcs.wcs.ctype[index] == "FREQ":  # linear: the step itself is exact
        return centre, float(np.abs(row).sum())
    return centre, float(np.abs(ends[wcs.naxis :] - ends[: wcs.naxis]).sum())


def _pixel(get: Get, wcs: Any, axis: int) -> NDArray[np.float64]:
    """Return the pixel of the plane, in FITS's count, at which an axis is to be read.

    It is the first of each axis, to which `extractor.image.planes` shifts the reference.

    Raises
    ------
    ValueError
        The planes of a cube differ along the axis, and the header does not say by how much.
    """
    pixel = np.ones(wcs.naxis)
    if not _states_step(get, axis, wcs.naxis):
        if (number(get, f"NAXIS{axis}") or 1) > 1:
            raise ValueError(f"CDELT{axis} is missing")
        pixel[axis - 1] = wcs.wcs.crpix[axis - 1]
    return pixel


def _wcs(get: Get, kept: Iterable[int]) -> Any:
    """Return the transformation of all axes; those that are not `kept` are left linear.

    An axis that no keyword gives a step has one of 1. An axis of which no CDi_j speaks keeps its
    CDELT, as mixed headers mean it, where the standard has it ignored.
    """
    from astropy.wcs import WCS

    n_axes = _n_axes(get)
    axes = range(1, n_axes + 1)
    wcs = WCS(naxis=n_axes, fix=False)  # not before it is complete
    core = wcs.wcs
    kinds = [_kind(get, axis) if axis in kept else "" for axis in axes]
    scales: list[float] = []
    units: list[str] = []
    for kind in kinds:
        unit = "deg" if kind.startswith(("RA--", "DEC-")) else SPECTRAL.get(kind[:4], "")
        axis = len(units) + 1
        scales.append(_unit(get, axis, unit) if kind and unit else 1.0)
        units.append(unit)
    core.ctype, core.cunit = kinds, units
    value, reference = np.zeros(n_axes), np.ones(n_axes)
    for axis, scale in zip(axes, scales, strict=True):
        if axis in kept:
            value[axis - 1] = (number(get, f"CRVAL{axis}") or 0.0) * scale
        # Where other axes are read, those of the sky stand at their reference: `_pixel`.
        if axis in kept or not _is_of_sky(get, axis):
            pixel = number(get, f"CRPIX{axis}")
            reference[axis - 1] = 1.0 if pixel is None else pixel
    core.crval, core.crpix = value, reference
    steps = [number(get, f"CDELT{axis}") for axis in axes]
    cd, pc = (_matrix(get, key, axes, n_axes) for key in ("CD", "PC"))
    cd = {place: element for place, element in cd.items() if element}
    matrix = np.eye(n_axes)
    for axis in {axis for place in cd for axis in place}:
        matrix[axis - 1, axis - 1], steps[axis - 1] = 0.0, 1.0
    for (row, column), element in (cd or pc).items():
        matrix[row - 1, column - 1] = element
    for axis in axes:
        if not _states_step(get, axis, n_axes):
            matrix[axis - 1, axis - 1], steps[axis - 1] = matrix[axis - 1, axis - 1] or 1.0, 1.0
    core.cdelt = [
        (1.0 if step is None else step) * scale for step, scale in zip(steps, scales, strict=True)
    ]
    turns = [number(get, f"CROTA{axis}") or 0.0 for axis in axes]
    if any(turns) and not (cd or pc):
        core.crota = turns
    else:
        core.pc = matrix
    core.set_pv(_parameters(get, kept))
    for name in ("lonpole", "latpole", "velref"):
        if (stated := number(get, name.upper())) is not None:
            setattr(core, name, int(stated) if name == "velref" else stated)
    core.radesys = _frame(get)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what was repaired
        wcs.fix()
    return wcs


def reason(error: Exception) -> str:
    """Last line of what wcslib says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()


def _unit(get: Get, axis: int, base: str) -> float:
    """Size of the unit of an axis in another one."""
    name = f"CUNIT{axis}"
    return factor(text(get, name), base, name)


def _n_axes(get: Get) -> int:
    return max(
        2,
        *(
            axis
            for axis in range(1, MAX_AXES + 1)
            if any(get(f"{key}{axis}") is not None for key in ("NAXIS", "CTYPE", "CRVAL"))
        ),
    )


def _is_of_sky(get: Get, axis: int) -> bool:
    return text(get, f"CTYPE{axis}").upper().startswith(("RA--", "DEC-"))


def _kind(get: Get, axis: int) -> str:
    kind = text(get, f"CTYPE{axis}").upper()
    return "FREQ" if kind in ("FREQUENC", "FREQUENCY") else kind


def _matrix(get: Get, key: str, rows: Iterable[int], n_axes: int) -> dict[tuple[int, int], float]:
    """Elements of PC or CD that a header states, also as PC01_01 and PC001001."""
    return {
        place: element
        for row in rows
        for place, name in _element_names(key, row, n_axes)
        if (element := number(get, name)) is not None
    }


@cache
def _element_names(key: str, row: int, n_axes: int) -> list[tuple[tuple[int, int], str]]:
    """Keywords of a row of PC or CD, and the places of their elements."""
    return [
        ((row, column), name)
        for column in range(1, n_axes + 1)
        for name in (
            f"{key}{row}_{column}",
            f"{key}{row:02d}_{column:02d}",
            f"{key}{row:03d}{column:03d}",
        )
    ]


def _states_step(get: Get, axis: int, n_axes: int) -> bool:
    """Whether a header states by how much the coordinate of an axis grows from pixel to pixel."""
    cd, pc = (_matrix(get, key, [axis], n_axes) for key in ("CD", "PC"))
    if any(cd.values()):
        return True
    step = number(get, f"CDELT{axis}")
    if step is None:
        return any(value not in (0.0, 1.0) for value in pc.values())
    return step != 0 and any(({(axis, axis): 1.0} | pc).values())


def _parameters(get: Get, kept: Iterable[int]) -> list[tuple[int, int, float]]:
    return [
        (axis, m, value)
        for axis in kept
        for m in range(30)
        if (value := number(get, f"PV{axis}_{m}")) is not None
    ]


def _frame(get: Get) -> str:
    frame = (text(get, "RADESYS") or text(get, "RADECSYS")).upper()
    return "FK5" if frame == "J2000" else frame


def _refuse_other_frames(get: Get) -> None:
    """Refuse coordinates that are not ICRS, or FK5 of J2000, which is the same here."""
    frame = _frame(get)
    if frame == "ICRS":  # which has no equinox
        return
    key = "EQUINOX" if text(get, "EQUINOX") else "EPOCH"
    stated = text(get, key).upper()
    if stated[:1] in ("J", "B"):
        frame, stated = frame or ("FK5" if stated[0] == "J" else "FK4"), stated[1:]
    equinox = number({key: stated}.get, key)
    if equinox is None:
        equinox = 1950.0 if frame.startswith("FK4") else 2000.0
    # Without a frame, older equinoxes are of the FK4 (FITS standard 4.0, section 8.3).
    frame = frame or ("FK4" if equinox < 1984 else "FK5")
    if frame != "FK5" or equinox != 2000:
        raise ValueError(f"coordinates of J2000 or ICRS (these are {frame} of equinox {equinox:g})")
