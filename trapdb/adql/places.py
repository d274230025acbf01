"""Where in a query something stands, for the message that refuses it."""

from typing import NoReturn

from sqlglot import exp

from trapdb.errors import AdqlError


def set_place(node: exp.Expr, line: int, column: int) -> None:
    """Remember where a node begins, counted from 1."""
    node.meta.update(line=line, column=column)


def place_of(node: exp.Expr) -> tuple[int, int]:
    """Return line and column of the first word of a node."""
    places = [one.meta for one in node.walk() if "line" in one.meta]
    return min(((place["line"], place["column"]) for place in places), default=(1, 1))


def refuse(node: exp.Expr, text: str) -> NoReturn:
    """Refuse the query because of a node.

    Raises
    ------
    AdqlError
        Always.
    """
    raise AdqlError(text, *place_of(node))
