"""The functions of ADQL that make geometries, or tell something of them."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from trapdb.adql import containment, sphere
from trapdb.adql.geometry import Circle, Geometry, Point, Polygon, Region, pgsphere
from trapdb.adql.geometry_columns import of_column
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope
from trapdb.adql.shapes import box, circle, point, polygon
from trapdb.adql.types import DOUBLE
from trapdb.adql.values import Value, as_double, combined, depends, double, known_double, text

Argument = Value | Geometry
_SYSTEMS = ("", "ICRS", "UNKNOWNFRAME")


def call(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    """Return what one of `FUNCTIONS` makes of its arguments.

    Raises
    ------
    AdqlError
        They are not what it takes.
    """
    if node.this in ("POINT", "CIRCLE", "BOX", "POLYGON"):
        arguments = _without_system(arguments)
    arguments = [_geometry_of(one, scope) for one in arguments]
    return FUNCTIONS[node.this](node, arguments, scope)


def _without_system(arguments: Sequence[Argument]) -> Sequence[Argument]:
    """Leave out the name of the coordinate system, which ADQL 2.1 no longer has."""
    if not arguments or not isinstance(arguments[0], Value):
        return arguments
    system = arguments[0].constant
    if not isinstance(system, str):
        return arguments
    if (system.split() or [""])[0].upper() not in _SYSTEMS:
        refuse(arguments[0].node, f"positions are in ICRS, and not converted from {system}")
    return arguments[1:]


def _geometry_of(argument: Argument, scope: Scope) -> Argument:
    return (isinstance(argument, Value) and of_column(argument, scope)) or argument


def _points(node: exp.Expr, arguments: Sequence[Argument], scope: Scope) -> list[Point]:
    """Read positions: each a point, or a right ascension and a declination."""
    if all(isinstance(one, Point) for one in arguments):
        return [one for one in arguments if isinstance(one, Point)]
    numbers = [_number(one) for one in arguments]
    if len(numbers) % 2:
        refuse(node, f"{node.this} has a right ascension without a declination")
    return [
        point(node, ra, dec, scope) for ra, dec in zip(numbers[::2], numbers[1::2], strict=True)
    ]


def _number(argument: Argument) -> Value:
    if isinstance(argument, Geometry):
        refuse(argument.node, "a number is expected here, and this is a geometry")
    return argument


def _centred(
    node: exp.Anonymous, arguments: Sequence[Argument], sizes: int, what: str, scope: Scope
) -> tuple[Point, list[Value]]:
    """Read a position and some numbers."""
    expected = (sizes + 1, sizes + 2)
    centre = arguments[: len(arguments) - sizes]
    one_point = len(arguments) == expected[0] and isinstance(arguments[0], Point)
    if not one_point and len(arguments) != expected[1]:
        refuse(node, f"{node.this} has {what}, in degrees")
    (found,) = _points(node, centre, scope)
    return found, [_number(one) for one in arguments[len(arguments) - sizes :]]


def _point(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    if any(isinstance(one, Geometry) for one in arguments):
        refuse(node, "POINT has right ascension and declination, in degrees")
    return _centred(node, arguments, 0, "right ascension and declination", scope)[0]


def _circle(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    centre, (radius,) = _centred(
        node, arguments, 1, "right ascension, declination and radius", scope
    )
    return circle(node, centre, radius, scope)


def _box(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    centre, (width, height) = _centred(
        node, arguments, 2, "right ascension, declination, width and height", scope
    )
    return box(node, centre, width, height, scope)


def _polygon(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    return polygon(node, _points(node, arguments, scope), scope)


def _two(node: exp.Anonymous, arguments: Sequence[Argument]) -> tuple[Geometry, Geometry]:
    if len(arguments) != 2:
        refuse(node, f"{node.this} has two arguments, both geometries")
    return _geometry(arguments[0]), _geometry(arguments[1])


def _geometry(argument: Argument) -> Geometry:
    if isinstance(argument, Geometry):
        return argument
    refuse(argument.node, "a geometry is expected here, such as POINT(ra, dec)")


def _contains(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    return containment.contains(node, *_two(node, arguments), scope)


def _intersects(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    return containment.intersects(node, *_two(node, arguments), scope)


def _distance(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    found = _points(node, arguments, scope) if len(arguments) in (2, 4) else []
    if len(found) != 2:
        refuse(node, "DISTANCE has two points, or the coordinates of two positions")
    return containment.separation(node, *found)


def _of_one(node: exp.Anonymous, arguments: Sequence[Argument]) -> Geometry:
    if len(arguments) != 1:
        refuse(node, f"{node.this} has one argument, a geometry")
    return _geometry(arguments[0])


def _area(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    one = _of_one(node, arguments)
    written = f"degrees(degrees({_steradians(one, scope)}))"
    return combined(node, written, DOUBLE, one.parts)


def _steradians(one: Geometry, scope: Scope) -> str:
    if isinstance(one, Region):
        circle, polygon = _steradians(one.circle, scope), _steradians(one.polygon, scope)
        return f"case when {one.polygon.sphere} is null then {circle} else {polygon} end"
    if isinstance(one, Circle):
        return f"(4 * pi() * sin(radians({as_double(one.radius)}) / 2) ^ 2)"
    return pgsphere(scope, "area", one.sphere) if isinstance(one, Polygon) else double(0.0)


def _centroid(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    one = _of_one(node, arguments)
    if isinstance(one, Point):
        return one
    if isinstance(one, Circle):
        return one.centre
    if not isinstance(one, Polygon) or not one.corners:
        refuse(node, "CENTROID of a polygon is known only if its corners are numbers")
    found = sphere.centroid(one.corners)
    if found is None:
        refuse(node, "this polygon has no area, and so no centroid")
    ra, dec = (known_double(node, number) for number in found)
    return point(node, ra, dec, scope)


def _coordinate(which: int) -> Callable[..., Argument]:
    def coordinate(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
        one = _of_one(node, arguments)
        if not isinstance(one, Point):
            refuse(node, f"{node.this} is of a point")
        return (one.ra, one.dec)[which]

    return coordinate


def _system(node: exp.Anonymous, arguments: Sequence[Argument], scope: Scope) -> Argument:
    one = _of_one(node, arguments)
    return Value(node=node, sql=text("ICRS"), type="text", **depends(one.parts))


FUNCTIONS: dict[str, Callable[[exp.Anonymous, Sequence[Argument], Scope], Argument]] = {
    "AREA": _area,
    "BOX": _box,
    "CENTROID": _centroid,
    "CIRCLE": _circle,
    "CONTAINS": _contains,
    "COORD1": _coordinate(0),
    "COORD2": _coordinate(1),
    "COORDSYS": _system,
    "DISTANCE": _distance,
    "INTERSECTS": _intersects,
    "POINT": _point,
    "POLYGON": _polygon,
}
