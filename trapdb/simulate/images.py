"""Simulated images as FITS files."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.time import Time
from numpy.typing import NDArray

from trapdb.simulate.field import Field
from trapdb.whole_file import whole_file


@dataclass(frozen=True)
class Exposure:
    """When, how long and at which frequency an image was taken.

    Attributes
    ----------
    taken_at : datetime
        Start, UTC.
    duration : float
        s.
    frequency, bandwidth : float
        Centre and width of the band, Hz.
    stokes : str
        I, Q, U or V.
    """

    taken_at: datetime
    duration: float
    frequency: float
    bandwidth: float
    stokes: str = "I"


def header(field: Field, exposure: Exposure, axes: int) -> fits.Header:
    """Return the header of an image with 2 axes (ra, dec) or 4 (and frequency, Stokes)."""
    cards = field.celestial_cards()
    if axes == 4:
        cards["CTYPE3"] = "FREQ"
        cards["CRVAL3"] = exposure.frequency
        cards["CDELT3"] = exposure.bandwidth
        cards["CRPIX3"] = 1.0
        cards["CUNIT3"] = "Hz"
        cards["CTYPE4"] = "STOKES"
        cards["CRVAL4"] = 1.0 + "IQUV".index(exposure.stokes)
        cards["CDELT4"] = 1.0
        cards["CRPIX4"] = 1.0
        cards["SPECSYS"] = "TOPOCENT"
    cards["RESTFRQ"] = (exposure.frequency, "[Hz]")
    for name, value in zip(("BMAJ", "BMIN", "BPA"), field.beam, strict=True):
        cards[name] = (value, "[deg] restoring beam")
    cards["BTYPE"] = "Intensity"
    cards["BUNIT"] = "Jy/beam"
    cards["OBJECT"] = "simulated field"
    cards["TELESCOP"] = "SIMULATED"
    cards["ORIGIN"] = "trapdb simulate"
    cards["TIMESYS"] = "UTC"
    end = exposure.taken_at + timedelta(seconds=exposure.duration)
    for name, moment in (("OBS", exposure.taken_at), ("END", end)):
        cards[f"DATE-{name}"] = moment.replace(tzinfo=None).isoformat(timespec="microseconds")
        cards[f"MJD-{name}"] = float(Time(moment).mjd)
    cards["EXPTIME"] = (exposure.duration, "[s]")
    return cards


def write(path: Path, pixels: NDArray[np.float32], cards: fits.Header) -> None:
    """Write a plane as FITS, with the degenerate axes that its header describes."""
    axes = 4 if "CTYPE4" in cards else 2
    data = pixels.reshape((1,) * (axes - 2) + pixels.shape)
    with whole_file(path) as aside:
        fits.PrimaryHDU(data, cards).writeto(aside)
