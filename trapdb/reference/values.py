"""The values of a table in trapdb's units: what they say, or a refusal with row and column."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.reference.column_map import TEXTS, UNITS, Column
from trapdb.reference.opened import Block, NotATable
from trapdb.source_list.table import UNKNOWN

Array = NDArray[np.float64]

# How tables write units that astropy does not know.
ALIASES = {
    "degree": "deg",
    "degrees": "deg",
    "arcseconds": "arcsec",
    "jy": "Jy",
    "hours": "hourangle",
    "h": "hourangle",
    "hz": "Hz",
    "mhz": "MHz",
    "ghz": "GHz",
}
# Words between which the parts of an angle stand; a blank is left.
MARKS: Any = str.maketrans(dict.fromkeys("hdms:'\"°", " "))
# Julian epochs: 2000.0 is this MJD.
MJD_2000 = 51544.5
DAYS = {"MJD": MJD_2000, "JD": MJD_2000 + 2400000.5}
HOURS_TO_DEG = 15.0
EPOCHS = (1800.0, 2200.0)
NOT_NEGATIVE = ("ra_err", "dec_err", "major", "minor")
POSITIVE = ("flux_err", "frequency")


def canonical(
    block: Block, columns: Mapping[str, Column], factors: Mapping[str, float], before: int
) -> dict[str, Any]:
    """Return the columns of a reference source, from a block of a table.

    An error or a size below zero stands for none, as does a limit. An error of 0 is that of a
    position whose digits do not show it; of a flux it would be without meaning.

    Parameters
    ----------
    block : dict of str to ndarray
        The table's columns.
    columns, factors : dict
        Where each comes from, and what takes it to its unit.
    before : int
        Rows before the block.

    Returns
    -------
    dict of str to ndarray
        Float, NaN where it is unknown; texts as bytes.

    Raises
    ------
    NotATable
        A value is not what it should be; with its row and column.
    """
    found: dict[str, Any] = {}
    for name, column in columns.items():
        if name in TEXTS:
            continue
        values = _numbers(block, name, column, factors[name], before)
        if name == "epoch" and column.unit in DAYS:
            values = 2000 + (values - DAYS[column.unit]) / 365.25
        found[name] = values
    for name in ("ra", "dec"):
        low, high = (-180, 360) if name == "ra" else (-90, 90)
        good = (found[name] >= low) & (found[name] <= high)
        _require(
            good, found[name], f"no {name}: expected {low} to {high} deg", columns[name], before
        )
    found["ra"] = np.where(found["ra"] % 360 < 360, found["ra"] % 360, 0.0)
    if "ra_err" in columns and columns["ra_err"].ra_difference:
        found["ra_err"] = found["ra_err"] * np.cos(np.radians(found["dec"]))
    if "epoch" in columns:
        good = ~(np.abs(found["epoch"] - np.mean(EPOCHS)) > np.ptp(EPOCHS) / 2)
        _require(good, found["epoch"], "no epoch of 1800 to 2200", columns["epoch"], before)
    for name in (*NOT_NEGATIVE, *POSITIVE):
        if name in found:
            none = found[name] < 0 if name in NOT_NEGATIVE else found[name] <= 0
            found[name] = np.where(none, np.nan, found[name])
    if "pm_ra" in found or "pm_dec" in found:
        pair = [found.get(name, np.full(len(found["ra"]), np.nan)) for name in ("pm_ra", "pm_dec")]
        half = np.isnan(pair).any(axis=0)
        found["pm_ra"], found["pm_dec"] = (np.where(half, np.nan, one) for one in pair)
    for name in TEXTS:
        if name in columns:
            found[name] = _text(block, columns[name], len(found["ra"]))
    return found


def factor(name: str, column: Column, stated: str | None) -> float:
    """Return what takes a column's values to the unit of `UNITS`, from the unit that it is in.

    That is the one that the table states, else that of the column map. One that the table states
    and that is none is passed over where the map has one.

    Raises
    ------
    NotATable
        It is no unit, or one of something else.
    """
    from astropy import units as u

    if name == "epoch":
        return column.factor
    given = _unit(stated) if stated else None
    unit = given if given is not None else _unit(column.unit) if column.unit else None
    if unit is None and stated and not _is_sexagesimal(stated):
        raise NotATable(
            f"column {column.columns[0]}: {stated!r} is no unit; say which it is in a column map"
        )
    if unit is None and column.unit and not _is_sexagesimal(column.unit):
        raise NotATable(f"column {column.columns[0]}: {column.unit!r} is no unit")
    if unit is None or not UNITS[name]:
        return column.factor
    try:
        if name == "ra" and unit == u.h:
            unit = u.hourangle
        if name == "ra_err" and unit == u.s:  # of time
            return column.factor * HOURS_TO_DEG / 3600
        return column.factor * float(unit.to(u.Unit(UNITS[name])))
    except u.UnitConversionError as error:
        raise NotATable(f"column {column.columns[0]} cannot be {name}: {error}") from error


def _unit(text: str) -> Any:
    """Read a unit, without the beam that a peak is per; None if it is none."""
    from astropy import units as u

    text = text.strip("()[] ")
    for name in (text, ALIASES.get(text.casefold().removesuffix("/beam"), "")):
        for form in (None, "cds"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    unit = u.Unit(name, format=form)
                except ValueError:
                    continue
            if name:
                return unit * u.beam if u.beam in unit.bases else unit
    return None


def _is_sexagesimal(unit: str) -> bool:
    return unit.strip("()[]\"' ").casefold().replace(" ", "") in (
        *("h:m:s", "hms", "hh:mm:ss", "d:m:s", "dms", "dd:mm:ss", "sexagesimal"),
    )


def _text(block: Block, column: Column, count: int) -> Any:
    """Return a column's texts; empty where it has none."""
    words = _words(block[column.columns[0]]) if column.columns else np.full(count, "")
    words = np.where(np.isin(words, column.unknown), "", words)
    if column.words:
        words = np.array([column.words.get(word, "") for word in words], np.str_)
    if column.otherwise:
        words = np.where(words == "", column.otherwise, words)
    return np.char.encode(words, "utf-8")


