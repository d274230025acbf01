"""Pixels and sky: positions, local scales, direction cosines, great-circle polygons.

Pixel coordinates are 0-based, (0, 0) at the centre of the first pixel; angles are degrees.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.geometry.tangent_plane import plane_of

Array = NDArray[np.float64]

# Degrees over which scales are measured: a sky is flat over it to 1e-7, and the rounding of
# positions is less than that.
STEP = 1e-5


def right_ascension(angle: ArrayLike) -> Array:
    """Angles in [0, 360), degrees; the remainder alone rounds a tiny negative one to 360."""
    ra = np.asarray(angle, float) % 360
    return np.where(ra >= 360, 0.0, ra)


def to_sky(wcs: Any, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Right ascension in [0, 360) and declination of pixels; NaN off the sky."""
    x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    if x.size == 0:
        return np.empty(x.shape), np.empty(x.shape)
    plane = plane_of(wcs)
    ra, dec = wcs.wcs_pix2world(x, y, 0) if plane is None else plane.to_sky(x, y)
    return right_ascension(ra), np.asarray(dec)


def to_pixel(wcs: Any, ra: ArrayLike, dec: ArrayLike) -> tuple[Array, Array]:
    """Pixel coordinates of sky positions; NaN for what the projection cannot show."""
    ra, dec = np.broadcast_arrays(np.asarray(ra, float), np.asarray(dec, float))
    if ra.size == 0:
        return np.empty(ra.shape), np.empty(ra.shape)
    valid = np.isfinite(ra) & (np.abs(dec) <= 90)
    ra, dec = np.where(valid, ra, 0.0), np.where(valid, dec, 0.0)
    plane = plane_of(wcs)
    x, y = wcs.wcs_world2pix(ra, dec, 0) if plane is None else plane.to_pixel(ra, dec)
    return np.where(valid, x, np.nan), np.where(valid, y, np.nan)


def unit_vector(ra: ArrayLike, dec: ArrayLike) -> Array:
    """Return unit vectors, shape (..., 3)."""
    ra, dec = np.radians(np.asarray(ra, float)), np.radians(np.asarray(dec, float))
    cosine = np.cos(dec)
    # stored component by component, in which many are read fastest
    return np.moveaxis(np.stack([cosine * np.cos(ra), cosine * np.sin(ra), np.sin(dec)]), 0, -1)


def tangent_vectors(ra: ArrayLike, dec: ArrayLike) -> Array:
    """Return unit vectors towards east and north at positions, shape (..., 2, 3)."""
    ra, dec = np.radians(np.asarray(ra, float)), np.radians(np.asarray(dec, float))
    zero = np.zeros(np.broadcast(ra, dec).shape)
    east = np.stack([-np.sin(ra) + zero, np.cos(ra) + zero, zero], -1)
    north = np.stack([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec) + zero], -1)
    return np.stack([east, north], -2)


def jacobian(wcs: Any, x: ArrayLike, y: ArrayLike) -> Array:
    """Local scale of an image: degrees east and north per pixel in x and y.

    From short steps along great circles, so it holds at the poles and across right ascension 0.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        ``[[d east / dx, d east / dy], [d north / dx, d north / dy]]``.
    """
    return local_frame(wcs, x, y)[2]


def local_frame(wcs: Any, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array, Array]:
    """Right ascension and declination of pixels, as `to_sky`, and the `jacobian` there."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    if (plane := plane_of(wcs)) is not None:
        ra, dec, scale = plane.frame(x, y)
        return right_ascension(ra), dec, scale
    step = STEP / np.sqrt(abs(np.linalg.det(wcs.pixel_scale_matrix)))
    ra, dec = to_sky(wcs, x, y)
    sine = np.sin(np.radians(dec))
    result = np.empty((*x.shape, 2, 2))
    for axis, (dx, dy) in enumerate(((step, 0.0), (0.0, step))):
        there_ra, there_dec = to_sky(wcs, x + dx, y + dy)
        turn, rise = np.radians(there_ra - ra), np.radians(there_dec - dec)
        cosine_there = np.cos(np.radians(there_dec))
        result[..., 0, axis] = cosine_there * np.sin(turn)
        result[..., 1, axis] = np.sin(rise) + 2 * sine * cosine_there * np.sin(turn / 2) ** 2
    result *= np.degrees(1 / step)
    return ra, dec, result


def direction_cosines(
    ra: ArrayLike, dec: ArrayLike, ra0: float, dec0: float
) -> tuple[Array, Array, Array]:
    """Components (l, m, n) of directions towards east, north and the centre (ra0, dec0)."""
    vector = unit_vector(ra, dec)
    east, north = tangent_vectors(ra0, dec0)
    return vector @ east, vector @ north, vector @ unit_vector(ra0, dec0)


def from_direction_cosines(
    l: ArrayLike,  # noqa: E741 (the usual name)
    m: ArrayLike,
    ra0: float,
    dec0: float,
) -> tuple[Array, Array]:
    """Directions with cosines (l, m) in the hemisphere of (ra0, dec0); NaN beyond it."""
    east, north = tangent_vectors(ra0, dec0)
    l, m = np.broadcast_arrays(np.asarray(l, float), np.asarray(m, float))  # noqa: E741
    n2 = 1 - l**2 - m**2
    n = np.sqrt(np.where(n2 >= 0, n2, np.nan))
    vector = l[..., None] * east + m[..., None] * north + n[..., None] * unit_vector(ra0, dec0)
    ra = right_ascension(np.degrees(np.arctan2(vector[..., 1], vector[..., 0])))
    return ra, np.degrees(np.arcsin(np.clip(vector[..., 2], -1, 1)))


def separation(ra1: ArrayLike, dec1: ArrayLike, ra2: ArrayLike, dec2: ArrayLike) -> Array:
    """Angular distance, exact for small and for large angles."""
    chord = np.linalg.norm(unit_vector(ra1, dec1) - unit_vector(ra2, dec2), axis=-1)
    return np.degrees(2 * np.arcsin(np.minimum(chord / 2, 1)))


def depth_in_polygon(ra: ArrayLike, dec: ArrayLike, vertices: Array) -> Array:
    """Distance of positions from the nearest edge of a convex great-circle polygon.

    Parameters
    ----------
    ra, dec : array_like, shape (N,)
    vertices : ndarray, shape (M, 2)
        Right ascension and declination, in order, within one hemisphere.

    Returns
    -------
    ndarray, shape (N,)
        Degrees, negative outside.
    """
    corner = unit_vector(vertices[:, 0], vertices[:, 1])
    normal = np.cross(corner, np.roll(corner, -1, axis=0))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    normal *= np.sign(normal @ corner.mean(axis=0)).min()  # inwards, whatever the orientation
    least = np.tensordot(normal, unit_vector(ra, dec), (1, -1)).min(axis=0)
    return np.asarray(np.degrees(np.arcsin(np.clip(least, -1, 1))))
