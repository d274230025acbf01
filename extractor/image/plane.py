"""One plane of pixels with its place on the sky, in frequency and in time."""

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import sky
from extractor.geometry.ellipses import shape_matrix
from extractor.image.projection import Projection
from extractor.image.stations import Stations


@dataclass(frozen=True)
class Beam:
    """Restoring beam: FWHM of its axes in degrees, and its position angle in degrees."""

    major: float
    minor: float
    pa: float

    @property
    def is_valid(self) -> bool:
        """Whether the axes are positive, in order and within the sky, and the angle finite."""
        return not self.fault

    @property
    def fault(self) -> str:
        """What is wrong with the beam; empty if nothing is."""
        told = f"a beam of {self.major:g} by {self.minor:g} deg (FWHM) at {self.pa:g} deg"
        if not (self.major > 0 and self.minor > 0):
            return f"{told} has an axis that is not positive"
        if self.major < self.minor:
            return f"{told} has a major axis, BMAJ, below the minor one, BMIN"
        if not (self.major <= 180 and math.isfinite(self.pa)):
            return f"{told} is not finite, or larger than the sky"
        return ""


@dataclass(frozen=True, eq=False)
class ImagePlane:
    """Pixels, and what is known of them.

    Attributes
    ----------
    path : str
        As given; with the number of the plane, as in ``cube.fits[3]``, if the file has several.
    digest : str
        SHA-256 of the pixels and of the metadata used: equal for the same plane in another file,
        compressed without loss or not.
    data : ndarray of float32, shape (ny, nx)
        Jy per beam; NaN where blank.
    projection : Projection, optional
        Right ascension and declination of the two axes; None where the pixels were left behind.
    beam : Beam
        FWHM, degrees.
    freq_eff, bandwidth : float
        Hz; the bandwidth is NaN if unknown.
    taken_at : datetime
        Start of the observation, aware, in UTC.
    duration : float
        Seconds, NaN if unknown.
    stokes : str
        I, Q, U or V.
    ra, dec : float
        Centre of the image, degrees.
    pixel_scale : tuple of float
        Size of a pixel in x and y at the reference position, degrees.
    telescope : str
        Empty if unknown.
    stations : Stations, optional
        Of LOFAR, if the header tells.
    """

    path: str
    digest: str
    data: NDArray[np.float32]
    projection: Projection | None
    beam: Beam
    freq_eff: float
    bandwidth: float
    taken_at: datetime
    duration: float
    stokes: str
    ra: float
    dec: float
    pixel_scale: tuple[float, float]
    telescope: str
    stations: Stations | None = None

    @property
    def wcs(self) -> Any:
        """The `astropy.wcs.WCS` of the two axes, of an image that has its pixels."""
        assert self.projection is not None
        return self.projection.wcs

    @cached_property
    def beam_px(self) -> NDArray[np.float64]:
        """Shape matrix of the beam in pixels², shape (2, 2): the same all over the image."""
        scale = np.linalg.inv(nominal_scale(self.wcs, self.data.shape))
        return scale @ shape_matrix(self.beam.major, self.beam.minor, self.beam.pa) @ scale.T


def nominal_scale(wcs: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Degrees east and north per pixel, shape (2, 2), for what is constant in pixels: the beam.

    Zenithal projections, those of interferometers, keep the beam constant and have their nominal
    scale at the reference position. Others are taken at the image's centre.
    """
    if wcs.wcs.theta0 == 90:  # zenithal
        return np.asarray(wcs.pixel_scale_matrix)
    return sky.jacobian(wcs, (shape[1] - 1) / 2, (shape[0] - 1) / 2)
