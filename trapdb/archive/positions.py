"""Places on the sky as users give them: numbers in degrees, quantities, coordinates."""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trapdb.errors import InputError

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord

_NAME = re.compile(r"J(\d\d)(\d\d)(\d\d\.\d)([+-])(\d\d)(\d\d)(\d\d)")


@dataclass(frozen=True)
class Place:
    """A position in ICRS.

    Attributes
    ----------
    ra, dec : float
        Right ascension from 0 to 360 and declination, deg.
    """

    ra: float
    dec: float


def place_of(position: "SkyCoord | tuple[Any, Any]") -> Place:
    """Return a position that is given as a coordinate, or as right ascension and declination.

    Parameters
    ----------
    position
        A single coordinate in any frame; or a pair of angles in ICRS, numbers in deg or quantities.

    Raises
    ------
    InputError
        It is no position.
    """
    from astropy.coordinates import SkyCoord

    if isinstance(position, SkyCoord):
        if not position.isscalar:
            raise InputError(f"one position is asked for, not {len(position)}: ask one by one")
        position = (position.icrs.ra, position.icrs.dec)
    try:
        ra, dec = position
    except (TypeError, ValueError):
        raise InputError(
            f"{position!r} is no position: give a SkyCoord, or (ra, dec) in deg"
        ) from None
    place = Place(degrees_of(ra, "right ascension"), degrees_of(dec, "declination"))
    if not (0 <= place.ra <= 360 and -90 <= place.dec <= 90):
        raise InputError(
            f"there is no position ({place.ra:g}, {place.dec:g}): expected right ascension from 0 "
            "to 360 and declination from -90 to 90 deg"
        )
    return place


def place_of_name(name: str) -> Place | None:
    """Return the position after which a source is named, ``J100012.3+300102``, if it is so."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    hours, minutes, seconds, sign, degrees, arcmin, arcsec = found.groups()
    ra = 15 * (int(hours) + int(minutes) / 60 + float(seconds) / 3600)
    dec = int(degrees) + int(arcmin) / 60 + int(arcsec) / 3600
    return Place(ra, -dec if sign == "-" else dec) if ra <= 360 and dec <= 90 else None


def cone_of(cone: tuple[Any, ...]) -> tuple[Place, float]:
    """Return centre and radius in deg of a cone: ``(ra, dec, radius)`` or ``(SkyCoord, radius)``.

    Raises
    ------
    InputError
        It is no cone.
    """
    if not (isinstance(cone, tuple | list) and len(cone) in (2, 3)):
        raise InputError(
            f"{cone!r} is no cone: give (ra, dec, radius) in deg, or (SkyCoord, radius)"
        )
    *position, radius = cone
    return place_of(position[0] if len(position) == 1 else tuple(position)), radius_of(radius)


def radius_of(radius: Any) -> float:
    """Return a radius in deg.

    Raises
    ------
    InputError
        It is no angle from 0 to 180 deg.
    """
    found = degrees_of(radius, "radius")
    if not 0 <= found <= 180:
        raise InputError(f"a radius of {found:g} deg is none: expected one from 0 to 180 deg")
    return found


def degrees_of(angle: Any, what: str) -> float:
    """Return an angle in deg; without a unit it is in deg.

    Raises
    ------
    InputError
        It is no finite angle.
    """
    from astropy import units

    try:
        found = float(units.Quantity(angle, units.deg).value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{angle!r} is no {what}: expected a number in deg, or a quantity"
        ) from error
    if not math.isfinite(found):
        raise InputError(f"{what} {found} is not finite")
    return found
