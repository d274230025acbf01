"""What the pages read."""

from typing import Any

from psycopg.rows import namedtuple_row
from starlette.requests import Request

from trapdb.web.faults import Refused
from trapdb.web.service import Connection
from trapdb.web.statements import statement


class Unknown(Refused):
    """There is no such thing."""

    status = 404


async def rows(conn: Connection, name: str, **parameters: object) -> list[Any]:
    """Run a statement of the explorer, a file of `trapdb/web/statements/explorer`.

    Parameters
    ----------
    conn : psycopg.AsyncConnection
        Connection.
    name : str
        The statement.
    **parameters
        Its parameters.

    Returns
    -------
    list of named tuples
        The rows.
    """
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(statement(f"explorer/{name}"), parameters)
        return await cursor.fetchall()


async def dataset_of(request: Request, conn: Connection) -> Any:
    """Return the data set that the address of a page names: its row of trap.dataset.

    Raises
    ------
    Unknown
        There is none.
    """
    given = request.path_params["dataset"]
    number = given.removeprefix("~")
    if given.startswith("~"):
        known = number.isascii() and number.isdigit() and len(number) < 10
        found = await rows(conn, "dataset_by_id", dataset_id=int(number)) if known else []
    elif "\0" in given:
        found = []
    else:
        found = await rows(conn, "dataset_by_name", dataset=given)
    if not found:
        raise Unknown(f"there is no data set {given[:200]!r}")
    return found[0]


def number_in(request: Request, name: str, what: str) -> int:
    """Return a number of 0 or more that the address of a page has.

    Parameters
    ----------
    request : Request
        The request.
    name : str
        What the number is called in the path.
    what : str
        What it is the number of.

    Raises
    ------
    Unknown
        It is none, or none that there could be.
    """
    given: str = request.path_params[name]
    if not (given.isascii() and given.isdigit() and len(given) < 20 and int(given) < 2**63):
        raise Unknown(f"there is no {what} {given[:40]!r}")
    return int(given)


async def row_in(request: Request, conn: Connection, what: str) -> Any:
    """Return the row of the source or image that the address of a page names.

    Parameters
    ----------
    request : Request
        The request.
    conn : psycopg.AsyncConnection
        Connection.
    what : {"source", "image"}
        What it is: the statement, and the name of its number in the path.

    Raises
    ------
    Unknown
        There is none.
    """
    number = number_in(request, what, what)
    found = await rows(conn, what, **{f"{what}_id": number})
    if not found:
        raise Unknown(f"there is no {what} {number}")
    return found[0]


def columns(records: list[Any]) -> dict[str, list[Any]]:
    """Return rows as their columns; of none, nothing."""
    if not records:
        return {}
    return dict(zip(records[0]._fields, map(list, zip(*records, strict=True)), strict=True))
