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
        (y0, fy), (x0, fx) = self._pixels
        corner = (y0 * self.rms.shape[1]).take(y) + x0.take(x)
        level, rms = self._between(corner, fx.take(x), fy.take(y))
        return self._of_pixels(level, rms, y, x)

    def at_patches(self, x: Index, y: Index, dx: Index, dy: Index) -> tuple[Array, Array]:
        """Level and noise, shape (P, n), as `at`, of patches of pixels.

        Most lie between the same tiles, which are then looked up once for the whole patch.

        Parameters
        ----------
        x, y : ndarray of int, shape (n,)
            Pixels of the image.
        dx, dy : ndarray of int, shape (P, n) or (P, 1)
            How far from them the others are. Beyond the image it is the nearest pixel that counts.
        """
        (y0, fy), (x0, fx) = self._pixels
        y0 = y0 * self.rms.shape[1]
        first, last = (
            y0.take(y + extreme(dy, axis=0, initial=0), mode="clip")
            + x0.take(x + extreme(dx, axis=0, initial=0), mode="clip")
            for extreme in (np.min, np.max)
        )
        x, y = x + dx, y + dy
        fx, fy = fx.take(x, mode="clip"), fy.take(y, mode="clip")
        level, rms = self._between(first, fx, fy)
        rest = np.flatnonzero(first != last)
        corner = y0.take(y[:, rest], mode="clip") + x0.take(x[:, rest], mode="clip")
        level[:, rest], rms[:, rest] = self._between(corner, fx[:, rest], fy[:, rest])
        if self.image.added_noise is None and self.image.response is None:
            return level, rms
        ny, nx = self.image.data.shape
        return self._of_pixels(level, rms, np.clip(y, 0, ny - 1), np.clip(x, 0, nx - 1))

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
            left_above, left_below = mesh.take(corner), mesh[down:].take(corner)
            above = fx * (mesh[right:].take(corner) - left_above)
            above += left_above
            below = fx * (mesh[down + right :].take(corner) - left_below)
            below += left_below
            below -= above
            below *= fy
            above += below
            return above

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


def _corner(place: Array, length: int) -> tuple[Index, Array]:
    """Tile before a place on a mesh of so many tiles, and how far beyond it towards the next."""
    first = np.minimum(np.nan_to_num(place).astype(np.intp), max(length - 2, 0))
    return first, place - first
