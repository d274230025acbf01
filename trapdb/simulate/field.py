"""The part of the sky that is observed, and the beam with which it is seen."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from trapdb.simulate.ellipse import covariance
from trapdb.simulate.errors import require, require_positive

NoiseKind = Literal["psf", "convolved"]

# A narrower beam is not sampled.
_MINOR_PX = 2.0


@dataclass(frozen=True)
class Field:
    """A square field on the sky and the instrument's view of it.

    Attributes
    ----------
    size : int, default 512
        Pixels along each axis.
    pixel : float, default 5 / 3600
        Size of a pixel, deg.
    ra, dec : float, default 150, 30
        Centre (of pixel ``size // 2``, counted from 0), deg.
    beam : tuple of float, default (23 / 3600, 18.5 / 3600, 35)
        Major and minor FWHM and position angle, deg. The angle counts from the image's own y
        axis, which is north at the centre only: an array has one beam in the plane of direction
        cosines, wherever north lies in it.
    rms : float, default 1e-3
        Noise of every image, Jy/beam.
    noise : {'psf', 'convolved'}, default 'psf'
        Autocorrelation of the noise: the beam, as in a dirty map, or that of white noise smoothed
        with the beam, which is wider by the square root of 2.
    """

    size: int = 512
    pixel: float = 5 / 3600
    ra: float = 150.0
    dec: float = 30.0
    beam: tuple[float, float, float] = (23 / 3600, 18.5 / 3600, 35.0)
    rms: float = 1e-3
    noise: NoiseKind = "psf"

    def __post_init__(self) -> None:
        """Raise SimulationError if no image can be made of it."""
        require(self.size >= 1, f"size is {self.size}: ask for at least 1 pixel")
        require_positive(pixel=self.pixel, rms=self.rms)
        kinds = get_args(NoiseKind)
        require(self.noise in kinds, f"noise is {self.noise!r}: give {' or '.join(kinds)}")
        require(0 <= self.ra < 360, f"ra is {self.ra}: give 0 to below 360 degrees")
        require(-90 <= self.dec <= 90, f"dec is {self.dec}: give -90 to 90 degrees")
        major, minor, pa = self.beam
        require(
            _MINOR_PX * self.pixel <= minor <= major < np.inf and bool(np.isfinite(pa)),
            f"the beam is {major} by {minor} degrees at {pa}: give a major axis, a minor one of "
            f"at least {_MINOR_PX:g} pixels of {self.pixel} degrees, and an angle",
        )
        require(
            np.deg2rad(self.size * self.pixel) < np.sqrt(2),
            f"{self.size} pixels of {self.pixel} degrees exceed the sky: ask for a smaller image",
        )

    def celestial_cards(self) -> fits.Header:
        """Return the cards of the two celestial axes (SIN projection)."""
        header = fits.Header()
        for axis, (name, value, step) in enumerate(
            [("RA---SIN", self.ra, -self.pixel), ("DEC--SIN", self.dec, self.pixel)], start=1
        ):
            header[f"CTYPE{axis}"] = name
            header[f"CRVAL{axis}"] = value
            header[f"CDELT{axis}"] = step
            header[f"CRPIX{axis}"] = float(self.size // 2 + 1)
            header[f"CUNIT{axis}"] = "deg"
        header["LONPOLE"] = 180.0
        header["LATPOLE"] = self.dec
        header["RADESYS"] = "ICRS"
        return header

    @cached_property
    def wcs(self) -> WCS:
        """The celestial coordinate system, as the images' headers give it."""
        return WCS(self.celestial_cards())

    @cached_property
    def beam_covariance(self) -> NDArray[np.float64]:
        """The beam's covariance matrix over (x, y), px^2, shape (2, 2)."""
        # On the image plane east points to lower x.
        to_pixels = np.diag([-1.0, 1.0]) / self.pixel
        return to_pixels @ covariance(*self.beam) @ to_pixels.T

    def to_pixels(self, ra: NDArray, dec: NDArray) -> NDArray[np.float64]:
        """Return the matrices that turn small offsets on the sky into pixels.

        Parameters
        ----------
        ra, dec : ndarray
            Positions, deg, shape (n,).

        Returns
        -------
        ndarray, shape (n, 2, 2)
            Derivatives of (x, y) by (east, north), px/deg: those of the direction cosines
            l = cos(dec) sin(ra-ra0), m = sin(dec) cos(dec0) - cos(dec) sin(dec0) cos(ra-ra0).
        """
        offset, dec, dec0 = np.deg2rad(ra - self.ra), np.deg2rad(dec), np.deg2rad(self.dec)
        derivatives = np.array(
            [
                [np.cos(offset), -np.sin(dec) * np.sin(offset)],
                [
                    np.sin(dec0) * np.sin(offset),
                    np.cos(dec) * np.cos(dec0) + np.sin(dec) * np.sin(dec0) * np.cos(offset),
                ],
            ]
        )
        return np.moveaxis(derivatives, -1, 0) * np.array([[-1.0], [1.0]]) / self.pixel
