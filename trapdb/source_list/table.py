"""Reading the table of a source list, whatever its format, in trapdb's units."""

import os
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.readers.keywords import READ_KEYWORDS
from trapdb.source_list.columns import UNITS, Column, lacking
from trapdb.source_list.text import open_plain, read_text

Array = NDArray[np.float64]

# What text says for a number that it does not have.
UNKNOWN = ("", "-", "--", "---", "null", "none", "n/a")
# In the place of a list of no sources PyBDSF writes a table with this column alone, or comments.
NO_SOURCES: tuple[list[str], ...] = ([], ["Blank"])
# What the formats begin with; all else is text.
SNIFFED = 1024


def read_table(path: str) -> tuple[Any, dict[str, object]]:
    """Read a table; what it is shows in its content, not in its name.

    Returns
    -------
    astropy.table.Table
    dict
        What its metadata tells of the image, as FITS keywords.

    Raises
    ------
    ImageError
        It cannot be read, or is empty.
    """
    from astropy.table import Table

    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise ImageError(f"{path}: it is no regular file")
    try:
        kind = _format(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the unusual in tables, most of which does no harm
            if kind == "fits":  # of a damaged one astropy would leave the file open
                with open_plain(path) as file:
                    table = Table.read(file, format=kind, memmap=False)
            elif kind == "votable":
                table = Table.read(path, format=kind, use_names_over_ids=True)
            elif kind == "ecsv":
                table = Table.read(path, format="ascii.ecsv")
            else:
                table = read_text(path)
            meta = dict(table.meta) | (_parameters(path) if kind == "votable" else {})
    # A damaged file can raise nearly anything from within a library, and all of it means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ImageError(f"{path}: not a readable table ({reason})") from error
    known = {str(key).strip().upper(): value for key, value in meta.items()}
    read = {*READ_KEYWORDS, "CRVAL1", "CRVAL2"}
    return table, {key: value for key, value in known.items() if key in read}


def _format(path: str) -> str:
    with open_plain(path) as stream:
        begin = stream.read(SNIFFED).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begin:
        raise ValueError("it is empty; a list of no sources has the names of its columns")
    if begin.startswith(b"SIMPLE  ="):
        return "fits"
    if b"\0" in begin:
        raise ValueError("neither FITS nor text")
    if begin.startswith(b"<"):
        return "votable"
    return "ecsv" if begin.startswith(b"# %ECSV") else "text"


def read_columns(table: Any, columns: dict[str, Column], path: str) -> dict[str, Array]:
    """Return the columns of a measurement from a table, in the units of `UNITS`.

    Missing columns and values are NaN, and so are values that are not finite and errors that are
    not positive. Only the error of a position may be 0: its digits are too few to show it.

    Raises
    ------
    ImageError
        It lacks a column that is needed, or one has an impossible unit.
    """
    found = {}
    lacks = lacking(columns, table.colnames)
    if lacks and not (len(table) == 0 and table.colnames in NO_SOURCES):
        raise ImageError(
            f"{path}: it lacks the columns {', '.join(lacks)}; is it of another finder "
            "(--finder), or has it names of its own (source_list.columns)?"
        )
    for name, unit in UNITS.items():
        column = columns.get(name)
        if column is None or column.name not in table.colnames or len(table) == 0:
            found[name] = np.full(len(table), np.nan)
        elif name == "island":
            found[name] = np.unique(
                np.asarray(table[column.name]).astype(str), return_inverse=True
            )[1].astype(float)
        else:
            found[name] = _numbers(table[column.name], column, unit, path)
    found["ra"] %= 360
    if (ra_err := columns.get("ra_err")) and ra_err.is_ra_difference:
        found["ra_err"] = found["ra_err"] * np.cos(np.radians(found["dec"]))
    for name, values in found.items():
        if name in ("ra_err", "dec_err"):
            values[values < 0] = np.nan
        elif name.endswith("_err"):
            values[values <= 0] = np.nan
    return found


def _numbers(values: Any, column: Column, unit: str, path: str) -> Array:
    from astropy import units as u

    try:
        given: Any = np.ma.asarray(values)
        if given.dtype.kind in "USO":
            text = np.char.strip(np.ma.filled(given.astype(str), ""))
            given = np.where(np.isin(np.char.lower(text), UNKNOWN), "nan", text)
        numbers = np.ma.filled(np.ma.asarray(given).astype(float), np.nan) * column.factor
        if unit:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                stated = u.Unit(str(values.unit)) if values.unit else u.Unit(column.unit)
                if u.beam in stated.bases:  # a peak is per beam, whether that is said or not
                    stated = stated * u.beam
            numbers = numbers * stated.to(u.Unit(unit))
        return np.where(np.isfinite(numbers), numbers, np.nan)
    except (ValueError, TypeError, u.UnitsError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ImageError(f"{path}: column {column.name} cannot be read ({reason})") from error


def _parameters(path: str) -> dict[str, object]:
    from astropy.io.votable import parse

    votable = parse(path)
    return {
        str(one.name): one.value.item() if hasattr(one.value, "item") else one.value
        for resource in votable.resources
        for one in (*resource.params, *(p for table in resource.tables for p in table.params))
    }
