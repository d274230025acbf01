"""When a place in the sky can be seen from a site."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

STEP_S = 60.0


@dataclass(frozen=True)
class Site:
    """A place on Earth: degrees east and north on the ellipsoid of WGS 84, m above it."""

    longitude: float
    latitude: float
    height: float = 0.0


@dataclass(frozen=True)
class Window:
    """When a place is high enough, for how high at most, deg."""

    begin: datetime
    end: datetime
    highest: float


def elevations(
    site: Site, ra: float, dec: float, begin: datetime, hours: float
) -> tuple[list[datetime], np.ndarray]:
    """Return the elevation of a place in the sky, without refraction, minute by minute.

    Parameters
    ----------
    site : Site
    ra, dec : float
        ICRS, deg.
    begin : datetime
        From when, with its zone.
    hours : float
        For how long, h.

    Returns
    -------
    times : list of datetime
        UTC.
    elevations : ndarray, shape (N,)
        deg; by `astropy.coordinates.AltAz`, which follows IAU 2006/2000A.
    """
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord
    from astropy.time import Time

    count = max(2, math.ceil(hours * 3600 / STEP_S) + 1)
    begin = begin.astimezone(UTC)
    times = [begin + timedelta(seconds=STEP_S * number) for number in range(count)]
    with _no_network():
        frame = AltAz(
            obstime=Time(times, scale="utc"),
            location=EarthLocation.from_geodetic(
                site.longitude * u.deg, site.latitude * u.deg, site.height * u.m
            ),
        )
        return times, SkyCoord(ra, dec, unit="deg").transform_to(frame).alt.deg


def first_window(
    site: Site, ra: float, dec: float, begin: datetime, hours: float, least: float, seconds: float
) -> Window | None:
    """Return when a place is first above an elevation for long enough; None: it never is.

    Parameters
    ----------
    site, ra, dec, begin, hours
        As for `elevations`.
    least : float
        Elevation, deg.
    seconds : float
        For how long, s.
    """
    times, found = elevations(site, ra, dec, begin, hours)
    above = np.concatenate([[False], found >= least, [False]])
    changes = np.flatnonzero(above[1:] != above[:-1])
    for first, end in zip(changes[::2], changes[1::2], strict=True):
        if (times[end - 1] - times[first]).total_seconds() >= seconds:
            return Window(times[first], times[end - 1], float(found[first:end].max()))
    return None


@contextmanager
def _no_network() -> Iterator[None]:
    """Do with the rotation of the Earth as astropy brings it along; a second matters to nobody."""
    import warnings

    from astropy.utils import iers
    from astropy.utils.exceptions import AstropyWarning

    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
        iers.conf.set_temp("auto_max_age", None),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", AstropyWarning)
        yield
