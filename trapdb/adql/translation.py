"""From ADQL to the SQL of PostgreSQL with pgSphere."""

from dataclasses import dataclass

from trapdb.adql.queries import with_named, written
from trapdb.adql.reading import read
from trapdb.adql.scopes import Archive, Output, Scope
from trapdb.adql.tables import Tables
from trapdb.errors import AdqlError


@dataclass(frozen=True)
class Translation:
    """A query in the SQL of PostgreSQL.

    Attributes
    ----------
    sql : str
        One statement that only reads, and of the tables offered only.
    columns : tuple of Output
        What it gives.
    """

    sql: str
    columns: tuple[Output, ...]


def translate(text: str, tables: Tables, sphere: str = "public") -> Translation:
    """Translate a query.

    Parameters
    ----------
    text : str
        One query in ADQL 2.1.
    tables : mapping of str to Table
        What may be asked for, by name; the name may begin with a schema and a dot.
    sphere : str
        The schema in which pgSphere is installed.

    Returns
    -------
    Translation
        It in SQL, made from its tree: nothing of the text is passed on but names of columns and
        tables that it makes itself, numbers and quoted texts.

    Raises
    ------
    AdqlError
        The query makes no sense, or asks for what is not there or not allowed.
    """
    tree = read(text)
    try:
        found = with_named(tree, Scope(Archive(tables, sphere, written)))
    except RecursionError:
        raise AdqlError("the query is too deeply nested", 1, 1) from None
    return Translation(found.sql, found.outputs)