def _numbers(block: Block, name: str, column: Column, factor: float, before: int) -> Array:
    """Return a column's numbers in the unit of `UNITS`; NaN where it has none."""
    if len(column.columns) > 1:
        return _in_parts(block, name, column, before)
    given = np.ma.asarray(block[column.columns[0]])
    numbers = _plain(given)
    if numbers is None:
        values = _from_text(given, name, column, factor, before)
    else:
        values = _unless_unknown(numbers, column) * factor
    if column.limit:
        values = np.where(np.isin(_words(block[column.limit]), ("<", ">")), np.nan, values)
    return np.where(np.isfinite(values), values, np.nan)


def _plain(given: Any) -> Array | None:
    """Return values that are numbers, or texts of numbers and of nothing else; else None."""
    try:
        return np.ma.filled(given.astype(float), np.nan)
    except ValueError:
        return None


def _unless_unknown(numbers: Array, column: Column) -> Array:
    """Put NaN where a number is one that says that there is none, however it is written."""
    marks = [float(mark) for mark in column.unknown if _is_float(mark)]
    return np.where(np.isin(numbers, marks), np.nan, numbers)


def _words(values: Any) -> Any:
    return np.char.strip(np.ma.filled(np.ma.asarray(values).astype(np.str_), ""))


def _from_text(given: Any, name: str, column: Column, factor: float, before: int) -> Array:
    words = _words(given)
    none = np.isin(np.char.lower(words), UNKNOWN) | np.isin(words, column.unknown)
    if name not in ("ra", "dec"):  # a limit is not a value
        none |= np.char.startswith(words, "<") | np.char.startswith(words, ">")
    words = np.where(none, "nan", words)
    if name in ("ra", "dec"):
        marked = np.char.translate(words, MARKS)
        sexagesimal = ~none & (np.char.find(np.char.strip(marked), " ") >= 0)
        if sexagesimal.any():
            return _sexagesimal(words, marked, sexagesimal, name, column, before)
    return _unless_unknown(_parsed(words, column, before), column) * factor


def _parsed(words: Any, column: Column, before: int) -> Array:
    try:
        return words.astype(float)
    except ValueError:
        number = next(n for n, word in enumerate(words) if not _is_float(word))
        raise NotATable(
            f"row {before + number + 1}, column {column.columns[0]}: "
            f"{str(words[number])!r} is no number"
        ) from None


def _is_float(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _sexagesimal(
    words: Any, marked: Any, sexagesimal: Any, name: str, column: Column, before: int
) -> Array:
    """Read angles of up to three parts, deg; those of right ascensions are in hours.

    What is one number only, among them, is of the same unit.
    """
    parts = []
    rest = np.char.strip(marked)
    for _ in range(3):
        first, _, rest = np.moveaxis(np.char.partition(rest, " "), -1, 0)
        rest = np.char.strip(rest)
        parts.append(_parsed(np.where(first == "", "0", first), column, before))
    good = (rest == "") & (parts[1] >= 0) & (parts[1] <= 60) & (parts[2] >= 0) & (parts[2] <= 60)
    _require(
        good | ~sexagesimal,
        words,
        "no angle in up to three parts, the last two below 60",
        column,
        before,
    )
    return _joined(np.char.startswith(words, "-"), parts, name, column)


def _in_parts(block: Block, name: str, column: Column, before: int) -> Array:
    """Read angles whose parts are in columns of their own, deg; the sign may be in the first."""
    words = [_words(block[one]) for one in column.columns]
    has_sign = np.isin(words[0], ("", "+", "-")).all()
    negative = np.char.startswith(words[0], "-")
    parts = [
        _parsed(np.where(one == "", "0" if number else "nan", one), column, before)
        for number, one in enumerate(words[1:] if has_sign else words)
    ]
    return _joined(
        negative, [*parts, np.zeros(len(negative)), np.zeros(len(negative))], name, column
    )


def _joined(negative: Any, parts: list[Array], name: str, column: Column) -> Array:
    size = np.abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    hours = name == "ra" and column.unit not in ("dms", "d:m:s")
    return np.where(negative, -size, size) * (HOURS_TO_DEG if hours else 1.0)


def _require(good: Any, values: Any, why: str, column: Column, before: int) -> None:
    if not np.all(good):
        number = int(np.argmin(good))
        raise NotATable(
            f"row {before + number + 1}, column {column.columns[0]}: {values[number]} is {why}"
        )
