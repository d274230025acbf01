"""The form in which every reader returns a file."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.image.coordinates import MAX_AXES
from extractor.image.header_values import Get
from extractor.readers.time_axis import TimeTable

# Larger images than this are refused before memory is allocated. A file has to be at least a
# thousandth of its pixels in size, which no compression beats, to be believed beyond a modest size.
MAX_PIXELS = 2**30
MODEST_PIXELS = 2**22
MAX_PIXELS_PER_BYTE = 1000
# Keyword of a difference: the name of the part that holds what was subtracted.
DIFFERENCE = "DIFFREF"
# Two of the sky, frequency, Stokes parameter and time.
MAX_LONG_AXES = 5

Index = tuple[int | slice, ...]


@dataclass(frozen=True)
class Opened:
    """An open image file.

    Attributes
    ----------
    header : astropy.io.fits.Header
        The keywords of FITS, whatever the format; NAXIS and NAXISn are there.
    read : callable
        Takes an index in numpy's order, the last for the first axis of FITS, and returns pixels.
    beams : mapping
        Beams that differ from plane to plane: major and minor FWHM and position angle in degrees,
        by the number of the channel and that of the Stokes parameter, from 0.
    frequencies : mapping
        Frequency and width, in the unit of the spectral axis, of channels that a table lists, by
        their number, from 0.
    times : TimeTable, optional
        What a table says of the planes along the axis of times.
    n_pixels : int, optional
        How many pixels there are, from the first one on, in a file that ends before its image does.
    in_rows : bool
        Whether rows along the first axis of FITS are read faster whole than in part, as where they
        follow each other in the file.
    reference, response : callable, optional
        Return parts of the file with pixels of their own, shape (ny, nx): what was subtracted from
        those of a difference, and what makes their noise the same all over.
    """

    header: Any
    read: Callable[[Index], NDArray[Any]]
    beams: Mapping[tuple[int, int], tuple[float, float, float]] = field(default_factory=dict)
    frequencies: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    times: TimeTable | None = None
    n_pixels: int | None = None
    in_rows: bool = False
    reference: Callable[[], NDArray[Any]] | None = None
    response: Callable[[], NDArray[Any]] | None = None

    @cached_property
    def get(self) -> Get:
        """Value of a keyword, None if it is not there; looked up once for all planes of a cube."""
        return keyword_lookup(self.header)


def keyword_lookup(header: Any) -> Get:
    """Return a function from a keyword to its value, None if it is not there; cheap to ask."""
    stated = frozenset(header)  # astropy's search for what is not there takes long
    return cache(lambda key: header.get(key) if key in stated else None)


def refuse_unreasonable(lengths: list[int], size: int, path: str) -> None:
    """Refuse axes, in the order of FITS, that cannot be those of an image of so many bytes on disk.

    Raises
    ------
    ImageError
    """
    longer = sum(length > 1 for length in lengths)
    if not 2 <= len(lengths) <= MAX_AXES or longer > MAX_LONG_AXES:
        raise ImageError(
            f"{path}: it has {len(lengths)} axes, {longer} of them longer than 1; images of 2 to "
            f"{MAX_AXES} axes are read, {MAX_LONG_AXES} of them longer than 1"
        )
    if min(lengths) < 1:
        raise ImageError(f"{path}: it has no pixels (its axes are {lengths})")
    n_pixels = math.prod(lengths)
    if n_pixels > max(MODEST_PIXELS, MAX_PIXELS_PER_BYTE * size):
        raise ImageError(f"{path}: its header claims {n_pixels} pixels, which is not believable")
