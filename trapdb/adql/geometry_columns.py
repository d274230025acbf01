"""Geometries that are in columns."""

from dataclasses import replace

from trapdb.adql.geometry import Circle, Geometry, Point, Polygon, Region, pgsphere
from trapdb.adql.places import refuse
from trapdb.adql.scopes import Scope
from trapdb.adql.types import DOUBLE
from trapdb.adql.values import Value, combined


def of_column(value: Value, scope: Scope) -> Geometry | None:
    """Return the geometry that a column holds; None if it holds none that can be computed with.

    Raises
    ------
    AdqlError
        Rows are grouped by the column: of groups there are its coordinates only.
    """
    behind = value.field.behind if value.field else None
    if behind is None:
        return None
    if not value.references:
        refuse(value.node, "nothing is computed with a geometry that rows are grouped by")
    if value.type == "point":
        return replace(_point(value, behind.geometry, scope), index=behind.geometry)
    if value.type == "circle":
        return replace(_circle(value, behind.geometry, scope), index=behind.geometry)
    cover = _circle(value, behind.cover, scope) if behind.cover else None
    polygon = Polygon(
        node=value.node,
        parts=(value,),
        sphere=behind.geometry,
        output=value.sql,
        cover=replace(cover, index=behind.cover) if cover else None,
    )
    if behind.circle is None:
        return polygon
    circle = _circle(value, behind.circle, scope)
    region = Region(
        node=value.node,
        parts=(value,),
        output=value.sql,
        polygon=replace(polygon, partial=True),
        circle=circle,
    )
    if behind.place is None:
        return region
    indexed, is_place = behind.place
    place = replace(circle.centre, index=indexed, lag=behind.lag)
    return replace(region, place=place, is_place=is_place)


def _point(value: Value, written: str, scope: Scope) -> Point:
    ra, dec = (
        combined(value.node, f"degrees({pgsphere(scope, name, written)})", DOUBLE, [value])
        for name in ("long", "lat")
    )
    return Point(
        node=value.node,
        parts=(value,),
        ra=ra,
        dec=dec,
        sphere=written,
        output=value.sql,
    )


def _circle(value: Value, written: str, scope: Scope) -> Circle:
    radius = f"degrees({pgsphere(scope, 'radius', written)})"
    return Circle(
        node=value.node,
        parts=(value,),
        centre=_point(value, pgsphere(scope, "center", written), scope),
        radius=combined(value.node, radius, DOUBLE, [value]),
        sphere=written,
        output=value.sql,
    )
