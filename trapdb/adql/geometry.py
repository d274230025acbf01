"""Points, circles and polygons of a query, in coordinates and in types of pgSphere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import radians

from sqlglot import exp

from trapdb.adql import sphere
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope, indexed
from trapdb.adql.types import NUMBERS
from trapdb.adql.values import Value, as_double, combined, double, quoted, text

ARCSEC = 1 / 3600
# pgSphere's operators accept what lies up to 0.2 mas beyond, and its indexes miss some of that.
ROUNDING = 0.001 * ARCSEC


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """A geometry.

    Attributes
    ----------
    node : sqlglot.exp.Expr
        Where it stands in the query.
    parts : tuple of Value
        What it is made of.
    sphere : str
        It in the type of pgSphere, in SQL.
    output : str
        Its coordinates as DALI orders them, in deg, in SQL.
    """

    node: exp.Expr
    parts: tuple[Value, ...]
    sphere: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Point(Geometry):
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
class Circle(Geometry):
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
class Polygon(Geometry):
    """A polygon.

    Attributes
    ----------
    corners : tuple of (float, float)
        Its corners if they are known beforehand, in deg; else none.
    cover : Circle or None
        A circle around it.
    """

    corners: tuple[sphere.Direction, ...] = ()
    cover: Circle | None = None


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


def point(node: exp.Expr, ra: Value, dec: Value, scope: Scope) -> Point:
    """Return the position of two coordinates.

    Raises
    ------
    AdqlError
        They are no numbers, or constants beyond the sphere.
    """
    for value, name, low, high in ((ra, "right ascension", 0, 360), (dec, "declination", -90, 90)):
        number(value, f"a {name} in degrees")
        if value.constant is not None and not low <= value.constant <= high:  # type: ignore[operator]
            refuse(value.node, f"a {name} is between {low} and {high} deg")
    place = indexed(ra, dec, scope)
    return Point(
        node=node,
        parts=(ra, dec),
        ra=ra,
        dec=dec,
        sphere=spoint(scope, as_double(ra), as_double(dec)),
        output=f"array[{as_double(ra)}, {as_double(dec)}]",
        index=place.sql if place else None,
        lag=place.lag if place else 0.0,
    )


def circle(node: exp.Expr, centre: Point, radius: Value, scope: Scope) -> Circle:
    """Return the circle of a centre and a radius.

    Raises
    ------
    AdqlError
        The radius is no number, or a constant below 0 or above 180 deg.
    """
    number(radius, "a radius in degrees")
    if radius.constant is not None and not 0 <= radius.constant <= 180:  # type: ignore[operator]
        refuse(radius.node, "a radius is between 0 and 180 deg")
    ra, dec = as_double(centre.ra), as_double(centre.dec)
    return Circle(
        node=node,
        parts=(*centre.parts, radius),
        centre=centre,
        radius=radius,
        sphere=scircle(scope, ra, dec, as_double(radius)),
        output=f"array[{ra}, {dec}, {as_double(radius)}]",
    )


def polygon(node: exp.Expr, corners: Sequence[Point], scope: Scope) -> Polygon:
    """Return the polygon of three or more corners.

    Raises
    ------
    AdqlError
        There are fewer.
    """
    if len(corners) < 3:
        refuse(node, "a polygon has three corners or more, each a right ascension and declination")
    parts = tuple(part for corner in corners for part in corner.parts)
    output = f"array[{', '.join(as_double(part) for part in parts)}]"
    known = tuple(
        (float(corner.ra.constant), float(corner.dec.constant))
        for corner in corners
        if corner.ra.constant is not None and corner.dec.constant is not None
    )
    if len(known) == len(corners):
        return _known_polygon(node, known, parts, output, scope)
    written = " || ',' || ".join(
        f"'(' || radians({as_double(corner.ra)}) || ',' || radians({as_double(corner.dec)}) || ')'"
        for corner in corners
    )
    return Polygon(
        node=node,
        parts=parts,
        sphere=f"('{{' || {written} || '}}')::{quoted(scope.archive.sphere, 'spoly')}",
        output=output,
    )


def _known_polygon(
    node: exp.Expr,
    corners: tuple[sphere.Direction, ...],
    parts: tuple[Value, ...],
    output: str,
    scope: Scope,
) -> Polygon:
    around = sphere.circle_around(corners)
    if around is None:
        refuse(node, "a polygon has to fit into less than half of the sky")
    ra, dec, radius = (_known(node, number) for number in around)
    written = ",".join(f"({radians(ra)!r},{radians(dec)!r})" for ra, dec in corners)
    return Polygon(
        node=node,
        parts=parts,
        corners=corners,
        sphere=f"{text('{' + written + '}')}::{quoted(scope.archive.sphere, 'spoly')}",
        output=output,
        cover=circle(node, point(node, ra, dec, scope), radius, scope),
    )


def _known(node: exp.Expr, number: float) -> Value:
    return Value(node=node, sql=double(number), type="double precision", constant=number)


def box(node: exp.Expr, centre: Point, width: Value, height: Value, scope: Scope) -> Polygon:
    """Return the box of ADQL about a position: a polygon with sides that are great circles.

    Raises
    ------
    AdqlError
        Width or height is no number, or a constant that is not between 0 and 180 deg.
    """
    sizes = (width, height)
    for size in sizes:
        number(size, "a size in degrees")
        if size.constant is not None and not 0 < size.constant < 180:  # type: ignore[operator]
            refuse(size.node, "the size of a box is above 0 and below 180 deg")
    constants = [value.constant for value in (centre.ra, centre.dec, *sizes)]
    if None not in constants:
        corners = sphere.box_corners(*map(float, constants))  # type: ignore[arg-type]
        known = [point(node, _known(node, ra), _known(node, dec), scope) for ra, dec in corners]
        return polygon(node, known, scope)
    ra, dec = as_double(centre.ra), f"radians({as_double(centre.dec)})"
    points = []
    for xi_sign, eta_sign in (("-", "-"), ("", "-"), ("", ""), ("-", "")):
        xi = f"({xi_sign}tan(radians({as_double(width)}) / 2))"
        eta = f"({eta_sign}tan(radians({as_double(height)}) / 2))"
        x = f"(cos({dec}) - {eta} * sin({dec}))"
        z = f"(sin({dec}) + {eta} * cos({dec}))"
        parts = (*centre.parts, *sizes)
        points.append(
            point(
                node,
                combined(node, f"({ra} + atan2d({xi}, {x}))", "double precision", parts),
                combined(node, f"atan2d({z}, sqrt({xi} ^ 2 + {x} ^ 2))", "double precision", parts),
                scope,
            )
        )
    return polygon(node, points, scope)


def number(value: Value, wanted: str) -> None:
    """Refuse what is no number.

    Raises
    ------
    AdqlError
        It is of another type.
    """
    if value.type not in NUMBERS and value.type is not None:
        refuse(value.node, f"{wanted} is expected, and this is of type {value.type}")


def of_column(value: Value, scope: Scope) -> Geometry | None:
    """Return the geometry that a column holds; None if it holds none that can be computed with."""
    field = value.field
    if field is None or field.geometry is None:
        return None
    make: dict[str | None, Callable[[Value, str, Scope], Geometry]] = {
        "point": _point_of_column,
        "circle": _circle_of_column,
        "polygon": _polygon_of_column,
    }
    return make[field.type](value, field.geometry, scope)


def _point_of_column(value: Value, column: str, scope: Scope) -> Point:
    ra, dec = (
        combined(
            value.node, f"degrees({pgsphere(scope, name, column)})", "double precision", [value]
        )
        for name in ("long", "lat")
    )
    return Point(
        node=value.node,
        parts=(value,),
        ra=ra,
        dec=dec,
        sphere=column,
        output=value.sql,
        index=column,
    )


def _circle_of_column(value: Value, column: str, scope: Scope) -> Circle:
    centre = _point_of_column(value, pgsphere(scope, "center", column), scope)
    radius = f"degrees({pgsphere(scope, 'radius', column)})"
    return Circle(
        node=value.node,
        parts=(value,),
        centre=Point(
            node=value.node,
            parts=(value,),
            ra=centre.ra,
            dec=centre.dec,
            sphere=centre.sphere,
            output=centre.output,
        ),
        radius=combined(value.node, radius, "double precision", [value]),
        sphere=column,
        output=value.sql,
        index=column,
    )


def _polygon_of_column(value: Value, column: str, scope: Scope) -> Polygon:
    cover = value.field.cover if value.field else None
    return Polygon(
        node=value.node,
        parts=(value,),
        sphere=column,
        output=value.sql,
        cover=_circle_of_column(value, cover, scope) if cover else None,
    )
