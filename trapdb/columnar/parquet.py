"""Rows of the database to a Parquet file, in bounded memory."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trapdb.columnar.binary_rows import decode, without_frame
from trapdb.columnar.description import file_metadata

# A group of rows is in memory at once: as many rows, or as many octets of them, whichever is first.
GROUP_ROWS = 1 << 17
GROUP_OCTETS = 1 << 25


def write_parquet(
    messages: Iterable[bytes], schema: pa.Schema, wire_types: Sequence[str], stream: IO[bytes]
) -> int:
    """Write rows as they come.

    Parameters
    ----------
    messages : iterable of bytes
        What the server sends for a COPY in binary format: each is a row.
    schema : pyarrow.Schema
        The columns.
    wire_types : sequence of str
        Their types in PostgreSQL, those of the elements of arrays.
    stream : binary file
        Where to; it may be a pipe.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        A value has no counterpart in Parquet.
    """
    widths = np.ones(len(schema), np.int64)
    written = 0
    whole = schema.with_metadata(file_metadata(schema))
    with pq.ParquetWriter(_Sink(stream), whole, compression="zstd") as writer:
        for rows in groups(messages):
            batch = decode(rows, schema, wire_types)
            widths = np.maximum(widths, [_width(column) for column in batch.columns])
            writer.write_batch(batch.replace_schema_metadata(whole.metadata))
            written += len(rows)
        # astropy reads texts into columns of a width that it looks up here
        writer.add_key_value_metadata(
            {
                f"table::len::{one.name}": str(width)
                for one, width in zip(schema, widths, strict=True)
                if pa.types.is_string(one.type)
            }
        )
    return written


class _Sink:
    """A stream that knows how much was written, as pyarrow asks, and a pipe does not."""

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._written = stream, 0

    def write(self, content: bytes) -> int:
        self._stream.write(content)
        self._written += len(content)
        return len(content)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        """Leave it open: it is closed by who opened it."""


def groups(messages: Iterable[bytes | bytearray | memoryview]) -> Iterator[list[bytes]]:
    """Yield the rows among the messages of a COPY, as many at a time as are decoded at once."""
    rows: list[bytes] = []
    octets = 0
    for message in messages:
        row = without_frame(bytes(message))
        if not row:
            continue
        rows.append(row)
        octets += len(row)
        if len(rows) == GROUP_ROWS or octets >= GROUP_OCTETS:
            yield rows
            rows, octets = [], 0
    if rows:
        yield rows


def _width(column: pa.Array) -> int:
    if not pa.types.is_string(column.type):
        return 1
    return pc.max(pc.utf8_length(column)).as_py() or 1
