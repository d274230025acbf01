"""Answers in formats that are written whole before they are sent: Parquet and FITS.

Both are made in a temporary file, some thousand rows at once.
"""

import tempfile
from collections.abc import AsyncIterator, Callable
from typing import IO, Any

import numpy as np
from anyio import to_thread

from trapdb.web.answers import BATCH, Answer
from trapdb.web.cells import cell
from trapdb.web.faults import Refused
from trapdb.web.fields import Field

CHUNK = 1 << 18  # bytes
_FITS_BLOCK = 2880
# How FITS writes numbers, and what stands for NULL in those that have no NaN.
_FITS_TYPES = {
    "short": ("I", ">i2", -(2**15)),
    "int": ("J", ">i4", -(2**31)),
    "long": ("K", ">i8", -(2**63)),
    "float": ("E", ">f4", None),
    "double": ("D", ">f8", None),
}


async def in_parquet(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as Parquet, with what is told of the columns in the metadata of its fields.

    Raises
    ------
    Refused
        The file is larger than it may be.
    """
    with tempfile.TemporaryFile() as file:
        await _write_parquet(answer, file)
        async for chunk in chunks_of(file):
            yield chunk


async def in_fits(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as a binary table in FITS; else as `in_parquet`.

    A truth value that is not known is 0, a text is as long as the longest of its column.
    """
    with tempfile.TemporaryFile() as columns, tempfile.TemporaryFile() as file:
        widths = await _write_parquet(answer, columns)
        await to_thread.run_sync(_write_fits, answer.fields, widths, columns, file, answer.room)
        async for chunk in chunks_of(file):
            yield chunk


async def chunks_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield a file that was written, from its beginning."""
    file.seek(0)
    while chunk := await to_thread.run_sync(file.read, CHUNK):
        yield chunk


def _require_room(file: IO[bytes], room: int) -> None:
    if file.tell() > room:
        raise Refused(
            f"the file would be larger than {room / 1e6:.0f} MB: ask for fewer rows, or for VOTable"
        )


async def _write_parquet(answer: Answer, file: IO[bytes]) -> list[int]:
    """Write an answer; return how long the texts of each column are at most, in bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from trapdb.columnar.description import file_metadata

    schema = pa.schema([_arrow_field(one) for one in answer.fields])
    if len(set(schema.names)) == len(schema):  # else astropy cannot have them in a table
        schema = schema.with_metadata(file_metadata(schema))
    ways = [_way(one) for one in answer.fields]
    widths = [1] * len(ways)

    def write(batch: list[tuple[Any, ...]]) -> None:
        columns = [
            [way(value) for value in column]
            for way, column in zip(ways, zip(*batch, strict=True), strict=True)
        ]
        for number, (one, column) in enumerate(zip(answer.fields, columns, strict=True)):
            if one.datatype == "char" and one.type != "timestamp":
                longest = max((len(value.encode()) for value in column if value), default=0)
                widths[number] = max(widths[number], longest)
        arrays = [pa.array(column, one.type) for column, one in zip(columns, schema, strict=True)]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
        _require_room(file, answer.room)

    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        async for batch in answer.batches():
            await to_thread.run_sync(write, batch)
        # astropy reads texts into columns of a width that it looks up here
        writer.add_key_value_metadata(
            {f"table::len::{one.name}": str(n) for one, n in zip(schema, widths, strict=True)}
        )
    return widths


def _way(field: Field) -> Callable[[Any], Any]:
    """Return what makes of a value of PostgreSQL one of Parquet."""
    if field.datatype == "char" and field.type != "timestamp":
        return lambda value: None if value is None else cell(value)
    return lambda value: value


def _arrow_field(field: Field) -> Any:
    import pyarrow as pa

    from trapdb.columnar.description import field as described

    types = {
        "short": pa.int16(),
        "int": pa.int32(),
        "long": pa.int64(),
        "float": pa.float32(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "char": pa.string(),
    }
    type_ = types[field.datatype]
    if field.type == "timestamp":
        type_ = pa.timestamp("us", "UTC")
    elif field.datatype == "double" and field.arraysize:
        type_ = pa.list_(pa.float64())
    return described(field.name, type_, field.unit, field.ucd, field.utype, field.description)


def _write_fits(
    fields: list[Field], widths: list[int], columns: IO[bytes], file: IO[bytes], room: int
) -> None:
    import pyarrow.parquet as pq

    table = pq.ParquetFile(columns)
    rows = table.metadata.num_rows
    dtype, header = _fits_layout(fields, widths, rows)
    file.write(header)
    for batch in table.iter_batches(batch_size=BATCH):
        block = np.zeros(batch.num_rows, dtype)
        for number, one in enumerate(fields):
            block[f"c{number}"] = _fits_values(one, batch.column(number), dtype[f"c{number}"])
        file.write(block.tobytes())
        _require_room(file, room)
    file.write(bytes(-rows * dtype.itemsize % _FITS_BLOCK))


def _fits_layout(fields: list[Field], widths: list[int], rows: int) -> tuple[np.dtype[Any], bytes]:
    """Return the type of a row, and what stands before the rows."""
    from astropy.io import fits

    header, dtype = fits.Header(), []
    for number, (one, width) in enumerate(zip(fields, widths, strict=True)):
        form, kind, null = _fits_type(one, width)
        dtype.append((f"c{number}", *kind))
        cards = {
            "TTYPE": one.name,
            "TFORM": form,
            "TUNIT": one.unit,
            "TNULL": null,
            "TUCD": one.ucd,
            "TCOMM": one.description,
        }
        for key, value in cards.items():
            if value is not None:
                header[f"{key}{number + 1}"] = (
                    value.encode("ascii", "replace").decode() if isinstance(value, str) else value
                )
    row = np.dtype(dtype)
    whole = fits.Header(
        [
            ("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", row.itemsize),
            ("NAXIS2", rows), ("PCOUNT", 0), ("GCOUNT", 1), ("TFIELDS", len(fields)),
        ]
    )  # fmt: skip
    whole.extend(header)
    primary = fits.Header([("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True)])
    return row, (primary.tostring() + whole.tostring()).encode("ascii")


def _fits_type(field: Field, width: int) -> tuple[str, tuple[Any, ...], int | None]:
    """Return the form of a column, its type as numpy has it, and what stands for NULL."""
    if field.type == "timestamp":
        return "26A", ("S26",), None
    if field.datatype == "boolean":
        return "L", ("u1",), None
    if field.arraysize is None:
        form, kind, null = _FITS_TYPES[field.datatype]
        return form, (kind,), null
    if field.datatype == "double" and field.arraysize != "*":
        return f"{field.arraysize}D", (">f8", (int(field.arraysize),)), None
    return f"{width}A", (f"S{width}",), None


def _fits_values(field: Field, column: Any, kind: np.dtype[Any]) -> Any:
    import pyarrow.compute as pc

    if field.type == "timestamp":
        values = [cell(value) for value in column.to_pylist()]
        return [value.encode() for value in values]
    if field.datatype == "boolean":
        known = {True: ord("T"), False: ord("F"), None: 0}
        return [known[value] for value in column.to_pylist()]
    if field.arraysize is None:
        blank = _FITS_TYPES[field.datatype][2]
        return pc.fill_null(column, float("nan") if blank is None else blank).to_numpy()
    if kind.shape:
        return [[np.nan] * kind.shape[0] if v is None else v for v in column.to_pylist()]
    return [cell(value).encode() for value in column.to_pylist()]
