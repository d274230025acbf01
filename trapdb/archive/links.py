"""Images that a service gives: whole by their links (DataLink), or a piece of them (SODA).

Source: IVOA Recommendations DataLink 1.1 and SODA 1.0.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from typing import Any
from urllib.parse import urlencode

import numpy as np

from trapdb.archive.fetching import fetch
from trapdb.archive.images import Pixels, cut
from trapdb.archive.positions import Place
from trapdb.errors import ServiceError

_SODA = "ivo://ivoa.net/std/SODA#sync"
# Of a corner of a square, from its middle; a little more, so that rounding leaves none out.
_CORNER = 1.001 / sqrt(2)  # sides


@dataclass(frozen=True)
class Links:
    """What is linked to an image.

    Attributes
    ----------
    whole : str or None
        Where its file is.
    pieces : str or None
        Where pieces of it are cut out.
    """

    whole: str | None
    pieces: str | None


def fetch_pixels(place: str, facts: Mapping[str, Any], middle: Place, size: float | None) -> Pixels:
    """Return an image, or a square of it, from where its row in ObsCore leads.

    Parameters
    ----------
    place
        Address of the service that gave the row.
    facts
        The row.
    middle
        Middle of the square.
    size
        Its side, deg; None for the whole image.

    Raises
    ------
    ServiceError
        It leads nowhere, or what is there is no image.
    """
    if np.ma.is_masked(facts["access_url"]):
        raise ServiceError(place, f"does not tell where {facts['obs_publisher_did']} is")
    address = str(facts["access_url"])
    links = Links(address, None)
    if "content=datalink" in str(facts["access_format"]):
        links = _links(address, fetch(address))
    if size is None or links.pieces is None:
        if links.whole is None:
            raise ServiceError(address, "gives no file of this image")
        pixels = _pixels(links.whole, fetch(links.whole))
        return pixels if size is None else cut(pixels, middle, size)
    query = urlencode(
        {
            "ID": facts["obs_publisher_did"],
            "CIRCLE": f"{middle.ra!r} {middle.dec!r} {min(180.0, _CORNER * size)!r}",
        }
    )
    wanted = f"{links.pieces}{'&' if '?' in links.pieces else '?'}{query}"
    return cut(_pixels(links.pieces, fetch(wanted)), middle, size)


def _links(address: str, body: bytes) -> Links:
    """Read a document of DataLink."""
    from astropy.io import votable

    try:
        with warnings.catch_warnings():
            # of a VOTable's niceties; what is missing of it is an error
            warnings.simplefilter("ignore", votable.exceptions.VOWarning)
            file = votable.parse(BytesIO(body))
        rows = file.get_first_table().to_table()
        whole, pieces = None, None
        for row in rows:
            if row["semantics"] == "#this" and row["access_url"]:
                whole = str(row["access_url"])
        for resource in file.resources:
            told = {one.name: str(one.value) for one in resource.params}
            if told.get("standardID", "").startswith(_SODA):
                pieces = told["accessURL"]
    except (ValueError, IndexError, KeyError, votable.exceptions.VOTableSpecError) as error:
        said = " ".join(str(error).split())
        raise ServiceError(address, f"its links are no document of DataLink: {said}") from error
    return Links(whole, pieces)


def _pixels(address: str, body: bytes) -> Pixels:
    """Read an image of FITS, whose axes are of the sky but for those of length 1."""
    from astropy.io import fits
    from astropy.wcs import WCS

    from extractor.image.units import jy_per_beam

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers; what matters is an error
            with fits.open(BytesIO(body)) as file:
                image = next(hdu for hdu in file if hdu.is_image and hdu.data is not None)
                data = np.squeeze(image.data) * np.float32(
                    jy_per_beam(image.header.get("BUNIT", ""))
                )
                wcs = WCS(image.header).celestial
    except (OSError, ValueError, TypeError, StopIteration) as error:
        said = " ".join(str(error).split()) or "there is no image in it"
        raise ServiceError(address, f"what it gives is no image in FITS: {said}") from error
    if data.ndim != 2 or wcs.naxis != 2:
        raise ServiceError(address, f"its image has {data.ndim} axes, and not two of the sky")
    return Pixels(data, wcs)
