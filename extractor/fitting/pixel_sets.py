"""The pixels that a fit uses, and the coordinates in which it is made.

A source is fitted on the pixels in which its Gaussian, centred on the nearest pixel, exceeds a
fixed share of its peak: half of it for point sources, because in noise that is correlated over the
beam pixels further out add more noise than knowledge; a tenth for resolved ones. That set is
fixed by the beam or by the source's shape, never by which pixels happen to exceed a threshold: such
a choice favours upward fluctuations and biases the flux.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.fitting.beam_frames import BeamFrames, frames_at
from extractor.fitting.exponents import Monomials
from extractor.geometry import sky
from extractor.geometry.ellipses import axes, determinant, inverse
from extractor.noise.background import Background
from extractor.noise.correlation import Correlation

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Distances from the centre in FWHM; there a Gaussian has a half and a tenth of its peak.
POINT_REACH = 0.5
RESOLVED_REACH = 0.9
MIN_PIXELS = 13
MIN_BEAM_PX = 1.0
# Less of the set of pixels than this does not make a measurement.
MIN_VALID_SHARE = 0.5
# Wide sources are sampled on a grid of at most 11 x 11 pixels: noise that is correlated over a beam
# leaves nothing to be gained between them, but for sources beyond five beams.
GRID = np.arange(-5, 6)
# So many sets with the same coordinates are worth a batch of their own.
MANY = 64
# Elements of the largest temporary array.
CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class PixelSets:
    """Padded sets of pixels; the sets last, which there are many of.

    Attributes
    ----------
    value : ndarray, shape (P, n)
        Pixel less level over noise; 0 where padded.
    weight : ndarray, shape (P, n)
        1, and 0 where padded.
    x, y : ndarray, shape (P, c)
        Beam coordinates about each set's middle, of the c different ones that there are.
    grid : ndarray of int, shape (n,)
        Which of them each set has.
    u0, v0 : ndarray, shape (n,)
        Beam coordinates of the middle about the set's reference pixel.
    dx, dy : ndarray of int, shape (P, m)
        Pixel coordinates about any origin, of the m different patterns in which pixels lie.
    pattern : ndarray of int, shape (n,)
        Which of them each set has.
    wanted : ndarray of int, shape (n,)
        Size of each set if no pixel were blank or outside.
    """

    value: Array
    weight: Array
    x: Array
    y: Array
    grid: Index
    u0: Array
    v0: Array
    dx: Index
    dy: Index
    pattern: Index
    wanted: Index

    def variance(self, noise: Correlation, quantity: Array) -> Array:
        """Variance, shape (n,), of the sums of pixels times quantities (P, n), 0 where padded."""
        smooth = smoothed(noise, self.dx, self.dy, self.pattern, quantity)
        return np.asarray(np.einsum("pn,pn->n", smooth, quantity))

    def alike(self) -> Iterator[tuple[Index, "Alike"]]:
        """Yield which sets have the same coordinates, and these sets; those of few together."""
        count = np.bincount(self.grid, minlength=self.x.shape[1])
        for number in np.flatnonzero(count >= MANY):
            sets = np.flatnonzero(self.grid == number)
            used = self._used(sets)
            monomials = Monomials(self.x[used, number], self.y[used, number])
            yield sets, self._alike(sets, used, monomials)
        sets = np.flatnonzero(count[self.grid] < MANY)
        if sets.size:
            used, grid = self._used(sets), self.grid[sets]
            monomials = Monomials(_part(self.x, used, grid), _part(self.y, used, grid))
            yield sets, self._alike(sets, used, monomials)

    def _used(self, sets: Index) -> Index:
        """Pixels that any of some sets has."""
        weight = _part(self.weight, np.arange(len(self.weight)), sets)
        return np.flatnonzero(weight.max(axis=1, initial=0))

    def _alike(self, sets: Index, used: Index, monomials: Monomials) -> "Alike":
        patterns, pattern = np.unique(self.pattern[sets], return_inverse=True)
        return Alike(
            _part(self.value, used, sets),
            _part(self.weight, used, sets),
            monomials,
            np.column_stack([self.u0[sets], self.v0[sets]]),
            _part(self.dx, used, patterns),
            _part(self.dy, used, patterns),
            pattern.reshape(-1),
        )


@dataclass(frozen=True, eq=False)
class Alike:
    """Sets of pixels of `PixelSets`.

    `monomials` are those of the coordinates about the sets' middles, which lie at `middle`, shape
    (n, 2), from their reference pixels; `dx`, `dy` and `pattern` as in `PixelSets`.
    """

    value: Array
    weight: Array
    monomials: Monomials
    middle: Array
    dx: Index
    dy: Index
    pattern: Index

    def about_middle(self, components: Array) -> Array:
        """Components (n, K, 6) with positions about the middles, of those about the references."""
        return _moved(components, -self.middle)

    def about_reference(self, components: Array) -> Array:
        """Components (n, K, 6) the other way round."""
        return _moved(components, self.middle)

    def smoothed(self, noise: Correlation, quantity: Array) -> Array:
        """Multiply by the correlation of the noise between the pixels of each set.

        Parameters
        ----------
        noise : Correlation
        quantity : ndarray, shape (P, q, n)
            0 where padded.

        Returns
        -------
        ndarray, shape (P, q, n)
        """
        return smoothed(noise, self.dx, self.dy, self.pattern, quantity)


def smoothed(noise: Correlation, dx: Index, dy: Index, pattern: Index, quantity: Array) -> Array:
    """Multiply quantities (P, ..., n) by the correlation of the noise between pixels of a set.

    The sets have patterns of pixels `dx`, `dy`, shape (P, m).
    """
    p, m = dx.shape
    if m == 1:
        matrix = _between(noise, dx, dy)[0]
        return np.asarray((matrix @ quantity.reshape(p, -1)).reshape(quantity.shape))
    result = np.empty(quantity.shape)
    order = np.argsort(pattern, kind="stable")
    first = np.searchsorted(pattern[order], np.arange(m + 1))
    step = max(1, CHUNK // max(p**2, 1))
    for low in range(0, m, step):
        part = slice(low, low + step)
        for row, matrix in enumerate(_between(noise, dx[:, part], dy[:, part]), low):
            sets = order[first[row] : first[row + 1]]
            result[..., sets] = np.tensordot(matrix, quantity[..., sets], (1, 0))
    return result


def _moved(components: Array, by: Array) -> Array:
    result = components.copy()
    result[..., 1:3] += by[:, None]
    return result


def _between(noise: Correlation, dx: Index, dy: Index) -> Array:
    """Correlation of the noise between the pixels of patterns (P, m), shape (m, P, P)."""
    dx, dy = dx.T, dy.T
    return noise.at(dx[:, :, None] - dx[:, None], dy[:, :, None] - dy[:, None])


class Sampler:
    """Takes pixels out of an image; knows its beam and background."""

    def __init__(self, background: Background) -> None:
        self.background = background
        self.data = background.image.data
        image = background.image
        if image.beam.fault:
            raise ImageError(f"{image.path}: {image.beam.fault}: nothing can be measured")
        # Of a beam within a pixel nothing can be said about the shape of the pixels' values.
        if not axes(image.beam_px)[1] > MIN_BEAM_PX:
            raise ImageError(
                f"{image.path}: a beam of {image.beam.major:g} by {image.beam.minor:g} deg allows "
                "no measurement; it has to be wider than a pixel"
            )
        # The frame of the whole image, in which places far from each other are compared.
        to_pixels = np.asarray(np.linalg.cholesky(image.beam_px), float)
        self.whole = BeamFrames(to_pixels, np.linalg.inv(to_pixels))

    @property
    def beam_area(self) -> float:
        """Area of the beam in pixels: everywhere, or at the centre."""
        return float(self.whole.area)

    def frames(self, x: Array | Index, y: Array | Index) -> BeamFrames:
        """Beam coordinates at pixels."""
        image = self.background.image
        return self.whole if image.has_one_beam else frames_at(image, x, y)

    def transform(self, x: Array, y: Array) -> Array:
        """From beam coordinates to degrees east and north at pixels, shape (N, 2, 2)."""
        return sky.jacobian(self.background.image.wcs, x, y) @ self.frames(x, y).to_pixels

    def fit_offsets(
        self, frames: BeamFrames, shape: Array
    ) -> tuple[Index, Index, Index, NDArray[np.bool_]]:
        """Pixel offsets on which Gaussians are fitted; see `offsets`."""
        resolved = determinant(shape) > 1 + 1e-6
        reach = _reach(frames)
        return self.offsets(
            frames, shape, np.where(resolved, np.maximum(RESOLVED_REACH, reach), reach)
        )

    def offsets(
        self, frames: BeamFrames, shape: Array, reach: Array
    ) -> tuple[Index, Index, Index, NDArray[np.bool_]]:
        """Pixel offsets around the centres of Gaussians.

        Parameters
        ----------
        frames : BeamFrames
            At the m centres.
        shape : ndarray, shape (m, 2, 2)
            Shape matrices in beam coordinates.
        reach : ndarray, shape (m,)
            Radius in FWHM.

        Returns
        -------
        dx, dy : ndarray of int, shape (k, n)
            Of k different patterns of n pixels, at most 121.
        pattern : ndarray of int, shape (m,)
            Which of them belongs to each.
        inside : ndarray of bool, shape (m, n)
            Which pixels of it.
        """
        m = len(shape)
        if m > 1 and frames.are_one and (shape == shape[0]).all() and (reach == reach[0]).all():
            dx, dy, _, inside = self.offsets(frames, shape[:1], reach[:1])
            return dx, dy, np.zeros(m, np.intp), np.broadcast_to(inside, (m, inside.shape[1]))
        in_pixels = frames.in_pixels(shape)
        extent = reach[:, None] * np.sqrt(np.diagonal(in_pixels, axis1=1, axis2=2))
        stride = np.maximum(np.ceil(extent / GRID[-1] - 1e-9), 1).astype(np.intp)
        widest = stride.max(initial=0) + 1
        kinds, pattern = np.unique(stride[:, 0] * widest + stride[:, 1], return_inverse=True)
        strides = np.column_stack(np.divmod(kinds, widest))
        grid_x, grid_y = (g.ravel() for g in np.meshgrid(GRID, GRID))
        dx, dy = grid_x * strides[:, :1], grid_y * strides[:, 1:]
        inner = inverse(in_pixels)[..., None]
        x, y = dx[pattern], dy[pattern]
        inside = (
            inner[:, 0, 0] * x**2 + 2 * inner[:, 0, 1] * x * y + inner[:, 1, 1] * y**2
            <= reach[:, None] ** 2
        )
        used = inside.any(axis=0)
        return dx[:, used], dy[:, used], pattern, inside[:, used]

    def pixels(self, x: Index, y: Index, dx: Index, dy: Index) -> tuple[Array, NDArray[np.bool_]]:
        """Pixels less level over noise, 0 for invalid ones, and which are valid, shape (P, n).

        Parameters
        ----------
        x, y : ndarray of int, shape (n,)
            Pixels of the image.
        dx, dy : ndarray of int, shape (P, n) or (P, 1)
            How far from them the others are; those beyond the image are not valid.
        """
        ny, nx = self.data.shape
        value = self.data.take((y * nx + x) + (dy * nx + dx), mode="clip").astype(float)
        valid = np.isfinite(value)
        for place, offset, length in ((x, dx, nx), (y, dy, ny)):
            least, most = offset.min(axis=0, initial=0), offset.max(axis=0, initial=0)
            rows = np.flatnonzero((place + least < 0) | (place + most >= length))
            away = place[rows] + of_each(offset, rows)
            valid[:, rows] &= (away >= 0) & (away < length)
        if dx.shape[1] == 1:
            level, rms = self.background.at_patches(x, y, dx[:, 0], dy[:, 0])
        else:
            level, rms = self.background.at_pixels(
                np.clip(x + dx, 0, nx - 1), np.clip(y + dy, 0, ny - 1)
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            value -= level
            value /= rms
        value[~valid] = 0.0
        return value, valid

    def touches_blank(self, x: Array, y: Array, shape: Array) -> NDArray[np.bool_]:
        """Whether there are blank pixels or the border within one FWHM of sources' centres."""
        ny, nx = self.data.shape
        frames = self.frames(x, y)
        in_pixels = frames.in_pixels(shape)
        width, height = np.sqrt(np.diagonal(in_pixels, axis1=1, axis2=2)).T
        touches = (x < width) | (x > nx - 1 - width) | (y < height) | (y > ny - 1 - height)
        if self.background.has_blanks:
            dx, dy, pattern, inside = self.offsets(frames, shape, np.ones(len(shape)))
            px = np.clip(np.rint(x).astype(np.intp)[:, None] + dx[pattern], 0, nx - 1)
            py = np.clip(np.rint(y).astype(np.intp)[:, None] + dy[pattern], 0, ny - 1)
            touches |= np.any(inside & np.isnan(self.data[py, px]), axis=1)
        return np.asarray(touches)

    def sets(self, x: Array, y: Array, shape: Array, ref_x: Index, ref_y: Index) -> PixelSets:
        """Collect sets of pixels, each the union of those of its components.

        Parameters
        ----------
        x, y : ndarray, shape (n, K)
            Positions of components, pixels.
        shape : ndarray, shape (n, K, 2, 2)
            Shape matrices in the beam coordinates of the reference pixel.
        ref_x, ref_y : ndarray of int, shape (n,)
            Reference pixel of each set.
        """
        n, k = x.shape
        frames = self.frames(ref_x, ref_y)
        dx, dy, pattern, inside = self.fit_offsets(
            frames.select(np.repeat(np.arange(n), k)), shape.reshape(n * k, 2, 2)
        )
        dx, dy, inside = dx.T, dy.T, inside.T
        middle_x, middle_y = np.rint(x[:, 0]).astype(np.intp), np.rint(y[:, 0]).astype(np.intp)
        grid = pattern
        if k > 1:
            px = np.rint(x).astype(np.intp).ravel() + of_each(dx, pattern)
            py = np.rint(y).astype(np.intp).ravel() + of_each(dy, pattern)
            px, py, inside = _union(
                px.T.reshape(n, -1), py.T.reshape(n, -1), inside.T.reshape(n, -1)
            )
            grid = pattern = np.arange(n)
            dx, dy = px - middle_x, py - middle_y
        elif not frames.are_one:
            grid = np.arange(n)
        value, valid = self.pixels(middle_x, middle_y, of_each(dx, pattern), of_each(dy, pattern))
        valid &= inside
        weight = valid.astype(float)
        value *= weight
        u0, v0 = frames.beam_coordinates(middle_x - ref_x, middle_y - ref_y)
        if frames.are_one:
            u, v = frames.beam_coordinates(dx, dy)
        else:
            each = of_each(dx, pattern).T, of_each(dy, pattern).T
            u, v = (np.ascontiguousarray(part.T) for part in frames.beam_coordinates(*each))
        return PixelSets(
            value=value,
            weight=weight,
            x=u,
            y=v,
            grid=grid,
            u0=u0,
            v0=v0,
            dx=dx,
            dy=dy,
            pattern=pattern,
            wanted=np.count_nonzero(inside, axis=0),
        )


