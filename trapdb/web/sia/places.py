"""Regions as conditions of ADQL on the footprints of images."""

from collections.abc import Iterator
from math import ceil, radians, sin, sqrt

from trapdb.web.cutouts.regions import Circle, Polygon, Range, Region
from trapdb.web.literals import number

# A range is made of polygons of this size at most, with sides that are great circles. Those along a
# parallel go in steps that stay as near to it as this.
_TILE = 45.0  # deg
_OFF = 10 / 3600  # deg
# A range of no extent gets this one, which is less than a pixel.
_LEAST = 1e-6  # deg


def meets(region: Region) -> str:
    """Return the condition that a footprint has something of a region."""
    if isinstance(region, Circle) and region.radius == 0:
        return f"1 = CONTAINS(POINT({number(region.ra)}, {number(region.dec)}), s_region)"
    return " OR ".join(f"1 = INTERSECTS({shape}, s_region)" for shape in _shapes(region))


def _shapes(region: Region) -> Iterator[str]:
    match region:
        case Circle(ra, dec, radius):
            yield f"CIRCLE({number(ra)}, {number(dec)}, {number(radius)})"
        case Polygon(corners):
            yield _polygon(corners)
        case Range():
            yield from map(_polygon, _tiles(region))


def _polygon(corners: Iterator[tuple[float, float]] | tuple[tuple[float, float], ...]) -> str:
    written = (f"{number(ra % 360)}, {number(dec)}" for ra, dec in corners)
    return f"POLYGON({', '.join(written)})"


def _tiles(region: Range) -> Iterator[tuple[tuple[float, float], ...]]:
    """Yield polygons that are a range together."""
    south, north = _widened(region.south, region.north - region.south)
    south, north = max(south, -90.0), min(north, 90.0)
    west, east = _widened(region.west, region.width)
    across = ceil((east - west) / _TILE)
    along = ceil((north - south) / _TILE)
    for i in range(across):
        left, right = (west + (east - west) * edge / across for edge in (i, i + 1))
        for j in range(along):
            low, high = (south + (north - south) * edge / along for edge in (j, j + 1))
            yield (*_parallel(left, right, low), *reversed(_parallel(left, right, high)))


def _widened(start: float, extent: float) -> tuple[float, float]:
    if extent >= _LEAST:
        return start, start + extent
    return start - _LEAST / 2, start + _LEAST / 2


def _parallel(left: float, right: float, dec: float) -> tuple[tuple[float, float], ...]:
    if abs(dec) == 90:
        return ((left, dec),)
    # in the middle of a step s the great circle is off by s^2 / 8 sin(dec) cos(dec), in radians
    bend = abs(sin(2 * radians(dec))) / 16
    steps = max(1, ceil(radians(right - left) * sqrt(bend / radians(_OFF))))
    return tuple((left + (right - left) * step / steps, dec) for step in range(steps + 1))
