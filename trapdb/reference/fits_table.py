"""Tables in FITS, read by blocks of rows from the mapped file."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from trapdb.reference.opened import BLOCK, Block, NotATable, OpenTable


def open_fits(path: str) -> OpenTable:
    """Open the first table of a FITS file.

    Raises
    ------
    NotATable
        It holds none.
    """
    from astropy.io import fits

    with fits.open(path) as file:
        number = next((n for n, hdu in enumerate(file) if _is_table(hdu)), None)
        if number is None:
            raise NotATable("it holds no table")
        columns = file[number].columns
        names = list(columns.names)
        units = {one.name: one.unit for one in columns if one.unit}
        nulls = {one.name: one.null for one in columns if isinstance(one.null, int)}

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with fits.open(path, memmap=True) as file:
            data = file[number].data
            for start in range(0, len(data), BLOCK):
                part = data[start : start + BLOCK]
                yield {name: _masked(part.field(name), nulls.get(name)) for name in wanted}

    return OpenTable(names, blocks, units)


def _is_table(hdu: Any) -> bool:
    return getattr(hdu, "columns", None) is not None


def _masked(values: Any, null: int | None) -> Any:
    values = np.array(values)
    return values if null is None else np.ma.masked_equal(values, null)
