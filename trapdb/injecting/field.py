"""The images into which sources are injected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from extractor import NoiseGrid
from extractor.geometry import sky
from extractor.image.plane import Beam

Array = NDArray[np.float64]
# From right ascensions and declinations, deg, to the noise there, Jy/beam; NaN where there is none.
Noise = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Plane:
    """An image, without its pixels.

    Attributes
    ----------
    path : str
    digest : str
        Empty if it was not read yet.
    taken_at : datetime
        Its start.
    duration : float
        s; 0 if unknown.
    freq_eff : float
        Hz.
    stokes : str
    ra, dec, radius : float
        Centre, and how far from it the footprint reaches, deg.
    beam : Beam
    region : int
        Images of one number have one footprint.
    origin : Any
        What else the field knows of it.
    """

    path: str
    digest: str
    taken_at: datetime
    duration: float
    freq_eff: float
    stokes: str
    ra: float
    dec: float
    radius: float
    beam: Beam
    region: int
    origin: Any


class Field(Protocol):
    """Images in the order of time, with their noise, and the places where nothing is."""

    @property
    def planes(self) -> Sequence[Plane]:
        """Return them."""

    def noise(self, plane: Plane) -> Noise:
        """Return the noise of an image."""

    def covered(self, plane: Plane, ra: Array, dec: Array, distance: float) -> NDArray[np.bool_]:
        """Return which places are in the footprint of an image, and so far from all sources, deg.

        With a distance of 0 sources do not matter.
        """


@dataclass(frozen=True)
class Times:
    """The times of planes as arrays: starts since that of the first and durations, s; Hz."""

    first: datetime
    start: Array
    duration: Array
    frequency: Array

    @classmethod
    def of(cls, planes: Sequence[Plane]) -> "Times":
        """Take them from planes in the order of time."""
        first = planes[0].taken_at
        second = timedelta(seconds=1)
        return cls(
            first,
            np.array([(plane.taken_at - first) / second for plane in planes]),
            np.array([plane.duration for plane in planes]),
            np.array([plane.freq_eff for plane in planes]),
        )


@dataclass(frozen=True)
class NoiseMap:
    """The noise of an image between the points of its map; a `Noise`."""

    grid: NoiseGrid
    ra: float
    dec: float

    def __call__(self, ra: Array, dec: Array) -> Array:
        """Interpolate between four points, as ``trap.interpolated_rms`` does."""
        east, north, towards = sky.direction_cosines(ra, dec, self.ra, self.dec)
        column, row = (east - self.grid.l0) / self.grid.dl, (north - self.grid.m0) / self.grid.dm
        rms = self._padded
        rows, columns = rms.shape
        inside = (towards > 0) & (row >= 0) & (column >= 0)
        inside &= (row <= rows - 2) & (column <= columns - 2)
        row, column = np.where(inside, row, 0), np.where(inside, column, 0)
        i, j = row.astype(int), column.astype(int)
        v, u = row - i, column - j
        with np.errstate(invalid="ignore"):
            # a point without a share does not matter, even where it is not known
            found = sum(
                np.where(share > 0, share * rms[i + di, j + dj], 0.0)
                for di, dj, share in (
                    (0, 0, (1 - u) * (1 - v)),
                    (0, 1, u * (1 - v)),
                    (1, 0, (1 - u) * v),
                    (1, 1, u * v),
                )
            )
        return np.where(inside, found, np.nan)

    @cached_property
    def _padded(self) -> Array:
        return np.pad(np.asarray(self.grid.rms, float), ((0, 1), (0, 1)), constant_values=np.nan)
