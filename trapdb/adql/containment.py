"""What lies in what, how far apart, and how an index finds it.

A condition is computed from the coordinates. Where it is asked for what is within something, a
condition on the indexed position stands beside it, that is true wherever the first one is: wider by
as much as the indexed position may lag behind the coordinates, and by pgSphere's rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from trapdb.adql.geometry import (
    LARGEST,
    ROUNDING,
    Circle,
    Geometry,
    Point,
    Polygon,
    Region,
    Shape,
    related,
    scircle,
)
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope
from trapdb.adql.types import DOUBLE
from trapdb.adql.values import Value, as_double, depends, double, known_above, known_double


@dataclass(frozen=True, kw_only=True)
class Containment(Value):
    """What CONTAINS or INTERSECTS tells, 1 or 0.

    Attributes
    ----------
    condition : str
        Whether it does, in SQL.
    probes : tuple of str
        What holds wherever it does, and has an index, in SQL.
    """

    condition: str
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Separation(Value):
    """The angle between two positions, in deg."""

    points: tuple[Point, Point]


def separation(node: exp.Expr, one: Point, other: Point) -> Separation:
    """Return the angle between two positions."""
    coordinates = ", ".join(as_double(part) for part in (one.ra, one.dec, other.ra, other.dec))
    return Separation(
        node=node,
        sql=f"trap.angular_separation({coordinates})",
        type=DOUBLE,
        points=(one, other),
        **depends((*one.parts, *other.parts)),
    )


def probes(points: tuple[Point, Point], limit: Value, scope: Scope) -> tuple[str, ...]:
    """Return conditions with an index for two positions within a limit (deg) of each other.

    Either position may be the one with the index, and which of them is looked up for the other is
    for the planner to choose: it gets both.
    """
    found = []
    for near, far in (points, points[::-1]):
        others = (*far.parts, limit)
        if near.index is None or any(one.random for one in (*near.parts, *others)):
            continue
        tables = {(one.scope, one.table) for part in near.parts for one in part.references}
        if any((one.scope, one.table) in tables for part in others for one in part.references):
            continue  # it would compare rows with themselves: no index helps
        pad = near.lag + ROUNDING
        if isinstance(limit.constant, int | float):
            reach = limit.constant + pad
            if not 0 <= reach <= LARGEST:
                continue
            radius = double(reach)
        else:
            radius = f"({as_double(limit)} + {double(pad)})"
        around = scircle(scope, as_double(far.ra), as_double(far.dec), radius)
        found.append(related(scope, near.index, "<@", around))
    return tuple(found)


def contains(node: exp.Expr, inner: Geometry, outer: Geometry, scope: Scope) -> Containment:
    """Return whether the second geometry contains the whole of the first.

    Raises
    ------
    AdqlError
        The second is a point and the first is not, or a circle is too large for a polygon.
    """
    return _of_shapes(
        node, inner, outer, lambda one, other: _contains(node, one, other, scope), scope
    )


def intersects(node: exp.Expr, one: Geometry, other: Geometry, scope: Scope) -> Containment:
    """Return whether two geometries overlap.

    Raises
    ------
    AdqlError
        A circle is too large for a polygon.
    """
    return _of_shapes(
        node, one, other, lambda one, other: _intersects(node, one, other, scope), scope
    )


def _of_shapes(
    node: exp.Expr,
    one: Geometry,
    other: Geometry,
    tell: Callable[[Shape, Shape], Containment],
    scope: Scope,
) -> Containment:
    """Tell of regions what holds for the polygon or, where there is none, for the circle."""
    if isinstance(one, Region):
        return _either(one, other, lambda shape: _of_shapes(node, shape, other, tell, scope), scope)
    if isinstance(other, Region):
        return _either(other, one, lambda shape: _of_shapes(node, one, shape, tell, scope), scope)
    assert isinstance(one, Shape)
    assert isinstance(other, Shape)
    return tell(one, other)


def _either(
    region: Region, other: Geometry, tell: Callable[[Shape], Containment], scope: Scope
) -> Containment:
    of_circle, of_polygon = tell(region.circle), tell(region.polygon)
    written = (
        f"(case when {region.polygon.sphere} is null then {of_circle.condition}"
        f" else {of_polygon.condition} end)"
    )
    return replace(
        of_polygon,
        sql=f"{written}::integer",
        condition=written,
        # the circle that is indexed is around either
        probes=of_polygon.probes + _probes_of_places(region, other, scope),
    )


def _probes_of_places(region: Region, other: Geometry, scope: Scope) -> tuple[str, ...]:
    """Find regions that are positions by the index of these."""
    if region.place is None:
        return ()
    found: tuple[str, ...] = ()
    if isinstance(other, Point):
        found = probes((region.place, other), known_double(other.node, 0.0), scope)
    around = other.cover if isinstance(other, Polygon) else other
    if isinstance(around, Circle):
        found = probes((region.place, around.centre), around.radius, scope)
    return tuple(f"(not {region.is_place} or {probe})" for probe in found)


def _contains(node: exp.Expr, inner: Shape, outer: Shape, scope: Scope) -> Containment:
    match inner, outer:
        case Point(), Point():
            apart = separation(node, inner, outer)
            return _told(node, f"({apart.sql} = 0)", (inner, outer))
        case Point(), Circle():
            return _within(node, inner, outer.centre, outer.radius, (inner, outer), scope)
        case Circle(), Circle():
            limit = _sum(node, outer.radius, "-", inner.radius)
            return _within(node, inner.centre, outer.centre, limit, (inner, outer), scope)
        case _, Point():
            refuse(node, "a point contains nothing but a point: give the larger one second")
    _check_circles(inner, outer)
    found = related(scope, inner.sphere, "<@", outer.sphere)
    # what is in it meets it
    covers = _probes_of_cover(inner, outer, scope) + _probes_of_cover(outer, inner, scope)
    return _told(node, found, (inner, outer), covers)


def _intersects(node: exp.Expr, one: Shape, other: Shape, scope: Scope) -> Containment:
    if isinstance(one, Point):
        return _contains(node, one, other, scope)
    if isinstance(other, Point):
        return _contains(node, other, one, scope)
    if isinstance(one, Circle) and isinstance(other, Circle):
        limit = _sum(node, one.radius, "+", other.radius)
        return _within(node, one.centre, other.centre, limit, (one, other), scope)
    _check_circles(one, other)
    found = related(scope, one.sphere, "&&", other.sphere)
    covers = _probes_of_cover(one, other, scope) + _probes_of_cover(other, one, scope)
    return _told(node, found, (one, other), covers)


def _within(
    node: exp.Expr,
    one: Point,
    other: Point,
    limit: Value,
    parts: tuple[Shape, Shape],
    scope: Scope,
) -> Containment:
    apart = separation(node, one, other)
    found = f"({apart.sql} <= {known_limit(limit)})"
    indexed = tuple(
        related(scope, point.sphere, "<@", area.index)
        for point, area in (parts, parts[::-1])
        if isinstance(point, Point) and isinstance(area, Circle) and area.index
    )
    return _told(node, found, parts, probes((one, other), limit, scope) + indexed)


def known_limit(limit: Value) -> str:
    """Write a limit that nothing keeps if it is NaN, which PostgreSQL sorts above all numbers."""
    written = as_double(limit)
    return written if limit.constant is not None else f"nullif({written}, 'NaN')"


def _sum(node: exp.Expr, one: Value, sign: str, other: Value) -> Value:
    constant = None
    if isinstance(one.constant, int | float) and isinstance(other.constant, int | float):
        constant = one.constant + other.constant * (1 if sign == "+" else -1)
    written = (
        f"({as_double(one)} {sign} {as_double(other)})" if constant is None else double(constant)
    )
    return Value(
        node=node,
        sql=written,
        type=DOUBLE,
        constant=constant,
        **depends((one, other)),
    )


def _probes_of_cover(inner: Shape, outer: Shape, scope: Scope) -> tuple[str, ...]:
    """Find what is in, or meets, a polygon by the circle around it, or the polygons by theirs."""
    cover = outer.cover if isinstance(outer, Polygon) else None
    if cover is None:
        return ()
    found: tuple[str, ...] = ()
    if isinstance(inner, Point):
        found = probes((inner, cover.centre), cover.radius, scope)
    if cover.index and not (isinstance(inner, Polygon) and inner.partial):
        operator = "<@" if isinstance(inner, Point) else "&&"
        found += (related(scope, inner.sphere, operator, cover.index),)
    return found


def _check_circles(*areas: Geometry) -> None:
    for area in areas:
        if isinstance(area, Circle) and known_above(area.radius, LARGEST):
            refuse(area.node, f"a circle beside a polygon has a radius of {LARGEST:g} deg or less")


def _told(
    node: exp.Expr, found: str, geometries: tuple[Geometry, ...], held: tuple[str, ...] = ()
) -> Containment:
    return Containment(
        node=node,
        sql=f"{found}::integer",
        type="integer",
        condition=found,
        probes=held,
        **depends(part for geometry in geometries for part in geometry.parts),
    )
