"""The export before: rows of it that are still as they were need not be read from the database."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from trapdb.hats import catalogue
from trapdb.hats.cells import FINEST, Numbers, Pixel
from trapdb.hats.contents import State

_STATE = "state.parquet"


def note(folder: Path, state: State) -> None:
    """Write down, beside a catalogue, in which state its sources are.

    Parameters
    ----------
    folder : Path
        Folder of the catalogue.
    state : State
        Its sources.
    """
    columns = {"cell": state.cell, "source_id": state.source_id, "mark": state.mark}
    pq.write_table(pa.table(columns), folder / _STATE, compression="zstd")


class Before:
    """A catalogue of sources that was made before.

    Parameters
    ----------
    folder : Path
        Its folder.
    """

    def __init__(self, folder: Path) -> None:
        noted = pq.read_table(folder / _STATE).sort_by("source_id")
        self._cell, self._id, self._mark = (one.to_numpy() for one in noted.columns)
        pixels = np.loadtxt(folder / "partition_info.csv", np.int64, delimiter=",", skiprows=1)
        order, number = np.atleast_2d(pixels).T
        first = number << 2 * (FINEST - order)
        along = np.argsort(first)
        self._first = first[along]
        self._paths = [
            folder / "dataset" / catalogue.path_of(Pixel(order[one], number[one], np.empty(0, int)))
            for one in along
        ]

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return pq.read_schema(self._paths[0]).remove_metadata()

    def has(self, source_id: Numbers, mark: Numbers) -> NDArray[np.bool_]:
        """Tell which sources it has in the same state."""
        place = np.searchsorted(self._id, source_id)
        place[place == len(self._id)] = 0
        return (self._id[place] == source_id) & (self._mark[place] == mark)

    def rows(self, source_id: Numbers) -> Iterator[pa.Table]:
        """Yield the rows of sources that it has, in any order."""
        cell = self._cell[np.searchsorted(self._id, source_id)]
        home = np.searchsorted(self._first, cell, "right") - 1
        for pixel in np.unique(home):
            table = pq.ParquetFile(self._paths[pixel]).read()
            wanted = np.isin(table["source_id"].to_numpy(), source_id[home == pixel])
            yield table.filter(pa.array(wanted))
