"""What people say of sources: rating, class, tags and a note, said by one key or written.

Labels are written by a login of their own, which can do nothing else, and only for a page of this
service: another page on the Web can send requests here, but not as one of the service's own.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
from anyio import Lock
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.reading import Unknown, number_in, rows
from trapdb.web.explorer.replies import data, in_data
from trapdb.web.faults import Busy, Refused
from trapdb.web.requests import service_of
from trapdb.web.service import Service
from trapdb.web.statements import statement

_HISTORY = 100
_TEXTS = ("rating", "object_class", "note")
_LONGEST = 20_000  # bytes of a request: a note has 5000 characters at most


class _NotAllowed(Refused):
    """A request from elsewhere, or to a service in which nothing can be written."""

    status = 403


@dataclass(frozen=True)
class Raters:
    """Connections of the login that writes labels, in whose name it does, and turns at it."""

    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]]
    user: str
    turn: Lock = field(default_factory=Lock)

    async def write(self, name: str, **parameters: object) -> None:
        """Write a label, or withdraw one."""
        try:
            async with self.pool.connection() as conn:
                await conn.execute(statement(name), {"user": self.user, **parameters})
        except PoolTimeout as error:
            raise Busy("many rate at once: try again in a moment") from error


@asynccontextmanager
async def raters(database: str, user: str) -> AsyncIterator[Raters]:
    """Open the connections.

    Parameters
    ----------
    database : str
        Connection string with a login that may label.
    user : str
        In whose name it does.
    """
    pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
        database,
        kwargs={"application_name": "trapdb serve, ratings"},
        configure=_configure,
        min_size=1,
        max_size=2,
        timeout=5,
        open=False,
    )
    async with pool:
        yield Raters(pool, user)


async def _configure(conn: psycopg.AsyncConnection[Any]) -> None:
    await conn.execute("set search_path = trap, pg_temp")
    await conn.commit()


@in_data
async def labels(request: Request) -> Response:
    """Answer with all that was ever said of a source, the latest first, and who would say more."""
    source_id = number_in(request, "source", "source")
    writing: Raters | None = request.app.state.raters
    async with service_of(request).reading() as conn:
        if not await rows(conn, "source", source_id=source_id):
            raise Unknown(f"there is no source {source_id}")
        said = await rows(conn, "label_history", source_id=source_id, most=_HISTORY)
    return await data(request, {"labels": said, "user": writing and writing.user})


@in_data
async def label(request: Request) -> Response:
    """Say something of a source; what the user said of it before stays, but for what is given.

    The body is JSON: ``rating``, ``object_class``, ``note``, each a text, or null: not any more;
    ``tags``, a list of texts. An empty object takes all back. The answer is that of `labels`.
    """
    writing: Raters | None = request.app.state.raters
    if writing is None:
        raise _NotAllowed("nothing can be written here: trapdb serve --writable lets one rate")
    _require_own_page(request)
    source_id = number_in(request, "source", "source")
    given = await _given(request)
    # two at once would each leave out what the other one says
    async with writing.turn:
        await _write(service_of(request), writing, source_id, given)
    return await labels(request)


async def _write(service: Service, writing: Raters, source_id: int, given: dict[str, Any]) -> None:
    async with service.reading() as conn:
        if not await rows(conn, "source", source_id=source_id):
            raise Unknown(f"there is no source {source_id}")
        said = await rows(conn, "source_labels", source_id=source_id, most=_HISTORY)
    mine = next((one for one in said if one.user_name == writing.user and not one.epoch), None)
    before = {name: getattr(mine, name, None) for name in _TEXTS}
    tags = mine.tags.split(",") if mine and mine.tags else []
    whole = {**before, "tags": tags, **given}
    if given and any(whole.values()):
        await writing.write("add_label", source_id=source_id, **whole)
    elif mine:
        await writing.write("withdraw_label", source_id=source_id)


def _require_own_page(request: Request) -> None:
    """Refuse what is not sent by a page of this service.

    Raises
    ------
    _NotAllowed
        It is sent by another page, or by a program that does not say by which.
    """
    headers = request.headers
    origin = urlsplit(headers.get("origin", "")).netloc
    # the name in Host is one of the service's: the guard has looked
    if headers.get("sec-fetch-site", "same-origin") != "same-origin" or origin != headers["host"]:
        raise _NotAllowed("only a page of this service may write: open it in a browser")
    if headers.get("content-type", "").partition(";")[0] != "application/json":
        raise _NotAllowed("expected JSON")


async def _given(request: Request) -> dict[str, Any]:
    body = await request.body()
    try:
        given = json.loads(body) if len(body) <= _LONGEST else None
    except ValueError:
        given = None
    if not isinstance(given, dict) or not set(given) <= {*_TEXTS, "tags"}:
        raise Refused("expected an object with rating, object_class, note and tags")
    tags = given.get("tags", [])
    texts = [given[name] for name in _TEXTS if given.get(name) is not None]
    if not isinstance(tags, list) or not all(isinstance(one, str) for one in (*texts, *tags)):
        raise Refused("rating, object_class and note are texts, and tags is a list of texts")
    if any("\0" in one for one in (*texts, *tags)):
        raise Refused("a text cannot have the character of code 0")
    return {name: given[name] or None for name in given if name != "tags"} | (
        {"tags": tags} if "tags" in given else {}
    )
