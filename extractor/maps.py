"""Maps of an image: its noise, and the residual without the sources."""

import os

import numpy as np
from numpy.typing import NDArray

from extractor.fitting.measurements import Measurements
from extractor.geometry import sky
from extractor.geometry.ellipses import FOUR_LN2, shape_matrix
from extractor.image.plane import ImagePlane
from extractor.noise.background import Background

# At this distance, in FWHM, a Gaussian is below a millionth of its peak.
REACH = 2.3


def noise_map(background: Background) -> NDArray[np.float32]:
    """Noise at each pixel, Jy per beam, shape (ny, nx); NaN where the image is blank."""
    data = background.image.data
    _, rms = background.on_grid(*map(np.arange, data.shape))
    return np.where(np.isnan(data), np.float32(np.nan), rms.astype(np.float32))


def residual_map(background: Background, measurements: Measurements) -> NDArray[np.float32]:
    """Image less its background and the fitted Gaussians of its sources.

    Parameters
    ----------
    background : Background
    measurements : Measurements
        Of that image, from `extractor.extract`.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        Jy per beam.
    """
    image = background.image
    level, _ = background.on_grid(*map(np.arange, image.data.shape))
    residual = image.data - level.astype(np.float32)
    x, y, peak = measurements.x, measurements.y, measurements.peak_flux_raw
    scale = np.linalg.inv(sky.jacobian(image.wcs, x, y))
    on_sky = shape_matrix(measurements.major, measurements.minor, measurements.pa)
    shape = scale @ on_sky @ scale.swapaxes(-1, -2)
    known = np.isfinite(peak) & (np.linalg.det(shape) > 0)
    shape[~known] = np.eye(2)
    inverse = np.linalg.inv(shape)
    half_x, half_y = REACH * np.sqrt(shape[:, 0, 0]), REACH * np.sqrt(shape[:, 1, 1])
    first_x, last_x = _window(x, half_x, residual.shape[1])
    first_y, last_y = _window(y, half_y, residual.shape[0])
    for n in np.flatnonzero(known):
        window = np.s_[first_y[n] : last_y[n], first_x[n] : last_x[n]]
        dx = np.arange(first_x[n], last_x[n]) - x[n]
        dy = np.arange(first_y[n], last_y[n])[:, None] - y[n]
        (xx, xy), (_, yy) = inverse[n]
        residual[window] -= peak[n] * np.exp(
            -FOUR_LN2 * (xx * dx**2 + 2 * xy * dx * dy + yy * dy**2)
        )
    return residual


def write_map(path: str | os.PathLike[str], data: NDArray[np.float32], image: ImagePlane) -> None:
    """Write a map of an image as FITS, with the necessary metadata in its header.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    from astropy.io import fits

    header = image.wcs.to_header()
    header["BMAJ"], header["BMIN"], header["BPA"] = (
        image.beam.major,
        image.beam.minor,
        image.beam.pa,
    )
    header["RESTFRQ"] = image.freq_eff
    header["DATE-OBS"] = image.taken_at.replace(tzinfo=None).isoformat()
    header["TIMESYS"] = "UTC"
    header["BUNIT"] = "Jy/beam"
    header["TELESCOP"] = image.telescope
    fits.PrimaryHDU(data, header).writeto(path, overwrite=True)


def _window(
    centre: NDArray[np.float64], half: NDArray[np.float64], length: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First pixel, and the one after the last, of windows along an axis."""
    first = np.clip(np.floor(centre - half), 0, length)
    last = np.clip(np.ceil(centre + half) + 1, first, length)
    return first.astype(np.intp), last.astype(np.intp)
