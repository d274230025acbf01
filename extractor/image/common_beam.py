"""Images brought to a common beam, which none of them has to be deconvolved to, and to a place."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2, axes, determinant, shape_matrix
from extractor.image.plane import Beam, ImagePlane

# Beams are the same if the square of no width differs by more than this, relatively.
SAME = 1e-3
# Beyond the edge pixels fade out over so many, at least.
FADE_PX = 16


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


def convolved(
    image: ImagePlane, beam: Beam, shift: tuple[float, float] = (0.0, 0.0)
) -> NDArray[np.float32]:
    """Return the pixels of an image as a larger beam sees them, Jy per that beam.

    A point keeps its peak: its flux is that of a Gaussian, convolved with the Gaussian of which
    the shape matrix is the difference of both (Wild 1970, Aust. J. Phys. 23, 113). Pixels within
    a width of that of blank ones are blank.

    Parameters
    ----------
    image : ImagePlane
    beam : Beam
        As wide as that of the image or wider.
    shift : tuple of float
        Pixels along x and y by which all is moved, in the Fourier domain. A point of which the beam
        is 3 pixels wide loses less than 1e-4 of its peak; of 2.5 pixels, 1e-3.

    Raises
    ------
    ValueError
        The beam does not hold that of the image: it would have to be deconvolved.
    """
    from scipy import fft
    from scipy.ndimage import maximum_filter

    wanted, own = replace(image, beam=beam).beam_px, image.beam_px
    to_circle = np.linalg.inv(np.linalg.cholesky(own))
    growth = np.linalg.eigvalsh(to_circle @ wanted @ to_circle.T) - 1
    if growth.min() < -SAME:
        raise ValueError("the beam of the image is not within the common one")
    same = bool(growth.max() < SAME)
    if same and shift == (0.0, 0.0):
        return image.data
    kernel = np.zeros((2, 2)) if same else wanted - own
    width = np.sqrt(np.maximum(kernel.diagonal(), 0.0))  # FWHM along x and y
    fade = [max(FADE_PX, *np.ceil(2 * width).astype(int))] * 2
    ny, nx = image.data.shape
    sides = [fft.next_fast_len(length + sum(fade), real=True) for length in (ny, nx)]
    ends = [
        (fade[0], side - length - fade[0]) for side, length in zip(sides, (ny, nx), strict=True)
    ]
    blank = np.isnan(image.data)
    has_blanks = bool(blank.any())
    filled = np.where(blank, np.float32(0), image.data) if has_blanks else image.data
    # fading out, so that opposite edges meet without a step
    spectrum = fft.rfft2(np.pad(filled, ends, mode="linear_ramp"))
    spectrum *= _response(kernel, shift, sides)
    scale = np.float32(1.0 if same else np.sqrt(determinant(wanted) / determinant(own)))
    (low_y, _), (low_x, _) = ends
    found = scale * fft.irfft2(spectrum, s=sides)[low_y : low_y + ny, low_x : low_x + nx]
    reach = np.ceil(width + np.abs(shift)).astype(int)
    if has_blanks:
        near = maximum_filter(blank.view(np.uint8), (2 * reach + 1)[::-1]) > 0
        found[near] = np.nan
    _blank_beyond(found, shift)
    return np.asarray(found, np.float32)


def _response(
    kernel: NDArray[np.float64], shift: tuple[float, float], sides: Sequence[int]
) -> NDArray[np.complex64]:
    """Fourier transform of a Gaussian of sum 1, exp(-4 ln2 d' K^-1 d), that is moved."""
    fy, fx = np.fft.fftfreq(sides[0])[:, None], np.fft.rfftfreq(sides[1])
    turn_y, turn_x = np.exp(-2j * np.pi * fy * shift[1]), np.exp(-2j * np.pi * fx * shift[0])
    factor = -(np.pi**2) / FOUR_LN2
    turn_y = turn_y * np.exp(factor * kernel[1, 1] * fy**2)
    turn_x = turn_x * np.exp(factor * kernel[0, 0] * fx**2)
    response = turn_y.astype(np.complex64) * turn_x.astype(np.complex64)
    if kernel[0, 1]:
        # the cross term, of which the exponent is a product
        response *= np.exp((2 * factor * kernel[0, 1] * fy * fx).astype(np.float32))
    return np.asarray(response, np.complex64)


def _blank_beyond(pixels: NDArray[np.float32], shift: tuple[float, float]) -> None:
    """Blank what was moved in from beyond the edges."""
    for moved, rows in ((shift[1], pixels), (shift[0], pixels.T)):
        if moved > 0:
            rows[: int(np.ceil(moved))] = np.nan
        elif moved < 0:
            rows[int(np.floor(moved)) :] = np.nan
