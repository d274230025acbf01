"""Regions of the sky as requests name them: circles, ranges and polygons.

Source: IVOA Recommendations SODA 1.0, section 3.3, and DALI 1.1, section 3.3.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import sky
from trapdb.web.faults import Refused

Array = NDArray[np.float64]

MOST_CORNERS = 200
# Farther from the middle a corner is not well within the hemisphere in which edges are straight.
WIDEST = 80.0  # deg
# Corners that are no farther apart are one, as the last often is the first once more.
SAME = 1e-9  # deg
# A polygon that is narrower than this, in units of its size, is a line.
NARROWEST = 1e-9

_NUMBER = re.compile(
    r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?", re.ASCII | re.IGNORECASE
)


class Region(Protocol):
    """A region."""

    def depth(self, ra: Array, dec: Array) -> Array:
        """Return how deep positions are in it, deg: negative outside, NaN for NaN.

        Its size is never more than the distance from the border, and outside not less than the
        distance from the region if that is a circle or a polygon.
        """


@dataclass(frozen=True)
class Circle:
    """A circle; angles in deg."""

    ra: float
    dec: float
    radius: float

    def depth(self, ra: Array, dec: Array) -> Array:
        """See `Region`."""
        return self.radius - sky.separation(ra, dec, self.ra, self.dec)


@dataclass(frozen=True)
class Range:
    """From meridian to meridian and from parallel to parallel; angles in deg."""

    west: float
    width: float
    south: float
    north: float

    def depth(self, ra: Array, dec: Array) -> Array:
        """See `Region`."""
        along = np.minimum(dec - self.south, self.north - dec)
        if self.width >= 360:
            return along
        off = np.abs((ra - self.west - self.width / 2 + 180) % 360 - 180)
        # the nearest point of a meridian is never nearer than that of its great circle
        turn = np.radians(np.clip(self.width / 2 - off, -90, 90))
        across = np.degrees(np.arcsin(np.sin(turn) * np.cos(np.radians(dec))))
        return np.minimum(along, across)


@dataclass(frozen=True)
class Polygon:
    """A polygon whose edges are great circles.

    Attributes
    ----------
    corners : tuple of (float, float)
        Right ascension and declination, deg, in order, either way round.
    """

    corners: tuple[tuple[float, float], ...]

    def depth(self, ra: Array, dec: Array) -> Array:
        """See `Region`."""
        place = sky.unit_vector(ra, dec)
        nearest = np.full(place.shape[:-1], 180.0)
        corner = sky.unit_vector(*np.transpose(self.corners))
        for begin, end in zip(corner, np.roll(corner, -1, axis=0), strict=True):
            np.minimum(nearest, _distance(place, begin, end), out=nearest)
        return np.where(self._holds(ra, dec), nearest, -nearest)

    def _holds(self, ra: Array, dec: Array) -> NDArray[np.bool_]:
        """Whether positions are within: edges are straight when seen from the sphere's centre."""
        middle = _middle(self.corners)
        x, y = _seen(*sky.direction_cosines(ra, dec, *middle))
        corner_ra, corner_dec = np.transpose(self.corners)
        corner = np.transpose(_seen(*sky.direction_cosines(corner_ra, corner_dec, *middle)))
        inside = np.zeros(np.shape(x), bool)
        for (x1, y1), (x2, y2) in zip(corner, np.roll(corner, -1, axis=0), strict=True):
            if y1 != y2:
                crosses = (y1 > y) != (y2 > y)
                inside ^= crosses & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
        return inside  # what is behind is NaN, which nothing is less than


def circle(text: str) -> Circle:
    """Read a circle: right ascension, declination, radius.

    Raises
    ------
    Refused
        It is none.
    """
    ra, dec, radius = _numbers(text, "CIRCLE", "right ascension, declination and radius", 3)
    if not 0 <= radius <= 180:
        raise Refused(f"CIRCLE={text[:60]!r}: expected a radius from 0 to 180 deg")
    return Circle(*_position(ra, dec, text, "CIRCLE"), radius)


