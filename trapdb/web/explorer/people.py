"""Who may write: people, each with the connections of a login that can do nothing else here.

On a service of this machine it is who started it, who knows the key that was printed. Where others
reach the service, everybody signs in with a login of the database, and what they write is written
by that login. A page has a key and sends it in a header of its own, which no other page can:
cookies would go to all services of a machine, whatever their port.
"""

import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from anyio import CapacityLimiter, Lock, move_on_after, sleep
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request

from trapdb.web.faults import Busy, Refused
from trapdb.web.statements import statement

_HEADER = "trapdb-key"
_MOST = 100  # people at once
_IDLE_S = 12 * 3600.0
_AT_ONCE, _WAIT_S, _AFTER_FAILURE_S = 4, 10.0, 1.0  # of signing in: guessing takes long
_LONGEST_NAME = 63  # bytes: PostgreSQL cuts off the rest


class NotAllowed(Refused):
    """A request from elsewhere, of somebody unknown, or where nothing can be written."""

    status = 403


@dataclass(frozen=True)
class Writing:
    """How a service lets people write.

    Attributes
    ----------
    database : str
        Connection string; in the place of its login comes that of a person who signs in.
    user : str or None
        In whose name the login of the string writes; None: people sign in.
    key : str
        What that user's pages send; it is printed where the service is started.
    """

    database: str
    user: str | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


@dataclass
class Person:
    """Somebody who may write: in which name, over which connection, and turns at it."""

    user: str
    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]
    turn: Lock = field(default_factory=Lock)
    seen: float = field(default_factory=time.monotonic)

    async def write(self, name: str, **parameters: object) -> None:
        """Run a statement that writes."""
        try:
            async with self.pool.connection() as conn:
                await conn.execute(statement(name), {"user": self.user, **parameters})
        except PoolTimeout as error:
            raise Busy("the database takes nothing at present: try again in a moment") from error


class People:
    """Those who may write, by their keys."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._known: dict[bytes, Person] = {}
        self._turns = CapacityLimiter(_AT_ONCE)

    @property
    def sign_in_here(self) -> bool:
        """Whether people sign in, rather than know the key that was printed."""
        return self._writing.user is None

    def of(self, request: Request) -> Person | None:
        """Return who sends a request, if that is somebody who may write."""
        person = self._known.get(_digest(request.headers.get(_HEADER, "")))
        if person is None or self._has_gone(person):
            return None
        person.seen = time.monotonic()
        return person

    def _has_gone(self, person: Person) -> bool:
        return self.sign_in_here and time.monotonic() - person.seen > _IDLE_S

    async def admit(self, key: str, name: str, **login: str) -> None:
        """Let who knows a key write, with a login in place of that of the connection string."""
        for digest, one in list(self._known.items()):
            if self._has_gone(one):
                await self._dismiss(digest)
        if len(self._known) >= _MOST:
            raise Busy("as many people as the service takes have signed in: try again later")
        pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            self._writing.database,
            kwargs={"application_name": "trapdb serve, ratings", **login},
            configure=_configure,
            min_size=0,
            max_size=1,
            timeout=5,
            reconnect_timeout=5,
            num_workers=1,
            open=False,
        )
        await pool.open()
        self._known[_digest(key)] = Person(name, pool)

    async def sign_in(self, user: str, password: str) -> str:
        """Let somebody write who has a login of the database, and return the key.

        Raises
        ------
        NotAllowed
            The database does not let the login in with this password, or lets it in without one,
            or it is not that of a rater.
        Busy
            Too many sign in.
        """
        with move_on_after(_WAIT_S) as waiting:
            await self._turns.acquire_on_behalf_of(waiting)
        if waiting.cancelled_caught:
            raise Busy("too many sign in at once: try again in a moment")
        try:
            try:
                await self._require_rater(user, password)
            except NotAllowed:
                await sleep(_AFTER_FAILURE_S)
                raise
        finally:
            self._turns.release_on_behalf_of(waiting)
        key = secrets.token_urlsafe(32)
        await self.admit(key, user, user=user, password=password)
        return key

    async def _require_rater(self, user: str, password: str) -> None:
        # an empty password would be looked up in the service's own files
        if not user or not password or "\0" in user + password:
            raise NotAllowed("expected a user and a password")
        try:
            if len(user.encode()) > _LONGEST_NAME:
                raise NotAllowed("there is no such login")
            async with await psycopg.AsyncConnection.connect(
                self._writing.database, user=user, password=password, connect_timeout=10
            ) as conn:
                # where the database asks for no password, everybody could be anybody
                if not conn.pgconn.used_password:
                    raise NotAllowed(
                        "the database lets this login in without a password: its pg_hba.conf has "
                        "to ask for one from where the service runs"
                    )
                cursor = await conn.execute(statement("is_rater"))
                found = await cursor.fetchone()
        except (psycopg.OperationalError, UnicodeError) as error:
            raise NotAllowed(
                "the database does not let this login in with this password"
            ) from error
        if not found or not found[0]:
            raise NotAllowed(
                f"{user} is no member of trapdb_rater: an administrator may change that"
            )

    async def sign_out(self, request: Request) -> None:
        """Forget who sends a request."""
        digest = _digest(request.headers.get(_HEADER, ""))
        if self.sign_in_here and digest in self._known:
            await self._dismiss(digest)

    async def aclose(self) -> None:
        """Close all connections."""
        for digest in list(self._known):
            await self._dismiss(digest)

    async def _dismiss(self, digest: bytes) -> None:
        await self._known.pop(digest).pool.close()


@asynccontextmanager
async def people(writing: Writing) -> AsyncIterator[People]:
    """Let people write, and close their connections in the end."""
    known = People(writing)
    try:
        if writing.user is not None:
            await known.admit(writing.key, writing.user)
        yield known
    finally:
        await known.aclose()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


async def _configure(conn: psycopg.AsyncConnection[Any]) -> None:
    await conn.execute("set search_path = trap, pg_temp")
    await conn.commit()
