"""Points, circles and polygons of a query, in coordinates and in types of pgSphere."""

from dataclasses import dataclass

from sqlglot import exp

from trapdb.adql import sphere
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope
from trapdb.adql.types import NUMBERS
from trapdb.adql.values import Value, quoted

ARCSEC = 1 / 3600
# pgSphere's operators accept what lies up to 0.2 mas beyond, and its indexes miss some of that.
ROUNDING = 0.001 * ARCSEC
LARGEST = 90.0  # the largest radius that pgSphere takes, deg


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """A geometry.

    Attributes
    ----------
    node : sqlglot.exp.Expr
        Where it stands in the query.
    parts : tuple of Value
        What it is made of.
    output : str
        Its coordinates as DALI orders them, in deg, in SQL.
    """

    node: exp.Expr
    parts: tuple[Value, ...]
    output: str


@dataclass(frozen=True, kw_only=True)
class Shape(Geometry):
    """A geometry of one kind.

    Attributes
    ----------
    sphere : str
        It in the type of pgSphere, in SQL.
    """

    sphere: str


@dataclass(frozen=True, kw_only=True)
class Point(Shape):
    """A position.

    Attributes
    ----------
    ra, dec : Value
        Its coordinates.
    index : str or None
        The column that is indexed in its place, in SQL.
    lag : float
        As far as the latter may be from it, in deg.
    """

    ra: Value
    dec: Value
    index: str | None = None
    lag: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Circle(Shape):
    """A circle.

    Attributes
    ----------
    index : str or None
        The column that it is, in SQL; it may be indexed.
    """

    centre: Point
    radius: Value
    index: str | None = None


@dataclass(frozen=True, kw_only=True)
class Polygon(Shape):
    """A polygon.

    Attributes
    ----------
    corners : tuple of (float, float)
        Its corners if they are known beforehand, in deg; else none.
    cover : Circle or None
        A circle around it.
    partial : bool
        Whether it is NULL in some rows, where the region is a circle.
    """

    corners: tuple[sphere.Direction, ...] = ()
    cover: Circle | None = None
    partial: bool = False


@dataclass(frozen=True, kw_only=True)
class Region(Geometry):
    """A polygon in some rows, and a circle in those where the polygon is NULL.

    Attributes
    ----------
    place : Point or None
        The position that it is in rows where the circle has no size.
    is_place : str
        Whether it is one, in SQL.
    """

    polygon: Polygon
    circle: Circle
    place: Point | None = None
    is_place: str = ""


TYPES: dict[type[Geometry], str] = {Point: "point", Circle: "circle", Polygon: "polygon"}


def pgsphere(scope: Scope, function: str, *arguments: str) -> str:
    """Write a call of a function of pgSphere."""
    return f"{quoted(scope.archive.sphere, function)}({', '.join(arguments)})"


def related(scope: Scope, left: str, operator: str, right: str) -> str:
    """Write an operator of pgSphere."""
    return f"({left} operator({quoted(scope.archive.sphere)}.{operator}) {right})"


def spoint(scope: Scope, ra: str, dec: str) -> str:
    """Write a position given in deg."""
    return pgsphere(scope, "spoint", f"radians({ra})", f"radians({dec})")


def scircle(scope: Scope, ra: str, dec: str, radius: str) -> str:
    """Write a circle given in deg."""
    return pgsphere(scope, "scircle", spoint(scope, ra, dec), f"radians({radius})")


def number(value: Value, wanted: str) -> None:
    """Refuse what is no number.

    Raises
    ------
    AdqlError
        It is of another type.
    """
    if value.type not in NUMBERS and value.type is not None:
        refuse(value.node, f"{wanted} is expected, and this is of type {value.type}")
