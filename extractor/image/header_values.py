"""Values of header keywords: None if missing; unreadable values are refused."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Get = Callable[[str], Any]

_D_EXPONENT = re.compile(r"(?<=[\d.])[dD](?=[-+]?\d+$)")


def lookup(get: Get, overrides: Mapping[str, object]) -> Get:
    """Return a function from a keyword to its value: that of `overrides`, else by `get`."""
    return lambda key: overrides[key] if key in overrides else get(key)


def text(get: Get, key: str) -> str:
    """Value of a keyword as text without spaces around it; empty where it is absent."""
    value = get(key)
    return "" if value is None else str(value).strip()


def number(get: Get, key: str) -> float | None:
    """Value of a keyword as a float.

    Text that is a number counts as one, also with the exponent ``D`` of Fortran (FITS standard 4.0,
    section 4.2.4).

    Returns
    -------
    float or None
        None where the keyword is absent, blank or not a number (NaN) by its own word.

    Raises
    ------
    ValueError
        There is a value, and it is not a number.
    """
    value = get(key)
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError(f"{key}={value} is not a number")
    if not str(value).strip():
        return None
    try:
        if "_" in str(value):  # which Python takes for a separator of digits
            raise ValueError
        found = float(_D_EXPONENT.sub("e", value.strip()) if isinstance(value, str) else value)
    except (TypeError, ValueError) as error:
        if type(value).__name__ == "Undefined":  # astropy's word for a keyword without a value
            return None
        raise ValueError(f"{key}={value!r} is not a number") from error
    return None if math.isnan(found) else found
