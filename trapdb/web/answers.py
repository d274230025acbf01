"""What a query gives, its columns and its rows batch by batch, and what it may bring."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import CancelScope
from psycopg import sql

from trapdb.adql.tables import Table
from trapdb.web.fields import Described, Field

# So many rows are asked for at once, and for a first answer.
BATCH = 5000
FIRST = 200

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
        left, wanted = self.limit, FIRST
        batch = self._first
        while batch:
            self._coming = None
            if len(batch) > left:
                self.overflow = True
            elif len(batch) == wanted:
                # the server makes the next rows while these are written
                self._coming = asyncio.create_task(self._cursor.fetchmany(BATCH))
            if batch[:left]:
                yield batch[:left]
            if self._coming is None:
                return
            left, wanted = left - len(batch), BATCH
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
