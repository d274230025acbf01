"""Measure level and noise of an image, and how its noise is correlated."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.geometry.ellipses import axes
from extractor.image.footprint import Footprint
from extractor.image.plane import ImagePlane
from extractor.noise import tiles
from extractor.noise.correlation import Correlation, measured_correlation
from extractor.noise.mesh import SOURCE, Mesh

Array = NDArray[np.float64]
Index = NDArray[np.intp]

MESH_PX = 64
MIN_BEAMS_PER_TILE = 8
MIN_VALID_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class NoiseGrid:
    """Noise on a regular grid of direction cosines about the image's centre.

    Attributes
    ----------
    l0, m0 : float
        Direction cosines, towards east and north, of element [0, 0].
    dl, dm : float
        Steps, positive.
    rms : ndarray, shape (n_m, n_l)
        Jy per beam; NaN where unknown.
    """

    l0: float
    m0: float
    dl: float
    dm: float
    rms: Array


@dataclass(frozen=True, eq=False)
class Background(Mesh):
    """Level and noise of an image, and their summary.

    Attributes
    ----------
    correlation : Correlation
        Of the noise with itself.
    rms_median, rms_min, rms_max : float
        Of the known tiles in the footprint, Jy per beam.
    """

    correlation: Correlation
    rms_median: float
    rms_min: float
    rms_max: float

    @property
    def noise_correlation(self) -> float:
        """FWHM of the noise's own autocorrelation, in units of the beam's.

        Geometric mean of the axes: 1 if it is the beam, 1.414 for white noise smoothed by the beam.
        NaN where the image is too small, or too full of sources, to tell: errors are then those of
        noise that is correlated as the beam, and flagged DOUBTFUL_NOISE.
        """
        return self.correlation.width

    def noise_grid(self) -> NoiseGrid:
        """Noise on a grid that does not depend on the image's projection; see `NoiseGrid`."""
        ny, nx = self.image.data.shape
        n_y, n_x = self.rms.shape
        centre = (self.image.ra, self.image.dec)
        # The border, the centre lines and whatever lies between, so that all-sky images count too.
        y, x = np.meshgrid(
            np.linspace(-0.5, ny - 0.5, 2 * n_y + 1), np.linspace(-0.5, nx - 0.5, 2 * n_x + 1)
        )
        l, m, n = sky.direction_cosines(*sky.to_sky(self.image.wcs, x, y), *centre)  # noqa: E741
        seen = n > 0
        if not seen.any():  # pragma: no cover - the centre itself is always seen
            raise ExtractorError(f"{self.image.path}: nothing of it is on the sky")
        l_low, l_high = l[seen].min(), l[seen].max()
        m_low, m_high = m[seen].min(), m[seen].max()
        # As many elements as tiles, along either axis whatever the rotation.
        size = max(n_y, n_x) if _rotated(l, m) else 0
        n_l, n_m = max(n_x, size), max(n_y, size)
        dl, dm = (l_high - l_low) / n_l, (m_high - m_low) / n_m
        l0, m0 = l_low + dl / 2, m_low + dm / 2
        grid_m, grid_l = np.meshgrid(
            m0 + dm * np.arange(n_m), l0 + dl * np.arange(n_l), indexing="ij"
        )
        px, py = sky.to_pixel(self.image.wcs, *sky.from_direction_cosines(grid_l, grid_m, *centre))
        tile_y, tile_x = self.tile
        near = (
            (px > -tile_x) & (px < nx - 1 + tile_x) & (py > -tile_y) & (py < ny - 1 + tile_y)
        )  # False for NaN
        px, py = np.where(near, px, 0.0), np.where(near, py, 0.0)
        # Beside what is known the mesh goes on, so that it can be interpolated up to blank pixels.
        known = np.pad(self.known, 1)
        windows = np.lib.stride_tricks.sliding_window_view(known, (3, 3))
        around = np.asarray(windows.any(axis=(2, 3)))
        near &= replace(self, known=around).is_known(px, py)
        rms = np.where(near, self.at(px, py)[1], np.nan)
        return NoiseGrid(float(l0), float(m0), float(dl), float(dm), rms)


