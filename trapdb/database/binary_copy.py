"""Rows in PostgreSQL's binary COPY format, made from whole columns at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# PostgreSQL: "Binary Format" of COPY: signature, flags, length of the header's extension
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

WIRE_TYPES = {
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "float4": ">f4",
    "float8": ">f8",
    "bool": "?",
}


@dataclass(frozen=True)
class Column:
    """One column of the rows.

    Attributes
    ----------
    name : str
        Name in the table.
    wire_type : str
        ``int2``, ``int4``, ``int8``, ``float4``, ``float8``, ``bool``, or ``text``.
    values : ndarray or str
        One value a row; text as bytes (dtype ``S``) in UTF-8, or one ASCII label that all rows
        share. NaN becomes NULL, and so do bytes of length 0.
    null : bool or ndarray
        Whether rows are NULL, whatever the values: all of them, or each.
    """

    name: str
    wire_type: str
    values: NDArray[Any] | str
    null: bool | NDArray[np.bool_] = False


def encode(columns: Sequence[Column], rows: int) -> bytes:
    """Encode columns of equal length as the rows of a binary COPY.

    Parameters
    ----------
    columns : sequence of Column
        In the order of the COPY statement's column list.
    rows : int
        Length of each column.

    Returns
    -------
    bytes
        The whole stream, header and trailer included.
    """
    dtype: list[tuple[str, str]] = [("field_count", ">i2")]
    for column in columns:
        if column.wire_type == "text":
            label = column.values
            wire = f"S{len(label)}" if isinstance(label, str) else label.dtype.str
        else:
            wire = WIRE_TYPES[column.wire_type]
        dtype += [(f"{column.name} length", ">i4"), (column.name, wire)]
    table = np.zeros(rows, np.dtype(dtype))
    table["field_count"] = len(columns)
    keep = np.ones((rows, table.itemsize), bool)
    for column in columns:
        fields = table.dtype.fields
        assert fields is not None
        kind, offset = fields[column.name][:2]
        lengths = np.full(rows, kind.itemsize)
        table[column.name] = (
            column.values.encode() if isinstance(column.values, str) else column.values
        )
        null = np.zeros(rows, bool) | column.null
        if kind.kind == "f":
            null |= np.isnan(table[column.name])
        elif kind.kind == "S":
            lengths = np.char.str_len(table[column.name])
            null |= lengths == 0
        # a NULL is a length of -1 and no value
        table[f"{column.name} length"] = np.where(null, -1, lengths)
        keep[:, offset : offset + kind.itemsize] = (
            np.arange(kind.itemsize) < np.where(null, 0, lengths)[:, np.newaxis]
        )
    body = table.view(np.uint8).reshape(rows, table.itemsize)[keep]
    return HEADER + body.tobytes() + TRAILER
