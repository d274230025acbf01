"""The region of an image in which sources are counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.image.plane import ImagePlane

# Pixels along either axis that stand for all of them.
SAMPLED = 128
# Corners of a footprint of valid pixels, at most: of a disc it leaves 0.4 % of the radius out.
CORNERS = 36
# Farther from the centre a polygon is not well within a hemisphere.
MAX_POLYGON_RADIUS = 80.0


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

    def searched_area(self, image: ImagePlane) -> float:
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


def footprint(
    image: ImagePlane,
    *,
    margin_px: float = 5,
    radius: float | None = None,
    radius_px: float | None = None,
    polygon: ArrayLike | None = None,
    valid_pixels: bool = False,
) -> Footprint:
    """Footprint of an image: its outline, unless one of the others is asked for.

    Parameters
    ----------
    image : ImagePlane
    margin_px : float
        By how much the footprint's border lies inside that of the image, in pixels; on small
        images at most a quarter of the shorter side.
    radius, radius_px : float, optional
        Degrees or pixels: a circle about the image's centre instead, whatever the margin.
    polygon : array_like, shape (N, 2), optional
        Right ascension and declination of the corners, in order, of a convex great-circle polygon
        instead, degrees, whatever the margin.
    valid_pixels : bool
        The convex outline of the pixels that are not blank instead, inset by the margin.

    Returns
    -------
    Footprint
        A polygon; a circle if asked for, or if the image reaches beyond the sky of its projection,
        as all-sky images do: then the largest within what the image shows.

    Raises
    ------
    ExtractorError
        The radius, the margin or the polygon is impossible, or more than one is asked for.
    """
    asked = sum(given is not None for given in (radius, radius_px, polygon)) + valid_pixels
    if asked > 1:
        raise ExtractorError(
            "a footprint is one of radius, radius_px, polygon and valid_pixels: give one"
        )
    if polygon is not None:
        return given_polygon(np.asarray(polygon, float))
    if radius_px is not None:
        radius = radius_px * float(np.sqrt(np.prod(image.pixel_scale)))
    if radius is not None:
        if not 0 < radius <= 180:
            raise ExtractorError(f"a footprint radius of {radius} deg is not between 0 and 180")
        return Footprint(image.ra, image.dec, float(radius), None)
    if not margin_px >= 0:
        raise ExtractorError(f"a footprint margin of {margin_px} pixels is negative")
    ny, nx = image.data.shape
    margin = min(margin_px, min(nx, ny) / 4)
    if valid_pixels and np.isfinite(image.data).any():
        x, y = _valid_outline(image.data, margin)
    else:
        x0, y0, x1, y1 = margin - 0.5, margin - 0.5, nx - 0.5 - margin, ny - 0.5 - margin
        x, y = np.array([x0, x1, x1, x0]), np.array([y0, y0, y1, y1])
    corner_ra, corner_dec = sky.to_sky(image.wcs, x, y)
    distance = sky.separation(corner_ra, corner_dec, image.ra, image.dec)
    # A polygon has to be convex and well within a hemisphere.
    if np.isfinite(distance).all() and distance.max() < MAX_POLYGON_RADIUS:
        vertices = np.column_stack([corner_ra, corner_dec])
        return Footprint(image.ra, image.dec, float(distance.max()), vertices)
    return Footprint(image.ra, image.dec, _visible_radius(image, margin), None)


def given_polygon(vertices: NDArray[np.float64]) -> Footprint:
    """Footprint with these corners."""
    if vertices.ndim != 2 or vertices.shape[1] != 2 or len(vertices) < 3:
        raise ExtractorError("a footprint polygon needs three corners or more, each RA and Dec")
    ra, dec = sky.right_ascension(vertices[:, 0]), vertices[:, 1]
    if not (np.isfinite(ra).all() and (np.abs(dec) <= 90).all()):
        raise ExtractorError("a corner of the footprint polygon is no position in degrees")
    x, y, z = sky.unit_vector(ra, dec).mean(axis=0)
    centre_ra = float(sky.right_ascension(np.degrees(np.arctan2(y, x))))
    centre_dec = float(np.degrees(np.arctan2(z, np.hypot(x, y))))
    distance = sky.separation(ra, dec, centre_ra, centre_dec)
    vertices = np.column_stack([ra, dec])
    with np.errstate(invalid="ignore"):
        convex = (sky.depth_in_polygon(ra, dec, vertices) > -1e-9).all()
        inner = sky.depth_in_polygon(centre_ra, centre_dec, vertices) > 0
    if not (convex and inner and distance.max() < MAX_POLYGON_RADIUS):
        raise ExtractorError(
            "a footprint polygon has to be convex, its corners in order and within "
            f"{MAX_POLYGON_RADIUS:g} deg of its middle"
        )
    return Footprint(centre_ra, centre_dec, float(distance.max()), vertices)


def _valid_outline(
    data: NDArray[np.float32], margin: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners, in pixels, of a convex polygon about the pixels that are not blank."""
    valid = np.isfinite(data)
    rows = np.flatnonzero(valid.any(axis=1))
    first = valid[rows].argmax(axis=1)
    last = data.shape[1] - 1 - valid[rows, ::-1].argmax(axis=1)
    x = np.concatenate([first - 0.5, last + 0.5])
    x, y = np.tile(x, 2), np.concatenate([np.tile(rows - 0.5, 2), np.tile(rows + 0.5, 2)])
    # What lies farthest in each direction is a corner of the convex hull.
    angle = 2 * np.pi * (np.arange(CORNERS) + 0.5) / CORNERS
    farthest = (np.cos(angle)[:, None] * x + np.sin(angle)[:, None] * y).argmax(axis=1)
    corner = farthest[np.sort(np.unique(farthest, return_index=True)[1])]
    x, y = x[corner], y[corner]
    along_x, along_y = np.roll(x, -1) - x, np.roll(y, -1) - y
    middle_x, middle_y = x.mean(), y.mean()
    depth = np.abs(along_x * (middle_y - y) - along_y * (middle_x - x)) / np.hypot(along_x, along_y)
    share = max(1 - margin / depth.min(), 0.5)
    return middle_x + share * (x - middle_x), middle_y + share * (y - middle_y)


def _visible_radius(image: ImagePlane, margin: float) -> float:
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
