"""Write the difference of each image and the mean of those before it, or a deep image."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from extractor import Image
from extractor.difference import (
    Alignment,
    Reference,
    difference,
    reference_of,
    with_image,
    write_difference,
)
from extractor.errors import ExtractorError
from trapdb.errors import ImageLost
from trapdb.whole_file import whole_file


@dataclass(frozen=True)
class Written:
    """A difference that was written.

    Attributes
    ----------
    path : Path
        Its file.
    parent_image_id : int
        The image from which the reference was subtracted.
    references_count : int
        How many images the reference was the mean of.
    alignment : Alignment
        By what the image was off.
    """

    path: Path
    parent_image_id: int
    references_count: int
    alignment: Alignment


def write_differences(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    folder: Path,
    deep: Reference | None,
    leave_out: Callable[[str, str], None],
) -> Iterator[tuple[Any, Written | None]]:
    """Write the differences of images that have none yet.

    Parameters
    ----------
    images : sequence
        Rows of `trap.image_to_difference`, by band, Stokes parameter and time.
    read : callable
        From one of these to its image.
    folder : Path
        Where the files are written.
    deep : Reference, optional
        What is subtracted from all of them, instead of the mean of those before. One mean is in
        memory at a time, however many images are in it.
    leave_out : callable
        Takes the path of an image of which there is no difference, or that is not in the mean, and
        the reason.

    Yields
    ------
    row, Written or None
        After each image.

    Raises
    ------
    InputError
        A file cannot be written.
    """
    for _, group in groupby(images, key=lambda row: (row.band_id, row.stokes)):
        yield from _of_one_band(list(group), read, folder, deep, leave_out)


def _of_one_band(
    images: Sequence[Any],
    read: Callable[[Any], Image],
    folder: Path,
    deep: Reference | None,
    leave_out: Callable[[str, str], None],
) -> Iterator[tuple[Any, Written | None]]:
    last = max((at for at, row in enumerate(images) if not row.is_done), default=-1)
    reference = deep
    for at, row in enumerate(images):
        written = None
        if at <= last and not (deep and row.is_done):  # else none needs it
            try:
                image = read(row)
                alignment = _alignment(row)
                if reference is not None and not row.is_done:
                    left = _subtracted(image, reference, alignment)
                    written = _write(folder, row, left, reference, alignment)
                if deep is None:
                    reference = _grown(reference, image, row.rms, alignment)
            except (ExtractorError, ImageLost) as error:
                leave_out(row.path, str(error))
        yield row, written


def _alignment(row: Any) -> Alignment:
    """Return by what an image is off, as far as that is known."""
    return Alignment(row.offset_east or 0.0, row.offset_north or 0.0, row.flux_ratio or 1.0)


def _subtracted(image: Image, reference: Reference, alignment: Alignment) -> Image:
    if image.digest == reference.image.digest and reference.count == 1:
        raise ExtractorError(f"{image.path}: it is the reference itself")
    return difference(image, reference, alignment)


def _grown(
    reference: Reference | None, image: Image, rms: float, alignment: Alignment
) -> Reference:
    if reference is None:
        return reference_of(image, rms, alignment)
    return with_image(reference, image, rms, alignment)


def _write(
    folder: Path, row: Any, left: Image, reference: Reference, alignment: Alignment
) -> Written:
    name = f"{row.taken_at:%Y%m%dT%H%M%S.%f}_{row.freq_eff / 1e6:.6g}MHz_{row.stokes}"
    path = folder / f"{name}_{row.image_id}.fits"
    cards = {
        "NREF": (reference.count, "images in the reference"),
        "OFFEAST": (alignment.east, "[deg] moved back by"),
        "OFFNORTH": (alignment.north, "[deg] moved back by"),
        "FLUXRAT": (alignment.flux_ratio, "divided by"),
    }
    with whole_file(path) as aside:
        write_difference(aside, left, cards)
    return Written(path, row.image_id, reference.count, alignment)
