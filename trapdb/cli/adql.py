"""ADQL in the place of SQL, for ``trapdb query``."""

from typing import Any

import psycopg

from trapdb.cli.reading import view
from trapdb.database.connection import call
from trapdb.errors import DatabaseError, InputError


def to_sql(conn: psycopg.Connection[Any], text: str) -> bytes:
    """Translate a query on the views of the database.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection to the database that it is for.
    text : str
        One query in ADQL.

    Returns
    -------
    bytes
        It in SQL, in the encoding of the connection.

    Raises
    ------
    AdqlError
        The query makes no sense, or asks for what is not there.
    InputError
        The package that reads it is not installed.
    """
    try:
        from trapdb.adql.translation import translate
    except ModuleNotFoundError as error:
        raise InputError(
            "ADQL needs sqlglot, which is not installed: pip install 'trapdb[archive]'"
        ) from error
    from trapdb.adql.views import tables_of

    def dataset_id_of(name: str) -> int | None:
        try:
            (row,) = call(conn, "dataset_id_of", dataset=name)
        except DatabaseError:
            return None
        return row.dataset_id_of

    (row,) = call(conn, "sphere_schema")
    tables = tables_of(conn.execute(view("column_description")), dataset_id_of)
    return translate(text, tables, row.sphere_schema).sql.encode(conn.info.encoding)
