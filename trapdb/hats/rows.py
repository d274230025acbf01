"""Where the rows of a pixel come from: the database, and what an export before has of them.

Of the pixels of a catalogue several are asked for at once, as many as memory and the server's
temporary files have room for.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trapdb.hats.before import Before
from trapdb.hats.cells import Numbers, Pixel
from trapdb.hats.contents import Contents, State

# Rows, sources and points, that the server sorts at once: some 10 GB in its temporary files.
SORTED_AT_ONCE = 1 << 25
# Rows of several pixels that are in memory at once.
HELD_AT_ONCE = 1 << 19


def apart(
    contents: Contents, state: State, before: Before | None, pixels: list[Pixel]
) -> Iterator[pa.Table]:
    """Yield the sources of pixels that share none.

    Parameters
    ----------
    contents : Contents
        The database.
    state : State
        The sources of the data set.
    before : Before, optional
        The export before; if most of the sources are in it as they are now, only the others are
        asked for.
    pixels : list of Pixel
        The pixels, in the order of the sky.
    """
    if before and pixels:
        members = np.concatenate([pixel.members for pixel in pixels])
        if _has(before, contents, state, members).mean() > 0.5:
            yield from together(contents, state, before, pixels)
            return
    for several in _portions(state, pixels, SORTED_AT_ONCE):
        members = np.concatenate([pixel.members for pixel in several])
        every = len(members) == len(state.cell)
        batches = contents.rows(None if every else state.source_id[members])
        read = contents.schema.empty_table()
        for pixel in several:
            size = len(pixel.members)
            while read.num_rows < size:
                read = pa.concat_tables([read, pa.Table.from_batches([next(batches)])])
            yield read[:size]
            read = read[size:]
        assert next(batches, None) is None  # and the COPY has ended


def together(
    contents: Contents, state: State, before: Before | None, pixels: list[Pixel]
) -> Iterator[pa.Table]:
    """Yield the sources of pixels, of which one may be in several; else as `apart`."""
    for several in _portions(state, pixels, HELD_AT_ONCE):
        members = np.unique(np.concatenate([pixel.members for pixel in several]))
        source_id = state.source_id[members]
        tables: list[pa.Table] = []
        if before:
            known = _has(before, contents, state, members)
            tables += before.rows(source_id[known])
            source_id = source_id[~known]
        tables.append(pa.Table.from_batches(contents.rows(source_id), contents.schema))
        read = pa.concat_tables(tables).combine_chunks()
        found = read["source_id"].to_numpy()
        order = np.argsort(found)
        for pixel in several:
            place = np.searchsorted(found, state.source_id[pixel.members], sorter=order)
            yield read.take(order[place])


def _has(before: Before, contents: Contents, state: State, members: Numbers) -> NDArray[np.bool_]:
    """Tell which sources an export before has as they are now, in columns as they are now."""
    if not before.schema.equals(contents.schema, check_metadata=True):
        return np.zeros(len(members), bool)
    return before.has(state.source_id[members], state.mark[members])


def _portions(state: State, pixels: list[Pixel], rows_at_once: int) -> Iterator[list[Pixel]]:
    several: list[Pixel] = []
    rows = 0
    for pixel in pixels:
        more = len(pixel.members) + int(state.points[pixel.members].sum())
        if several and rows + more > rows_at_once:
            yield several
            several, rows = [], 0
        several.append(pixel)
        rows += more
    if several:
        yield several
