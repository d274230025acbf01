"""Cones as users give them."""

from collections.abc import Sequence

from trapdb.errors import InputError
from trapdb.monitoring.position_list import read_dec, read_ra


def read_cone(texts: Sequence[str]) -> tuple[float, float, float]:
    """Read a position and a radius, deg.

    Raises
    ------
    InputError
        They are none.
    """
    ra, dec = read_ra(texts[0], "--cone"), read_dec(texts[1], "--cone")
    try:
        radius = float(texts[2])
    except ValueError:
        radius = 0.0
    if not 0 < radius < 90:
        raise InputError(f"--cone: {texts[2]!r} is no radius: expected more than 0, below 90 deg")
    return ra, dec, radius
