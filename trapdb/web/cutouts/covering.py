"""Which pixels of an image a region covers, without looking at each of a large one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import sky
from trapdb.web.cutouts.regions import Region

Mask = NDArray[np.bool_]

# Pixels along the sides of the tiles of which an image is made up here. What a tile and its pixels
# reach is taken a little larger than measured, since projections bend them.
TILE = 64
MARGIN = 1.1
# Tiles that are looked at together, pixel by pixel; then it is asked whether to go on.
TOGETHER = 8
_OUTSIDE, _BORDER, _INSIDE = 0, 1, 2


@dataclass(frozen=True)
class Covered:
    """The pixels that a region covers.

    Attributes
    ----------
    rows, columns : slice
        The smallest rectangle that holds them.
    """

    rows: slice
    columns: slice
    _kinds: NDArray[np.uint8]
    _borders: dict[tuple[int, int], NDArray[np.uint8]]

    def mask(self, tile_row: int) -> Mask:
        """Return which pixels of a row of tiles are covered, shape (TILE, columns)."""
        found = np.repeat(self._kinds[tile_row] == _INSIDE, TILE)[None, :].repeat(TILE, 0)
        for column in np.flatnonzero(self._kinds[tile_row] == _BORDER):
            found[:, column * TILE : (column + 1) * TILE] = _unpacked(
                self._borders[tile_row, int(column)]
            )
        return found[:, self.columns]


def covered(
    wcs: Any, size: tuple[int, int], region: Region, go_on: Callable[[], None]
) -> Covered | None:
    """Find the pixels that a region covers, in whole or in part.

    No pixel that it touches is left out; of the others there may be some whose centre is less
    than half a diagonal of a pixel away from it.

    Parameters
    ----------
    wcs : astropy.wcs.WCS
        Coordinates of the image.
    size : tuple of int
        Its rows and columns.
    region : Region
        The region.
    go_on : callable
        Asked now and then; raises what ends the search.

    Returns
    -------
    Covered or None
        None if there are none.
    """
    kinds, reach = _tiles(wcs, size, region)
    found = np.argwhere(kinds == _BORDER)
    borders = {}
    for first in range(0, len(found), TOGETHER):
        go_on()
        some = found[first : first + TOGETHER]
        for tile, inside in zip(some, _pixels(wcs, size, region, some, reach), strict=True):
            row, column = map(int, tile)
            if inside.any():
                borders[row, column] = np.packbits(inside)
            else:
                kinds[row, column] = _OUTSIDE
    rows, columns = _any(kinds, borders)
    rows, columns = rows[: size[0]], columns[: size[1]]
    if not rows.any():
        return None
    return Covered(_span(rows), _span(columns), kinds, borders)


def _tiles(
    wcs: Any, size: tuple[int, int], region: Region
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Sort the tiles by what their middle and their corners tell.

    Returns
    -------
    ndarray of uint8, shape (tile rows, tile columns)
        Whether they are outside, inside, or have to be looked at.
    ndarray of float, the same shape
        How far the corners of a pixel are from its centre, deg.
    """
    edges = [np.append(np.arange(0, length, TILE), length) - 0.5 for length in size]
    (low_y, low_x), (high_y, high_x) = (
        np.meshgrid(*(edge[part] for edge in edges), indexing="ij")
        for part in (slice(None, -1), slice(1, None))
    )
    ra, dec = sky.to_sky(wcs, (low_x + high_x) / 2, (low_y + high_y) / 2)
    far = np.stack(
        [
            sky.separation(ra, dec, *sky.to_sky(wcs, x, y))
            for x in (low_x, high_x)
            for y in (low_y, high_y)
        ]
    ).max(axis=0)
    far *= MARGIN
    pixel = far * np.sqrt(2) / np.hypot(high_x - low_x, high_y - low_y)
    usual = np.linalg.svd(wcs.pixel_scale_matrix, compute_uv=False)[0] / np.sqrt(2)
    pixel = np.where(np.isfinite(pixel), pixel, usual)
    depth = region.depth(ra, dec) + pixel
    kinds = np.full(far.shape, _BORDER, np.uint8)  # also what is not on the sky in part
    kinds[depth + far < 0] = _OUTSIDE
    kinds[depth - far >= 0] = _INSIDE
    return kinds, pixel


def _pixels(
    wcs: Any,
    size: tuple[int, int],
    region: Region,
    tiles: NDArray[np.intp],
    reach: NDArray[np.float64],
) -> Mask:
    """Look at the pixels of some tiles, shape (tiles, TILE, TILE)."""
    y = (tiles[:, 0] * TILE)[:, None, None] + np.arange(TILE)[:, None]
    x = (tiles[:, 1] * TILE)[:, None, None] + np.arange(TILE)
    depth = region.depth(*sky.to_sky(wcs, x, y)) + reach[*tiles.T][:, None, None]
    return (depth >= 0) & (y < size[0]) & (x < size[1])  # False for NaN


def _any(
    kinds: NDArray[np.uint8], borders: dict[tuple[int, int], NDArray[np.uint8]]
) -> tuple[Mask, Mask]:
    """Return in which rows and columns there are covered pixels."""
    inside = kinds == _INSIDE
    rows, columns = (np.repeat(inside.any(axis=axis), TILE) for axis in (1, 0))
    for (row, column), packed in borders.items():
        found = _unpacked(packed)
        rows[row * TILE : (row + 1) * TILE] |= found.any(axis=1)
        columns[column * TILE : (column + 1) * TILE] |= found.any(axis=0)
    return rows, columns


def _unpacked(packed: NDArray[np.uint8]) -> Mask:
    return np.unpackbits(packed).reshape(TILE, TILE).astype(bool)


def _span(there: Mask) -> slice:
    places = np.flatnonzero(there)
    return slice(int(places[0]), int(places[-1]) + 1)
