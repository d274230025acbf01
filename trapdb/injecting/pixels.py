"""Copies of images with sources in their pixels."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractor import Image
from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.geometry.ellipses import FOUR_LN2
from extractor.image.header import header_of, response_part
from trapdb.injecting.field import Array
from trapdb.injecting.truth import Source
from trapdb.simulate.render import response
from trapdb.whole_file import whole_file


def with_sources(
    image: Image, sources: Sequence[Source], fluxes: Array, start: float
) -> NDArray[np.float32]:
    """Return the pixels of an image with sources added, as its beam shows points.

    Parameters
    ----------
    image : Image
    sources : sequence of Source
    fluxes : ndarray, shape (sources,)
        Peak flux densities in this image, Jy/beam.
    start : float
        Start of the image, s since the first one.

    Returns
    -------
    ndarray of float32, shape (ny, nx)
        Jy/beam; what was blank is blank.

    Raises
    ------
    ExtractorError
        The beam is not a valid one, or the image is a difference.
    """
    if image.beam.fault:
        raise ExtractorError(f"{image.path}: {image.beam.fault}: no source can be drawn")
    if image.reference is not None:
        raise ExtractorError(f"{image.path}: it is a difference: inject into the images themselves")
    duration = float(np.nan_to_num(image.duration))
    ra, dec, peak = [], [], []
    for source, flux in zip(sources, fluxes.tolist(), strict=True):
        if flux == 0:
            continue
        east, north = source.offsets(start, duration)
        east, north = (np.sin(np.radians(one)) for one in (east, north))
        moved_ra, moved_dec = sky.from_direction_cosines(east, north, source.ra, source.dec)
        ra.append(moved_ra)
        dec.append(moved_dec)
        peak.append(np.full(len(moved_ra), flux / len(moved_ra)))
    if not ra:
        return image.data
    ny, nx = image.data.shape
    x, y = sky.to_pixel(image.wcs, np.concatenate(ra), np.concatenate(dec))
    near = np.isfinite(x) & np.isfinite(y)
    reach = 10 * np.sqrt(image.beam_px.diagonal().max())
    with np.errstate(invalid="ignore"):
        near &= (x > -reach) & (x < nx + reach) & (y > -reach) & (y < ny + reach)
    x, y, peaks = x[near], y[near], np.concatenate(peak)[near]
    # what is 1 / (8 ln 2) of the square of a full width
    shape = np.broadcast_to(image.beam_px_at(x, y) / (2 * FOUR_LN2), (len(x), 2, 2))
    added = (response(x, y, shape, (ny, nx)) @ peaks).reshape(ny, nx)
    return (image.data + added).astype(np.float32)


def write_copy(image: Image, pixels: NDArray[np.float32], folder: Path) -> Path:
    """Write a copy of an image, which says that sources were injected; return its file.

    Raises
    ------
    OSError
        It cannot be written.
    """
    from astropy.io import fits

    ny, nx = pixels.shape
    marked = replace(image, injected=True)
    name = f"{image.taken_at:%Y%m%dT%H%M%S.%f}_{image.freq_eff / 1e6:.6g}MHz_{image.stokes}"
    path = folder / f"{name}_{image.digest[:8]}.fits"
    header = header_of(marked, nx, ny)
    # an axis tells the Stokes parameter, and nothing else does
    header["WCSAXES"] = 4
    header["CTYPE3"], header["CUNIT3"], header["CRPIX3"] = "FREQ", "Hz", 1.0
    header["CRVAL3"] = image.freq_eff
    if np.isfinite(image.bandwidth):
        header["CDELT3"] = image.bandwidth
    header["CTYPE4"], header["CRPIX4"], header["CDELT4"] = "STOKES", 1.0, 1.0
    header["CRVAL4"] = 1.0 + "IQUV".index(image.stokes)
    with whole_file(path) as aside:
        parts = response_part(header, image)
        primary = fits.PrimaryHDU(pixels[None, None], header)
        fits.HDUList([primary, *parts]).writeto(aside, overwrite=True)
    return path
