"""Positions to monitor."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """Where a target is at a time; deg."""

    taken_at: datetime
    ra: float
    dec: float


@dataclass(frozen=True)
class Position:
    """A position to monitor.

    Attributes
    ----------
    name : str
    ra, dec : float or None
        Degrees; None for a target with an ephemeris.
    pm_ra_mas_yr, pm_dec_mas_yr : float
        Proper motion, cos dec included.
    epoch : datetime or None
        When it is there.
    active_from, active_until : datetime or None
        Between which times it is measured; None for no limit.
    ephemeris : tuple of Place
        Where it is when, instead of all that; may be empty.
    """

    name: str
    ra: float | None
    dec: float | None
    pm_ra_mas_yr: float = 0.0
    pm_dec_mas_yr: float = 0.0
    epoch: datetime | None = None
    active_from: datetime | None = None
    active_until: datetime | None = None
    ephemeris: tuple[Place, ...] = ()
