"""The sources that spoil images of low frequency far from where they are."""

import warnings
from datetime import UTC, datetime, timedelta

import numpy as np

from extractor.geometry import sky

# The A-team, J2000 right ascension and declination in degrees.
A_TEAM = {
    "Cas A": (350.85, 58.815),
    "Cyg A": (299.868153, 40.733916),
    "Tau A": (83.633212, 22.01446),
    "Her A": (252.783748, 4.9925),
    "Vir A": (187.70593, 12.391123),
}
_MJD_ZERO = 2400000.5
_MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
_JUPITER = 5


def bright_sources(taken_at: datetime) -> dict[str, tuple[float, float]]:
    """Right ascension and declination of the A-team, the Sun and Jupiter at a time, degrees.

    Sun and Jupiter are seen from the Earth's centre, by the analytic ephemerides of ERFA, which
    comes with astropy (Simon et al. 1994, A&A 282, 663). Light time and the difference of time
    scales are left out: it is good to a few arcminutes, from 1900 to 2100.
    """
    import erfa

    mjd = (taken_at - _MJD_EPOCH) / timedelta(days=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", erfa.ErfaWarning)  # outside those years
        earth = erfa.epv00(_MJD_ZERO, mjd)[0]["p"]
        jupiter = erfa.plan94(_MJD_ZERO, mjd, _JUPITER)["p"]
    return A_TEAM | {"Sun": _direction(-earth), "Jupiter": _direction(jupiter - earth)}


def nearest_bright_source(ra: float, dec: float, taken_at: datetime) -> tuple[str, float]:
    """Name of the bright source nearest to a position at a time, and its distance in degrees."""
    sources = bright_sources(taken_at)
    place = np.array(list(sources.values()))
    distance = sky.separation(ra, dec, place[:, 0], place[:, 1])
    nearest = int(distance.argmin())
    return list(sources)[nearest], float(distance[nearest])


def _direction(vector: np.ndarray) -> tuple[float, float]:
    x, y, z = vector
    return float(sky.right_ascension(np.degrees(np.arctan2(y, x)))), float(
        np.degrees(np.arctan2(z, np.hypot(x, y)))
    )
