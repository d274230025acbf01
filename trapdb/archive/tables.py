"""Answers as tables of astropy: with units, descriptions and UCDs, unknown values masked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trapdb.archive.backend import Answer, Column

if TYPE_CHECKING:
    from astropy.table import QTable

_DTYPES: dict[str, Any] = {
    **{"smallint": np.int16, "integer": np.int32, "bigint": np.int64},
    **{"real": np.float32, "double precision": np.float64, "boolean": np.bool_},
    "timestamp": np.dtype("M8[us]"),
    **{"text": object, "array": object},
}
# What stands where a value is not known, for who looks under the mask: NaN if there is one.
_UNKNOWN: dict[str, Any] = {
    **{"smallint": 0, "integer": 0, "bigint": 0, "boolean": False},
    **{"real": np.nan, "double precision": np.nan, "text": "", "array": None},
    "timestamp": np.datetime64("2000-01-01", "us"),
}


def table_of(answer: Answer, meta: Mapping[str, Any]) -> "QTable":
    """Return an answer as a table.

    Parameters
    ----------
    answer
        What a backend gave.
    meta
        What the table is to say of itself.

    Returns
    -------
    QTable
        Columns with a unit are quantities, times are `Time` in UTC. A column in which all values
        are known has no mask. UCD and utype are in the ``meta`` of a column's ``info``.
    """
    from astropy.table import QTable

    table = QTable(meta=dict(meta))
    by_column = zip(*answer.rows, strict=True) if answer.rows else [()] * len(answer.columns)
    for column, found in zip(answer.columns, by_column, strict=True):
        mask = np.fromiter((one is None for one in found), np.bool_, len(found))
        table[column.name] = _cells(column, _values(column.type, found, mask), mask)
        info = table[column.name].info
        info.description = column.description
        known = {"ucd": column.ucd, "utype": column.utype}
        info.meta = {key: value for key, value in known.items() if value is not None}
        if column.unit is not None and column.type == "array":  # no quantity can be made of these
            table[column.name].unit = _unit(column.unit)
    return table


def _values(type_: str, found: Sequence[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Return values as an array of their type."""
    array = np.full(mask.shape, _UNKNOWN[type_], _DTYPES[type_])
    known = [_plain(one) for one in found if one is not None]
    # a list of lists would become a matrix
    array[~mask] = np.fromiter(known, object, len(known)) if array.dtype == object else known
    return array


def _plain(value: Any) -> Any:
    """Return a value as numpy takes it: times without their zone, arrays as such."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, list | tuple):
        return np.array(value, np.float64)
    return value


def _cells(column: Column, values: NDArray[Any], mask: NDArray[np.bool_]) -> Any:
    """Return what a column of a table is made of, with a mask if something is to be masked."""
    from astropy import table, units
    from astropy.utils.masked import Masked

    if column.type == "timestamp":
        return _times(values, mask)
    if column.type == "text":
        values = values.astype(str)
    if column.unit is not None and column.type not in ("text", "array"):
        quantity = units.Quantity(values, _unit(column.unit), dtype=None)
        return Masked(quantity, mask) if mask.any() else quantity
    if mask.any():
        return table.MaskedColumn(values, mask=mask)
    return table.Column(values)


def _times(values: NDArray[Any], mask: NDArray[np.bool_]) -> Any:
    from astropy.time import Time

    times = Time(values, format="datetime64", scale="utc", precision=6)
    times.format = "isot"
    if mask.any():
        times[mask] = np.ma.masked
    return times


def _unit(text: str) -> Any:
    from astropy import units

    return units.Unit(text, format="vounit")
