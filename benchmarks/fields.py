"""Skies of point sources, and what an image of them measures: arrays without pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor import Measurements
from extractor.geometry.sky import unit_vector
from tests.feeding import measurements

ARCSEC = 1 / 3600
BEAM = 20 * ARCSEC
POSITION_ERROR = 1.5 * ARCSEC
FLUX_ERROR = 1e-3


@dataclass(frozen=True)
class Sources:
    """Steady point sources: positions in deg, fluxes in Jy."""

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    flux: NDArray[np.float64]

    def __len__(self) -> int:
        """Return their number."""
        return len(self.ra)

    def __getitem__(self, chosen: NDArray) -> "Sources":
        """Choose some."""
        return Sources(self.ra[chosen], self.dec[chosen], self.flux[chosen])

    def measure(self, rng: np.random.Generator) -> Measurements:
        """Measure all of them, with errors as large as they claim to be, in random order."""
        order = rng.permutation(len(self))
        east, north, noise = rng.standard_normal((3, len(self)))
        dec = np.clip(self.dec[order] + POSITION_ERROR * north, -90, 90)
        return measurements(
            self.ra[order] + POSITION_ERROR * east / np.cos(np.radians(self.dec[order])),
            dec,
            ra_err=POSITION_ERROR,
            dec_err=POSITION_ERROR,
            int_flux=self.flux[order] + FLUX_ERROR * noise,
            int_flux_err=FLUX_ERROR,
        )


def field(rng: np.random.Generator, count: int, ra: float, dec: float, radius: float) -> Sources:
    """Scatter sources over a small field (deg), none within two beams of another.

    One lies in each cell of a grid, at a random place of the cell's middle.
    """
    cell = radius * np.sqrt(np.pi / count) * 0.995
    assert cell > 4 * BEAM, "too dense a field"
    steps = np.arange(-radius, radius, cell)
    east, north = (axis.ravel() for axis in np.meshgrid(steps, steps))
    jitter = 0.5 - BEAM / cell
    east = east + rng.uniform(-jitter, jitter, east.size) * cell
    north = north + rng.uniform(-jitter, jitter, north.size) * cell
    innermost = rng.permutation(np.argsort(np.hypot(east, north))[:count])
    east, north = east[innermost], north[innermost]
    return Sources(
        (ra + east / np.cos(np.radians(dec + north))) % 360, dec + north, fluxes(rng, count)
    )


def whole_sky(
    rng: np.random.Generator, count: int, ra: float, dec: float, radius: float
) -> Sources:
    """Scatter sources over the sky but for a circle (deg)."""
    centre = unit_vector(ra, dec)
    found = [np.empty((0, 3))]
    while sum(map(len, found)) < count:
        vectors = rng.standard_normal((count, 3))
        vectors /= np.linalg.norm(vectors, axis=1)[:, np.newaxis]
        found.append(vectors[vectors @ centre < np.cos(np.radians(radius))])
    x, y, z = np.concatenate(found)[:count].T
    return Sources(np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(z)), fluxes(rng, count))


def fluxes(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw fluxes (Jy) from 10 times the noise up, as the counts of real sources go."""
    return 10 * FLUX_ERROR * rng.uniform(1e-3, 1, count) ** (-1 / 1.5)
