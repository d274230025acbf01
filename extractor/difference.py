"""Differences of images: each less a reference of its band, from which what changed stands out.

The reference is the mean of other images, weighted by their noise, or one deep image. An image is
moved to it and brought to its flux scale by what it was measured to be off, both are brought to a
common beam, and to the noise of their difference is added what structure of the sky leaves in it.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.geometry.ellipses import axes
from extractor.image.common_beam import common_beam, convolved
from extractor.image.grid import same_grid
from extractor.image.header import header_of, response_part
from extractor.image.plane import Beam, ImagePlane
from extractor.readers.opened import DIFFERENCE

AnyPlane = TypeVar("AnyPlane", bound=ImagePlane)

# Added to the noise: errors of place and of beam leave something where the reference is steep, this
# share of what it changes by within half a beam; errors of the flux scale leave this share of
# itself. Of a point the first is by far the larger; on smooth emission both are small.
SHARE, SCALE_SHARE = 0.01, 0.005
# A common beam of more than so many times the area of one of the two would hide what is sought.
LARGEST_AREA = 2.0
# The mean is known where it has at least this share of the weight.
LEAST_WEIGHT = 0.5
# Name of the part of a file that holds what was subtracted.
PART = "REFERENCE"


@dataclass(frozen=True)
class Alignment:
    """By what an image is off, against what its references are not.

    Attributes
    ----------
    east, north : float
        Its sources lie that far to the east and north of where they should, degrees on the sky.
    flux_ratio : float
        Its fluxes over what they should be.
    """

    east: float = 0.0
    north: float = 0.0
    flux_ratio: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be corrected.

        Raises
        ------
        ExtractorError
        """
        if not (math.isfinite(self.east) and math.isfinite(self.north)):
            raise ExtractorError(f"an offset of {self.east}, {self.north} deg is not finite")
        if not 0 < self.flux_ratio < math.inf:
            raise ExtractorError(f"a flux ratio of {self.flux_ratio} is not a positive number")


@dataclass(frozen=True, eq=False)
class Reference:
    """The weighted mean of images of one grid, or a deep image.

    Attributes
    ----------
    image : ImagePlane
        Its pixels, Jy per its beam, NaN where less than half of the weight is known.
    weighted : ndarray of float32, shape (ny, nx)
        Sum of weights times pixels.
    weight : ndarray of float32, shape (ny, nx)
        Sum of the weights, 1 / (Jy/beam)^2.
    full : float
        Sum of the weights of a pixel that is nowhere blank.
    count : int
        How many images are in it.
    """

    image: ImagePlane
    weighted: NDArray[np.float32]
    weight: NDArray[np.float32]
    full: float
    count: int


def reference_of(image: ImagePlane, rms: float, alignment: Alignment | None = None) -> Reference:
    """Return the reference that consists of one image, with this noise, Jy/beam.

    Raises
    ------
    ExtractorError
        The noise is not a positive number.
    """
    alignment = alignment or Alignment()
    pixels = _aligned(image, image.beam, alignment)
    weight = _weight(image, rms, alignment)
    there = ~np.isnan(pixels)
    _ = image.digest  # a reference lives long, and is not to keep the pixels for that
    placed = replace(image, data=pixels)
    return Reference(placed, np.where(there, pixels * weight, 0), there * weight, float(weight), 1)


