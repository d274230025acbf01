"""Tables in Parquet, read by batches of rows."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from trapdb.errors import InputError
from trapdb.reference.opened import BLOCK, Block, OpenTable


def open_parquet(path: str) -> OpenTable:
    """Open a Parquet file.

    Raises
    ------
    InputError
        pyarrow is not installed.
    """
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise InputError(
            f"{path}: Parquet needs pyarrow: pip install 'trapdb[reference]'"
        ) from error

    with ParquetFile(path) as file:
        schema = file.schema_arrow
    units = {one.name: (one.metadata or {}).get(b"unit", b"").decode() for one in schema}

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(BLOCK, columns=list(wanted)):
                yield {name: _array(batch.column(name)) for name in wanted}

    return OpenTable(schema.names, blocks, {name: unit for name, unit in units.items() if unit})


def _array(column: Any) -> Any:
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype == object:
        return np.array(["" if value is None else str(value) for value in values], np.str_)
    return np.ma.masked_array(values, column.is_null().to_numpy(zero_copy_only=False))
