"""Images of a place: which one is meant, and its pixels with their place on the sky."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trapdb.archive import adql
from trapdb.archive.positions import Place
from trapdb.errors import InputError

if TYPE_CHECKING:
    from astropy.nddata import CCDData

_LIGHT = 299792458  # m/s
# The middle of the band; the longest wavelength is not known where the band reaches down to 0 Hz.
_FREQUENCY = f"{_LIGHT} * (1 / em_min + 1 / COALESCE(em_max, em_min)) / 2"


@dataclass(frozen=True)
class Pixels:
    """An image, or a piece of one.

    Attributes
    ----------
    data : ndarray, shape (ny, nx)
        Jy/beam; NaN where blank, and outside of the image.
    wcs : astropy.wcs.WCS
        Right ascension and declination of the two axes.
    """

    data: NDArray[Any]
    wcs: Any


def covering(place: Place, time: Any, frequency: Any, dataset: str | None) -> str:
    """Return the query for the image of a place that is nearest in time, then in frequency.

    Parameters
    ----------
    place
        What it covers.
    time
        Whatever `astropy.time.Time` takes; None for the latest image.
    frequency
        A quantity, or a number in Hz; None for the lowest.
    dataset
        Name of the data set; None for any.
    """
    conditions = [
        "dataproduct_type = 'image'",
        f"1 = CONTAINS(POINT({adql.number(place.ra)}, {adql.number(place.dec)}), s_region)",
        adql.of_dataset(dataset, "obs_collection"),
    ]
    gap = "-t_min" if time is None else _gap(adql.number(_mjd(time)))
    off = _FREQUENCY
    if frequency is not None:
        off = f"ABS({_FREQUENCY} - {adql.number(_hertz(frequency))})"
    return adql.select(
        f"o.*, {gap} AS time_gap, {off} AS frequency_gap",
        "ivoa.obscore AS o",
        conditions,
        "time_gap, frequency_gap, pol_states, obs_publisher_did",
        top=1,
    )


def as_ccd(pixels: Pixels, facts: dict[str, Any]) -> "CCDData":
    """Return pixels as astropy's image, with what is known of it."""
    from astropy.nddata import CCDData

    return CCDData(pixels.data, unit="Jy/beam", wcs=pixels.wcs, meta=facts)


def cut(pixels: Pixels, place: Place, size: float) -> Pixels:
    """Cut a square out of an image.

    Parameters
    ----------
    pixels
        The image.
    place
        Its middle, in the coordinates of the image.
    size
        Its side, deg.
    """
    from astropy import units
    from astropy.coordinates import SkyCoord
    from astropy.nddata import Cutout2D

    middle = SkyCoord(place.ra, place.dec, unit="deg")
    piece = Cutout2D(
        pixels.data, middle, size * units.deg, pixels.wcs, mode="partial", fill_value=np.nan
    )
    return Pixels(piece.data, piece.wcs)


def _gap(mjd: str) -> str:
    """Return by how many days an observation misses a time."""
    return (
        f"CASE WHEN t_min > {mjd} THEN t_min - {mjd} "
        f"WHEN COALESCE(t_max, t_min) < {mjd} THEN {mjd} - COALESCE(t_max, t_min) ELSE 0.0 END"
    )


def _mjd(time: Any) -> float:
    from astropy.time import Time

    try:
        found = Time(time).utc
    except ValueError as error:
        raise InputError(f"{time!r} is no time: {' '.join(str(error).split())}") from error
    if not found.isscalar:
        raise InputError(f"one time is asked for, not {len(found)}: ask one by one")
    return float(found.mjd)


def _hertz(frequency: Any) -> float:
    from astropy import units

    try:
        found = float(units.Quantity(frequency, units.Hz).value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{frequency!r} is no frequency: expected a number in Hz, or a quantity"
        ) from error
    return found
