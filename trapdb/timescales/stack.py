"""Sums of images in a row, weighted by their noise and brought to a common beam, as FITS files."""

import math
from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor import Beam, Image
from extractor.errors import ExtractorError
from extractor.image.common_beam import common_beam, convolved
from extractor.image.grid import same_grid
from extractor.image.header import INJECTED, response_part
from trapdb.errors import ImageLost
from trapdb.timescales.ladder import Ladder
from trapdb.whole_file import whole_file

# An image that lies off by more than this, in minor axes of the beam, or whose fluxes differ by
# more than this is left out, if the difference is beyond two errors.
OFFSET_BEAMS, FLUX = 0.1, 0.1
BEYOND = 2.0
# So is one whose beam has an area so many times that of the median, to which all would be smoothed.
LARGE_BEAM = 1.5


@dataclass(frozen=True)
class Sum:
    """A sum of images.

    Attributes
    ----------
    weighted : ndarray of float32
        Sum of weights times pixels.
    weight : ndarray of float32
        Sum of the weights, 1 / (Jy/beam)^2, 0 where all are blank.
    full : float
        Sum of the weights of a pixel that is nowhere blank.
    taken_at : datetime
        Start of the first image.
    duration : float
        Seconds, of all together.
    first : Image
        The first of them, of the common beam, without pixels.
    """

    weighted: NDArray[np.float32]
    weight: NDArray[np.float32]
    full: float
    taken_at: datetime
    duration: float
    first: Image

    def __add__(self, other: "Sum") -> "Sum":
        """Add a later sum."""
        return replace(
            self,
            weighted=self.weighted + other.weighted,
            weight=self.weight + other.weight,
            full=self.full + other.full,
            duration=self.duration + other.duration,
        )

    @property
    def pixels(self) -> NDArray[np.float32]:
        """Weighted mean, Jy/beam; NaN where less than half of the weight is."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.weighted / self.weight
        return np.where(self.weight > self.full / 2, mean, np.float32(np.nan))


def stack(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    folder_of: Callable[[int], Path],
    rungs: int,
    leave_out: Callable[[str, str], None],
    known: Mapping[int, Container[str]],
) -> Iterator[tuple[Any, list[tuple[int, Path]]]]:
    """Write the sums of 2, 4, 8 ... images in a row, of each band and Stokes parameter.

    Those are passed over of which all sums are known, by as many as the largest sum has.

    Parameters
    ----------
    images : sequence
        Rows of `trap.image_to_stack`, by band, Stokes parameter and time.
    read : callable
        From one of these to its image.
    folder_of : callable
        From how many images are in a sum to the folder for its file.
    rungs : int
        The largest sums are of 2^rungs images.
    leave_out : callable
        Takes the path of an image that is not added, and the reason.
    known : mapping of int to container of str
        From how many images are in a sum to the names of the files that there are of such.

    Yields
    ------
    row, list of (int, Path)
        After each image that is added: how many images are in each sum that it completed, and its
        file.

    Raises
    ------
    InputError
        A file cannot be written.
    """
    groups: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for image in images:
        groups[image.band_id, image.stokes].append(image)
    for group in groups.values():
        yield from _stack(group, read, folder_of, rungs, leave_out, known)


def _stack(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    folder_of: Callable[[int], Path],
    rungs: int,
    leave_out: Callable[[str, str], None],
    known: Mapping[int, Container[str]],
) -> Iterator[tuple[Any, list[tuple[int, Path]]]]:
    typical = median(image.beam_major * image.beam_minor for image in images)
    agreeing = []
    for image in images:
        reason = _reason(image, typical)
        if reason:
            leave_out(image.path, reason)
        else:
            agreeing.append(image)
    if not agreeing:
        return
    beam = common_beam([Beam(one.beam_major, one.beam_minor, one.beam_pa) for one in agreeing])
    ladder = Ladder(Sum.__add__, rungs)
    grid: Image | None = None
    for row in _unfinished(agreeing, rungs, known):
        try:
            image = read(row)
            if grid is not None and not same_grid(image, grid):
                raise ExtractorError(f"its pixels are not those of {grid.path}")
            pixels = convolved(image, beam)
        except (ExtractorError, ImageLost, ValueError) as error:
            leave_out(row.path, str(error))
            continue
        grid = grid or replace(image, beam=beam)
        there = ~np.isnan(pixels)
        weight = np.float32(row.rms**-2)
        one = Sum(
            np.where(there, pixels, 0) * weight,
            there * weight,
            float(weight),
            image.taken_at,
            image.duration,
            replace(image, beam=beam, data=grid.data[:0], response=grid.response),
        )
        written = []
        for count, total in ladder.push(one):
            path = folder_of(count) / _name(total.taken_at, row)
            _write(path, total, count)
            written.append((count, path))
        yield row, written


def _name(begin: datetime, row: Any) -> str:
    """Return the name of the file of a sum that begins then, with an image of such a row in it."""
    return f"{begin:%Y%m%dT%H%M%S.%f}_{row.freq_eff / 1e6:.6g}MHz_{row.stokes}.fits"


def _unfinished(
    images: Sequence[Any], rungs: int, known: Mapping[int, Container[str]]
) -> Iterator[Any]:
    """Yield the images that belong to a sum that is not known, with those beside them."""
    largest = 2**rungs
    for first in range(0, len(images), largest):
        block = images[first : first + largest]
        sums = [
            (count, block[begin : begin + count])
            for count in (2**rung for rung in range(1, rungs + 1))
            for begin in range(0, len(block) - count + 1, count)
        ]
        if not all(_name(rows[0].taken_at, rows[-1]) in known.get(n, ()) for n, rows in sums):
            yield from block


def _reason(image: Any, typical: float) -> str:
    """Return why an image cannot be added to others; empty if it can."""
    least = OFFSET_BEAMS * image.beam_minor * 3600
    off, off_err = image.offset_arcsec, image.offset_err_arcsec
    if off is not None and off - BEYOND * (off_err or 0) > least:
        return f"it lies off by {off:.2g} arcsec; more than {least:.2g} arcsec smears a sum"
    ratio, ratio_err = image.flux_ratio, image.flux_ratio_err
    if ratio is not None and abs(ratio - 1) - BEYOND * (ratio_err or 0) > FLUX:
        return f"its fluxes are {ratio:.3g} times those of the others"
    share = image.beam_major * image.beam_minor / typical
    if share > LARGE_BEAM:
        return f"its beam has {share:.2g} times the area of that of most, which all would get"
    return ""


def _write(path: Path, total: Sum, count: int) -> None:
    from astropy.io import fits

    image = total.first
    header = image.wcs.to_header()
    header["CTYPE3"], header["CUNIT3"], header["CRPIX3"] = "FREQ", "Hz", 1.0
    header["CRVAL3"] = image.freq_eff
    if not math.isnan(image.bandwidth):
        header["CDELT3"] = image.bandwidth
    header["CTYPE4"], header["CRPIX4"], header["CDELT4"] = "STOKES", 1.0, 1.0
    header["CRVAL4"] = 1.0 + "IQUV".index(image.stokes)
    header["BMAJ"], header["BMIN"], header["BPA"] = (
        image.beam.major,
        image.beam.minor,
        image.beam.pa,
    )
    header["BUNIT"] = "Jy/beam"
    header["TELESCOP"] = image.telescope
    header["TIMESYS"] = "UTC"
    header["DATE-OBS"] = total.taken_at.replace(tzinfo=None).isoformat()
    if not math.isnan(total.duration):
        header["EXPTIME"] = (total.duration, "[s] of all images together")
    if image.injected:
        header[INJECTED] = True
    header["NCOMBINE"] = (count, "images in this sum")
    with whole_file(path) as aside:
        parts = response_part(header, image)
        fits.HDUList([fits.PrimaryHDU(total.pixels[None, None], header), *parts]).writeto(aside)
