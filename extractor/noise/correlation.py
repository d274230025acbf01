"""How the noise of neighbouring pixels is correlated, measured on the image itself.

Errors of fits depend on it: noise that is as wide as the beam (a dirty map), wider (white noise
smoothed by the beam) or surrounded by sidelobes makes different errors at the same rms.

Clipping sources off an image clips the noise's own peaks, too, and would make the autocorrelation
too narrow. Signs are hardly touched by that: of Gaussian noise with correlation rho, the signs have
the correlation 2/pi arcsin(rho) (Van Vleck & Middleton 1966, Proc. IEEE 54, 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2, axes
from extractor.noise import tiles
from extractor.noise.mesh import SOURCE, Mesh

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# The correlation is followed to this distance in beams, and faded out from two thirds of it.
REACH = 3.0
MAX_REACH_PX = 150
# At most so many tiles along an axis, and how wide they are at least, pixels and beams.
TILES, TILE_PX, TILE_BEAMS = 8, 128, 8
# So many beams of noise tell the width to half a percent and the errors of fluxes to a fifth of it.
BEAMS = 10_000
# Fewer beams of noise than this do not tell.
MIN_BEAMS = 100
# The width is that of a Gaussian fitted where the correlation is above this.
CORE = 0.3


@dataclass(frozen=True, eq=False)
class Correlation:
    """Autocorrelation of an image's noise.

    Attributes
    ----------
    table : ndarray, shape (2 * reach + 1, 2 * reach + 1)
        By lag in y and x, pixels; lag 0, the value 1, in the middle. Zero at the border.
    width : float
        FWHM, geometric mean of the axes, in units of the beam's. NaN where it could not be measured
        and the beam stands in for it.
    """

    table: Array
    width: float

    def at(self, dx: Index, dy: Index) -> Array:
        """Correlation of pixels that lie so far apart."""
        reach = len(self.table) // 2
        row, column = (np.clip(lag, -reach, reach) + reach for lag in (dy, dx))
        return self.table[row, column]

    def kept_deviation(self, height: float, width: float) -> float:
        """Deviation of a tile of noise about its own mean, in units of the noise's.

        Correlated pixels count as fewer independent ones (Bayley & Hammersley 1946, Suppl. J. R.
        Stat. Soc. 8, 184): the mean takes up the mean correlation of all pairs of pixels of the
        variance, and the root of a variance that scatters is low by an eighth of the relative
        variance of that, which is twice the mean square of the correlations.

        Parameters
        ----------
        height, width : float
            Of the tile, pixels.
        """
        lag = np.abs(np.arange(len(self.table)) - len(self.table) // 2)
        down, across = (np.maximum(1 - lag / side, 0) / side for side in (height, width))
        mean, square = (float(down @ table @ across) for table in (self.table, self.table**2))
        return float(np.sqrt(1 - mean) * (1 - square / 4))


# What is known of noise without a beam.
_WITHOUT_A_BEAM = Correlation(np.pad([[1.0]], 1), np.nan)


def measured_correlation(mesh: Mesh) -> Correlation:
    """Measure the autocorrelation of an image's noise on tiles spread over it."""
    beam = mesh.image.beam_px if mesh.image.beam.is_valid else np.zeros((2, 2))
    if not np.linalg.det(beam) > 0:  # also that of a beam that is too narrow to be squared
        return _WITHOUT_A_BEAM
    major, minor, _ = (float(axis) for axis in axes(beam))
    reach = int(min(np.ceil(REACH * major), MAX_REACH_PX))
    lag = np.arange(-reach, reach + 1)
    distance2 = _quadratic(np.asarray(np.linalg.inv(beam), float), lag)
    fade = np.cos(np.pi / 2 * np.clip(3 / REACH * np.sqrt(distance2) - 2, 0, 1)) ** 2
    beam_area = np.pi / FOUR_LN2 * major * minor
    side = max(TILE_PX, int(TILE_BEAMS * major), 2 * reach)
    most = [int(np.clip(length // side, 1, TILES)) for length in mesh.image.data.shape]
    few = int(np.ceil(np.sqrt(min(BEAMS * beam_area / side**2, TILES**2))))
    counts = [min(few, count) for count in most]
    signs, used = _signs(mesh, side, counts, major)
    if counts != most and np.count_nonzero(used) < BEAMS / 2 * beam_area:  # the rest was blank
        signs, used = _signs(mesh, side, most, major)
    if np.count_nonzero(used) < MIN_BEAMS * beam_area:
        return Correlation(fade * np.exp(-FOUR_LN2 * distance2), np.nan)
    pairs = _autocorrelation(used, reach)
    same = _autocorrelation(signs, reach) / np.maximum(pairs, 1)
    table = np.sin(np.pi / 2 * np.clip(same, -1, 1))
    return Correlation(_without_negative_power(table * fade), _width(table, lag, beam))


def _quadratic(inverse: Array, lag: Index) -> Array:
    """Squared distance of the lags in units of the shape with this inverse, (len, len)."""
    x, y = lag[None, :], lag[:, None]
    return inverse[0, 0] * x**2 + 2 * inverse[0, 1] * x * y + inverse[1, 1] * y**2


def _signs(
    mesh: Mesh, side: int, counts: Sequence[int], major: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Signs of the noise on tiles, 0 where there is a source or nothing, and where they are not 0.

    Parameters
    ----------
    mesh : Mesh
    side : int
        Of a tile, at most.
    counts : sequence of int
        Tiles along y and x.
    major : float
        Of the beam, pixels.

    Returns
    -------
    signs, used : ndarray, shape (tiles, height, width)
    """
    data = mesh.image.data
    height, width = (min(side, length) for length in data.shape)
    starts = [
        np.linspace(0, length - part, count).astype(np.intp)
        for length, part, count in zip(data.shape, (height, width), counts, strict=True)
    ]
    signs = np.zeros((counts[0] * counts[1], height, width), np.float32)
    source = np.empty(signs.shape, bool)
    for number, (y, x) in enumerate(product(*starts)):
        level, rms = mesh.on_grid(np.arange(y, y + height), np.arange(x, x + width))
        tile = data[y : y + height, x : x + width]
        signs[number][tile > level] = 1
        signs[number][tile < level] = -1
        source[number] = (tile > level + SOURCE * rms) | (tile < level - SOURCE * rms)
    signs[tiles.widen(source, int(np.ceil(major)))] = 0
    return signs, np.abs(signs)


def _autocorrelation(tiles: NDArray[np.float32], reach: int) -> Array:
    """Sum over tiles of products of pixels up to `reach` apart, by lag in y and x."""
    from scipy import fft

    shape = [
        fft.next_fast_len(max(length, reach + 1) + reach, real=True) for length in tiles.shape[1:]
    ]
    power = np.zeros((shape[0], shape[1] // 2 + 1))
    for tile in tiles:
        spectrum = fft.rfft2(tile, shape)
        power += spectrum.real**2 + spectrum.imag**2
    lag = np.arange(-reach, reach + 1)
    return np.asarray(fft.irfft2(power, shape))[np.ix_(lag, lag)]


def _without_negative_power(table: Array) -> Array:
    """Make a correlation one that noise can have: without negative power, and 1 at lag 0."""
    from scipy import fft

    middle = len(table) // 2
    size = fft.next_fast_len(2 * len(table), real=True)
    lag = np.arange(-middle, middle + 1)
    wrapped = np.zeros((size, size))
    wrapped[np.ix_(lag, lag)] = table
    power = np.maximum(fft.rfft2(wrapped).real, 0)
    result = np.asarray(fft.irfft2(power, (size, size)))[np.ix_(lag, lag)]
    result /= result[middle, middle]
    result[[0, -1]], result[:, [0, -1]] = 0, 0
    return result


def _width(table: Array, lag: Index, beam: Array) -> float:
    """Width of the correlation in units of the beam's: of a Gaussian through its core."""
    from scipy.ndimage import label

    regions, _ = label(table > CORE)
    middle = len(lag) // 2
    core = regions == regions[middle, middle]
    core[middle, middle] = False
    y, x = np.meshgrid(lag, lag, indexing="ij")
    x, y, rho = x[core], y[core], table[core]
    # -ln rho = 4 ln2 (a x² + 2 b x y + c y²), weighted for equal errors of rho
    columns = FOUR_LN2 * np.column_stack([x**2, 2 * x * y, y**2])
    a, b, c = np.linalg.lstsq(columns * rho[:, None], -np.log(rho) * rho, rcond=None)[0]
    determinant = a * c - b**2
    if not (determinant > 0 and a > 0):
        return np.nan
    return float((1 / determinant / np.linalg.det(beam)) ** 0.25)
