"""What a query gives, its columns and its rows batch by batch, and what it may bring."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import CancelScope
from psycopg import sql

from trapdb.adql.tables import Table
from trapdb.web.fields import Described, Field

BATCH = 5000  # rows

# The SQL of a row as one value, from the columns and what they are called in the query.
RowOf = Callable[[Sequence[Field], Sequence[sql.Composable]], sql.Composed]


@dataclass(frozen=True)
class Document:
    """What a VOTable says beside the columns and rows of its table, in elements.

    Attributes
    ----------
    systems : str
        Systems of coordinates and of time.
    facts : str
        What holds for the whole table: its description, and parameters.
    services : str
        Services that take its values.
    """

    systems: str = ""
    facts: str = ""
    services: str = ""


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
    document : Document
        What a document says beside the rows.
    overflow : bool
        Whether there are more; known when the rows have been read.
    """

    fields: list[Field]
    limit: int
    room: int
    document: Document
    _cursor: Any = field(repr=False)
    _first: list[tuple[Any, ...]] = field(repr=False)
    overflow: bool = False
    _coming: asyncio.Task[list[tuple[Any, ...]]] | None = field(default=None, repr=False)

    async def batches(self) -> AsyncIterator[list[tuple[Any, ...]]]:
        """Yield the rows, some thousand at once."""
        left = self.limit
        batch = self._first
        while batch:
            if left >= len(batch):
                # the server makes the next rows while these are written
                self._coming = asyncio.create_task(self._cursor.fetchmany(BATCH))
            else:
                self.overflow = True
            if batch[:left]:
                yield batch[:left]
            left -= len(batch)
            if left < 0:
                return
            assert self._coming
            batch = await self._coming

    async def give_up(self) -> None:
        """Let rows that are on their way go, for nobody reads them any more."""
        if self._coming and not self._coming.done():
            self._coming.cancel()
            with CancelScope(shield=True):
                await asyncio.wait({self._coming})


@dataclass(frozen=True)
class Uploaded:
    """A table of the client's that is there for one query, as TAP_UPLOAD.name."""

    name: str
    table: Table
    fields: Described