def _rotated(l: Array, m: Array) -> bool:  # noqa: E741
    """Whether pixel rows, the second axis here, run other than along east and west."""
    along = l[-1, l.shape[1] // 2] - l[0, l.shape[1] // 2]
    across = m[-1, l.shape[1] // 2] - m[0, l.shape[1] // 2]
    return not abs(across) < 0.1 * abs(along)  # also for NaN


def background(
    image: ImagePlane, *, mesh_px: int = MESH_PX, footprint: Footprint | None = None
) -> Background:
    """Measure level and noise.

    Per tile of the mesh, the median and the standard deviation of the pixels that remain after
    iterative clipping at three deviations from the median; then a median over 3x3 tiles, against
    tiles that a bright or extended source fills. First roughly, to find the sources, then without
    them. The level of a tile follows its noise, the more so the wider that is correlated: what the
    deviation about it lacks is made up for (`Correlation.kept_deviation`).

    Parameters
    ----------
    image : ImagePlane
    mesh_px : int
        Width of a tile in pixels. Tiles are at least eight beams wide, because in smaller ones
        a source would count as background.
    footprint : Footprint, optional
        Where the summary figures are taken; default: the whole image.

    Raises
    ------
    ExtractorError
        The mesh is not positive.
    """
    if not mesh_px >= 1:
        raise ExtractorError(f"a background mesh of {mesh_px} pixels is not positive")
    ny, nx = image.data.shape
    major, minor = 1.0, 1.0
    if image.beam.is_valid:
        major, minor, _ = (float(axis) for axis in axes(image.beam_px))
    wanted = max(mesh_px, min(MIN_BEAMS_PER_TILE * major, max(nx, ny)))
    counts = max(1, round(ny / wanted)), max(1, round(nx / wanted))
    tile = ny / counts[0], nx / counts[1]
    # Neighbouring pixels are as correlated as the beam is wide: not all of them are needed.
    step = round(float(np.clip(minor, 1, 4))) if min(ny, nx) > wanted else 1
    flat = image.flat
    samples = flat[step // 2 :: step, step // 2 :: step].copy()
    level, rms, known = _level_and_noise(samples[::2, ::2], counts)
    if known.any():
        reach = SOURCE * rms
        _blank_sources(samples, tiles.beyond(flat, level + reach, level - reach), step, major)
        level, rms, known = _level_and_noise(samples, counts)
    correlation = measured_correlation(Mesh(image, level, rms, known, tile))
    rms /= correlation.kept_deviation(*tile)
    figures = _in_footprint(image, footprint, np.where(known, rms, np.nan), known, tile)
    return Background(image, level, rms, known, tile, correlation, *figures)


def _level_and_noise(
    samples: NDArray[np.float32], counts: tuple[int, int]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Level and noise of so many tiles, without gaps, and which are known from the tile itself."""
    level, rms, share = tiles.clipped_statistics(tiles.cut(samples, counts))
    # Without any scatter, as in zeros that stand for blanks, there is nothing to measure against.
    known = (share >= MIN_VALID_SHARE) & (rms > 0)
    level, rms = (tiles.median3(np.where(known, figure, np.nan)) for figure in (level, rms))
    return tiles.fill(level), tiles.fill(rms), known


def _blank_sources(
    samples: NDArray[np.float32], pixels: tuple[Index, Index], step: int, beam: float
) -> None:
    """Blank the samples, every `step`-th pixel, within about a beam of some pixels.

    What sources leave below the clipping would raise the level.
    """
    near = np.zeros(samples.shape, bool)
    y, x = (
        np.minimum(pixel // step, length - 1)
        for pixel, length in zip(pixels, samples.shape, strict=True)
    )
    near[y, x] = True
    samples[tiles.widen(near, max(1, round(beam / step)))] = np.nan


def _in_footprint(
    image: ImagePlane,
    footprint: Footprint | None,
    rms: Array,
    known: NDArray[np.bool_],
    tile: tuple[float, float],
) -> tuple[float, float, float]:
    """Median, smallest and largest noise among the known tiles whose centre is inside."""
    row, column = np.indices(rms.shape)
    centre = ((column + 0.5) * tile[1] - 0.5, (row + 0.5) * tile[0] - 0.5)
    if image.response is not None:
        x, y = (np.rint(place).astype(np.intp) for place in centre)
        rms = rms / image.response[y, x]
    inside = known.copy()
    if footprint is not None:
        depth = footprint.depth(*sky.to_sky(image.wcs, *centre))
        # With none inside, the nearest one speaks for the footprint.
        depth = np.where(known, depth, -np.inf)
        inside = depth >= min(0.0, np.nanmax(depth))
        inside &= known
    values = rms[inside]
    if not values.size:
        return (np.nan, np.nan, np.nan)
    return float(np.median(values)), float(values.min()), float(values.max())
