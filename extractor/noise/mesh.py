"""Level and noise of an image on a coarse mesh, evaluated only where it is needed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from extractor.image.plane import ImagePlane

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Pixels further from the level than this, in units of the noise, are taken for sources, with all
# within a beam of them.
SOURCE = 4.5


@dataclass(frozen=True, eq=False)
class Mesh:
    """Level and noise of an image, by tiles.

    Attributes
    ----------
    image : ImagePlane
    level, rms : ndarray, shape (n_y, n_x)
        Per tile, Jy per beam, without gaps unless the whole image is blank; of an image with a
        response those of its `flat` pixels.
    known : ndarray of bool, shape (n_y, n_x)
        False where a tile has too few valid pixels, or no scatter, and borrows from its neighbours.
    tile : tuple of float
        Height and width of a tile, pixels.
    """

    image: ImagePlane
    level: Array
    rms: Array
    known: NDArray[np.bool_]
    tile: tuple[float, float]

    @cached_property
    def has_blanks(self) -> bool:
        """Whether the image has blank pixels."""
        with np.errstate(over="ignore", invalid="ignore"):
            return not np.isfinite(self.image.data.sum())

    def on_grid(self, rows: ArrayLike, columns: ArrayLike) -> tuple[Array, Array]:
        """Level and noise of whole rows and columns of pixels, as `at`, (n_rows, n_columns)."""
        row, column = self._mesh_coordinates(columns, rows)
        down, across = (
            np.maximum(1 - np.abs(place[:, None] - np.arange(count)), 0)
            for place, count in zip((row, column), self.rms.shape, strict=True)
        )
        level, rms = down @ self.level @ across.T, down @ self.rms @ across.T
        return self._of_pixels(level, rms, *np.ix_(np.asarray(rows), np.asarray(columns)))

    def at(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        """Level and noise at pixel positions: bilinear between tile centres, constant beyond.

        NaN where a position is.
        """
        (y0, fy), (x0, fx) = (
            _corner(place, length)
            for place, length in zip(self._mesh_coordinates(x, y), self.rms.shape, strict=True)
        )
        level, rms = self._between(y0 * self.rms.shape[1] + x0, fx, fy)
        if self.image.added_noise is None and self.image.response is None:
            return level, rms
        column, row = (
            np.clip(np.rint(np.nan_to_num(place)).astype(np.intp), 0, length - 1)
            for place, length in zip((x, y), self.image.data.shape[::-1], strict=True)
        )
        return self._of_pixels(level, rms, row, column)

    def at_pixels(self, x: Index, y: Index) -> tuple[Array, Array]:
        """Level and noise, as `at`, of whole pixels of the image."""
        return self._of_pixels(*self._mesh_at(x, y), y, x)

    def at_patches(self, x: Index, y: Index, dx: Index, dy: Index) -> tuple[Array, Array]:
        """Level and noise, shape (P, n), of the same patch about many pixels, as `at_pixels`.

        Most patches lie between the centres of the same four tiles. There the mesh is bilinear: it
        follows from the corners of the patch.

        Parameters
        ----------
        x, y : ndarray of int, shape (n,)
            Pixels.
        dx, dy : ndarray of int, shape (P,)
            How far from them the others are. Beyond the image it is the nearest pixel that counts.
        """
        ny, nx = self.image.data.shape
        columns, across, linear_x = _span(x, dx, nx, *self._pixels[1], self.tile[1])
        rows, down, linear_y = _span(y, dy, ny, *self._pixels[0], self.tile[0])
        corners = self._mesh_at(columns[[0, 1, 0, 1]], rows[[0, 0, 1, 1]])
        weight = (down[:, :, None] * across[:, None]).reshape(-1, 4)
        level, rms = (weight @ figure for figure in corners)
        rest = np.flatnonzero(~(linear_x & linear_y))
        level[:, rest], rms[:, rest] = self._mesh_at(
            np.clip(x[rest] + dx[:, None], 0, nx - 1), np.clip(y[rest] + dy[:, None], 0, ny - 1)
        )
        if self.image.added_noise is None and self.image.response is None:
            return level, rms
        x, y = np.clip(x + dx[:, None], 0, nx - 1), np.clip(y + dy[:, None], 0, ny - 1)
        return self._of_pixels(level, rms, y, x)

    def _mesh_at(self, x: Index, y: Index) -> tuple[Array, Array]:
        """Level and noise of the mesh at whole pixels of the image."""
        (y0, fy), (x0, fx) = self._pixels
        corner = (y0 * self.rms.shape[1]).take(y) + x0.take(x)
        return self._between(corner, fx.take(x), fy.take(y))

    def _of_pixels(
        self, level: Array, rms: Array, row: Index, column: Index
    ) -> tuple[Array, Array]:
        """Level and noise of pixels, by those of the mesh there."""
        if (response := self.image.response) is not None:
            level, rms = level / response[row, column], rms / response[row, column]
        if (added := self.image.added_noise) is not None:
            rms = np.hypot(rms, added[row, column])
        return level, rms

    @cached_property
    def _pixels(self) -> tuple[tuple[Index, Array], tuple[Index, Array]]:
        """`_corner` of all rows and of all columns of pixels."""
        ny, nx = self.image.data.shape
        row, column = self._mesh_coordinates(np.arange(nx), np.arange(ny))
        return _corner(row, self.rms.shape[0]), _corner(column, self.rms.shape[1])

    def _between(self, corner: Index, fx: Array, fy: Array) -> tuple[Array, Array]:
        """Level and noise at fractions of the way from tiles, counted row by row, to the next."""
        n_y, n_x = self.rms.shape
        right, down = min(n_x - 1, 1), n_x if n_y > 1 else 0

        def figure(mesh: Array) -> Array:
            mesh = mesh.ravel()
            above, below = mesh.take(corner), mesh[down:].take(corner)
            above += fx * (mesh[right:].take(corner) - above)
            below += fx * (mesh[down + right :].take(corner) - below)
            return np.asarray(above + fy * (below - above))

        return figure(self.level), figure(self.rms)

    def is_known(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Whether the tile at pixel positions has a noise of its own; False where one is NaN."""
        row, column = self._mesh_coordinates(x, y)
        place = np.isfinite(row) & np.isfinite(column)
        row, column = np.where(place, row, 0), np.where(place, column, 0)
        return place & self.known[np.rint(row).astype(np.intp), np.rint(column).astype(np.intp)]

    def _mesh_coordinates(self, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
        row = (np.asarray(y, float) + 0.5) / self.tile[0] - 0.5
        column = (np.asarray(x, float) + 0.5) / self.tile[1] - 0.5
        n_y, n_x = self.rms.shape
        return np.clip(row, 0, n_y - 1), np.clip(column, 0, n_x - 1)


def _span(
    place: Index, offset: Index, length: int, tile: Index, fraction: Array, size: float
) -> tuple[Index, Array, NDArray[np.bool_]]:
    """Find the ends of patches along an axis, and how what lies between follows from them.

    Parameters
    ----------
    place : ndarray of int, shape (n,)
    offset : ndarray of int, shape (P,)
        Of the patches' pixels from there.
    length : int
        Of the image.
    tile, fraction : ndarray, shape (length,)
        `_corner` of its pixels.
    size : float
        Of a tile.

    Returns
    -------
    ends : ndarray of int, shape (2, n)
        First and last pixel.
    weight : ndarray, shape (P, 2)
        Of both in what is linear between them.
    linear : ndarray of bool, shape (n,)
        Where the mesh is.
    """
    first, last = int(offset.min(initial=0)), int(offset.max(initial=0))
    ends = np.clip(place + np.array([[first], [last]]), 0, length - 1)
    share = (offset - first) / max(last - first, 1)
    rise = fraction[ends[1]] - fraction[ends[0]]
    # Beyond the centres of the outermost tiles nothing rises.
    linear = (rise == 0) | (np.abs(rise - (last - first) / size) < 1e-9)
    linear &= tile[ends[0]] == tile[ends[1]]
    return ends, np.stack([1 - share, share], axis=1), linear


def _corner(place: Array, length: int) -> tuple[Index, Array]:
    """Tile before a place on a mesh of so many tiles, and how far beyond it towards the next."""
    first = np.minimum(np.nan_to_num(place).astype(np.intp), max(length - 2, 0))
    return first, place - first
