"""Read rows of views, and run the queries that users write.

A user's query is sent as one statement, over a login that may only read, in a read-only
transaction, with a time limit.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from psycopg.rows import tuple_row

from trapdb.cli.output import Column
from trapdb.database.connection import call, one_line
from trapdb.errors import DatabaseError, InputError

Connection = psycopg.Connection[Any]

_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8"), int),
    **dict.fromkeys(("float4", "float8", "numeric"), float),
    "bool": bool,
}

# What is sent as it is; anything else as text.
_SENT = (
    *("bool", "int2", "int4", "int8", "float4", "float8", "text"),
    *("date", "timestamp", "timestamptz"),
)


@dataclass(frozen=True)
class Result:
    """The rows of a query, read as they are asked for."""

    columns: list[Column]
    rows: Iterator[tuple[Any, ...]]
    origins: list[tuple[int, int]]  # oid of the table or view and column there; 0 if computed


@dataclass(frozen=True)
class WireType:
    """How a column is sent: the name of its type, or of its elements if it is an array."""

    name: str
    array: bool


@dataclass(frozen=True)
class Copied:
    """The rows of a query as the server sends them for a binary COPY, a row a message."""

    columns: list[Column]
    types: list[WireType]
    messages: Iterator[Any]


def dataset_names(conn: Connection) -> list[str]:
    """Return the names of the data sets, sorted."""
    return sorted(row.dataset for row in conn.execute(view("dataset")))


def say_if_nothing_comes(conn: Connection, dataset: str | None) -> None:
    """Tell what watches for something in a data set when there is none yet, or it is published."""
    import click

    if dataset is None:
        return
    if dataset not in dataset_names(conn):
        click.echo(f"there is no data set {dataset} yet: the watch waits for it", err=True)
        return
    held = [row for row in conn.execute(view("publication")) if row.withdrawn_at is None]
    if dataset in {row.dataset for row in held}:
        click.echo(
            f"data set {dataset} is published, and does not change: the watch finds nothing unless "
            "the publication is withdrawn",
            err=True,
        )


def resolve_dataset(conn: Connection, name: str | None) -> str:
    """Return the data set of this name, or the only one there is.

    Raises
    ------
    InputError
        None is named, and there is none or more than one.
    """
    if name is not None:
        call(conn, "dataset_id_of", dataset=name)
        return name
    names = dataset_names(conn)
    if not names:
        raise InputError("there is no data set yet: `trapdb ingest PATH` makes one")
    if len(names) > 1:
        shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise InputError(f"there are several data sets, name one with --dataset: {shown}")
    return names[0]


def view(
    name: str,
    dataset_id: int | None = None,
    source_id: int | None = None,
    columns: Sequence[str] = (),
) -> sql.Composed:
    """Return the statement that reads a view of schema trap, by data set or source if given."""
    read = sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else sql.SQL("*")
    statement = sql.SQL("select {} from {}").format(read, sql.Identifier("trap", name))
    if dataset_id is not None:
        statement += sql.SQL(" where dataset_id = {}").format(sql.Literal(dataset_id))
    if source_id is not None:
        statement += sql.SQL(" and source_id = {}").format(sql.Literal(source_id))
    return statement


def rows_of(
    conn: Connection,
    name: str,
    dataset_id: int,
    source_id: int | None = None,
    columns: Sequence[str] = (),
) -> list[Any]:
    """Return the rows of a view of schema trap for a data set, or for one of its sources."""
    return conn.execute(view(name, dataset_id, source_id, columns)).fetchall()


@contextmanager
def run(
    conn: Connection, statement: sql.Composed | bytes, time_limit: float = 0
) -> Iterator[Result]:
    """Run one statement that only reads.

    Parameters
    ----------
    conn
        Connection in autocommit mode.
    statement
        What to run; bytes are what a user wrote, in the encoding of the connection.
    time_limit
        Seconds after which the server gives up; 0 for no limit.

    Raises
    ------
    DatabaseError
        The server refuses the statement, or the time is up.
    """
    query = statement if isinstance(statement, bytes) else statement.as_bytes(conn)
    with _only_reading(conn, time_limit):
        shape = _shape(conn, query)
        columns, origins = _columns(shape), _origins(shape)
        # In streaming mode the server accepts one statement only, whatever the text holds.
        rows = conn.cursor(row_factory=tuple_row).stream(query)
        with closing(cast("Generator[Any]", rows)):
            # Fetch the first row now, so that a query that fails at once writes no output.
            begun = list(islice(rows, 1))
            yield Result(columns, chain(begun, rows), origins)


@contextmanager
def copied(
    conn: Connection, statement: sql.Composed | bytes, time_limit: float = 0
) -> Iterator[Copied]:
    """Run one statement that only reads, and take its rows as a binary COPY; else as `run`.

    Types that have no counterpart in files come as text, numeric as double precision.
    """
    query = statement if isinstance(statement, bytes) else statement.as_bytes(conn)
    with _only_reading(conn, time_limit):
        # The server parses it as one statement here: within the brackets below it stays one.
        shape = _shape(conn, query)
        result = Result(_columns(shape), iter(()), _origins(shape))
        columns = describe(conn, result)
        types = [_wire_type(shape.ftype(number)) for number in range(shape.nfields)]
        names = [sql.Identifier(f"c{number}") for number in range(len(types))]
        cast_names = sql.SQL(", ").join(
            sql.SQL("{}::{}").format(name, sql.SQL(one.name + "[]" * one.array))
            for name, one in zip(names, types, strict=True)
        )
        head = sql.SQL("copy (select {} from (\n").format(cast_names).as_bytes(conn)
        tail = sql.SQL("\n) as q ({})) to stdout (format binary)").format(sql.SQL(", ").join(names))
        whole = head + query.rstrip().rstrip(b";") + tail.as_bytes(conn)
        with conn.cursor().copy(whole) as copy:  # type: ignore[call-overload]  # a user's text
            messages = iter(copy)
            begun = list(islice(messages, 1))
            yield Copied(columns, types, chain(begun, messages))


@contextmanager
def _only_reading(conn: Connection, time_limit: float) -> Iterator[None]:
    conn.read_only = True
    try:
        with conn.transaction():
            call(conn, "limit_time", seconds=time_limit)
            yield
    except psycopg.errors.QueryCanceled as error:
        raise DatabaseError(
            f"the query was stopped: {one_line(error)} (--time-limit allows more, 0 any)"
        ) from error
    except psycopg.Error as error:
        raise DatabaseError(f"the query fails: {one_line(error)}") from error


def describe(conn: Connection, result: Result) -> list[Column]:
    """Return the columns, with what is known of those that come straight from a relation."""
    described = []
    for column, (relation, number) in zip(result.columns, result.origins, strict=True):
        if relation:
            (row,) = call(conn, "column_meaning", relation=relation, column=number)
            column = replace(column, **row._asdict())
        described.append(column)
    return described


def _shape(conn: Connection, query: bytes) -> PGresult:
    """Ask the server what a statement returns, without running it."""
    for answer in (conn.pgconn.prepare(b"", query), conn.pgconn.describe_prepared(b"")):
        if answer.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(answer, conn.info.encoding)
    if not answer.nfields:
        raise InputError("this statement gives no rows: ask for some, with select")
    return answer


def _wire_type(oid: int) -> WireType:
    info = psycopg.adapters.types.get(oid)
    array = info is not None and info.oid != oid
    name = {"numeric": "float8"}.get(info.name, info.name) if info else "text"
    return WireType(name if name in _SENT else "text", array)


def _columns(shape: PGresult) -> list[Column]:
    columns: list[Column] = []
    names: set[str] = set()
    for number in range(shape.nfields):
        oid = shape.ftype(number)
        info = psycopg.adapters.types.get(oid)
        # An array has its element's type here, but is no number.
        kind = _KINDS.get(info.name, str) if info and info.oid == oid else str
        name = given = (shape.fname(number) or b"").decode()
        # two joined tables may have columns of one name; a file would keep only the last of them
        repeat = 2
        while name in names:
            name = f"{given}_{repeat}"
            repeat += 1
        names.add(name)
        columns.append(Column(name, kind))
    return columns


def _origins(shape: PGresult) -> list[tuple[int, int]]:
    return [(shape.ftable(number), shape.ftablecol(number)) for number in range(shape.nfields)]
