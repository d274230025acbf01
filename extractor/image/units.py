"""Units of headers by their meaning, however they are spelt."""

import re
from functools import lru_cache
from typing import Any

# So many units are known by their text, once they are read: those of a series are always the same.
KEPT = 256

_WORD = re.compile(r"[A-Za-z\u00b5\u03bc]+")
_SHORT = {"sec": "s", "degree": "deg", "degrees": "deg"}
_SPELT_OUT = re.compile(r"\b(" + "|".join(_SHORT) + r")\b")
_JANSKYS = {"janskys": "Jy", "millijy": "mJy", "microjy": "uJy", "mujy": "uJy"}
_FREQUENCY = {"HZ": "Hz", "KHZ": "kHz", "MHZ": "MHz", "GHZ": "GHz", "THZ": "THz"}


@lru_cache(KEPT)
def factor(unit: str, base: str, name: str) -> float:
    """Size of a unit in another one, such as that of ``km s-1`` in ``m/s``.

    An empty unit is the base itself.

    Parameters
    ----------
    unit, base : str
    name : str
        Keyword or column that has the unit, for the message.

    Raises
    ------
    ValueError
        The unit is unknown, or of another kind.
    """
    from astropy.units import Unit

    if not unit:
        return 1.0
    # Headers in capitals are common, and no radio telescope works in millihertz.
    plain = _SPELT_OUT.sub(lambda word: _SHORT[word[0]], unit.lower())
    for spelt in (_FREQUENCY.get(unit.upper(), unit), plain):
        try:
            return float(Unit(spelt).to(base))
        except (ValueError, TypeError):  # not a unit, or not of this kind
            continue
    raise ValueError(f"a unit of the kind of {base} ({name} is {unit!r})")


@lru_cache(KEPT)
def jy_per_beam(unit: str) -> float:
    """Size of a unit of brightness in Jy per beam.

    Radio images that state no unit, or Jy alone, are in Jy per beam.

    Raises
    ------
    ValueError
        Something else, such as K or Jy per pixel, for which the factor is not known.
    """
    from astropy.units import Unit

    if not unit:
        return 1.0
    try:
        found = Unit(_WORD.sub(_as_astropy_spells, unit))
    except (ValueError, TypeError):
        found = None
    for base in ("Jy/beam", "Jy"):
        if found is not None and found.is_equivalent(base):
            return float(found.to(base))
    raise ValueError(f"pixels in Jy/beam (BUNIT is {unit!r})")


def _as_astropy_spells(match: Any) -> str:
    word = match[0]
    lower = word.lower()
    if lower in ("beam", "beams"):
        return "beam"
    if lower == "per":
        return "/"
    if lower in _JANSKYS:
        return _JANSKYS[lower]
    if lower.endswith("jy"):
        # In capitals M is for milli: nobody has images in megajansky.
        return (word[:-2].lower() if word.isupper() else word[:-2]) + "Jy"
    return str(word)
