"""Images with known sources in noise whose autocorrelation is the beam."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from extractor import Beam, Image
from extractor.geometry.ellipses import FOUR_LN2, shape_matrix
from extractor.image.identity import Identity
from extractor.image.projection import Projection

SCALE_DEG = 5 / 3600
BEAM_PX = (4.6, 3.7, 35.0)
RMS = 1e-3
# Pixel x runs towards the west.
MIRROR = np.diag([-1.0, 1.0])


def beam_px(axes_px=BEAM_PX):
    """Shape matrix of a beam, given in pixels, in pixel coordinates."""
    return MIRROR @ shape_matrix(*axes_px) @ MIRROR


def noise(size, seed, axes_px=BEAM_PX):
    """Noise of rms `RMS`, its autocorrelation the beam, shape (size, size)."""
    white = np.random.default_rng(seed).standard_normal((size, size))
    fx, fy = np.fft.rfftfreq(size)[None, :], np.fft.fftfreq(size)[:, None]
    w = beam_px(axes_px)
    quadratic = w[0, 0] * fx**2 + 2 * w[0, 1] * fx * fy + w[1, 1] * fy**2
    power = np.exp(-(np.pi**2) / FOUR_LN2 * quadratic)  # the beam's Fourier transform
    field = np.fft.irfft2(np.fft.rfft2(white) * np.sqrt(power), s=white.shape)
    return field * (RMS / field.std())


def add_sources(data, x, y, peak, shape=None):
    """Add Gaussians to pixels: of the beam's shape, or of shape matrices (N, 2, 2) in pixels²."""
    shape = np.broadcast_to(beam_px() if shape is None else shape, (len(x), 2, 2))
    rows, columns = np.indices(data.shape)
    for x0, y0, flux, matrix in zip(x, y, peak, shape, strict=True):
        reach = int(3 * np.sqrt(np.trace(matrix))) + 1
        low_x, low_y = max(round(x0) - reach, 0), max(round(y0) - reach, 0)
        window = np.s_[low_y : max(round(y0) + reach, 0), low_x : max(round(x0) + reach, 0)]
        d = np.stack([columns[window] - x0, rows[window] - y0], -1)
        exponent = np.einsum("...i,ij,...j->...", d, np.linalg.inv(matrix), d)
        data[window] += flux * np.exp(-FOUR_LN2 * exponent)
    return data


def grid(size, step, seed):
    """Positions on a grid, moved by up to half a pixel."""
    line = np.arange(step, size - step / 2, step)
    x, y = (axis.ravel() for axis in np.meshgrid(line, line))
    shift = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, x.size))
    return x + shift[0], y + shift[1]


def celestial_wcs(shape, ra=10.0, dec=40.0, projection="SIN", rotation_deg=0.0):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{projection}", f"DEC--{projection}"]
    wcs.wcs.cdelt = [-SCALE_DEG, SCALE_DEG]
    wcs.wcs.crval = [ra, dec]
    wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
    turn = np.radians(rotation_deg)
    wcs.wcs.pc = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    wcs.wcs.set()
    return wcs


def image(data, *, ra=10.0, dec=40.0, projection="SIN", rotation_deg=0.0, beam=None):
    major, minor, pa = BEAM_PX
    wcs = celestial_wcs(np.shape(data), ra, dec, projection, rotation_deg)
    return Image(
        path="synthetic",
        identity=Identity(),
        data=np.asarray(data, np.float32),
        projection=Projection(wcs.to_header(), 1, 2),
        beam=beam or Beam(major * SCALE_DEG, minor * SCALE_DEG, pa),
        freq_eff=1.4e9,
        bandwidth=np.nan,
        taken_at=datetime(2024, 1, 1, tzinfo=UTC),
        duration=np.nan,
        stokes="I",
        ra=ra,
        dec=dec,
        pixel_scale=(SCALE_DEG, SCALE_DEG),
        telescope="",
    )


def header(shape=(64, 64), **wcs):
    """A complete header of an image with two axes."""
    cards = celestial_wcs(shape, **wcs).to_header()
    cards["BMAJ"], cards["BMIN"], cards["BPA"] = (
        BEAM_PX[0] * SCALE_DEG,
        BEAM_PX[1] * SCALE_DEG,
        BEAM_PX[2],
    )
    cards["RESTFRQ"] = 1.4e9
    cards["DATE-OBS"] = "2024-05-01T12:30:00.5"
    cards["BUNIT"] = "Jy/beam"
    return cards


def write(path: Path, data=None, cards=None, **changes) -> Path:
    """Write a FITS file; a change to None removes the card."""
    data = noise(64, 0).astype(np.float32) if data is None else data
    cards = header(data.shape[-2:]) if cards is None else cards
    for key, value in changes.items():
        if value is None:
            cards.remove(key.replace("_", "-"))
        else:
            cards[key.replace("_", "-")] = value
    fits.PrimaryHDU(data, cards).writeto(path, overwrite=True)
    return path


def mad(values):
    """Robust standard deviation."""
    return 1.4826 * np.median(np.abs(values - np.median(values)))


def match(measurements, x, y, within=2.0):
    """Row of the measurement nearest to each position, -1 if none is within so many pixels."""
    distance = np.hypot(measurements.x - x[:, None], measurements.y - y[:, None])
    nearest = distance.argmin(axis=1)
    return np.where(distance.min(axis=1) < within, nearest, -1)