def polygon(text: str) -> Polygon:
    """Read a polygon: right ascension and declination of three corners or more.

    Raises
    ------
    Refused
        It is none, or wider than `WIDEST` allows.
    """
    values = _numbers(text, "POLYGON", "right ascension and declination of each corner")
    if len(values) % 2:
        raise Refused(f"POLYGON={text[:60]!r}: its last corner has no declination")
    if len(values) > 2 * MOST_CORNERS:
        raise Refused(f"a POLYGON of {len(values) // 2} corners: expected {MOST_CORNERS} at most")
    given = [
        _position(ra, dec, text, "POLYGON")
        for ra, dec in zip(values[::2], values[1::2], strict=True)
    ]
    ra, dec = np.transpose(given)
    moved = sky.separation(ra, dec, np.roll(ra, 1), np.roll(dec, 1)) > SAME
    corners = tuple(one for one, other in zip(given, moved, strict=True) if other)
    if len(corners) < 3:
        raise Refused(f"POLYGON={text[:60]!r}: expected three corners or more")
    ra, dec = np.transpose(corners)
    middle = _middle(corners)
    if not (sky.separation(ra, dec, *middle) < WIDEST).all():
        raise Refused(
            f"POLYGON={text[:60]!r}: expected corners within {WIDEST:g} deg of their middle"
        )
    x, y = _seen(*sky.direction_cosines(ra, dec, *middle))
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    if abs((x * next_y - y * next_x).sum()) <= NARROWEST * np.hypot(x, y).max() ** 2:
        raise Refused(f"POLYGON={text[:60]!r}: it has no area")
    return Polygon(corners)


def shape(text: str) -> Region:
    """Read a shape as POS has them: CIRCLE, RANGE or POLYGON, and its numbers.

    Raises
    ------
    Refused
        It is none.
    """
    word, _, rest = text.strip().partition(" ")
    readers: dict[str, Callable[[str], Region]] = {
        "CIRCLE": circle,
        "RANGE": _range,
        "POLYGON": polygon,
    }
    if word.upper() not in readers:
        raise Refused(f"POS={text[:60]!r}: expected CIRCLE, RANGE or POLYGON and numbers")
    return readers[word.upper()](rest)


def interval(text: str, name: str) -> tuple[float, float]:
    """Read an interval: its lower and its upper limit, which may be -Inf and +Inf.

    Raises
    ------
    Refused
        It is none.
    """
    lowest, highest = _numbers(text, name, "two limits", 2, infinite=True)
    if lowest > highest:
        raise Refused(f"{name}={text[:60]!r}: expected the lower limit first")
    return lowest, highest


def _range(text: str) -> Range:
    values = _numbers(text, "RANGE", "two right ascensions and two declinations", 4, infinite=True)
    west, east = max(values[0], 0.0), min(values[1], 360.0)
    south, north = max(values[2], -90.0), min(values[3], 90.0)
    if west > east or south > north:
        raise Refused(f"RANGE={text[:60]!r}: expected the lower limits first, within the sky")
    return Range(west, east - west, south, north)


def _numbers(
    text: str, name: str, what: str, count: int | None = None, *, infinite: bool = False
) -> list[float]:
    words = text.split()
    values = [float(word) if _NUMBER.fullmatch(word) else math.nan for word in words]
    right = all(math.isfinite(one) or (infinite and math.isinf(one)) for one in values)
    if not right or not values or (count is not None and len(values) != count):
        raise Refused(f"{name}={text[:60]!r}: expected {what}")
    return values


def _position(ra: float, dec: float, text: str, name: str) -> tuple[float, float]:
    if not (0 <= ra <= 360 and -90 <= dec <= 90):
        raise Refused(f"{name}={text[:60]!r}: {ra:g} {dec:g} is no position in deg")
    return ra % 360, dec


def _middle(corners: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    x, y, z = sky.unit_vector(*np.transpose(corners)).mean(axis=0)
    return math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))


def _seen(l: Array, m: Array, n: Array) -> tuple[Array, Array]:  # noqa: E741 (the usual name)
    """Return directions as a plane that touches the sphere shows them; NaN behind."""
    ahead = np.where(n > 1e-9, n, np.nan)
    return l / ahead, m / ahead


def _distance(place: Array, begin: Array, end: Array) -> Array:
    """Distance of unit vectors from an arc of a great circle, deg."""
    normal = np.cross(begin, end)
    normal = normal / np.linalg.norm(normal)
    beside = (place @ np.cross(normal, begin) >= 0) & (place @ np.cross(end, normal) >= 0)
    across = np.degrees(np.arcsin(np.minimum(np.abs(place @ normal), 1)))
    chord = np.minimum(np.linalg.norm(place - begin, axis=-1), np.linalg.norm(place - end, axis=-1))
    return np.where(beside, across, np.degrees(2 * np.arcsin(np.minimum(chord / 2, 1))))
