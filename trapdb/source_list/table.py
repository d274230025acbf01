"""Reading the table of a source list, whatever its format, in trapdb's units."""

import os
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.readers.keywords import READ_KEYWORDS
from trapdb.source_list.columns import NEEDED, UNITS, Column

Array = NDArray[np.float64]

FORMATS = {
    ".vot": "votable",
    ".xml": "votable",
    ".votable": "votable",
    ".fits": "fits",
    ".fit": "fits",
    ".csv": "csv",
    ".ecsv": "ascii.ecsv",
}


def read_table(path: str) -> tuple[Any, dict[str, object]]:
    """Read a table.

    Returns
    -------
    astropy.table.Table
    dict
        What its metadata tells of the image, as FITS keywords.

    Raises
    ------
    ImageError
        It cannot be read, or is of no format that is known.
    """
    from astropy.table import Table

    kind = FORMATS.get(os.path.splitext(path.lower())[1])
    if kind is None:
        raise ImageError(f"{path}: no source list: those end in {', '.join(FORMATS)}")
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise ImageError(f"{path}: it is no regular file")
    options: dict[str, Any] = {"use_names_over_ids": True} if kind == "votable" else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the unusual in tables, most of which does no harm
            if kind == "csv" and (last := _commented_header(path)):
                kind = "ascii.commented_header"
                options = {"delimiter": ",", "header_start": last}
            if kind == "fits":  # of a damaged one astropy would leave the file open
                with open(path, "rb") as file:
                    table = Table.read(file, format=kind, memmap=False)
            else:
                table = Table.read(path, format=kind, **options)
            meta = dict(table.meta)
            if kind == "votable":
                meta |= _parameters(path)
    # A damaged file can raise nearly anything from within a library, and all of it means the same.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ImageError(f"{path}: not a readable table ({reason})") from error
    known = {str(key).strip().upper(): value for key, value in meta.items()}
    read = {*READ_KEYWORDS, "CRVAL1", "CRVAL2"}
    return table, {key: value for key, value in known.items() if key in read}


def read_columns(table: Any, columns: dict[str, Column], path: str) -> dict[str, Array]:
    """Take the columns of a measurement out of a table, in the units of `UNITS`.

    What the table does not have is NaN, as is a value that it leaves open, and an error that is
    not positive.

    Raises
    ------
    ImageError
        It lacks a column that is needed, or one has an impossible unit.
    """
    found = {}
    lacking = [columns[name].name if name in columns else name for name in NEEDED
               if name not in columns or columns[name].name not in table.colnames]  # fmt: skip
    if lacking:
        raise ImageError(
            f"{path}: it lacks the columns {', '.join(lacking)}; is it of another finder "
            "(--finder), or has it names of its own (source_list.columns)?"
        )
    for name in UNITS:
        column = columns.get(name)
        if column is None or column.name not in table.colnames:
            found[name] = np.full(len(table), np.nan)
        elif name == "island":
            found[name] = np.unique(
                np.asarray(table[column.name]).astype(str), return_inverse=True
            )[1].astype(float)
        else:
            found[name] = _numbers(table[column.name], column, UNITS[name], path)
    found["ra"] %= 360
    if (ra_err := columns.get("ra_err")) and ra_err.is_ra_difference:
        found["ra_err"] = found["ra_err"] * np.cos(np.radians(found["dec"]))
    for name in found:
        if name.endswith("_err"):
            found[name][~((found[name] > 0) & (found[name] < np.inf))] = np.nan
    return found


def _numbers(values: Any, column: Column, unit: str, path: str) -> Array:
    from astropy import units as u

    try:
        filled = (
            values.filled(np.nan)
            if hasattr(values, "filled") and values.dtype.kind == "f"
            else values
        )
        numbers = np.ma.filled(np.ma.asarray(filled).astype(float), np.nan) * column.factor
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stated = u.Unit(str(values.unit)) if values.unit else u.Unit(column.unit)
            if u.beam in stated.bases:  # a peak is per beam, whether that is said or not
                stated = stated * u.beam
        return np.asarray(numbers * stated.to(u.Unit(unit)) if unit else numbers, float)
    except (ValueError, TypeError, u.UnitsError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ImageError(f"{path}: column {column.name} cannot be read ({reason})") from error


def _commented_header(path: str) -> int:
    """Give the number of the last of the comments that a CSV file begins with; 0: it has none.

    PyBDSF writes the names of the columns there.
    """
    from itertools import takewhile

    with open(path, encoding="utf-8") as stream:
        comments = [
            line
            for line in takewhile(lambda line: line.startswith("#") or not line.strip(), stream)
            if line.strip()
        ]
    return len(comments) - 1 if len(comments) > 1 else 0


def _parameters(path: str) -> dict[str, object]:
    from astropy.io.votable import parse

    votable = parse(path)
    return {
        str(one.name): one.value.item() if hasattr(one.value, "item") else one.value
        for resource in votable.resources
        for one in (*resource.params, *(p for table in resource.tables for p in table.params))
    }
