"""Where the pixels of an image are on the sky, the same in every process that has the image."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from extractor.image.coordinates import sky_wcs


@dataclass(frozen=True, eq=False)
class Projection:
    """The sky coordinates of an image as its header states them.

    An image travels between the workers of a cluster. astropy writes a WCS that travels as a header
    of its own, in numbers of some fourteen digits, with which positions and fluxes would differ in
    their last ones. So it is the keywords of the file that travel, and each process makes the same
    WCS of them.

    Attributes
    ----------
    keywords : Mapping
        Those of the coordinates: `extractor.image.coordinates.coordinate_keywords`.
    lon_axis, lat_axis : int
        FITS numbers of the axes of right ascension and declination.
    """

    keywords: Mapping[str, Any]
    lon_axis: int
    lat_axis: int

    @cached_property
    def wcs(self) -> Any:
        """The `astropy.wcs.WCS` of the two axes.

        Raises
        ------
        ValueError, TypeError, KeyError, IndexError, MemoryError
            The keywords hold no valid one; astropy has many kinds of exceptions for that.
        """
        return sky_wcs(self.keywords.get, self.lon_axis, self.lat_axis)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to be sent to another process: all but the WCS."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
