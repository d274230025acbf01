"""Conditions on figures of sources, as people write them: ``eta_int >= 3``."""

import math
import re

from trapdb.errors import InputError

_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|>|<|=)\s*(\S(?:.*\S)?)\s*")


def condition(text: str) -> dict[str, object]:
    """Read a condition.

    Parameters
    ----------
    text : str
        A column, >=, >, <=, < or =, and a number or, after =, a word.

    Returns
    -------
    dict
        Its ``column``, ``comparison`` and ``value``, as ``trap.store_definition`` takes it, which
        knows which columns there are.

    Raises
    ------
    InputError
        It is none.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise InputError(f"{text!r} is no condition: give one like 'eta_int >= 3'")
    column, comparison, word = found.groups()
    value: float | str
    try:
        value = float(word)
    except ValueError:
        value = word
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{text!r} is no condition: {word} is no number to compare with")
    if isinstance(value, str) and comparison != "=":
        raise InputError(f"{text!r} is no condition: {word!r} is no number")
    return {"column": column, "comparison": comparison, "value": value}
