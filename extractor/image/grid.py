"""Whether images have the same pixels."""

import numpy as np

from extractor.image.plane import ImagePlane

# Pixels are the same where they agree to this, in pixels.
AGREEMENT = 0.01


def same_grid(image: ImagePlane, other: ImagePlane) -> bool:
    """Whether the pixels of two images are at the same places on the sky."""
    if image.data.shape != other.data.shape:
        return False
    ny, nx = image.data.shape
    corners = np.array([[0, 0], [nx - 1, 0], [0, ny - 1], [nx - 1, ny - 1], [nx / 2, ny / 2]])
    if list(image.wcs.wcs.ctype) != list(other.wcs.wcs.ctype):
        return False
    there = other.wcs.wcs_world2pix(image.wcs.wcs_pix2world(corners, 0), 0)
    # a corner may be beyond the horizon
    return not bool((np.abs(there - corners) > AGREEMENT).any())
