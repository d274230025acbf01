"""What a query gives, its columns and its rows batch by batch, and what it may bring."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from trapdb.adql.tables import Table
from trapdb.web.fields import Described, Field

BATCH = 5000  # rows


@dataclass
class Answer:
    """What a query gives.

    Attributes
    ----------
    fields : list of Field
        The columns.
    limit : int
        So many rows are given, at most.
    room : int
        Size of a file that is written before it is sent, at most, in bytes.
    overflow : bool
        Whether there are more; known when the rows have been read.
    """

    fields: list[Field]
    limit: int
    room: int
    _cursor: Any = field(repr=False)
    _first: list[tuple[Any, ...]] = field(repr=False)
    overflow: bool = False

    async def batches(self) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Yield the rows, some thousand at once."""
        left = self.limit
        batch = self._first
        while batch:
            if len(batch) > left:
                self.overflow = True
            if batch[:left]:
                yield batch[:left]
            left -= len(batch)
            if left < 0:
                return
            batch = await self._cursor.fetchmany(BATCH)


@dataclass(frozen=True)
class Uploaded:
    """A table of the client's that is there for one query, as TAP_UPLOAD.name."""

    name: str
    table: Table
    fields: Described
