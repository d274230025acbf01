"""Images brought to a common beam, which none of them has to be deconvolved to."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from extractor.geometry.ellipses import FOUR_LN2, axes, determinant, shape_matrix
from extractor.image.plane import Beam, ImagePlane

# Beams are the same if the square of no width differs by more than this, relatively.
SAME = 1e-3
# Where less of the beam falls on pixels that are not blank, the result is blank.
LEAST_COVERED = 0.99


def common_beam(beams: Sequence[Beam]) -> Beam:
    """Return a beam into which each of several can be convolved: the largest of them, or wider.

    It has the shape of the beam of the largest area, widened as a whole until it holds all others.
    That is the smallest one if all have one shape, and nearly so if they nearly have.
    """
    shapes = np.stack([shape_matrix(beam.major, beam.minor, beam.pa) for beam in beams])
    largest = int(np.argmax(determinant(shapes)))
    to_circle = np.linalg.inv(np.linalg.cholesky(shapes[largest]))
    widest = float(np.linalg.eigvalsh(to_circle @ shapes @ to_circle.T).max())
    if widest < 1 + SAME:
        return beams[largest]
    major, minor, pa = axes(widest * shapes[largest])
    return Beam(float(major), float(minor), float(pa) % 180)


def convolved(image: ImagePlane, beam: Beam) -> NDArray[np.float32]:
    """Return the pixels of an image as a larger beam sees them, Jy per that beam.

    A point keeps its peak. Pixels near blank ones are blank.

    Raises
    ------
    ValueError
        The beam does not hold that of the image: it would have to be deconvolved.
    """
    wanted, own = replace(image, beam=beam).beam_px, image.beam_px
    to_circle = np.linalg.inv(np.linalg.cholesky(own))
    growth = np.linalg.eigvalsh(to_circle @ wanted @ to_circle.T) - 1
    if growth.max() < SAME and growth.min() > -SAME:
        return image.data
    if growth.min() < -SAME:
        raise ValueError("the beam of the image is not within the common one")
    kernel = wanted - own
    reach = int(np.ceil(2 * np.sqrt(max(kernel[0, 0], kernel[1, 1], 1.0))))
    shape = [fft.next_fast_len(length + reach, real=True) for length in image.data.shape]
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    quadratic = kernel[0, 0] * fx**2 + 2 * kernel[0, 1] * fx * fy + kernel[1, 1] * fy**2
    # of a Gaussian of sum 1, exp(-4 ln2 d' K^-1 d)
    response = np.exp(-(np.pi**2) / FOUR_LN2 * quadratic)

    def smooth(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        ny, nx = image.data.shape
        spectrum = fft.rfft2(pixels, shape)
        return np.asarray(fft.irfft2(spectrum * response, s=shape)[:ny, :nx])

    there = ~np.isnan(image.data)
    scale = np.sqrt(determinant(wanted) / determinant(own))
    found = scale * smooth(np.where(there, image.data, 0.0))
    edge = smooth(np.ones(image.data.shape))  # what lies beyond the image is not blank
    covered = smooth(there.astype(float)) / edge
    known = there & (covered > LEAST_COVERED)
    return np.where(known, found / edge, np.nan).astype(np.float32)
