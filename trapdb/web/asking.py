"""From a query in ADQL to its answer."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from anyio import to_thread
from psycopg import sql

from trapdb.adql.tables import Table
from trapdb.adql.translation import Translation, translate
from trapdb.web.answers import FIRST, Answer, Document, RowOf, Uploaded
from trapdb.web.descriptors import described
from trapdb.web.fields import Field, fields_of
from trapdb.web.service import Connection, Service
from trapdb.web.statements import statement


@asynccontextmanager
async def answer(
    service: Service,
    conn: Connection,
    here: str,
    query: str,
    limit: int | None = None,
    uploads: Sequence[Uploaded] = (),
    *,
    row_of: RowOf | None = None,
    retold: Callable[[Field], Field] | None = None,
) -> AsyncIterator[Answer]:
    """Ask the archive.

    Parameters
    ----------
    service : Service
        The service.
    conn : psycopg.AsyncConnection
        Connection within a transaction that only reads.
    here : str
        Address of the service, to which rows and columns lead.
    query : str
        One query in ADQL.
    limit : int or None
        So many rows are wanted, at most; None: as many as are given unasked.
    uploads : sequence of Uploaded
        Tables of the client's that are on the connection.
    row_of : callable or None
        From the columns and their names to the SQL of a row that comes as one value; None: it
        comes as the values of its columns.
    retold : callable or None
        What is to be told of a column, if that is not what the archive tells.

    Raises
    ------
    AdqlError
        The query makes no sense, or asks for too much.
    psycopg.Error
        The database refused it.
    """
    await conn.execute(statement("service_url"), [here])
    translation = await translated(service, conn, query, uploads)
    known = {**service.offer.fields}
    for upload in uploads:
        known.update(upload.fields)
    fields = fields_of(translation.columns, known)
    if retold:
        fields = [retold(one) for one in fields]
    fields, services = described(fields, here)
    written = sql.SQL(translation.sql)  # type: ignore[arg-type]  # made from a tree, not from the text
    async with rows_of(
        service, conn, written, fields, limit, row_of, Document(services=services)
    ) as given:
        yield given


@asynccontextmanager
async def rows_of(
    service: Service,
    conn: Connection,
    query: sql.Composable,
    fields: list[Field],
    limit: int | None,
    row_of: RowOf | None,
    document: Document,
) -> AsyncIterator[Answer]:
    """Read the rows of a query in SQL.

    Parameters
    ----------
    service, conn, limit, row_of
        As for `answer`.
    query : psycopg.sql.Composable
        The query.
    fields : list of Field
        Its columns.
    document : Document
        What is said beside them.

    Raises
    ------
    psycopg.Error
        The database refused it.
    """
    limits = service.settings.limits
    limit = limits.default_rows if limit is None else min(limit, limits.rows)
    async with conn.cursor(name="answer", binary=True) as cursor:
        await cursor.execute(_statement(query, fields, limit, row_of))
        first = await cursor.fetchmany(FIRST)
        given = Answer(fields, limit, limits.spool_bytes, document, cursor, first)
        try:
            yield given
        finally:
            await given.give_up()


async def translated(
    service: Service, conn: Connection, query: str, uploads: Sequence[Uploaded] = ()
) -> Translation:
    """Translate a query, with the data sets that there are now."""
    cursor = await conn.execute(statement("datasets"))
    tables: Mapping[str, Table] = {
        **service.offer.tables(frozenset(await cursor.fetchall())),
        **{f"TAP_UPLOAD.{one.name}": one.table for one in uploads},
    }
    return await to_thread.run_sync(translate, query, tables, service.offer.sphere)


def _statement(
    query: sql.Composable, fields: list[Field], limit: int, row_of: RowOf | None
) -> sql.Composed:
    """Return the statement whose rows are read: one more than wanted, to know whether there are."""
    names = [sql.Identifier(f"c{number}") for number in range(1, len(fields) + 1)]
    if row_of:
        columns = row_of(fields, names)
    else:
        columns = sql.SQL(", ").join(
            name if one.type or one.datatype != "char" else sql.SQL("{}::text").format(name)
            for one, name in zip(fields, names, strict=True)
        )
    # offset 0: what a column is computed from is computed once
    return sql.SQL("select {} from ({} offset 0) as q ({}) limit {}").format(
        columns,
        sql.SQL("select * from ({}) as p").format(query),
        sql.SQL(", ").join(names),
        sql.Literal(limit + 1),
    )
