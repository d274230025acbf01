"""The planes of a cube: one image for each frequency and Stokes parameter."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.image.coordinates import MAX_AXES
from extractor.image.coordinates import SPECTRAL as SPECTRAL_TYPES
from extractor.image.header_values import Get, lookup, number, text
from extractor.readers.aartfaac import frequency_cards
from extractor.readers.obit import spectral_cards
from extractor.readers.opened import Opened

MAX_PLANES = 100_000
# More pixels than this in one plane are not read.
MAX_PIXELS = 2**30

_NAMED = re.compile(r"(.+)\[(\d{1,9})\]")
SPECTRAL = (*SPECTRAL_TYPES, "SPECLNMF")


@dataclass(frozen=True)
class Plane:
    """One plane of a file.

    Attributes
    ----------
    number : int
        Counted from 0 in the order of the file: the first of the axes that are not of the sky runs
        fastest.
    name : str
        The path, with the number if the file has several planes.
    axes : tuple of int
        FITS numbers of the axes of longitude and latitude.
    index : dict of int to int
        Where the plane is on the other axes, by their FITS numbers, from 0.
    cards : dict
        What makes the file's header that of this plane.
    """

    number: int
    name: str
    axes: tuple[int, int]
    index: dict[int, int]
    cards: dict[str, object]


def planes(opened: Opened, overrides: Mapping[str, object], path: str) -> list[Plane]:
    """List the planes of a file that are images.

    Parameters
    ----------
    opened : Opened
    overrides : Mapping
        Keywords that the user supplies.
    path : str
        For messages.

    Raises
    ------
    ImageError
        The file has planes along another axis than frequency and Stokes parameter, or too many.
    """
    header = opened.header
    get = lookup(opened.get, overrides)
    kinds = [text(get, f"CTYPE{axis}").upper() for axis in range(1, MAX_AXES + 1)]
    lengths = {axis: int(header[f"NAXIS{axis}"]) for axis in range(1, header["NAXIS"] + 1)}
    sky = _sky_axes(kinds)
    if max(sky) > len(lengths):
        raise ImageError(f"{path}: its sky axes {sky[0]} and {sky[1]} hold no pixels")
    others = [axis for axis in lengths if axis not in sky]
    for axis in others:
        kind = kinds[axis - 1]
        if lengths[axis] > 1 and not kind.startswith((*SPECTRAL, "STOKES")):
            raise ImageError(
                f"{path}: axis {axis} ({kind or 'unnamed'}) has {lengths[axis]} planes; "
                "split the cube into images"
            )
    if math.prod(lengths[axis] for axis in sky) > MAX_PIXELS:
        raise ImageError(f"{path}: its header claims planes of more than {MAX_PIXELS} pixels")
    count = math.prod(lengths[axis] for axis in others)
    if count > MAX_PLANES:
        raise ImageError(f"{path}: it has {count} planes; at most {MAX_PLANES} are read")
    found = []
    for place in range(count):
        rest, index = place, {}
        for axis in others:
            rest, index[axis] = divmod(rest, lengths[axis])
        cards = _cards(get, kinds, index, opened)
        if cards is not None:
            name = f"{path}[{place}]" if count > 1 else path
            found.append(Plane(place, name, sky, index, cards))
    return found


def split_plane(path: str) -> tuple[str, int | None]:
    """Split the number of a plane off a path, ``cube.fits[3]``, unless a file is called so."""
    match = _NAMED.fullmatch(path)
    if match is None or os.path.exists(path):
        return path, None
    return match[1], int(match[2])


def chosen(found: list[Plane], number: int | None, path: str) -> Plane:
    """Return the plane of a number; without one, the only plane.

    Raises
    ------
    ImageError
        There is no such plane, or there are several.
    """
    if number is None:
        if len(found) == 1:
            return found[0]
        raise ImageError(
            f"{path}: it holds {len(found)} images; name one by its plane: {found[0].name} to "
            f"{found[-1].name}"
        )
    for plane in found:
        if plane.number == number:
            return plane
    raise ImageError(f"{path}: it has no plane {number}; the last one is {found[-1].number}")


def read_pixels(
    opened: Opened,
    plane: Plane,
    jy_per_unit: float,
    rows: slice = slice(None),
    columns: slice = slice(None),
) -> NDArray[np.float32]:
    """Read a plane, or a section of it.

    Parameters
    ----------
    opened : Opened
    plane : Plane
    jy_per_unit : float
        Jy/beam of the unit of the file.
    rows, columns : slice
        What of it, without steps.

    Returns
    -------
    ndarray of float32
        Jy/beam, in native order of bytes, rows along latitude and columns along longitude; blanks
        are NaN. Those of a section are, to the last bit, those of the whole plane.
    """
    lon, lat = plane.axes
    index: dict[int, int | slice] = {**plane.index, lon: columns, lat: rows}
    in_rows = opened.in_rows and lon == 1
    if in_rows:
        index[lon] = slice(None)
    # numpy's order: the last axis is the first of FITS
    where = tuple(index[axis] for axis in range(opened.header["NAXIS"], 0, -1))
    values = opened.read(where)
    if in_rows:
        values = values[:, columns]
    with np.errstate(over="ignore", invalid="ignore"):
        pixels = np.array(values if lon < lat else values.T, dtype=np.float32, order="C")
        # The sum tells of anything that is not finite, at a fifth of the cost of looking at each.
        if not np.isfinite(pixels.sum()):
            pixels[~np.isfinite(pixels)] = np.nan  # the same bits, whatever NaN the file has
    if jy_per_unit != 1:
        pixels *= np.float32(jy_per_unit)
    return pixels


def _sky_axes(kinds: list[str]) -> tuple[int, int]:
    """Find the axes of longitude and latitude; the first two where none is named."""
    lon, lat = (
        next((axis for axis, kind in enumerate(kinds, start=1) if kind.startswith(name)), None)
        for name in ("RA--", "DEC-")
    )
    return (1, 2) if lon is None or lat is None else (lon, lat)


def _cards(
    get: Get, kinds: list[str], index: dict[int, int], opened: Opened
) -> dict[str, object] | None:
    """Return the keywords that turn the file's header into a plane's; None if that is no image."""
    cards: dict[str, object] = {}
    channel = stokes = 0
    for axis, kind in enumerate(kinds, start=1):
        position = index.get(axis, 0)
        if kind.startswith("SPECLNMF"):
            spectral = spectral_cards(get, axis, position)
            if spectral is None:
                return None
            cards |= spectral
        elif kind.startswith(SPECTRAL) and position in opened.frequencies:
            value, width = opened.frequencies[position]
            cards |= {f"CRPIX{axis}": 1.0, f"CRVAL{axis}": value, f"CDELT{axis}": width}
        elif position:
            reference = number(get, f"CRPIX{axis}")
            cards[f"CRPIX{axis}"] = (1.0 if reference is None else reference) - position
        if kind.startswith("FREQ"):
            cards |= frequency_cards(get, axis)
        if kind.startswith("STOKES"):
            stokes = position
        elif kind.startswith(SPECTRAL):
            channel = position
    if beam := opened.beams.get((channel, stokes)):
        cards |= dict(zip(("BMAJ", "BMIN", "BPA"), beam, strict=True))
    return cards
