"""The metadata in an image header: sky, beam, frequency and time.

Nothing is guessed: what a header does not state and what cannot be computed from it is missing,
and everything that is missing is reported at once.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from extractor.errors import ImageError
from extractor.image.coordinates import (
    NO_COORDINATES,
    REST_FREQUENCY,
    coordinate_keywords,
    frequency,
    reason,
    sky_axes,
    stokes_code,
)
from extractor.image.header_values import Get, lookup, number, text
from extractor.image.plane import Beam
from extractor.image.projection import Projection
from extractor.image.stations import Stations, stations_of
from extractor.image.units import jy_per_beam
from extractor.readers.aips import beam_of_history
from extractor.readers.observation_time import duration, start
from extractor.readers.opened import DIFFERENCE, keyword_lookup
from extractor.readers.planes import Plane

MIN_PIXEL_DEG, MAX_PIXEL_DEG = 1e-9, 45.0

# What CASA calls images of something else, whatever their unit (casacore's ImageInfo); a beam is
# the imager's or the telescope's.
NO_BRIGHTNESS = ("beam", "spectral index", "rotation measure", "optical depth")

_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V"}


@dataclass(frozen=True)
class ImageKey:
    """The key that orders images: start in UTC, frequency in Hz, Stokes parameter.

    ``path`` is the name by which `extractor.open` reads the image, with the number of the plane if
    its file has several.
    """

    path: str
    taken_at: datetime
    freq_eff: float
    stokes: str


@dataclass(frozen=True)
class Metadata:
    """Physical content of a header; units as in `extractor.Image`."""

    projection: Projection
    beam: Beam
    freq_eff: float
    bandwidth: float
    taken_at: datetime
    duration: float
    stokes: str
    telescope: str
    stations: Stations | None
    jy_per_unit: float


def read_metadata(header: Any, overrides: Mapping[str, object], path: str) -> Metadata:
    """Read everything that `extractor.open` needs from a header.

    Parameters
    ----------
    header : astropy.io.fits.Header
    overrides : Mapping
        Keywords that win over those of the header: of the plane, and supplied by the user.
    path : str
        For messages.

    Raises
    ------
    ImageError
        One line that names everything that is missing or unreadable.
    """
    get = lookup(keyword_lookup(header), overrides)
    found = _gather(
        path,
        projection=lambda: projection_of(header, overrides),
        beam=lambda: _beam(header, get),
        frequency=lambda: frequency(get, rest_counts=_supplies_rest(overrides)),
        time=lambda: _time(get, overrides),
        stokes=lambda: _stokes(get),
        jy_per_unit=lambda: _jy_per_unit(get),
    )
    freq_eff, bandwidth = found.pop("frequency")
    taken_at, seconds = found.pop("time")
    return Metadata(
        freq_eff=freq_eff,
        bandwidth=bandwidth,
        taken_at=taken_at,
        duration=seconds,
        telescope=text(get, "TELESCOP"),
        stations=stations_of(get),
        **found,
    )


class KeyReader:
    """Reads times, frequencies and Stokes parameters of the planes of a file.

    Parameters
    ----------
    get : callable
        The keywords of the file.
    """

    def __init__(self, get: Get) -> None:
        self._get = get
        self._known: dict[tuple[int, int], tuple[float, str]] = {}

    def read(self, plane: Plane) -> ImageKey:
        """Read the key of a plane.

        Raises
        ------
        ImageError
        """
        get = lookup(self._get, plane.cards)
        known = self._known.get(plane.spectrum)
        if known is not None:  # in which planes of other times do not differ
            found = _gather(plane.name, taken_at=lambda: start(get, plane.cards))
            return ImageKey(plane.name, found["taken_at"], *known)
        found = _gather(
            plane.name,
            frequency=lambda: frequency(get, rest_counts=_supplies_rest(plane.cards)),
            taken_at=lambda: start(get, plane.cards),
            stokes=lambda: _stokes(get),
        )
        known = self._known[plane.spectrum] = found["frequency"][0], found["stokes"]
        return ImageKey(plane.name, found["taken_at"], *known)


def _supplies_rest(overrides: Mapping[str, object]) -> bool:
    return not overrides.keys().isdisjoint(REST_FREQUENCY)


def _time(get: Get, overrides: Mapping[str, object]) -> tuple[datetime, float]:
    taken_at = start(get, overrides)
    return taken_at, duration(get, taken_at)


def _gather(path: str, **readers: Callable[[], Any]) -> dict[str, Any]:
    found, missing = {}, []
    for name, reader in readers.items():
        try:
            found[name] = reader()
        except ValueError as error:
            missing.append(str(error))
    if missing:
        raise ImageError(
            f"{path}: missing metadata: {'; '.join(missing)}. "
            "Supply what the header lacks as header values KEY=VALUE"
        )
    return found


def projection_of(header: Any, overrides: Mapping[str, object]) -> Projection:
    """Read where the pixels of a plane are on the sky.

    Raises
    ------
    ValueError
        The header does not say, or nothing sensible.
    """
    keywords = coordinate_keywords(header, overrides)
    projection = Projection(keywords, *sky_axes(keywords.get))
    try:
        scale = projection.wcs.pixel_scale_matrix
    except NO_COORDINATES as error:
        raise ValueError(f"a valid sky projection ({reason(error)})") from error
    sizes = np.linalg.svd(scale, compute_uv=False) if np.isfinite(scale).all() else np.zeros(2)
    if not (sizes.min() > MIN_PIXEL_DEG and sizes.max() < MAX_PIXEL_DEG):
        raise ValueError("a sensible pixel scale (CDELT or CD)")
    return projection


def _jy_per_unit(get: Get) -> float:
    """Return how many Jy/beam the unit of the pixels is, if they are a brightness."""
    kind = text(get, "BTYPE")
    if kind.lower() in NO_BRIGHTNESS:
        raise ValueError(f"an image of the sky's brightness (BTYPE is {kind!r})")
    return jy_per_beam(text(get, "BUNIT"))


def _beam(header: Any, get: Get) -> Beam:
    major, minor, pa = (number(get, key) for key in ("BMAJ", "BMIN", "BPA"))
    if not major and not minor and (stated := beam_of_history(header)):
        major, minor, pa = (number(stated.get, key) for key in ("BMAJ", "BMIN", "BPA"))
    if pa is None and major == minor:
        pa = 0.0
    lacking = [
        name
        for name, value in (("BMAJ", major), ("BMIN", minor), ("BPA", pa))
        if value is None or (value == 0 and name != "BPA")
    ]
    if major is None or minor is None or pa is None or lacking:
        raise ValueError(f"beam ({', '.join(lacking)})")
    return Beam(major, minor, pa % 180 if math.isfinite(pa) else pa)


def _stokes(get: Get) -> str:
    """Stokes parameter; an image that does not speak of polarisation is of total intensity."""
    # a difference has two axes, and says it in a keyword
    if get(DIFFERENCE) is not None and get("STOKES") in _STOKES.values():
        return str(get("STOKES"))
    value = stokes_code(get)
    code = round(value) if math.isfinite(value) else 0
    if code not in _STOKES or abs(value - code) > 0.01:
        raise ValueError(f"Stokes parameter I, Q, U or V (the STOKES axis has {value:g})")
    return _STOKES[code]
