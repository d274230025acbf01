"""The pixels that a fit uses, and the coordinates in which it is made.

A source is fitted on the pixels in which its Gaussian, centred on the nearest pixel, exceeds a
fixed share of its peak: half of it for point sources, because in noise that is correlated over the
beam pixels further out add more noise than knowledge; an eighth for resolved ones. That set is
fixed by the beam or by the source's shape, never by which pixels happen to exceed a threshold: such
a choice favours upward fluctuations and biases the flux.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor import sky
from extractor.background import Background
from extractor.errors import ImageError
from extractor.geometry import FOUR_LN2, axes

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Distances from the centre in FWHM; there a Gaussian has a half and an eighth of its peak.
POINT_REACH = 0.5
RESOLVED_REACH = 0.85
MIN_PIXELS = 13
MIN_BEAM_PX = 1.0
# Wide sources are sampled on a grid of at most 15 x 15 pixels, which still resolves the beam's
# correlation for all but the widest.
GRID = np.arange(-7, 8)


@dataclass(frozen=True, eq=False)
class PixelSets:
    """Padded sets of pixels, arrays of shape (n, P).

    Attributes
    ----------
    value : ndarray
        Pixel less level over noise; 0 where padded.
    weight : ndarray
        1, and 0 where padded.
    x, y : ndarray
        Beam coordinates about the set's reference pixel.
    """

    value: Array
    weight: Array
    x: Array
    y: Array


class Sampler:
    """Takes pixels out of an image; knows its beam and background."""

    def __init__(self, background: Background) -> None:
        self.background = background
        self.data = background.image.data
        image = background.image
        # Of a beam within a pixel nothing can be said about the shape of the pixels' values.
        if not image.beam.is_valid or not axes(image.beam_px)[1] > MIN_BEAM_PX:
            raise ImageError(
                f"{image.path}: a beam of {image.beam.major:g} by {image.beam.minor:g} deg allows "
                "no measurement; it has to be finite and wider than a pixel"
            )
        self.to_pixels = np.linalg.cholesky(image.beam_px)
        self.to_beam = np.linalg.inv(self.to_pixels)
        self.reach = self._reach()

    @property
    def beam_area(self) -> float:
        """Area of the beam, its integral over its peak, in pixels."""
        return float(np.pi / FOUR_LN2 * np.linalg.det(self.to_pixels))

    def _reach(self) -> float:
        """Radius in FWHM of the set of a point source: half power, or more for small beams."""
        u, v = self.beam_coordinates(*np.meshgrid(GRID, GRID))
        return max(POINT_REACH, float(np.sort(np.hypot(u, v).ravel())[MIN_PIXELS - 1]) + 1e-9)

    def beam_coordinates(self, dx: Array | Index, dy: Array | Index) -> tuple[Array, Array]:
        """Beam coordinates of pixel offsets."""
        m = self.to_beam
        return m[0, 0] * dx + m[0, 1] * dy, m[1, 0] * dx + m[1, 1] * dy

    def pixel_offsets(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Pixel offsets of beam coordinates."""
        m = self.to_pixels
        return m[0, 0] * u + m[0, 1] * v, m[1, 0] * u + m[1, 1] * v

    def transform(self, x: Array, y: Array) -> Array:
        """From beam coordinates to degrees east and north at pixels, shape (N, 2, 2)."""
        return sky.jacobian(self.background.image.wcs, x, y) @ self.to_pixels

    def pixel_set(self, shape: Array) -> tuple[Index, Index, NDArray[np.bool_]]:
        """Pixel offsets on which Gaussians are fitted; see `offsets`."""
        resolved = np.linalg.det(shape) > 1 + 1e-6
        return self.offsets(shape, np.where(resolved, max(RESOLVED_REACH, self.reach), self.reach))

    def offsets(self, shape: Array, reach: Array) -> tuple[Index, Index, NDArray[np.bool_]]:
        """Pixel offsets around the centres of Gaussians.

        Parameters
        ----------
        shape : ndarray, shape (m, 2, 2)
            Shape matrices in beam coordinates.
        reach : ndarray, shape (m,)
            Radius in FWHM.

        Returns
        -------
        dx, dy : ndarray of int, shape (m, n)
        inside : ndarray of bool, shape (m, n)
            Which of the n offsets, at most 225, belong to each.
        """
        m = len(shape)
        if m > 1 and (shape == shape[0]).all() and (reach == reach[0]).all():
            dx, dy, inside = self.offsets(shape[:1], reach[:1])
            used = inside[0]
            n = int(np.count_nonzero(used))
            return (
                np.broadcast_to(dx[:, used], (m, n)),
                np.broadcast_to(dy[:, used], (m, n)),
                np.ones((m, n), bool),
            )
        in_pixels = self.to_pixels @ shape @ self.to_pixels.T
        extent = reach[:, None] * np.sqrt(np.diagonal(in_pixels, axis1=1, axis2=2))
        stride = np.maximum(np.ceil(extent / GRID[-1] - 1e-9), 1).astype(np.intp)
        grid_x, grid_y = (g.ravel() for g in np.meshgrid(GRID, GRID))
        dx, dy = grid_x * stride[:, :1], grid_y * stride[:, 1:]
        inverse = np.linalg.inv(in_pixels)[..., None]
        distance2 = (
            inverse[:, 0, 0] * dx**2 + 2 * inverse[:, 0, 1] * dx * dy + inverse[:, 1, 1] * dy**2
        )
        return dx, dy, distance2 <= reach[:, None] ** 2

    def is_valid(self, x: Index, y: Index) -> NDArray[np.bool_]:
        """Whether pixels are in the image and not blank."""
        ny, nx = self.data.shape
        inside = (x >= 0) & (x < nx) & (y >= 0) & (y < ny)
        finite = np.isfinite(self.data[np.where(inside, y, 0), np.where(inside, x, 0)])
        return np.logical_and(inside, finite)

    def touches_blank(self, x: Array, y: Array, shape: Array) -> NDArray[np.bool_]:
        """Whether there are blank pixels or the border within one FWHM of sources' centres."""
        dx, dy, inside = self.offsets(shape, np.ones(len(shape)))
        px = np.rint(x).astype(np.intp)[:, None] + dx
        py = np.rint(y).astype(np.intp)[:, None] + dy
        return np.any(inside & ~self.is_valid(px, py), axis=1)

    def take(self, owner: Index, x: Index, y: Index, ref_x: Index, ref_y: Index) -> PixelSets:
        """Put pixels into padded sets.

        Parameters
        ----------
        owner, x, y : ndarray of int, shape (n_pixels,)
            Set of each pixel, ascending, and its coordinates, valid ones.
        ref_x, ref_y : ndarray of int, shape (n,)
            Reference pixel of each set.
        """
        n = len(ref_x)
        count = np.bincount(owner, minlength=n)
        slot = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
        level, rms = self.background.at(x, y)
        shape = (n, max(int(count.max(initial=0)), 1))
        value, weight, u, v = (np.zeros(shape) for _ in range(4))
        value[owner, slot] = (self.data[y, x] - level) / rms
        weight[owner, slot] = 1
        u[owner, slot], v[owner, slot] = self.beam_coordinates(x - ref_x[owner], y - ref_y[owner])
        return PixelSets(value, weight, u, v)

    def sets(self, x: Array, y: Array, shape: Array, ref_x: Index, ref_y: Index) -> PixelSets:
        """Take sets of pixels, each the union of those of its components.

        Parameters
        ----------
        x, y : ndarray, shape (n, K)
            Positions of components, pixels.
        shape : ndarray, shape (n, K, 2, 2)
            Shape matrices in beam coordinates.
        ref_x, ref_y : ndarray of int, shape (n,)
            Reference pixel of each set.
        """
        n, k = x.shape
        dx, dy, inside = self.pixel_set(shape.reshape(n * k, 2, 2))
        px = np.rint(x).astype(np.intp).reshape(-1, 1) + dx
        py = np.rint(y).astype(np.intp).reshape(-1, 1) + dy
        component, which = np.nonzero(inside)
        px, py = px[component, which], py[component, which]
        owner = component // k
        valid = self.is_valid(px, py)
        px, py, owner = px[valid], py[valid], owner[valid]
        if k > 1:
            ny, nx = self.data.shape
            key = np.unique((owner * ny + py) * nx + px)
            rest, px = np.divmod(key, nx)
            owner, py = np.divmod(rest, ny)
        return self.take(owner, px, py, ref_x, ref_y)
