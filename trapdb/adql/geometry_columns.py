"""Geometries that are in columns."""

from collections.abc import Callable
from dataclasses import replace

from trapdb.adql.geometry import Circle, Geometry, Point, Polygon, pgsphere
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
    field = value.field
    if field is None or field.geometry is None:
        return None
    if not value.references:
        refuse(value.node, "nothing is computed with a geometry that rows are grouped by")
    make: dict[str | None, Callable[[Value, str, Scope], Geometry]] = {
        "point": _point_of_column,
        "circle": _circle_of_column,
        "polygon": _polygon_of_column,
    }
    return make[field.type](value, field.geometry, scope)


def _point_of_column(value: Value, column: str, scope: Scope) -> Point:
    return replace(_point(value, column, scope), index=column)


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


def _circle_of_column(value: Value, column: str, scope: Scope) -> Circle:
    radius = f"degrees({pgsphere(scope, 'radius', column)})"
    return Circle(
        node=value.node,
        parts=(value,),
        centre=_point(value, pgsphere(scope, "center", column), scope),
        radius=combined(value.node, radius, DOUBLE, [value]),
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
