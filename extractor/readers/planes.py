"""The planes of a cube: one image for each frequency, Stokes parameter and time."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from extractor.errors import ImageError
from extractor.image.coordinates import MAX_AXES
from extractor.image.coordinates import SPECTRAL as SPECTRAL_TYPES
from extractor.image.header_values import Get, lookup, number, text
from extractor.readers.aartfaac import frequency_cards
from extractor.readers.obit import spectral_cards
from extractor.readers.opened import Opened
from extractor.readers.time_axis import TimeAxis, is_time, states_start

# An hour of seconds in 16 channels and four Stokes parameters.
MAX_PLANES = 250_000
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
        What makes the file's header that of this plane, with what the user supplies.
    time : int
        Where it is on the axis of times, from 0.
    spectrum : tuple of int
        Where it is on those of frequency and Stokes parameter.
    """

    number: int
    name: str
    axes: tuple[int, int]
    index: dict[int, int]
    cards: dict[str, object]
    time: int
    spectrum: tuple[int, int]


class Planes:
    """The planes of a file that are images; each is made when it is asked for.

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
        The file has planes along another axis than frequency, Stokes parameter and time, or too
        many; or it does not say of which times they are.
    """

    def __init__(self, opened: Opened, overrides: Mapping[str, object], path: str) -> None:
        header = opened.header
        self._opened, self._overrides, self.path = opened, overrides, path
        self._get = get = lookup(opened.get, overrides)
        self._kinds = [text(get, f"CTYPE{axis}").upper() for axis in range(1, MAX_AXES + 1)]
        self._lengths = {
            axis: int(header[f"NAXIS{axis}"]) for axis in range(1, header["NAXIS"] + 1)
        }
        self._sky = _sky_axes(self._kinds)
        if max(self._sky) > len(self._lengths):
            raise ImageError(
                f"{path}: its sky axes {self._sky[0]} and {self._sky[1]} hold no pixels"
            )
        self._others = [axis for axis in self._lengths if axis not in self._sky]
        for axis in self._others:
            kind = self._kinds[axis - 1]
            known = kind.startswith((*SPECTRAL, "STOKES")) or is_time(kind)
            if self._lengths[axis] > 1 and not known:
                raise ImageError(
                    f"{path}: axis {axis} ({kind or 'unnamed'}) has {self._lengths[axis]} planes; "
                    "split the cube into images"
                )
        if math.prod(self._lengths[axis] for axis in self._sky) > MAX_PIXELS:
            raise ImageError(f"{path}: its header claims planes of more than {MAX_PIXELS} pixels")
        self.count = math.prod(self._lengths[axis] for axis in self._others)
        if self.count > MAX_PLANES:
            raise ImageError(f"{path}: it has {self.count} planes; at most {MAX_PLANES} are read")
        try:
            self._time_axis, self._times = self._find_times()
        except ValueError as error:
            raise ImageError(
                f"{path}: missing metadata: {error}. "
                "Supply what the header lacks as header values KEY=VALUE"
            ) from error

    def __iter__(self) -> Iterator[Plane]:
        """Make all planes, one after the other."""
        made = (self.plane(place) for place in range(self.count))
        yield from (plane for plane in made if plane is not None)

    def chosen(self, number: int | None) -> Plane:
        """Return the plane of a number; without one, the only plane.

        Raises
        ------
        ImageError
            There is no such plane, or there are several.
        """
        if number is None:
            found = list(self)
            if len(found) == 1:
                return found[0]
            raise ImageError(
                f"{self.path}: it holds {len(found)} images; name one by its plane: "
                f"{found[0].name} to {found[-1].name}"
            )
        plane = self.plane(number) if number < self.count else None
        if plane is None:
            last = max(plane.number for plane in self)
            raise ImageError(f"{self.path}: it has no plane {number}; the last one is {last}")
        return plane

    def is_there(self, plane: Plane) -> bool:
        """Whether the pixels of a plane are in the file, which may end before its image does."""
        if self._opened.n_pixels is None:
            return True
        end, stride = 1, 1
        for axis, length in self._lengths.items():
            end += stride * plane.index.get(axis, length - 1)
            stride *= length
        return end <= self._opened.n_pixels

    def _find_times(self) -> tuple[int, TimeAxis | None]:
        """Return the number of the axis of times, 0 for none, and what it says.

        One of a single plane says nothing, if the header does.
        """
        axis = next((axis for axis in self._others if is_time(self._kinds[axis - 1])), 0)
        if axis == 0 or (self._lengths[axis] == 1 and states_start(self._get)):
            return 0, None
        length, table = self._lengths[axis], self._opened.times
        return axis, TimeAxis(self._get, self._overrides, axis, length, table)

    def plane(self, number: int) -> Plane | None:
        """Return a plane; None if it is no image."""
        rest, index = number, {}
        for axis in self._others:
            rest, index[axis] = divmod(rest, self._lengths[axis])
        name = f"{self.path}[{number}]" if self.count > 1 else self.path
        spectrum = self._place_in(index, SPECTRAL), self._place_in(index, ("STOKES",))
        time = index.get(self._time_axis, 0)
        cards = _cards(self._get, self._kinds, index, self._opened)
        if cards is None:
            return None
        if beam := self._beam(*spectrum, time):
            cards |= dict(zip(("BMAJ", "BMIN", "BPA"), beam, strict=True))
        cards |= self._overrides
        if self._times is not None:
            try:
                cards |= self._times.cards(time)
            except ValueError as error:
                raise ImageError(f"{name}: missing metadata: {error}") from error
        return Plane(number, name, self._sky, index, cards, time, spectrum)

    def _place_in(self, index: Mapping[int, int], kinds: tuple[str, ...]) -> int:
        """Return where a plane is on the last axis of a kind, from 0."""
        places = [at for axis, at in index.items() if self._kinds[axis - 1].startswith(kinds)]
        return places[-1] if places else 0

    def _beam(self, channel: int, stokes: int, time: int) -> tuple[float, float, float] | None:
        """Return the beam of a plane by table BEAMS, if it has one of its own.

        It counts channels. Who writes it for a cube of times without channels counts these.
        """
        if self._times is not None and self._beams_are_of_times:
            return self._opened.beams.get((time, stokes))
        return self._opened.beams.get((channel, stokes))

    @cached_property
    def _beams_are_of_times(self) -> bool:
        n_channels = math.prod(
            self._lengths[axis]
            for axis in self._others
            if self._kinds[axis - 1].startswith(SPECTRAL)
        )
        return n_channels == 1 and any(channel > 0 for channel, _ in self._opened.beams)


def split_plane(path: str) -> tuple[str, int | None]:
    """Split the number of a plane off a path, ``cube.fits[3]``, unless a file is called so."""
    match = _NAMED.fullmatch(path)
    if match is None or os.path.exists(path):
        return path, None
    return match[1], int(match[2])


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
    return cards
