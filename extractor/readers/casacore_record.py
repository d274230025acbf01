"""FITS keywords of the metadata that casacore keeps, in CASA's tables or in HDF5."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from extractor.image.units import factor
from extractor.readers.keywords import READ_KEYWORDS
from extractor.readers.time_axis import TimeTable, is_time

_DEG = {"rad": math.degrees(1), "deg": 1.0, "arcmin": 1 / 60, "arcsec": 1 / 3600, "'": 1 / 60,
        '"': 1 / 3600}  # fmt: skip
_STOKES = {"I": 1, "Q": 2, "U": 3, "V": 4, "RR": -1, "LL": -2, "RL": -3, "LR": -4, "XX": -5,
           "YY": -6, "XY": -7, "YX": -8}  # fmt: skip
_FRAMES = {"J2000": "FK5", "ICRS": "ICRS", "B1950": "FK4"}


def header_of(
    lengths: list[int],
    coords: Mapping[str, Any],
    info: Mapping[str, Any],
    unit: str,
    misc: Mapping[str, Any],
) -> Any:
    """Write the header that the image would have in FITS, as far as it is read.

    Parameters
    ----------
    lengths : list of int
        Of the axes, in the order of FITS.
    coords, info, misc : Mapping
        Records of the coordinate system, of the image (beam) and of other keywords.
    unit : str
        Of the pixels.

    Returns
    -------
    astropy.io.fits.Header

    Raises
    ------
    ValueError
        Coordinates that FITS keywords cannot express.
    """
    from astropy.io.fits import Header

    cards: dict[str, Any] = {"NAXIS": len(lengths)}
    cards |= {f"NAXIS{axis}": length for axis, length in enumerate(lengths, start=1)}
    cards |= _other_keywords(misc)
    for name, record in coords.items():
        kind, number = name.rstrip("0123456789"), name.lstrip("abcdefghijklmnopqrstuvwxyz")
        if kind in _COORDINATES and number:
            axes = [int(axis) + 1 for axis in coords[f"pixelmap{number}"]]
            if min(axes) > 0:  # else the axis was taken away
                cards |= _COORDINATES[kind](record, axes)
    observed = coords.get("obsdate")
    if observed and float(observed["m0"]["value"]):  # 0, in sidereal time, where there is no date
        cards["MJD-OBS"] = float(observed["m0"]["value"])
        cards["TIMESYS"] = str(observed["refer"])
    cards["TELESCOP"] = str(coords.get("telescope", ""))
    if "restoringbeam" in info:
        beam = beam_deg(info["restoringbeam"])
        cards |= dict(zip(("BMAJ", "BMIN", "BPA"), beam, strict=True))
    cards["BUNIT"] = unit
    cards["BTYPE"] = str(info.get("imagetype", ""))
    return Header(cards.items())


def beams_of(info: Mapping[str, Any]) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Return the beams that differ from plane to plane: `extractor.readers.opened.Opened`."""
    record = info.get("perplanebeams")
    if not record:
        return {}
    n_channels = int(record["nChannels"])
    return {
        (number % n_channels, number // n_channels): beam_deg(record[f"*{number}"])
        for number in range(n_channels * int(record["nStokes"]))
    }


def frequencies_of(lengths: list[int], coords: Mapping[str, Any]) -> dict[int, tuple[float, float]]:
    """Return frequencies that a table lists: `extractor.readers.opened.Opened`.

    casacore makes one of an axis of velocities, and of images that are joined.

    Raises
    ------
    ValueError
        The table has not all of the channels.
    """
    for name, record in coords.items():
        if not name.startswith("spectral") or "wcs" in record:
            continue
        (axis,) = coords[f"pixelmap{name.removeprefix('spectral')}"]
        pixels = np.atleast_1d(record["tabular"]["pixelvalues"])
        values = np.atleast_1d(record["tabular"]["worldvalues"])
        if axis < 0 or not pixels.size:  # without a table the axis is linear
            continue
        channels = np.arange(lengths[axis])
        if pixels.min() > 0 or pixels.max() < channels[-1]:
            raise ValueError("its table of frequencies has not all of its channels")
        listed = np.interp(channels, pixels, values)
        widths = np.abs(np.gradient(listed)) if listed.size > 1 else [math.nan]
        return dict(enumerate(zip(listed.tolist(), map(float, widths), strict=True)))
    return {}


def times_of(lengths: list[int], coords: Mapping[str, Any]) -> TimeTable | None:
    """Return the times that a table lists: `extractor.readers.opened.Opened`.

    Raises
    ------
    ValueError
        The table has not all of the planes, or not in their order.
    """
    for name, record in coords.items():
        if not name.startswith("tabular"):
            continue
        (axis,) = coords[f"pixelmap{name.removeprefix('tabular')}"]
        pixels = np.atleast_1d(record.get("pixelvalues", []))
        kind, unit = (str(np.atleast_1d(record.get(key, ""))[0]) for key in ("axes", "units"))
        if axis < 0 or not is_time(kind.upper()) or not pixels.size:
            continue
        planes = np.arange(lengths[axis])
        if not (pixels.min() <= 0 and pixels.max() >= planes[-1]):
            raise ValueError("its table of times has not all of its planes")
        if not (np.diff(pixels) > 0).all():
            raise ValueError("its table of times is not in the order of its planes")
        listed = np.interp(planes, pixels, np.atleast_1d(record["worldvalues"]))
        return TimeTable(np.asarray(listed * factor(unit, "s", "the unit of its table of times")))
    return None


def beam_deg(record: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return a beam's axes (FWHM) and position angle in degrees."""
    major, minor, pa = (
        float(record[name]["value"]) * _degrees(record[name]["unit"], f"beam, {name}")
        for name in ("major", "minor", "positionangle")
    )
    return major, minor, pa


def _degrees(unit: Any, where: str) -> float:
    """Size of a unit of angles, deg."""
    if str(unit) not in _DEG:
        raise ValueError(f"the unit of its {where} is {str(unit)!r}, which is none of angles")
    return _DEG[str(unit)]


def _direction(record: Mapping[str, Any], axes: list[int]) -> dict[str, Any]:
    system = str(record["system"])
    names = ("RA", "DEC") if system in _FRAMES else ("GLON", "GLAT")
    cards: dict[str, Any] = {
        key: record[name]
        for key, name in (("LONPOLE", "longpole"), ("LATPOLE", "latpole"))
        if name in record  # not in images that are older than they
    }
    if system in _FRAMES:
        cards["RADESYS"] = _FRAMES[system]
    for number, (axis, name) in enumerate(zip(axes, names, strict=True)):
        degrees = _degrees(record["units"][number], f"direction axis {name}")
        cards |= {
            f"CTYPE{axis}": f"{name:-<4}-{record['projection']}",
            f"CUNIT{axis}": "deg",
            f"CRVAL{axis}": float(record["crval"][number]) * degrees,
            f"CDELT{axis}": float(record["cdelt"][number]) * degrees,
            f"CRPIX{axis}": float(record["crpix"][number]) + 1,
        }
        for other, share in zip(axes, record["pc"][number], strict=True):
            cards[f"PC{axis}_{other}"] = float(share)
    for number, value in enumerate(np.atleast_1d(record.get("projection_parameters", []))):
        cards[f"PV{axes[1]}_{number + 1}"] = float(value)
    return cards


def _spectral(record: Mapping[str, Any], axes: list[int]) -> dict[str, Any]:
    (axis,) = axes
    linear = record["wcs"] if "wcs" in record else _first(record["tabular"])
    cards = {
        f"CTYPE{axis}": str(linear["ctype"]).strip("\0 "),
        f"CUNIT{axis}": str(linear.get("unit", record.get("unit", "Hz"))),
        f"CRVAL{axis}": float(linear["crval"]),
        f"CDELT{axis}": float(linear["cdelt"]),
        f"CRPIX{axis}": float(linear["crpix"]) + 1,
    }
    if float(record.get("restfreq", 0)) > 0:
        cards["RESTFRQ"] = float(record["restfreq"])
    return cards


def _first(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the linear axis of a table of frequencies, which casacore keeps beside its values."""
    values = {name: np.atleast_1d(table[name])[0] for name in ("crval", "cdelt", "crpix")}
    return values | {"ctype": "FREQ", "unit": np.atleast_1d(table["units"])[0]}


def _stokes(record: Mapping[str, Any], axes: list[int]) -> dict[str, Any]:
    (axis,) = axes
    codes = [_STOKES.get(str(name), 0) for name in np.atleast_1d(record["stokes"])]
    steps = set(np.diff(codes).tolist()) or {1}
    if len(steps) > 1:
        raise ValueError("its Stokes parameters are not evenly spaced; split the cube into images")
    return {
        f"CTYPE{axis}": "STOKES",
        f"CRVAL{axis}": float(codes[0]),
        f"CDELT{axis}": float(steps.pop()),
        f"CRPIX{axis}": 1.0,
    }


def _other(record: Mapping[str, Any], axes: list[int]) -> dict[str, Any]:
    """Return the keywords of axes of which casacore knows no more than they say, such as times."""
    names = ("crval", "cdelt", "crpix", "units", "axes")
    stated = {name: np.atleast_1d(record[name]) for name in names if name in record}
    cards: dict[str, Any] = {}
    for number, axis in enumerate(axes):
        cards[f"CTYPE{axis}"] = str(stated["axes"][number]).upper()
        if not {"crval", "cdelt", "crpix"} <= stated.keys():
            continue
        cards |= {
            f"CRVAL{axis}": float(stated["crval"][number]),
            f"CDELT{axis}": float(stated["cdelt"][number]),
            f"CRPIX{axis}": float(stated["crpix"][number]) + 1,
        }
        if "units" in stated:
            cards[f"CUNIT{axis}"] = str(stated["units"][number])
    return cards


def _other_keywords(misc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that casacore carried along from a FITS file because it has no use."""
    known = {key.upper(): value for key, value in misc.items()}
    return {
        key: value
        for key, value in known.items()
        if key in READ_KEYWORDS and isinstance(value, (str, int, float))
    }


_COORDINATES = {
    "direction": _direction,
    "spectral": _spectral,
    "stokes": _stokes,
    "linear": _other,
    "tabular": _other,
}
