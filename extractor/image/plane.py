"""One plane of pixels with its place on the sky, in frequency and in time."""

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.geometry import sky
from extractor.geometry.ellipses import determinant, inverse, shape_matrix, transformed
from extractor.geometry.tangent_plane import reference_scale
from extractor.image.identity import Identity
from extractor.image.projection import Projection
from extractor.image.stations import Stations

# An image has one beam if its area changes by less than this, and its shape, in units of itself.
# Fluxes go with the area, and with the square of the rest. So many places along an axis are seen.
SAME_AREA, SAME_SHAPE = 1e-3, 0.03
SAMPLED = 9


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
        """The fault of the beam; empty if there is none."""
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
    """Pixels and their metadata.

    Attributes
    ----------
    path : str
        As given; with the number of the plane, as in ``cube.fits[3]``, if the file has several.
    identity : Identity
        Of which `digest` is made.
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
    jy_per_unit : float
        Jy/beam of the unit that the pixels of the file are in.
    signed : bool
        Whether its sources may have either sign, as in Stokes Q, U and V and in differences.
    injected : bool
        Whether sources were put into its pixels, of which the file says so.
    response : ndarray of float32, shape (ny, nx), optional
        Times this the noise of the pixels is the same all over, as far as it is that of the
        instrument: the primary beam of an image that is corrected for it.
    response_path, response_digest : str
        The file beside the image from which that is, and SHA-256 of its pixels; empty without one.
        The digest of the image is of both.
    reference, added_noise : ndarray of float32, shape (ny, nx), optional
        Of a difference, Jy per beam: what was subtracted, and what that adds in quadrature to the
        noise as measured (`extractor.difference`).
    """

    path: str
    identity: Identity
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
    jy_per_unit: float = 1.0
    signed: bool = False
    injected: bool = False
    response: NDArray[np.float32] | None = None
    response_path: str = ""
    response_digest: str = ""
    reference: NDArray[np.float32] | None = None
    added_noise: NDArray[np.float32] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the pixels as they are in the file, and of the metadata used.

        Equal for the same plane in another file, compressed without loss or not.
        """
        return self.identity.digest

    @property
    def flat(self) -> NDArray[np.float32]:
        """The pixels with the same noise all over, shape (ny, nx): times the response."""
        return self.data if self.response is None else self.data * self.response

    @property
    def wcs(self) -> Any:
        """The `astropy.wcs.WCS` of the two axes, of an image that has its pixels."""
        assert self.projection is not None
        return self.projection.wcs

    @cached_property
    def beam_px(self) -> NDArray[np.float64]:
        """Shape matrix of the beam in pixels², shape (2, 2): everywhere, or at the centre."""
        scale = inverse(nominal_scale(self.wcs, self.data.shape))
        return transformed(self._beam_on_sky, scale)

    def beam_px_at(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Shape matrices of the beam in pixels² at pixels.

        Returns
        -------
        ndarray, shape (2, 2) or (..., 2, 2)
            One if the beam is the same everywhere.
        """
        return self.beam_px if self.has_one_beam else self._local_beam_px(x, y)

    @cached_property
    def has_one_beam(self) -> bool:
        """Whether the beam is the same in pixels all over the image, or nearly so."""
        if keeps_beam(self.wcs):
            return True
        ny, nx = self.data.shape
        x, y = np.meshgrid(np.linspace(0, nx - 1, SAMPLED), np.linspace(0, ny - 1, SAMPLED))
        to_beam = np.linalg.inv(np.linalg.cholesky(self.beam_px))
        seen = transformed(self._local_beam_px(x.ravel(), y.ravel()), to_beam)
        area = np.sqrt(determinant(seen))
        turned = seen / area[:, None, None] - np.eye(2)
        return bool(np.abs(area - 1).max() < SAME_AREA and np.abs(turned).max() < SAME_SHAPE)

    @property
    def _beam_on_sky(self) -> NDArray[np.float64]:
        return shape_matrix(self.beam.major, self.beam.minor, self.beam.pa)

    def _local_beam_px(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Shape matrices by the local scale, (..., 2, 2); that of the centre for what is no sky."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            local = transformed(self._beam_on_sky, inverse(sky.jacobian(self.wcs, x, y)))
            size = determinant(local)
        known = np.isfinite(local).all(axis=(-2, -1)) & (size > 0)
        return np.where(known[..., None, None], local, self.beam_px)


def keeps_beam(wcs: Any) -> bool:
    """Whether a projection is an interferometer's own, in which its beam is the same everywhere.

    That is SIN, the plane of the direction cosines l and m, also oblique to them (NCP). On the sky
    the beam then widens away from the reference.
    """
    return bool(wcs.wcs.theta0 == 90) and wcs.wcs.ctype[0][-3:] in ("SIN", "NCP")


def nominal_scale(wcs: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Degrees east and north per pixel, shape (2, 2), of the beam or of the image's centre.

    Of projections that keep the beam it is the scale at the reference position.
    """
    if keeps_beam(wcs):
        return reference_scale(wcs)
    return sky.jacobian(wcs, (shape[1] - 1) / 2, (shape[0] - 1) / 2)