def _part(of: NDArray[Any], rows: Index, columns: Index) -> NDArray[Any]:
    """Return some rows and columns, in order; the very array if that is all of them."""
    if rows.size < of.shape[0]:
        of = of[rows]
    return of if np.array_equal(columns, np.arange(of.shape[1])) else of.take(columns, axis=1)


def of_each(different: NDArray[Any], which: Index) -> NDArray[Any]:
    """Columns (P, n) of which there are several different ones (P, m); (P, 1) if all are one."""
    return different if different.shape[1] == 1 else different.take(which, axis=1)


def _reach(frames: BeamFrames) -> Array:
    """Radius in FWHM of the sets of point sources: half power, or more for small beams."""
    x, y = (grid.ravel() for grid in np.meshgrid(GRID, GRID))
    if not frames.are_one:
        x, y = (np.broadcast_to(grid, (len(frames.to_beam), grid.size)) for grid in (x, y))
    distance = np.sort(np.hypot(*frames.beam_coordinates(x, y)), axis=-1)
    return np.maximum(POINT_REACH, distance[..., MIN_PIXELS - 1] + 1e-9)


def _union(x: Index, y: Index, inside: NDArray[np.bool_]) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Pixels of each row (n, P), each pixel once, in columns; those not inside stand last."""
    width = x.max(initial=0) - x.min(initial=0) + 1
    key = np.where(inside, y * width + x, np.iinfo(np.intp).max)
    order = np.argsort(key, axis=1)
    key, inside = np.take_along_axis(key, order, axis=1), np.take_along_axis(inside, order, axis=1)
    inside[:, 1:] &= key[:, 1:] != key[:, :-1]
    last = np.argsort(~inside, axis=1, kind="stable")
    last = last[:, : max(int(inside.sum(axis=1).max(initial=0)), 1)]
    order = np.take_along_axis(order, last, axis=1)
    x, y = np.take_along_axis(x, order, axis=1), np.take_along_axis(y, order, axis=1)
    inside = np.take_along_axis(inside, last, axis=1)
    return np.ascontiguousarray(x.T), np.ascontiguousarray(y.T), np.ascontiguousarray(inside.T)
