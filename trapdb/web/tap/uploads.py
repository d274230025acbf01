"""Tables of the client's, to join with: temporary tables on the connection of its query.

Source: IVOA Recommendation, TAP 1.1, section 2.5.
"""

import io
import re
import struct
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import psycopg
from anyio import to_thread
from psycopg import sql

from trapdb.adql.tables import Column, Table
from trapdb.web.answers import Uploaded
from trapdb.web.faults import Refused
from trapdb.web.fields import Field
from trapdb.web.requests import Parameters
from trapdb.web.room import Take
from trapdb.web.service import Connection
from trapdb.web.settings import Settings
from trapdb.web.statements import statement
from trapdb.web.tap.fetching import fetch
from trapdb.web.tap.inspection import TEXTS, inspect

MOST_TABLES = 10
_HERE = "param:"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
# From the datatype of a VOTable.
_TYPES = {
    "boolean": "boolean",
    "bit": "boolean",
    "unsignedByte": "smallint",
    "short": "smallint",
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
}
ROWS_AT_ONCE = 5000
# What astropy raises at documents that are not what they should be.
_FAULTS = (
    ValueError, TypeError, LookupError, AttributeError, NotImplementedError, MemoryError, OSError,
    EOFError, struct.error,
)  # fmt: skip


async def uploaded(
    settings: Settings, parameters: Parameters, take: Take
) -> list[tuple[str, bytes]]:
    """Return the names of the tables that come with a request, and their documents.

    Parameters
    ----------
    settings : Settings
        The settings.
    parameters : Parameters
        The request; UPLOAD names each table, and says where it is.
    take : callable
        Takes room for what has not come with the request.

    Raises
    ------
    Refused
        A table cannot be had, or is larger than it may be.
    Busy
        There is no room for it.
    """
    places = named_places(parameters)
    left = settings.limits.request_bytes
    if any(not _is_here(place) for _, place in places):
        take(left)  # before it is known how large they are
    found = []
    for name, place in places:
        if _is_here(place):
            content = await _content(parameters, name, place[len(_HERE) :])
        else:
            private = settings.upload_from_private_addresses
            content = await to_thread.run_sync(fetch, place, left, private)
            left -= len(content)
        found.append((name, content))
    return found


async def store_tables(
    settings: Settings, conn: Connection, documents: Sequence[tuple[str, bytes]]
) -> list[Uploaded]:
    """Make temporary tables of documents, which go with the transaction.

    Parameters
    ----------
    settings : Settings
        The settings.
    conn : psycopg.AsyncConnection
        Connection at the begin of a transaction.
    documents : sequence of (str, bytes)
        Names of tables, and VOTables.

    Raises
    ------
    Refused
        One is no table, or larger than it may be.
    """
    if not documents:
        return []
    try:
        await conn.execute(statement("read_write"))
    except psycopg.errors.FeatureNotSupported as error:
        raise Refused("this service reads from a copy: tables cannot be uploaded") from error
    found = []
    for name, content in documents:
        table = await to_thread.run_sync(_parse, name, content, settings)
        found.append(await _store(conn, name, table))
    return found


def named_places(parameters: Parameters) -> list[tuple[str, str]]:
    """Return the names of uploaded tables, and where each is.

    Raises
    ------
    Refused
        UPLOAD is not what it should be.
    """
    pairs = [pair for value in parameters.all("UPLOAD") for pair in value.split(";") if pair]
    places: dict[str, str] = {}
    for pair in pairs:
        name, comma, place = pair.partition(",")
        if not comma or not _NAME.fullmatch(name):
            raise Refused(f"UPLOAD={pair[:60]!r}: expected the name of a table, a comma and a URI")
        if name.lower() in map(str.lower, places):
            raise Refused(f"UPLOAD: there are two tables {name}")
        places[name] = place
    if len(places) > MOST_TABLES:
        raise Refused(f"UPLOAD: there are more than {MOST_TABLES} tables")
    return list(places.items())


def _is_here(place: str) -> bool:
    return place.lower().startswith(_HERE)


async def _content(parameters: Parameters, name: str, part: str) -> bytes:
    """Return a part of the request."""
    if part in parameters.files:
        return await parameters.files[part].read()
    inline = parameters.one(part.upper())
    if inline is None:
        raise Refused(f"UPLOAD: table {name} should be in part {part[:60]!r}, which is not there")
    return inline.encode()


def _parse(name: str, content: bytes, settings: Settings) -> Any:
    """Read a VOTable; refuse what cannot be stored."""
    from astropy.io import votable

    inspect(name, content, settings.limits.upload_rows, settings.limits.upload_columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # given a function that reads, astropy unpacks nothing
            table = votable.parse_single_table(io.BytesIO(content).read, verify="ignore")
        except _FAULTS as error:
            raise Refused(f"table {name} is no VOTable: {_line(error)}") from error
    names = [field.name.lower() for field in table.fields]
    if doubled := {one for one in names if names.count(one) > 1}:
        raise Refused(f"table {name} has column {sorted(doubled)[0]!r} more than once")
    return table


def _type(field: Any) -> str:
    """Return the type of PostgreSQL for a column."""
    if field.datatype in TEXTS:
        return "timestamp with time zone" if field.xtype == "timestamp" else "text"
    return _TYPES[field.datatype]


async def _store(conn: Connection, name: str, table: Any) -> Uploaded:
    relation = f"upload_{name.lower()}"
    types = [_type(field) for field in table.fields]
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(one))  # type: ignore[arg-type]
        for field, one in zip(table.fields, types, strict=True)
    )
    here = sql.Identifier("pg_temp", relation)
    try:
        await conn.execute(
            sql.SQL("create temporary table {} ({}) on commit drop").format(
                sql.Identifier(relation), columns
            )
        )
        async with (
            conn.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin").format(here)) as copy,
        ):
            for begin in range(0, len(table.array), ROWS_AT_ONCE):
                for row in await to_thread.run_sync(_rows, table, begin):
                    await copy.write_row(row)
        await conn.execute(sql.SQL("analyze {}").format(here))
    except psycopg.DataError as error:
        raise Refused(f"table {name}: {error.diag.message_primary}") from error
    fields = {
        (f"TAP_UPLOAD.{name}", field.name): Field(
            field.name,
            None,
            field.datatype,
            field.arraysize,
            field.xtype,
            str(field.unit) if field.unit is not None else None,
            field.ucd,
            field.utype,
            field.description,
        )
        for field in table.fields
    }
    described = tuple(
        Column(field.name, one) for field, one in zip(table.fields, types, strict=True)
    )
    return Uploaded(name, Table(("pg_temp", relation), described), fields)


def _rows(table: Any, begin: int) -> list[list[Any]]:
    """Return some rows from one on: None for what is masked or not a number."""
    some = slice(begin, begin + ROWS_AT_ONCE)
    columns = []
    # by the names that the array has: there, those of the fields may be others' identifiers
    for field, column in zip(table.fields, table.array.dtype.names, strict=True):
        values = table.array[column][some]
        known = ~np.ma.getmaskarray(values)
        if values.dtype.kind == "f":
            known &= ~np.isnan(np.ma.getdata(values))
        texts = field.datatype in TEXTS
        data = np.ma.getdata(values).tolist()
        columns.append(
            [
                (_text(value, field.xtype) if texts else value) if there else None
                for value, there in zip(data, known.tolist(), strict=True)
            ]
        )
    return list(map(list, zip(*columns, strict=True)))


def _text(value: Any, xtype: str | None) -> str | None:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if xtype == "timestamp":
        return f"{text.removesuffix('Z')}Z" if text else None
    return text.replace("\0", "")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
