"""The region of an image in which sources are counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor import sky
from extractor.errors import ExtractorError
from extractor.image import Image

# Pixels along either axis that stand for all of them.
SAMPLED = 128


@dataclass(frozen=True, eq=False)
class Footprint:
    """A circle, or a convex great-circle polygon with its bounding circle.

    Attributes
    ----------
    ra, dec, radius : float
        Circle, degrees.
    vertices : ndarray, shape (N, 2), or None
        Right ascension and declination of the polygon's corners; None for a plain circle.
    """

    ra: float
    dec: float
    radius: float
    vertices: NDArray[np.float64] | None

    def depth(self, ra: ArrayLike, dec: ArrayLike) -> NDArray[np.float64]:
        """Distance of positions from the border in degrees, negative outside, NaN for NaN."""
        if self.vertices is None:
            return self.radius - sky.separation(ra, dec, self.ra, self.dec)
        return sky.depth_in_polygon(ra, dec, self.vertices)

    def searched_area(self, image: Image) -> float:
        """Area of the valid pixels of an image that are inside, square degrees.

        Taken from pixels on a grid of at most 128 x 128, so that it costs little.
        """
        step = -(-max(image.data.shape) // SAMPLED)
        start = step // 2 if min(image.data.shape) > step else 0
        rows, columns = (np.arange(start, length, step) for length in image.data.shape)
        y, x = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
        valid = np.isfinite(image.data[y, x])
        valid[valid] = self.depth(*sky.to_sky(image.wcs, x[valid], y[valid])) >= 0  # False for NaN
        pixel = np.abs(np.linalg.det(sky.jacobian(image.wcs, x[valid], y[valid])))
        share = image.data.size / max(x.size, 1)
        return float(np.nansum(pixel) * share)


def footprint(image: Image, *, margin_px: float = 5, radius: float | None = None) -> Footprint:
    """Footprint of an image.

    Parameters
    ----------
    image : Image
    margin_px : float
        By how much the footprint's border lies inside that of the image, in pixels; on small
        images at most a quarter of the shorter side.
    radius : float, optional
        Degrees: a circle about the image's centre instead, whatever the margin.

    Returns
    -------
    Footprint
        A polygon; a circle if asked for, or if the image reaches beyond the sky of its projection,
        as all-sky images do: then the largest within what the image shows.

    Raises
    ------
    ExtractorError
        The radius or the margin is impossible.
    """
    if radius is not None:
        if not 0 < radius <= 180:
            raise ExtractorError(f"a footprint radius of {radius} deg is not between 0 and 180")
        return Footprint(image.ra, image.dec, float(radius), None)
    if not margin_px >= 0:
        raise ExtractorError(f"a footprint margin of {margin_px} pixels is negative")
    ny, nx = image.data.shape
    margin = min(margin_px, min(nx, ny) / 4)
    x0, y0, x1, y1 = margin - 0.5, margin - 0.5, nx - 0.5 - margin, ny - 0.5 - margin
    corner_ra, corner_dec = sky.to_sky(image.wcs, [x0, x1, x1, x0], [y0, y0, y1, y1])
    distance = sky.separation(corner_ra, corner_dec, image.ra, image.dec)
    # A polygon has to be convex and well within a hemisphere.
    if np.isfinite(distance).all() and distance.max() < 80:
        vertices = np.column_stack([corner_ra, corner_dec])
        return Footprint(image.ra, image.dec, float(distance.max()), vertices)
    return Footprint(image.ra, image.dec, _visible_radius(image, margin), None)


def _visible_radius(image: Image, margin: float) -> float:
    """Radius of the largest circle about the centre whose pixels all are in image and sky."""
    ny, nx = image.data.shape
    x0, y0 = (nx - 1) / 2, (ny - 1) / 2
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    half_sides = np.array([nx / 2, ny / 2]) - margin
    reach = half_sides.min() * np.linspace(0, 1, 200)[1:, None]
    ra, dec = sky.to_sky(image.wcs, x0 + reach * np.cos(angle), y0 + reach * np.sin(angle))
    distance = sky.separation(ra, dec, image.ra, image.dec).min(axis=1)  # NaN off the sky
    visible = np.logical_and.accumulate(np.isfinite(distance))
    return float(np.max(distance, where=visible, initial=0.0))
