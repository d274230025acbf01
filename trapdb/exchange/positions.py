"""Positions to monitor."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """The place of a target at a time; deg."""

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
        Time at which it is at `ra`, `dec`.
    active_from, active_until : datetime or None
        First and last time at which it is measured; None for no limit.
    ephemeris : tuple of Place
        The places of a moving target, instead of position, motion and epoch; may be empty.
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
