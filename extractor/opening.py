"""Open images: the pixels and metadata of a file, and the short way to the sources."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from extractor.difference import with_reference
from extractor.errors import ImageError
from extractor.fitting.measurements import Measurements
from extractor.fitting.sources import extract
from extractor.geometry import sky
from extractor.geometry.ellipses import axes
from extractor.image.equal_pixels import blank_equal_pixels, has_equal_pixels
from extractor.image.footprint import footprint
from extractor.image.header import INJECTED, RESPONSE
from extractor.image.horizon import blank_beyond_horizon
from extractor.image.identity import Identity
from extractor.image.plane import ImagePlane, nominal_scale
from extractor.noise.background import background
from extractor.readers import open_file
from extractor.readers.beside import Beside, read_beside, usable
from extractor.readers.keywords import clean_overrides
from extractor.readers.metadata import ImageKey, KeyReader, Metadata, read_metadata
from extractor.readers.opened import Opened
from extractor.readers.plane_keys import read_plane_keys
from extractor.readers.planes import Plane, Planes, read_pixels, split_plane
from extractor.readers.urls import FetchError, is_url

MIN_STRETCH = 1e-4


class Image(ImagePlane):
    """An image, made by `open`, with the short way to its sources."""

    def extract(
        self,
        det: float = 8.0,
        anl: float = 3.0,
        *,
        fdr_alpha: float | None = None,
        negative: bool = False,
    ) -> Measurements:
        """Find and measure the sources: islands above `anl` with a pixel above `det` times the rms.

        `extractor.extract` with default background and footprint, which tells of the other options.
        """
        return extract(
            self,
            background(self),
            footprint(self),
            detection_threshold=det,
            analysis_threshold=anl,
            fdr_alpha=fdr_alpha,
            negative=negative,
        )


def open(
    path: str | os.PathLike[str],
    *,
    plane: int | None = None,
    header: Mapping[str, object] | None = None,
) -> Image:
    """Read an image.

    Parameters
    ----------
    path
        A FITS file, plain or compressed (gzip, tiles), a CASA image or an HDF5 image of LOFAR or
        CARTA, with 2 to 9 axes in any order; or the URL of a file.
    plane
        Which plane of a cube of frequencies and Stokes parameters, as `read_keys` numbers them. The
        path can say so, too: ``cube.fits[3]``.
    header
        Header values to use beside and instead of those in the file, such as
        ``{"BMAJ": 0.01, "DATE-OBS": "2024-05-01T12:00:00"}``.

    Raises
    ------
    ExtractorError
        A header value is of no use.
    ImageError
        The file is not a readable image, or lacks metadata: one line that names all of it. Or it
        has several planes and none was named.
    """
    path, named = split_plane(os.fspath(path))
    overrides = clean_overrides(header)
    with open_file(path) as opened:
        found = Planes(opened, overrides, path)
        number = named if plane is None else plane
        if number is None and found.count > 1:  # what is missing comes before which plane
            read_metadata(opened.header, next(iter(found)).cards, path)
        return _read(opened, found.chosen(number), found.count, overrides)


def open_all(
    path: str | os.PathLike[str], *, header: Mapping[str, object] | None = None
) -> Iterator[Image]:
    """Read the images of a file one by one: each plane of a cube, or the only image; see `open`.

    Raises
    ------
    ExtractorError, ImageError
    """
    path, named = split_plane(os.fspath(path))
    overrides = clean_overrides(header)
    with open_file(path) as opened:
        found = Planes(opened, overrides, path)
        for plane in found if named is None else [found.chosen(named)]:
            yield _read(opened, plane, found.count, overrides)


def read_keys(
    path: str | os.PathLike[str], *, header: Mapping[str, object] | None = None
) -> list[ImageKey]:
    """Read the keys that order images, one for each plane, from the header alone; see `open`.

    Raises
    ------
    ExtractorError, ImageError
        The file, or one of its planes, has no such key.
    """
    keys = []
    for key in keys_of(path, header=header):
        if isinstance(key, ImageError):
            raise key
        keys.append(key)
    return keys


def keys_of(
    path: str | os.PathLike[str], *, header: Mapping[str, object] | None = None
) -> list[ImageKey | ImageError]:
    """Read the keys of those planes that have one, and why the others have none.

    Planes in a row for which the reason is the same share one error.

    Raises
    ------
    ExtractorError, ImageError
        None of the planes has a key.
    """
    path, named = split_plane(os.fspath(path))
    overrides = clean_overrides(header)
    if is_url(path):
        try:
            return _keys(path, named, overrides, head=True)
        except FetchError:
            raise
        except ImageError:
            pass  # the header does not stand at the beginning, or it is the image that is bad
    return _keys(path, named, overrides)


def _keys(
    path: str, named: int | None, overrides: dict[str, object], *, head: bool = False
) -> list[ImageKey | ImageError]:
    with open_file(path, head=head) as opened:
        found = Planes(opened, overrides, path)
        if named is not None:
            return [KeyReader(opened.get).read(found.chosen(named))]
        keys, refused = read_plane_keys(opened, found, whole=not head)
    if not keys:
        raise refused[0]
    return [*keys, *refused]


def _read(opened: Opened, plane: Plane, count: int, overrides: Mapping[str, object]) -> Image:
    path = plane.name
    metadata = read_metadata(opened.header, plane.cards, path)
    data = read_pixels(opened, plane, metadata.jy_per_unit)
    wcs = metadata.projection.wcs
    ny, nx = data.shape
    centre = ((nx - 1) / 2, (ny - 1) / 2)
    ra, dec = sky.to_sky(wcs, *centre)
    nominal = nominal_scale(wcs, data.shape)
    # Far off the reference position, positions can be finite and yet without meaning.
    scale = np.nan_to_num(sky.jacobian(wcs, *centre))
    stretch = abs(np.linalg.det(scale) / np.linalg.det(wcs.pixel_scale_matrix))
    if not MIN_STRETCH < stretch < 1 / MIN_STRETCH:
        raise ImageError(f"{path}: its centre is not on the sky in its projection")
    beside = read_beside(opened, plane, count, overrides, metadata, data)
    blank_beyond_horizon(data, wcs)
    x_scale, y_scale = np.linalg.norm(nominal, axis=0)
    image = Image(
        path=path,
        identity=Identity(words=_identifying_words(data, metadata, beside), pixels=data),
        data=data,
        projection=metadata.projection,
        beam=metadata.beam,
        freq_eff=metadata.freq_eff,
        bandwidth=metadata.bandwidth,
        taken_at=metadata.taken_at,
        duration=metadata.duration,
        stokes=metadata.stokes,
        ra=float(ra),
        dec=float(dec),
        pixel_scale=(float(x_scale), float(y_scale)),
        telescope=metadata.telescope,
        stations=metadata.stations,
        jy_per_unit=metadata.jy_per_unit,
        signed=metadata.stokes != "I",
        injected=opened.get(INJECTED) is True,
    )
    if beside is not None:
        _ = image.digest  # that of the pixels as they are in the file
        data[beside.blank] = np.nan
        image = replace(
            image,
            response=beside.response,
            response_path=beside.path,
            response_digest=beside.digest,
        )
    elif opened.response is not None:
        part = opened.response().astype(np.float32)
        image = replace(image, response=usable(part, f"{path}: part {opened.get(RESPONSE)}"))
    if opened.reference is not None:
        subtracted = opened.reference() * metadata.jy_per_unit
        image = with_reference(image, subtracted.astype(np.float32))
    if has_equal_pixels(data):
        # The digest is that of the pixels as they are in the file.
        _ = image.digest
        blank_equal_pixels(data, float(axes(image.beam_px)[0]) if image.beam.is_valid else 1.0)
    return image


def _identifying_words(data: NDArray[np.float32], metadata: Metadata, beside: Beside | None) -> str:
    wcs = metadata.projection.wcs
    numbers = [
        *wcs.wcs.crval,
        *wcs.wcs.crpix,
        *wcs.pixel_scale_matrix.ravel(),
        wcs.wcs.lonpole,
        wcs.wcs.latpole,
        metadata.beam.major,
        metadata.beam.minor,
        metadata.beam.pa,
        metadata.freq_eff,
        metadata.bandwidth,
        metadata.duration,
    ]
    words = [
        *wcs.wcs.ctype,
        str(data.shape),
        metadata.stokes,
        # to the nearest millisecond, because CASA keeps days, to a microsecond at best
        (metadata.taken_at + timedelta(microseconds=500)).isoformat(timespec="milliseconds"),
        # ten digits, so that a unit's conversion in another format does not matter
        *(f"{number:.10g}" for number in numbers),
    ]
    if beside is not None:
        words.append(beside.digest)
    return "\n".join(words)
