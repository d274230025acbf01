"""Errors of Gaussians fitted in noise that is correlated over the beam.

After Condon (1997, PASP 109, 166), whose equations are numbered in the code.

Condon's equations are for a circular smoothing function; here they are applied in coordinates in
which the beam is a circle of FWHM 1, so that elliptical beams need no approximation. For a source
with the shape of the beam they give the peak's error as the noise and the position's as
FWHM / (SNR * sqrt(8 ln2)) along each axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import FWHM_PER_SIGMA, axes

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Errors:
    """One-sigma errors, arrays of shape (N,).

    Attributes
    ----------
    peak
        In units of the noise.
    integrated
        In units of the noise times the area of the beam.
    ra, dec
        Along east and north, degrees.
    major, minor, pa
        Degrees.
    """

    peak: Array
    integrated: Array
    ra: Array
    dec: Array
    major: Array
    minor: Array
    pa: Array


def errors(snr: Array, shape: Array, transform: Array, free_shape: NDArray[np.bool_]) -> Errors:
    """Errors of fits.

    Parameters
    ----------
    snr : ndarray, shape (N,)
        Peak over noise.
    shape : ndarray, shape (N, 2, 2)
        Shape matrices in coordinates in which the beam's is the unit matrix.
    transform : ndarray, shape (N, 2, 2)
        From those coordinates to the sky: (east, north) in degrees.
    free_shape : ndarray of bool, shape (N,)
        Whether the shape was fitted. If not, it adds nothing to the integrated flux's error, and
        its own errors are NaN.

    Returns
    -------
    Errors
    """
    major, minor, pa = axes(shape)
    angle = np.radians(pa)
    along = np.stack([np.sin(angle), np.cos(angle)], -1)
    across = np.stack([np.cos(angle), -np.sin(angle)], -1)

    def rho2(alpha_major: float, alpha_minor: float) -> Array:
        # eq. 41 with theta_N = 1
        return (
            major * minor / 4
            * (1 + major**-2) ** alpha_major
            * (1 + minor**-2) ** alpha_minor
            * snr**2
        )  # fmt: skip

    peak2 = 2 / rho2(1.5, 1.5)  # eq. 21: mu²(A) / A²
    major2 = 2 / rho2(2.5, 0.5)  # eq. 21: mu²(theta_M) / theta_M²
    minor2 = 2 / rho2(0.5, 2.5)  # eq. 21: mu²(theta_m) / theta_m²
    x0 = np.sqrt(major2) * major / FWHM_PER_SIGMA  # eq. 21: along the major axis
    y0 = np.sqrt(minor2) * minor / FWHM_PER_SIGMA  # eq. 21: along the minor axis
    # eq. 21: mu(phi) (theta_M² - theta_m²), which stays finite where the source is round
    turn = 2 * major * minor / np.sqrt(rho2(0.5, 2.5))
    # eq. 42: mu²(I) / I²
    integrated2 = peak2 + np.where(free_shape, (major2 + minor2) / (major * minor), 0)

    # To the sky: vectors by the transform, and the shape matrix T W T' to first order in its three
    # independent errors.
    p = (transform @ along[..., None])[..., 0]
    q = (transform @ across[..., None])[..., 0]
    ra, dec = np.sqrt((p * x0[:, None]) ** 2 + (q * y0[:, None]) ** 2).T
    sky_major, sky_minor, sky_pa = axes(transform @ shape @ transform.swapaxes(-1, -2))
    sky_angle = np.radians(sky_pa)
    u = np.stack([np.sin(sky_angle), np.cos(sky_angle)], -1)
    v = np.stack([np.cos(sky_angle), -np.sin(sky_angle)], -1)
    up, uq, vp, vq = ((a * b).sum(-1) for a in (u, v) for b in (p, q))
    d_major, d_minor = 2 * major**2 * np.sqrt(major2), 2 * minor**2 * np.sqrt(minor2)

    def spread(major_part: Array, minor_part: Array, turn_part: Array) -> Array:
        return np.sqrt(
            (major_part * d_major) ** 2 + (minor_part * d_minor) ** 2 + (turn_part * turn) ** 2
        )

    with np.errstate(divide="ignore", invalid="ignore"):
        pa_err = spread(up * vp, uq * vq, up * vq + uq * vp) / (sky_major**2 - sky_minor**2)
    unknown = np.where(free_shape, 1.0, np.nan)
    # An angle that is known no better than this is not known.
    pa_err = np.degrees(np.where(pa_err < np.pi / 2, pa_err, np.pi / 2))
    return Errors(
        peak=snr * np.sqrt(peak2),
        integrated=snr * major * minor * np.sqrt(integrated2),
        ra=ra,
        dec=dec,
        major=spread(up**2, uq**2, 2 * up * uq) / (2 * sky_major) * unknown,
        minor=spread(vp**2, vq**2, 2 * vp * vq) / (2 * sky_minor) * unknown,
        pa=pa_err * unknown,
    )
