"""Fixed-width text: which bytes of a line are which column is said by the column map."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from trapdb.reference.opened import BLOCK, Block, OpenTable
from trapdb.reference.text_table import open_text_file


def open_fixed_width(path: str, places: Mapping[str, tuple[int, int]]) -> OpenTable:
    """Open a table whose columns stand at bytes (first, last), counted from 1."""

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with open_text_file(path) as stream:
            lines = (line for line in stream if line.strip() and not line.startswith("#"))
            while block := list(itertools.islice(lines, BLOCK)):
                yield {
                    name: np.array([line[first - 1 : last].strip() for line in block], np.str_)
                    for name, (first, last) in places.items()
                    if name in wanted
                }

    return OpenTable(list(places), blocks)