def with_image(
    reference: Reference, image: ImagePlane, rms: float, alignment: Alignment | None = None
) -> Reference:
    """Return a reference with one more image.

    Parameters
    ----------
    reference : Reference
        Memory does not grow with the number of images in it.
    image : ImagePlane
    rms : float
        Noise of the image, Jy/beam.
    alignment : Alignment, optional

    Raises
    ------
    ExtractorError
        Their pixels or their beams differ too much.
    """
    alignment = alignment or Alignment()
    beam = _beam_for(image, reference.image)
    pixels = _aligned(image, beam, alignment)
    weight = _weight(image, rms, alignment)
    there = ~np.isnan(pixels)
    if beam == reference.image.beam:
        weighted, weights = reference.weighted, reference.weight
    else:
        mean = convolved(reference.image, beam)
        blank = np.isnan(mean)
        weights = np.where(blank, np.float32(0), reference.weight)
        weighted = np.where(blank, np.float32(0), mean) * weights
    weighted = np.add(weighted, np.where(there, pixels * weight, np.float32(0)))
    weights = np.add(weights, there * weight)
    full = reference.full + float(weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        known = weights >= np.float32(LEAST_WEIGHT * full)
        data = np.where(known, weighted / weights, np.float32(np.nan))
    placed = replace(reference.image, beam=beam, data=data)
    return Reference(placed, weighted, weights, full, reference.count + 1)


def difference(
    image: AnyPlane, reference: Reference, alignment: Alignment | None = None
) -> AnyPlane:
    """Return an image less a reference, which must not contain it.

    Parameters
    ----------
    image : ImagePlane
    reference : Reference
    alignment : Alignment, optional

    Returns
    -------
    ImagePlane
        Of the common beam, blank where either is, and with `added_noise`.

    Raises
    ------
    ExtractorError
        Their pixels or their beams differ too much.
    """
    beam = _beam_for(image, reference.image)
    there = convolved(reference.image, beam)
    left = _aligned(image, beam, alignment or Alignment()) - there
    return with_reference(replace(image, beam=beam, data=left), there)


def with_reference(image: AnyPlane, reference: NDArray[np.float32]) -> AnyPlane:
    """Return a difference with the reference that was subtracted, and what that adds to the noise.

    Parameters
    ----------
    image : ImagePlane
        The difference.
    reference : ndarray of float32, shape (ny, nx)
        Jy per its beam.
    """
    from scipy.ndimage import maximum_filter, minimum_filter

    size = math.ceil(float(axes(image.beam_px)[0])) | 1
    known = np.nan_to_num(reference)
    high, low = maximum_filter(known, size), minimum_filter(known, size)
    largest = np.maximum(np.abs(high), np.abs(low))
    added = np.hypot(np.float32(SHARE) * (high - low), np.float32(SCALE_SHARE) * largest)
    return replace(image, signed=True, reference=reference, added_noise=added)


def write_difference(
    path: str | os.PathLike[str], image: ImagePlane, cards: Mapping[str, tuple[object, str]]
) -> None:
    """Write a difference as FITS, with what was subtracted in a second part.

    That is compressed, to a sixteenth of its noise.

    Parameters
    ----------
    path
        The file to make.
    image : ImagePlane
        By `difference`.
    cards : mapping
        More keywords, with values and comments.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    from astropy.io import fits

    assert image.reference is not None
    ny, nx = image.data.shape
    header = header_of(image, nx, ny)
    header[DIFFERENCE] = (PART, "part that was subtracted")
    header.update(cards)
    reference = fits.CompImageHDU(
        image.reference, name=PART, compression_type="RICE_1", quantize_level=16
    )
    parts = response_part(header, image)
    primary = fits.PrimaryHDU(image.data, header)
    fits.HDUList([primary, reference, *parts]).writeto(path, overwrite=True)


def _weight(image: ImagePlane, rms: float, alignment: Alignment) -> np.float32:
    if not 0 < rms < math.inf:
        raise ExtractorError(f"{image.path}: a noise of {rms:g} Jy/beam cannot weigh it")
    return np.float32((alignment.flux_ratio / rms) ** 2)


def _aligned(image: ImagePlane, beam: Beam, alignment: Alignment) -> NDArray[np.float32]:
    """Pixels of an image where they should be, as they should be, of a larger beam."""
    shift = (0.0, 0.0)
    if alignment.east or alignment.north:
        ny, nx = image.data.shape
        to_sky = sky.jacobian(image.wcs, (nx - 1) / 2, (ny - 1) / 2)
        x, y = np.linalg.solve(to_sky, [-alignment.east, -alignment.north])
        shift = float(x), float(y)
    return convolved(image, beam, shift) / np.float32(alignment.flux_ratio)


def _beam_for(image: ImagePlane, reference: ImagePlane) -> Beam:
    """Return the beam to which both are brought."""
    if not same_grid(image, reference):
        raise ExtractorError(
            f"{image.path}: its pixels are not those of its reference, {reference.path}: images of "
            "one grid can be subtracted"
        )
    for one in (image, reference):
        if one.beam.fault:
            raise ExtractorError(f"{one.path}: {one.beam.fault}: nothing can be subtracted")
    beam = common_beam([reference.beam, image.beam])
    growth = _area(beam) / min(_area(image.beam), _area(reference.beam))
    if growth > LARGEST_AREA:
        raise ExtractorError(
            f"{image.path}: its beam of {_told(image.beam)} and that of its reference, "
            f"{_told(reference.beam)}, have none in common below {growth:.3g} times the area of "
            f"the smaller one, and nothing is deconvolved; {LARGEST_AREA:g} times is allowed"
        )
    return beam


def _area(beam: Beam) -> float:
    return beam.major * beam.minor


def _told(beam: Beam) -> str:
    return f"{beam.major * 3600:.3g} x {beam.minor * 3600:.3g} arcsec at {beam.pa:.0f} deg"
