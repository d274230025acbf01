"""Beam coordinates at places of an image: there the beam is a circle of FWHM 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.geometry.ellipses import FOUR_LN2, determinant, inverse, transformed
from extractor.image.plane import ImagePlane

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class BeamFrames:
    """Ways between beam coordinates and pixels.

    Attributes
    ----------
    to_pixels, to_beam : ndarray, shape (2, 2) or (n, 2, 2)
        One where the beam is the same in pixels at all places, which costs nothing; else one for
        each place.
    """

    to_pixels: Array
    to_beam: Array

    @property
    def are_one(self) -> bool:
        """Whether all places have the same."""
        return self.to_pixels.ndim == 2

    @property
    def area(self) -> Array:
        """Area of the beam, its integral over its peak, in pixels."""
        return np.pi / FOUR_LN2 * determinant(self.to_pixels)

    def select(self, rows: Index | NDArray[np.bool_]) -> "BeamFrames":
        """Return those of some of the places."""
        return self if self.are_one else BeamFrames(self.to_pixels[rows], self.to_beam[rows])

    def beam_coordinates(self, dx: Array | Index, dy: Array | Index) -> tuple[Array, Array]:
        """Beam coordinates of pixel offsets, shape (n, ...)."""
        return product(self.to_beam, dx, dy)

    def pixel_offsets(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Pixel offsets of beam coordinates, shape (n, ...)."""
        return product(self.to_pixels, u, v)

    def in_pixels(self, shape: Array) -> Array:
        """Shape matrices in pixels², shape (n, 2, 2), of those in beam coordinates."""
        return transformed(shape, self.to_pixels)

    def into(self, other: "BeamFrames") -> Array | None:
        """Return the ways into one other frame, shape (n, 2, 2); None where that is the same."""
        return None if self.are_one else other.to_beam @ self.to_pixels


def frames_at(image: ImagePlane, x: Array | Index, y: Array | Index) -> BeamFrames:
    """Frames at pixels, shape (n,)."""
    to_pixels = np.asarray(np.linalg.cholesky(image.beam_px_at(x, y)), float)
    return BeamFrames(to_pixels, inverse(to_pixels))


def product(matrix: Array, x: Array | Index, y: Array | Index) -> tuple[Array, Array]:
    """Multiply vectors, shape (n, ...), by one matrix or by one for each of the n."""
    (a, b), (c, d) = (
        [element.reshape(element.shape + (1,) * (np.ndim(x) - 1)) if element.ndim else element
         for element in (matrix[..., row, 0], matrix[..., row, 1])]
        for row in (0, 1)
    )  # fmt: skip
    return a * x + b * y, c * x + d * y
