"""Where in the footprint of an image a source may lie on blank pixels."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from extractor.fitting.pixel_sets import MIN_VALID_SHARE, Sampler
from extractor.geometry import sky
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise.background import Background

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Ranges = NDArray[np.int64]

# Rows and columns of cells are counted from the middle; the numbers of all fit into 32 bits.
WIDTH = 2**15
# Blocks of so many cells along either axis are looked at first.
BLOCK = 8


@dataclass(frozen=True, eq=False)
class BlankCells:
    """Cells of a footprint in which a source may lie on blank pixels.

    They lie on a grid of direction cosines l (east) and m (north) about the footprint's centre. The
    number of a cell is ``(floor(m / size) + 2**14) * 2**15 + floor(l / size) + 2**14``.

    Attributes
    ----------
    size : float
        Side of a cell, direction cosine. A power of two, so that images of nearly the same beam
        have the same: half of the beam's minor axis to all of it, more in footprints that are
        wider than 2**14 beams.
    blank : ndarray of int, shape (N, 2)
        Ranges of cells in ascending order, the first one and the one after the last: where more
        than half of the pixels may be blank on which a point source is fitted.
    near : ndarray of int, shape (M, 2)
        Those and the cells beside them.
    """

    size: float
    blank: Ranges
    near: Ranges


def blank_cells(background: Background, footprint: Footprint) -> BlankCells:
    """Find where a source may lie on blank pixels of an image, or beyond its border."""
    image, centre = background.image, (footprint.ra, footprint.dec)
    reach = math.sin(math.radians(min(footprint.radius, 90.0)))
    least = 2 * reach / (WIDTH - 4 * BLOCK)
    beam = math.radians(image.beam.minor)
    size = 2.0 ** max(math.floor(math.log2(beam)), math.ceil(math.log2(least)))
    if not background.has_blanks and _is_in_image(image, footprint, reach):
        none = np.empty((0, 2), np.int64)
        return BlankCells(size, none, none)
    pixels = _Pixels(Sampler(background))
    half = math.ceil(reach / size / BLOCK)
    line = size * BLOCK * np.arange(-half, half + 1.0)
    mixed, extent, all_blank = _blocks(pixels, image, footprint, line)
    rows, columns = np.nonzero(mixed)
    extent = extent[:, rows, columns, None, None] / BLOCK
    step = size * (np.arange(BLOCK) + 0.5)
    l, m = line[columns, None, None] + step, line[rows, None, None] + step[:, None]  # noqa: E741
    ra, dec = sky.from_direction_cosines(l, m, *centre)
    place = np.stack(sky.to_pixel(image.wcs, ra, dec))
    n_blank, n_valid = pixels.count(place, extent)
    blank = (n_blank > pixels.most_blank) | (n_valid == 0)
    blank[blank] = footprint.depth(ra[blank], dec[blank]) > -math.degrees(size)  # False for NaN
    cells = np.broadcast_to(all_blank[:, None, :, None], (2 * half, BLOCK, 2 * half, BLOCK)).copy()
    cells[rows, :, columns] = blank
    cells = np.pad(cells.reshape(2 * half * BLOCK, -1), 1)
    near = cells
    for axis in (0, 1):
        near = near | np.roll(near, 1, axis) | np.roll(near, -1, axis)
    return BlankCells(size, _ranges(cells), _ranges(near))


def _blocks(
    pixels: "_Pixels", image: ImagePlane, footprint: Footprint, line: Array
) -> tuple[Mask, Array, Mask]:
    """Examine the blocks between the n lines of a grid.

    Returns
    -------
    mixed : ndarray of bool, shape (n - 1, n - 1)
        Blocks of which each cell has to be looked at.
    extent : ndarray, shape (2, n - 1, n - 1)
        How far a block reaches from its middle, in pixels.
    all_blank : ndarray of bool, shape (n - 1, n - 1)
    """
    centre, side = (footprint.ra, footprint.dec), line[1] - line[0]
    corner = np.stack(
        sky.to_pixel(image.wcs, *sky.from_direction_cosines(line, line[:, None], *centre))
    )
    corners = sliding_window_view(corner, (2, 2), axis=(1, 2))
    low, high = corners.min(axis=(3, 4)), corners.max(axis=(3, 4))  # NaN off the sky
    last = np.reshape(image.data.shape[::-1], (2, 1, 1)) - 1
    whole = ((low >= 0) & (high <= last)).all(axis=0)
    extent = (high - low) / 2
    n_blank, n_valid = pixels.count((low + high) / 2, extent)
    middle = line[:-1] + side / 2
    depth = footprint.depth(*sky.from_direction_cosines(middle, middle[:, None], *centre))
    known = ~np.isnan(extent).any(axis=0)
    all_blank = known & (n_valid == 0) & (depth > math.degrees(side))
    mixed = (~whole | (n_blank > 0)) & ~all_blank & ~(depth < -math.degrees(side))
    nominal = np.reshape(side / np.radians(image.pixel_scale) / 2, (2, 1, 1))
    return mixed, np.where(known, extent, nominal), all_blank


class _Pixels:
    """Counts blank pixels.

    Attributes
    ----------
    most_blank : float
        So many of those on which a point source is fitted may be blank.
    """

    def __init__(self, sampler: Sampler) -> None:
        ny, nx = sampler.data.shape
        self._sum = np.zeros((ny + 1, nx + 1), np.int32)  # of all pixels before, in y and in x
        self._sum[1:, 1:] = np.isnan(sampler.data)
        np.add.accumulate(self._sum, axis=1, out=self._sum)
        for row in range(1, ny + 1):
            self._sum[row] += self._sum[row - 1]
        dx, dy, _, inside = sampler.fit_offsets(sampler.whole, np.eye(2)[None])
        self._reach = np.array([np.abs(dx[inside]).max(), np.abs(dy[inside]).max()])
        self.most_blank = (1 - MIN_VALID_SHARE) * np.count_nonzero(inside)

    def count(self, middle: Array, extent: Array) -> tuple[Array, Array]:
        """Count the pixels that point sources may be fitted on.

        Parameters
        ----------
        middle : ndarray, shape (2, ...)
            Pixel coordinates of the middle of where the sources are.
        extent : ndarray, shape (2, ...)
            How far they are from it, pixels.

        Returns
        -------
        blank, valid : ndarray, shape (...)
            Both 0 where all is beyond the border of the image, or off the sky.
        """
        ny, nx = (length - 1 for length in self._sum.shape)
        reach = extent + self._reach.reshape(2, *[1] * (middle.ndim - 1))
        low, high = np.rint(middle - reach), np.rint(middle + reach) + 1
        there = np.isfinite(low + high).all(axis=0)
        there &= (high > 0).all(axis=0) & (low[0] < nx) & (low[1] < ny)
        (x0, y0), (x1, y1) = (
            [
                np.clip(np.where(there, place, 0), 0, length).astype(np.intp)
                for place, length in zip(edge, (nx, ny), strict=True)
            ]
            for edge in (low, high)
        )
        total = self._sum
        blank = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
        return np.where(there, blank, 0), np.where(there, (y1 - y0) * (x1 - x0) - blank, 0)


def _is_in_image(image: ImagePlane, footprint: Footprint, reach: float) -> bool:
    """Whether a footprint is within the border of an image, as far as its outline tells."""
    if footprint.vertices is None:
        angle = np.linspace(0, 2 * np.pi, 36)
        l, m = reach * np.cos(angle), reach * np.sin(angle)  # noqa: E741
        outline = sky.from_direction_cosines(l, m, footprint.ra, footprint.dec)
    else:
        outline = footprint.vertices[:, 0], footprint.vertices[:, 1]
    x, y = sky.to_pixel(image.wcs, *outline)
    ny, nx = image.data.shape
    return bool(((x > -1) & (x < nx) & (y > -1) & (y < ny)).all())  # False for NaN


def _ranges(cells: Mask) -> Ranges:
    """Ranges of the numbers of cells on a square grid, (0, 0) of which is the one in the middle."""
    side = len(cells)
    change = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    first, after = np.nonzero(change == 1), np.nonzero(change == -1)
    number = [
        (row - side // 2 + WIDTH // 2) * WIDTH + column - side // 2 + WIDTH // 2
        for row, column in (first, after)
    ]
    return np.column_stack(number).astype(np.int64)
