"""The archive behind a connection to PostgreSQL: ADQL is translated, and run as a reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row
from psycopg.types.numeric import FloatLoader
from psycopg.types.string import TextLoader

from trapdb.archive.backend import Answer, Column
from trapdb.archive.images import Pixels, cut
from trapdb.archive.positions import Place
from trapdb.database import ids
from trapdb.database.connection import call, one_line
from trapdb.errors import DatabaseError, InputError
from trapdb.server.access import Role

Connection = psycopg.Connection[Any]

# By the names that psycopg has for the types of PostgreSQL.
_TYPES = {
    **{"int2": "smallint", "int4": "integer", "int8": "bigint"},
    **{"float4": "real", "float8": "double precision", "numeric": "double precision"},
    **{"bool": "boolean", "timestamptz": "timestamp"},
}


@dataclass(frozen=True)
class Database:
    """The archive in a database.

    Each query has a connection of its own, so that a notebook that was left for a night goes on.

    Attributes
    ----------
    place : str
        Which database it is.
    open : callable
        What opens a connection for a reader, or for a query that the user wrote in SQL.
    """

    place: str
    open: Callable[[Role], Connection] = field(repr=False)

    def adql(self, text: str) -> Answer:
        """Answer a query in ADQL.

        Raises
        ------
        AdqlError
            The query makes no sense, or asks for what is not there or not allowed.
        DatabaseError
            The server refuses it.
        InputError
            The package that reads ADQL is not installed.
        """
        try:
            from trapdb.adql.translation import translate
        except ModuleNotFoundError as error:
            raise InputError(
                "ADQL needs sqlglot, which is not installed: pip install 'trapdb[archive]'"
            ) from error
        from trapdb.adql.views import tables_of

        with self.open("reader") as conn:
            (row,) = call(conn, "sphere_schema")
            tables = tables_of(self._descriptions.values(), _numbers_of(conn))
            found = translate(text, tables, row.sphere_schema)
            _, types, rows = _run(conn, found.sql)
        columns = [
            _described(output.name, type_, self._descriptions.get(output.origin))
            for output, type_ in zip(found.columns, types, strict=True)
        ]
        return Answer(columns, rows)

    def sql(self, text: str) -> Answer:
        """Answer a query in SQL: a single statement, in a transaction that only reads.

        Raises
        ------
        DatabaseError
            The server refuses it, or there is no login for such queries.
        """
        with self.open("query") as conn:
            origins, types, rows = _run(conn, text)
            columns = []
            for (name, relation, number), type_ in zip(origins, types, strict=True):
                told = call(conn, "column_meaning", relation=relation, column=number)[0]
                columns.append(
                    Column(name, type_, told.unit, told.description, told.ucd, told.utype)
                )
        return Answer(columns, rows)

    def pixels(self, facts: Mapping[str, Any], place: Place, size: float | None) -> Pixels:
        """Return an image, or a square of it, read from the file that was ingested.

        Raises
        ------
        ImageLost
            The file is gone or has changed. A relative path counts from the current directory.
        """
        from trapdb.measuring.configured import read_again

        image_id = int(facts["obs_publisher_did"].rpartition("/")[2])
        dataset_id = ids.dataset_of(image_id)
        statement = sql.SQL("select * from {} where dataset_id = {} and image_id = {}").format(
            sql.Identifier("trap", "image"), dataset_id, image_id
        )
        with self.open("reader") as conn:
            (row,) = conn.execute(statement).fetchall()
            headers = [one.header for one in call(conn, "supplied_header", dataset_id=dataset_id)]
            (own,) = call(conn, "position_in_image", image_id=image_id, ra=place.ra, dec=place.dec)
        image = read_again(row.path, row.digest, headers)
        whole = Pixels(image.data, image.wcs)
        return whole if size is None else cut(whole, Place(own.ra, own.dec), size)

    @cached_property
    def _descriptions(self) -> dict[Any, Any]:
        """The rows of trap.column_description, by what ADQL calls the origin of a column."""
        from trapdb.adql.values import Origin

        statement = sql.SQL("select * from {}").format(sql.Identifier("trap", "column_description"))
        with self.open("reader") as conn:
            rows = conn.execute(statement).fetchall()
        return {Origin(f"{row.schema_name}.{row.view_name}", row.column_name): row for row in rows}


def _described(name: str, type_: str, told: Any) -> Column:
    """Return a column with what trap.column_description tells of it, if it is in there."""
    if told is None:
        return Column(name, type_)
    return Column(name, type_, told.vo_unit, told.vo_description, told.ucd, told.utype)


def _numbers_of(conn: Connection) -> Callable[[str], int | None]:
    """Return what gives the number of a data set by its name; None if there is none."""

    def number(name: str) -> int | None:
        try:
            (row,) = call(conn, "dataset_id_of", dataset=name)
        except DatabaseError:
            return None
        return row.dataset_id_of

    return number


def _run(
    conn: Connection, text: str
) -> tuple[list[tuple[str, int, int]], list[str], list[tuple[Any, ...]]]:
    """Run a single statement that only reads.

    Returns
    -------
    list of tuple
        Of each column: its name; oid and number of the column that it is, 0 if it is computed.
    list of str
        The types of the columns.
    list of tuple
        The rows.

    Raises
    ------
    DatabaseError
        The server refuses the statement.
    InputError
        It gives no rows.
    """
    conn.read_only = True
    try:
        # in a pipeline the server takes one statement at a time, whatever the text holds
        with (
            conn.transaction(),
            conn.pipeline() as pipeline,
            conn.cursor(row_factory=tuple_row) as cursor,
        ):
            cursor.adapters.register_loader("jsonb", TextLoader)
            cursor.adapters.register_loader("numeric", FloatLoader)
            cursor.execute(text.encode(conn.info.encoding))
            pipeline.sync()
            shape = cursor.pgresult
            if shape is None or not shape.nfields:
                raise InputError("this statement gives no rows: ask for some, with select")
            rows = cursor.fetchall()
    except psycopg.Error as error:
        raise DatabaseError(f"the query fails: {one_line(error)}") from error
    numbers = range(shape.nfields)
    origins = [
        ((shape.fname(n) or b"").decode(), shape.ftable(n), shape.ftablecol(n)) for n in numbers
    ]
    return origins, [_type(shape.ftype(n)) for n in numbers], rows


def _type(oid: int) -> str:
    """Return the type of a column; what is no number, time or truth value is a text."""
    info = psycopg.adapters.types.get(oid)
    if info is None:
        return "text"
    if info.array_oid == oid:
        return "array"
    return _TYPES.get(info.name, "text")
