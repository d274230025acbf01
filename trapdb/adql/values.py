"""Parts of a query, as they are once written in SQL."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from sqlglot import exp

from trapdb.adql.types import DOUBLE

NULL = "null"
Constant = int | float | str | bool


@dataclass(frozen=True)
class Origin:
    """A column of one of the tables that the caller offers.

    Attributes
    ----------
    table : str
        Name of the table, as the caller gave it.
    column : str
        Name of the column.
    """

    table: str
    column: str


@dataclass(frozen=True)
class Behind:
    """The columns behind one with a geometry, in types of pgSphere, in SQL.

    Attributes
    ----------
    geometry : str
        The geometry.
    cover : str or None
        A circle around it that is indexed.
    circle : str or None
        For a region, the circle that it is where `geometry` is NULL.
    place : tuple of str, or None
        The indexed position of those that are no more than one, and whether it is one of them.
    lag : float
        As far as the former may be from it, in deg.
    """

    geometry: str
    cover: str | None = None
    circle: str | None = None
    place: tuple[str, str] | None = None
    lag: float = 0.0

    def mapped(self, name: Callable[[str], str]) -> "Behind":
        """Return the same columns by other names."""
        cover, circle = (one and name(one) for one in (self.cover, self.circle))
        place = self.place and (name(self.place[0]), name(self.place[1]))
        return Behind(name(self.geometry), cover, circle, place, self.lag)


@dataclass(frozen=True, eq=False)
class Field:
    """A column of a table in FROM.

    Attributes
    ----------
    table, name : str
        By which the query knows the table and it.
    sql : str
        By which PostgreSQL does.
    type : str or None
        Its type in ADQL.
    origin : Origin or None
        What it is, unchanged.
    behind : Behind or None
        What it is to compute with, if it is a geometry.
    """

    table: str
    name: str
    sql: str
    type: str | None
    origin: Origin | None = None
    behind: Behind | None = None


@dataclass(frozen=True)
class Reference:
    """A column that a value depends on, outside of aggregate functions."""

    scope: int
    table: str
    name: str
    place: tuple[int, int] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Value:
    """An expression.

    Attributes
    ----------
    node : sqlglot.exp.Expr
        Where it stands in the query.
    sql : str
        What PostgreSQL is asked for; it can stand beside any operator.
    type : str or None
        Its type in ADQL; None for NULL, or if ADQL has none for it.
    constant : int, float, str, bool or None
        Its value, if that is known beforehand.
    field : Field or None
        The column that it is, unchanged.
    references : frozenset of Reference
        The columns that it depends on.
    aggregate : sqlglot.exp.Expr or None
        The first aggregate function in it.
    random : bool
        Whether it has another value each time.
    """

    node: exp.Expr
    sql: str
    type: str | None
    constant: Constant | None = None
    field: Field | None = None
    references: frozenset[Reference] = frozenset()
    aggregate: exp.Expr | None = None
    random: bool = False


def combined(
    node: exp.Expr,
    sql: str,
    type_: str | None,
    parts: Iterable[Value],
    constant: Constant | None = None,
) -> Value:
    """Return a value that is made of others."""
    return Value(node=node, sql=sql, type=type_, constant=constant, **depends(parts))


class Dependence(TypedDict):
    """What a value inherits from those that it is made of."""

    references: frozenset[Reference]
    aggregate: exp.Expr | None
    random: bool


def depends(parts: Iterable[Value]) -> Dependence:
    """Return what a value inherits from those that it is made of."""
    parts = tuple(parts)
    return {
        "references": frozenset[Reference]().union(*(part.references for part in parts)),
        "aggregate": next((part.aggregate for part in parts if part.aggregate), None),
        "random": any(part.random for part in parts),
    }


def quoted(*names: str) -> str:
    """Write a name, or a path of names, so that it means itself and nothing else."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def text(content: str) -> str:
    """Write a text, so that it means itself whatever the server makes of backslashes."""
    escaped = content.replace("'", "''")
    return "E'" + escaped.replace("\\", "\\\\") + "'" if "\\" in content else f"'{escaped}'"


def double(number: float) -> str:
    """Write a finite number in double precision, to the last bit."""
    written = repr(float(number))
    # a sign before a cast would be applied after it
    return f"({written})::double precision" if written[0] == "-" else f"{written}::double precision"


def known_double(node: exp.Expr, number: float) -> Value:
    """Return a number that was computed beforehand."""
    return Value(node=node, sql=double(number), type=DOUBLE, constant=number)


def known_above(value: Value, limit: float) -> bool:
    """Tell whether a value is a constant above a limit."""
    return isinstance(value.constant, int | float) and value.constant > limit


def as_double(value: Value) -> str:
    """Write a value in double precision."""
    return value.sql if value.type == DOUBLE else f"{value.sql}::double precision"
