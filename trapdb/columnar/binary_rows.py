"""Rows of PostgreSQL's binary COPY, decoded into whole columns at once.

Source: PostgreSQL's manual, COPY, "Binary Format"; the functions ``..._send`` of its types, of
which those of arrays are not in the manual (array_send in arrayfuncs.c).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trapdb.database.binary_copy import HEADER, TRAILER
from trapdb.errors import InputError

# PostgreSQL counts times from 2000, Arrow from 1970.
_EPOCH_US = 946_684_800_000_000
_EPOCH_DAYS = 10_957

# How a type is sent, what becomes of it, and what is added to it; text has no width.
_FIXED: dict[str, tuple[str, pa.DataType, int]] = {
    "bool": ("?", pa.bool_(), 0),
    "int2": (">i2", pa.int16(), 0),
    "int4": (">i4", pa.int32(), 0),
    "int8": (">i8", pa.int64(), 0),
    "float4": (">f4", pa.float32(), 0),
    "float8": (">f8", pa.float64(), 0),
    "date": (">i4", pa.date32(), _EPOCH_DAYS),
    "timestamp": (">i8", pa.timestamp("us"), _EPOCH_US),
    "timestamptz": (">i8", pa.timestamp("us", "UTC"), _EPOCH_US),
}

Octets = NDArray[np.uint8]
Places = NDArray[np.int64]


def arrow_type(wire_type: str, *, array: bool) -> pa.DataType:
    """Return the type of a column in Arrow.

    Parameters
    ----------
    wire_type : str
        The type in PostgreSQL, one of `WIRE_TYPES`; of an array, that of its elements.
    array : bool
        Whether the values are arrays, of one dimension.
    """
    single = pa.string() if wire_type == "text" else _FIXED[wire_type][1]
    return pa.list_(single) if array else single


WIRE_TYPES = (*_FIXED, "text")


def decode(rows: Sequence[bytes], schema: pa.Schema, wire_types: Sequence[str]) -> pa.RecordBatch:
    """Decode rows.

    Parameters
    ----------
    rows : sequence of bytes
        One a row, as the server sends them, without header and trailer.
    schema : pyarrow.Schema
        The columns, with the types of `arrow_type`.
    wire_types : sequence of str
        The types of the columns in PostgreSQL; of arrays, of their elements.

    Returns
    -------
    pyarrow.RecordBatch
        The same values to the last bit; NULL is null and NaN is NaN.

    Raises
    ------
    InputError
        A value has no counterpart: a time that is infinite, an array of several dimensions.
    """
    data = np.frombuffer(b"".join(rows), np.uint8)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    place = np.cumsum(lengths) - lengths + 2  # after the number of fields
    arrays = []
    for field, wire_type in zip(schema, wire_types, strict=True):
        start, size, place = _next_value(data, place)
        if pa.types.is_list(field.type):
            arrays.append(_lists(data, start, size, wire_type, field.name))
        else:
            arrays.append(_singles(data, start, size, wire_type, field.name))
    return pa.record_batch(arrays, schema=schema)


def without_frame(message: bytes) -> bytes:
    """Return the row in a message of the server: the first has the header, the last no row."""
    row = message.removeprefix(HEADER)
    return b"" if row == TRAILER else row


def _next_value(data: Octets, place: Places) -> tuple[Places, Places, Places]:
    """Return where the values begin, their lengths, -1 for NULL, and where the next ones are."""
    size = _fixed(data, place, ">i4").astype(np.int64)
    start = place + 4
    return start, size, start + np.maximum(size, 0)


def _fixed(data: Octets, start: Places, wire: str) -> NDArray[Any]:
    dtype = np.dtype(wire)
    # a value at every octet, of which those that begin one are taken
    beginnings = max(0, len(data) - dtype.itemsize + 1)
    return np.ndarray((beginnings,), dtype, data, strides=(1,))[start]


def _singles(data: Octets, start: Places, size: Places, wire_type: str, name: str) -> pa.Array:
    null = size < 0
    if wire_type == "text":
        return _texts(data, start, np.maximum(size, 0), null)
    wire, type_, epoch = _FIXED[wire_type]
    values = np.zeros(len(start), np.dtype(wire).newbyteorder("="))
    values[~null] = _fixed(data, start[~null], wire)
    if epoch:
        limits = np.iinfo(values.dtype)
        if np.isin(values, (limits.min, limits.max)).any():
            raise InputError(f"column {name}: an infinite time cannot be written to Parquet")
        values += epoch
    return pa.array(values, mask=null).cast(type_)


def _texts(data: Octets, start: Places, size: Places, null: NDArray[np.bool_]) -> pa.Array:
    ends = np.cumsum(size)
    # the octets of each text, one text after the other
    source = np.repeat(start - (ends - size), size) + np.arange(ends[-1] if len(ends) else 0)
    buffers = [
        pa.py_buffer(np.packbits(~null, bitorder="little")),
        pa.py_buffer(np.concatenate([[0], ends]).astype(np.int32)),
        pa.py_buffer(data[source]),
    ]
    return pa.Array.from_buffers(pa.string(), len(start), buffers)


def _lists(data: Octets, start: Places, size: Places, wire_type: str, name: str) -> pa.Array:
    """Decode arrays: element after element, of all rows at once."""
    null = size < 0
    dimensions = np.zeros(len(start), np.int64)
    dimensions[~null] = _fixed(data, start[~null], ">i4")
    if (dimensions > 1).any():
        raise InputError(f"column {name}: an array of several dimensions; Parquet takes lists")
    count = np.zeros(len(start), np.int64)
    filled = dimensions == 1
    # before the elements: dimensions, whether there are NULLs, type; length and lower bound
    count[filled] = _fixed(data, start[filled] + 12, ">i4")
    offsets = np.concatenate([[0], np.cumsum(count)])
    has_null = np.zeros(len(start), bool)
    has_null[filled] = _fixed(data, start[filled] + 4, ">i4")
    if wire_type in _FIXED and not has_null.any():
        width = np.dtype(_FIXED[wire_type][0]).itemsize
        element_size = np.full(offsets[-1], width)
        number = np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
        element_start = np.repeat(start + 24, count) + number * (4 + width)
    else:
        element_start, element_size = _elements(data, start + 20, count, offsets)
    elements = _singles(data, element_start, element_size, wire_type, name)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), elements, mask=pa.array(null))


def _elements(data: Octets, place: Places, count: Places, offsets: Places) -> tuple[Places, Places]:
    """Return where the elements of arrays begin, and their lengths: one after the other."""
    element_start, element_size = np.empty((2, offsets[-1]), np.int64)
    place = place.copy()
    for number in range(count.max(initial=0)):
        rows = np.flatnonzero(count > number)
        at, length, place[rows] = _next_value(data, place[rows])
        element_start[offsets[rows] + number] = at
        element_size[offsets[rows] + number] = length
    return element_start, element_size
