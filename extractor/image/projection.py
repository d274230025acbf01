"""Where the pixels of an image are on the sky, the same in every process that has the image."""

import warnings
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any


@dataclass(frozen=True, eq=False)
class Projection:
    """The sky coordinates of an image as its header states them.

    An image travels between the workers of a cluster. astropy writes a WCS that travels as a header
    of its own, in numbers of some fourteen digits, with which positions and fluxes would differ in
    their last ones. So it is the header of the file that travels, and each process makes the same
    WCS of it.

    Attributes
    ----------
    header : astropy.io.fits.Header
    lon_axis, lat_axis : int
        FITS numbers of the axes of right ascension and declination.
    """

    header: Any
    lon_axis: int
    lat_axis: int

    @cached_property
    def wcs(self) -> Any:
        """The `astropy.wcs.WCS` of the two axes.

        Raises
        ------
        Exception
            The header holds no valid one; astropy has many kinds of exceptions for that.
        """
        from astropy.wcs import WCS

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of peculiar headers, most of which do no harm here
            wcs = WCS(self.header).sub([self.lon_axis, self.lat_axis])
            wcs.wcs.set()
            return wcs

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels: all but the WCS."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
