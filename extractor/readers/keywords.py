"""The keywords of FITS that are read, and the values that a user may give for them."""

import difflib
import math
import re
from collections.abc import Mapping

from extractor.errors import ExtractorError

END_KEYS = ("DATE-END", "END_UTC", "MJD-END")
EXPOSURE_KEYS = ("EXPTIME", "EXPOSURE", "XPOSURE", "TELAPSE", "DURATION", "INTTIME", "ONTIME")

_NUMBERS = {
    *("BMAJ", "BMIN", "BPA", "RESTFRQ", "RESTFREQ", "RESTBW", "BANDWIDT", "EQUINOX", "EPOCH"),
    *("LONPOLE", "LATPOLE", "RESTWAV", "VELREF", "TAU_TIME", *EXPOSURE_KEYS),
    *("MJD-OBS", "MJD-BEG", "MJD-AVG", "MJD-END"),
    *("MJDREF", "MJDREFI", "MJDREFF", "JDREF", "TIMEOFFS", "TIMEDEL", "TIMEPIXR"),
    *("NCORE", "NREMOTE", "NINTL"),
}
_TEXTS = {
    *("BUNIT", "BTYPE", "DATE-OBS", "DATE-BEG", "DATE-AVG", "DATE-END", "END_UTC", "TIMESYS"),
    *(
        "DATEREF",
        "TIMEUNIT",
        "TIME-OBS",
        "UTSTART",
        "UTC",
        "TELESCOP",
        "RADESYS",
        "RADECSYS",
        "ANTENNA",
        "DETECTON",
        "WEIGHTIM",
        "PBEAMIM",
    ),
}
READ_KEYWORDS = frozenset(_NUMBERS | _TEXTS)
_AXIS_NUMBER = re.compile(r"(CRVAL|CRPIX|CDELT|CROTA)[1-9]|(CD|PC)[1-9]_[1-9]|PV[1-9]_\d\d?")
_AXIS_TEXT = re.compile(r"(CTYPE|CUNIT)[1-9]")
# What a misspelt keyword of an axis may have meant.
_FIRST_AXES = [
    f"{name}{axis}" for name in ("CTYPE", "CUNIT", "CRVAL", "CRPIX", "CDELT") for axis in "1234"
]


def clean_overrides(header: Mapping[str, object] | None) -> dict[str, object]:
    """Check a user's header values, and return them with upper-case keys and proper numbers.

    Raises
    ------
    ExtractorError
        A keyword is not among those that are read or is given twice, or its value is not a number
        where it has to be: one line that names all such.
    """
    clean, problems = {}, []
    for key, value in (header or {}).items():
        name = key.strip().upper()
        if name in clean:
            problems.append(f"{name} is given twice")
        elif name in _TEXTS or _AXIS_TEXT.fullmatch(name):
            clean[name] = value
        elif not (name in _NUMBERS or _AXIS_NUMBER.fullmatch(name)):
            problems.append(_unknown(name))
        elif (number := _number(value)) is None:
            problems.append(f"{name}={value} is not a number")
        else:
            clean[name] = number
    if problems:
        raise ExtractorError(f"header values: {'; '.join(problems)}")
    return clean


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, [*sorted(READ_KEYWORDS), *_FIRST_AXES], n=1)
    if close:
        return f"{name} is not read; did you mean {close[0]}?"
    return (
        f"{name} is not read; those that are: {', '.join(sorted(READ_KEYWORDS))}, and of axis n "
        "CTYPEn, CUNITn, CRVALn, CRPIXn, CDELTn, CROTAn, CDn_m, PCn_m, PVn_m"
    )
