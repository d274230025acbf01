"""The thermal noise of a LOFAR image, from its stations.

Nijboer, Pandey-Pommier & de Bruyn (2009, SKA Memo 113), as on ASTRON's page "Sensitivity of the
LOFAR array"; van Haarlem et al. (2013, A&A 556, A2) describe stations and antenna sets.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BOLTZMANN = 1.380649e-23
C_M_PER_S = 299792458.0
JY = 1e-26

# Distance of each low-band dipole from its nearest neighbour, metres, in the order of the antennas:
# of RS106, like which all Dutch stations are built to within 0.4 m, and of DE602, like which all
# international ones are to within 0.06 m. From the antennas' published ETRS89 positions
# (AntennaField tables of LOFAR; M. A. Brentjens & T. J. Dijkema, package lofarantpos 0.8). The
# inner array is the first half of the Dutch antennas, two of which lie far outside.
_DUTCH = np.array([
    2.55, 2.55, 2.55, 2.55, 2.55, 2.55, 2.55, 3.51, 3.51, 3.18, 3.48, 3.19, 3.25, 3.43, 3.48, 3.18,
    3.58, 3.66, 4.32, 3.23, 3.23, 3.38, 3.50, 3.19, 3.89, 3.39, 3.51, 3.49, 4.12, 3.82, 3.12, 3.12,
    2.99, 2.99, 3.32, 3.38, 3.36, 3.36, 4.75, 2.79, 2.79, 3.39, 4.15, 3.98, 3.98, 4.49, 21.02,
    19.60, 3.07, 3.07, 6.27, 4.14, 4.39, 5.36, 5.04, 7.18, 4.92, 5.01, 4.59, 8.19, 6.19, 6.27, 6.27,
    6.00, 4.14, 4.39, 7.84, 8.14, 7.38, 7.18, 9.36, 5.80, 9.83, 7.08, 7.34, 7.40, 6.00, 10.25, 9.37,
    8.83, 8.64, 5.27, 7.66, 8.23, 8.23, 6.72, 5.80, 6.28, 11.06, 7.40, 10.80, 10.80, 8.64, 5.27,
    7.66, 9.06,
])  # fmt: skip
_INTERNATIONAL = np.array([
    3.55, 3.41, 3.87, 3.41, 5.61, 4.52, 4.96, 4.96, 3.81, 4.03, 4.03, 4.15, 3.41, 3.42, 3.42, 3.43,
    3.55, 3.45, 3.87, 4.69, 5.30, 5.54, 5.18, 5.77, 3.62, 3.94, 4.07, 4.07, 3.92, 3.92, 5.64, 6.00,
    3.91, 3.49, 6.50, 6.50, 3.52, 3.48, 3.71, 3.71, 4.74, 4.31, 7.99, 7.03, 3.56, 3.70, 3.50, 4.15,
    4.34, 4.10, 4.98, 3.49, 3.25, 6.69, 3.61, 3.41, 6.92, 3.85, 3.94, 6.85, 4.07, 3.85, 4.31, 3.41,
    3.54, 3.48, 3.42, 4.22, 3.35, 3.35, 3.48, 4.74, 3.70, 4.36, 3.54, 3.61, 3.54, 4.15, 3.81, 5.97,
    4.77, 4.34, 3.87, 3.64, 5.18, 3.52, 7.21, 3.42, 3.41, 7.76, 3.48, 3.25, 4.95, 3.48, 3.50, 3.43,
])  # fmt: skip

_even = np.arange(48) % 2 == 0
_LOW_BAND = {
    "LBA_INNER": _DUTCH[:48],
    "LBA_OUTER": _DUTCH[48:],
    "LBA_SPARSE_EVEN": np.where(_even, _DUTCH[:48], _DUTCH[48:]),
    "LBA_SPARSE_ODD": np.where(_even, _DUTCH[48:], _DUTCH[:48]),
    "LBA_ALL": _DUTCH,
}
# Tiles of a core and of a remote station (van Haarlem et al. 2013, table 3).
_HIGH_BAND = {
    **dict.fromkeys(["HBA_ZERO", "HBA_ONE", "HBA_DUAL"], (24, 48)),
    **dict.fromkeys(["HBA_ZERO_INNER", "HBA_ONE_INNER", "HBA_DUAL_INNER"], (24, 24)),
    "HBA_JOINED": (48, 48),
    "HBA_JOINED_INNER": (48, 24),
}
_INTERNATIONAL_TILES = 96
_DIPOLES_PER_TILE = 16
_HIGH_BAND_DIPOLE_M2 = 1.5625  # of the 5 m x 5 m of a tile
# Other spellings that are found.
_ALIASES = {"HBA": "HBA_DUAL", "HBA0": "HBA_ZERO", "HBA_0": "HBA_ZERO", "HBA1": "HBA_ONE",
            "HBA_1": "HBA_ONE", "LBA_SPARSE": "LBA_SPARSE_EVEN", "LBA_SPARSE0": "LBA_SPARSE_EVEN",
            "LBA_SPARSE1": "LBA_SPARSE_ODD"}  # fmt: skip

# Instrument temperature: in sky temperatures for the low band, in K for the high band (fig. 5 of
# SKA Memo 113, read off as TraP does), by frequency in Hz.
_LOW_HZ = [0, 10e6, 40e6, 50e6, 55e6, 60e6, 70e6, 80e6, 90e6]
_LOW_SHARE = [0, 0.1, 0.7, 0.85, 0.9, 0.85, 0.6, 0.3, 0.0]
_HIGH_K = 200.0


@dataclass(frozen=True)
class Stations:
    """The stations of an image: antenna set, and numbers of stations by kind.

    With the two halves of a core station used apart (HBA_DUAL), each half counts.
    """

    antenna_set: str
    core: int
    remote: int
    international: int


def stations_of(get: Callable[[str], Any]) -> Stations | None:
    """Stations that a header names; None for another telescope, or if it names none.

    Parameters
    ----------
    get : callable
        Returns the value of a keyword, None where it is absent.
    """
    name = str(get("ANTENNA") or "").strip().upper()
    name = _ALIASES.get(name, name)
    if not str(get("TELESCOP") or "").strip().upper().startswith("LOFAR"):
        return None
    if name not in _LOW_BAND and name not in _HIGH_BAND:
        return None
    try:
        core, remote, other = (int(get(key) or 0) for key in ("NCORE", "NREMOTE", "NINTL"))
    except (TypeError, ValueError):
        return None
    if min(core, remote, other) < 0 or core + remote + other < 2:
        return None
    return Stations(name, core, remote, other)


def thermal_noise(stations: Stations, freq: float, bandwidth: float, duration: float) -> float:
    """Noise of a naturally weighted image of one Stokes parameter, if nothing but heat is in it.

    Parameters
    ----------
    stations : Stations
    freq, bandwidth : float
        Hz.
    duration : float
        Seconds.

    Returns
    -------
    float
        Jy per beam; NaN unless all of it is known.
    """
    if not (freq > 0 and bandwidth > 0 and duration > 0):
        return math.nan
    wavelength = C_M_PER_S / freq
    # For a system efficiency of 1: SEFD = 2 k T_sys / A_eff.
    core, remote, other = (
        2 * BOLTZMANN * _system_temperature(stations, freq) / area / JY
        for area in _areas(stations.antenna_set, wavelength)
    )
    n_core, n_remote, n_other = stations.core, stations.remote, stations.international
    # Each baseline weighs with the product of its stations' sensitivities.
    total = n_core / core + n_remote / remote + n_other / other
    own = n_core / core**2 + n_remote / remote**2 + n_other / other**2
    return 1 / math.sqrt(4 * bandwidth * duration * (total**2 - own) / 2)


def _areas(antenna_set: str, wavelength: float) -> tuple[float, float, float]:
    """Effective areas of a core, a remote and an international station, m²."""
    if antenna_set in _LOW_BAND:
        dutch = _low_band_area(_LOW_BAND[antenna_set], wavelength)
        return dutch, dutch, _low_band_area(_INTERNATIONAL, wavelength)
    tile = _DIPOLES_PER_TILE * min(wavelength**2 / 3, _HIGH_BAND_DIPOLE_M2)
    core, remote = _HIGH_BAND[antenna_set]
    return core * tile, remote * tile, _INTERNATIONAL_TILES * tile


def _low_band_area(distance: NDArray[np.float64], wavelength: float) -> float:
    """Sum λ²/3 of each dipole, or what its nearest neighbour leaves it if that is less."""
    return float(np.minimum(wavelength**2 / 3, np.pi * distance**2 / 4).sum())


def _system_temperature(stations: Stations, freq: float) -> float:
    """Temperature of the sky off the Galactic plane, and of the instrument, K."""
    sky = 60 * (C_M_PER_S / freq) ** 2.55
    if stations.antenna_set in _HIGH_BAND:
        return sky + _HIGH_K
    return sky * (1 + float(np.interp(freq, _LOW_HZ, _LOW_SHARE)))
