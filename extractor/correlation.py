"""How the noise of neighbouring pixels is correlated, measured on the image itself.

Errors of fits depend on it: noise that is as wide as the beam (a dirty map), wider (white noise
smoothed by the beam) or surrounded by sidelobes makes different errors at the same rms.

Clipping sources off an image clips the noise's own peaks, too, and would make the autocorrelation
too narrow. Signs are hardly touched by that: of Gaussian noise with correlation rho, the signs have
the correlation 2/pi arcsin(rho) (Van Vleck & Middleton 1966, Proc. IEEE 54, 2).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import FOUR_LN2, axes

if TYPE_CHECKING:
    from extractor.background import Background

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Pixels further from the level than this, in units of the noise, are taken for sources, with all
# within a beam of them.
SOURCE = 4.5
# The correlation is followed to this distance in beams, and faded out from two thirds of it.
REACH = 3.0
MAX_REACH_PX = 150
# At most so many tiles along an axis, and how wide they are at least, pixels and beams.
TILES, TILE_PX, TILE_BEAMS = 8, 128, 8
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


def measure(background: "Background") -> Correlation:
    """Measure the autocorrelation of an image's noise on tiles spread over it."""
    beam = background.image.beam_px
    major, minor, _ = (float(axis) for axis in axes(beam))
    reach = int(min(np.ceil(REACH * major), MAX_REACH_PX))
    lag = np.arange(-reach, reach + 1)
    distance2 = _quadratic(np.asarray(np.linalg.inv(beam), float), lag)
    fade = np.cos(np.pi / 2 * np.clip(3 / REACH * np.sqrt(distance2) - 2, 0, 1)) ** 2
    signs, used = _signs(background, reach, major)
    beams = np.count_nonzero(used) / (np.pi / FOUR_LN2 * major * minor)
    if beams < MIN_BEAMS:
        return Correlation(fade * np.exp(-FOUR_LN2 * distance2), np.nan)
    pairs = _autocorrelation(used, reach)
    same = _autocorrelation(signs, reach) / np.maximum(pairs, 1)
    table = np.sin(np.pi / 2 * np.clip(same, -1, 1))
    return Correlation(_positive(table * fade), _width(table, lag, beam))


def _quadratic(inverse: Array, lag: Index) -> Array:
    """Squared distance of the lags in units of the shape with this inverse, (len, len)."""
    x, y = lag[None, :], lag[:, None]
    return inverse[0, 0] * x**2 + 2 * inverse[0, 1] * x * y + inverse[1, 1] * y**2


def _signs(
    background: "Background", reach: int, major: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Signs of the noise on tiles, 0 where there is a source or nothing, and where they are not 0.

    Returns
    -------
    signs, used : ndarray, shape (tiles, height, width)
    """
    from scipy.ndimage import maximum_filter1d

    data = background.image.data
    side = max(TILE_PX, int(TILE_BEAMS * major), 2 * reach)
    height, width = (min(side, length) for length in data.shape)
    starts = [
        np.linspace(0, length - part, np.clip(length // part, 1, TILES)).astype(np.intp)
        for length, part in zip(data.shape, (height, width), strict=True)
    ]
    deviation, source = [], []
    for y in starts[0]:
        for x in starts[1]:
            level, rms = background.on_grid(np.arange(y, y + height), np.arange(x, x + width))
            tile = data[y : y + height, x : x + width] - level
            deviation.append(tile)
            source.append(np.abs(tile) > SOURCE * rms)
    beam = 2 * int(np.ceil(major)) + 1
    near = np.array(source).view(np.uint8)
    for axis in (1, 2):
        near = maximum_filter1d(near, beam, axis=axis)
    signs = np.sign(np.array(deviation))
    signs[(near > 0) | np.isnan(signs)] = 0
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


def _positive(table: Array) -> Array:
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
