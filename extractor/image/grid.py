"""Whether images have the same pixels."""

from typing import Any

import numpy as np

from extractor.image.plane import ImagePlane

# Pixels are the same where they agree to this, in pixels.
AGREEMENT = 0.01


def same_grid(image: ImagePlane, other: ImagePlane) -> bool:
    """Whether the pixels of two images are at the same places on the sky."""
    if image.data.shape != other.data.shape:
        return False
    return same_places(image.wcs, other.wcs, image.data.shape)


def same_places(wcs: Any, other: Any, shape: tuple[int, ...]) -> bool:
    """Whether pixels of two coordinate systems, of planes of one shape, are at the same places."""
    ny, nx = shape
    corners = np.array([[0, 0], [nx - 1, 0], [0, ny - 1], [nx - 1, ny - 1], [nx / 2, ny / 2]])
    if list(wcs.wcs.ctype) != list(other.wcs.ctype):
        return False
    there = other.wcs_world2pix(wcs.wcs_pix2world(corners, 0), 0)
    # a corner may be beyond the horizon
    return not bool((np.abs(there - corners) > AGREEMENT).any())
