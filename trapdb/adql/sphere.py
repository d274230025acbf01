"""Geometry on the sphere that is done before the database is asked: with constants, in deg."""

from collections.abc import Sequence
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt, tan

Direction = tuple[float, float]
Vector = tuple[float, float, float]


def vector(ra: float, dec: float) -> Vector:
    """Return the unit vector of a direction."""
    across = cos(radians(dec))
    return across * cos(radians(ra)), across * sin(radians(ra)), sin(radians(dec))


def direction(of: Vector) -> Direction:
    """Return right ascension, from 0 to below 360, and declination of a vector."""
    x, y, z = of
    ra = degrees(atan2(y, x)) % 360.0
    return (0.0 if ra == 360.0 else ra), degrees(atan2(z, hypot(x, y)))


def separation(one: Vector, other: Vector) -> float:
    """Return the angle between two unit vectors."""
    return degrees(
        2 * asin(min(1.0, sqrt(sum((a - b) ** 2 for a, b in zip(one, other, strict=True))) / 2))
    )


def cross(one: Vector, other: Vector) -> Vector:
    """Return the cross product of two vectors."""
    (a, b, c), (x, y, z) = one, other
    return b * z - c * y, c * x - a * z, a * y - b * x


def box_corners(ra: float, dec: float, width: float, height: float) -> list[Direction]:
    """Return the corners of a box of ADQL.

    Its sides are great circles at right angles to the ends of a cross with arms of half the width
    to the east and west, and half the height to the north and south: in the gnomonic projection
    about the centre, where great circles are straight, a rectangle.
    """
    corners = []
    for xi_sign, eta_sign in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        xi, eta = xi_sign * tan(radians(width) / 2), eta_sign * tan(radians(height) / 2)
        x = cos(radians(dec)) - eta * sin(radians(dec))
        z = sin(radians(dec)) + eta * cos(radians(dec))
        corners.append(((ra + degrees(atan2(xi, x))) % 360.0, degrees(atan2(z, hypot(xi, x)))))
    return corners


def circle_around(corners: Sequence[Direction]) -> tuple[float, float, float] | None:
    """Return centre and radius of a circle that holds a polygon; None if it takes half the sky."""
    vectors = [vector(*corner) for corner in corners]
    total = tuple(map(sum, zip(*vectors, strict=True)))
    length = hypot(*total)
    if length < 1e-6 * len(corners):
        return None
    centre = (total[0] / length, total[1] / length, total[2] / length)
    radius = max(separation(centre, one) for one in vectors)
    return (*direction(centre), radius) if radius < 90 else None


def centroid(corners: Sequence[Direction]) -> Direction | None:
    """Return the centre of mass of a polygon on the sphere, put back on it; None without an area.

    The integral of the position over a polygon is half the sum, over its sides, of the angle of
    the side times the unit vector at right angles to it (Stokes' theorem).
    """
    vectors = [vector(*corner) for corner in corners]
    total, around = [0.0, 0.0, 0.0], 0.0
    for one, other in zip(vectors, vectors[1:] + vectors[:1], strict=True):
        normal = cross(one, other)
        length = hypot(*normal)
        if length > 0:
            angle = radians(separation(one, other))
            around += angle
            total = [sum_ + angle * part / length for sum_, part in zip(total, normal, strict=True)]
    if hypot(*total) <= 1e-12 * around:
        return None
    mean = [sum(parts) for parts in zip(*vectors, strict=True)]
    if sum(a * b for a, b in zip(total, mean, strict=True)) < 0:  # corners in the other sense
        total = [-part for part in total]
    return direction((total[0], total[1], total[2]))
