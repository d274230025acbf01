"""Geometries that a query makes: POINT, CIRCLE, POLYGON and BOX."""

from collections.abc import Sequence
from math import radians

from sqlglot import exp

from trapdb.adql import sphere
from trapdb.adql.geometry import Circle, Point, Polygon, number, scircle, spoint
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope, indexed
from trapdb.adql.types import DOUBLE
from trapdb.adql.values import Value, as_double, combined, known_double, quoted, text


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
    ra, dec, radius = (known_double(node, number) for number in around)
    written = ",".join(f"({radians(ra)!r},{radians(dec)!r})" for ra, dec in corners)
    return Polygon(
        node=node,
        parts=parts,
        corners=corners,
        sphere=f"{text('{' + written + '}')}::{quoted(scope.archive.sphere, 'spoly')}",
        output=output,
        cover=circle(node, point(node, ra, dec, scope), radius, scope),
    )


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
        known = [[known_double(node, number) for number in corner] for corner in corners]
        return polygon(node, [point(node, ra, dec, scope) for ra, dec in known], scope)
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
                combined(node, f"({ra} + atan2d({xi}, {x}))", DOUBLE, parts),
                combined(node, f"atan2d({z}, sqrt({xi} ^ 2 + {x} ^ 2))", DOUBLE, parts),
                scope,
            )
        )
    return polygon(node, points, scope)
