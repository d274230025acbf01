"""What all requests share: the settings, connections of the service's login, what it offers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import psycopg
from anyio import CancelScope, CapacityLimiter, Lock, move_on_after
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import namedtuple_row, tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from trapdb.adql.tables import Tables
from trapdb.adql.views import tables_of
from trapdb.web.faults import Busy
from trapdb.web.fields import Described, described
from trapdb.web.settings import Settings
from trapdb.web.statements import statement

Connection = psycopg.AsyncConnection[Any]
CANCEL_S = 5.0


@dataclass(frozen=True)
class Offer:
    """What may be asked for.

    Attributes
    ----------
    tables : callable
        From the data sets, name and number of each, to the tables for the translator.
    fields : mapping
        How the columns are described.
    sphere : str
        The schema of pgSphere.
    """

    tables: Callable[[frozenset[tuple[str, int]]], Tables]
    fields: Described
    sphere: str


@dataclass(frozen=True)
class Service:
    """The service: its settings, its connections, what it offers, and turns at reading files."""

    settings: Settings
    pool: AsyncConnectionPool[Connection]
    offer: Offer
    readers: CapacityLimiter
    _storing: Lock = field(default_factory=Lock)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection for one transaction, which ends rolled back.

        Raises
        ------
        Busy
            All are in use, and none came free in the time that is set.
        """
        try:
            conn = await self.pool.getconn()
        except PoolTimeout as error:
            raise Busy(
                "as many queries as the service takes are running: try again in a moment"
            ) from error
        try:
            yield conn
        finally:
            # also if the client went away, when everything else that is waited for is cancelled
            with CancelScope(shield=True):
                try:
                    await _end(conn)
                finally:
                    await self.pool.putconn(conn)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn at reading a file, of which there are as many as of queries.

        Raises
        ------
        Busy
            None came in the time that is set.
        """
        turn = object()
        with move_on_after(self.settings.limits.wait) as waiting:
            await self.readers.acquire_on_behalf_of(turn)
        if waiting.cancelled_caught:
            raise Busy("as many files as the service reads are being read: try again in a moment")
        try:
            yield
        finally:
            self.readers.release_on_behalf_of(turn)

    @asynccontextmanager
    async def storing(self, seconds: float) -> AsyncIterator[None]:
        """Wait for one's turn to store tables: to read one takes ten times its size in memory.

        Raises
        ------
        Busy
            It did not come in the time, in s.
        """
        with move_on_after(seconds) as waiting:
            await self._storing.acquire()
        if waiting.cancelled_caught:
            raise Busy("others are uploading tables: try again in a moment")
        try:
            yield
        finally:
            self._storing.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Lend a connection that only reads."""
        async with self.connection() as conn:
            await conn.execute(statement("read_only"))
            yield conn

    @asynccontextmanager
    async def reading_once(self) -> AsyncIterator[Connection]:
        """Lend a connection that only reads and is closed afterwards, with the locks it took."""
        async with self.reading() as conn:
            try:
                yield conn
            finally:
                with CancelScope(shield=True):
                    await _end(conn)
                    await conn.close()


async def _end(conn: Connection) -> None:
    """End a transaction; of a query that was given up, the server is told."""
    if conn.closed:
        return
    if conn.pgconn.transaction_status == TransactionStatus.ACTIVE:
        with suppress(psycopg.Error):
            await conn.cancel_safe(timeout=CANCEL_S)
        await conn.close()
    else:
        await conn.rollback()


@asynccontextmanager
async def serving(settings: Settings, database: str) -> AsyncIterator[Service]:
    """Open the connections, and close them in the end.

    Parameters
    ----------
    settings : Settings
        The settings.
    database : str
        Connection string with the service's login.
    """
    limits = settings.limits

    async def configure(conn: Connection) -> None:
        await conn.execute("set timezone = 'UTC'")
        for name, value in (
            ("statement_timeout", f"{limits.seconds * 1000:.0f}"),
            ("idle_in_transaction_session_timeout", f"{limits.seconds * 1000:.0f}"),
            ("work_mem", f"{limits.memory}MB"),
            # all rows are wanted, not the first ones
            ("cursor_tuple_fraction", "1"),
            ("jit", "off"),
            # a query ends soon after a service that was killed, before its job is another's
            ("client_connection_check_interval", "5s"),
            ("client_encoding", "UTF8"),
        ):
            await conn.execute(
                sql.SQL("set {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        await conn.execute(statement("search_path"))
        await conn.commit()

    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        database,
        kwargs={"row_factory": tuple_row, "application_name": "trapdb serve"},
        min_size=min(2, limits.queries),
        max_size=limits.queries,
        timeout=limits.wait,
        configure=configure,
        open=False,
    )
    async with pool:
        async with pool.connection() as conn, conn.cursor(row_factory=namedtuple_row) as cursor:
            await cursor.execute(statement("offered_columns"))
            rows: tuple[Any, ...] = tuple(await cursor.fetchall())
            await cursor.execute(statement("schemas"))
            ((sphere, schema),) = await cursor.fetchall()

        # making them takes longer than a small query: anew when a data set comes or goes
        @lru_cache(maxsize=1)
        def tables(datasets: frozenset[tuple[str, int]]) -> Tables:
            return tables_of(rows, dict(datasets).get, schema)

        offer = Offer(tables, described(rows), sphere)
        yield Service(settings, pool, offer, CapacityLimiter(limits.queries))
