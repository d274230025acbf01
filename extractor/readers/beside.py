"""Files beside an image that say how its noise goes: weights, primary beam, or flat-noise image.

An image that is corrected for the primary beam is noisy at its edges. Times the *response* its
noise is the same all over: that is the primary beam, the square root of weights, or the image in
which nothing was corrected over this one.
"""

import hashlib
import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BesideError, ImageError
from extractor.image.grid import same_places
from extractor.image.header_values import number, text
from extractor.image.plane import Beam
from extractor.readers import open_file
from extractor.readers.metadata import Metadata, projection_of
from extractor.readers.opened import Opened
from extractor.readers.planes import Plane, Planes, read_pixels

# The keyword that names the file, and what that holds.
KINDS = {
    "DETECTON": "image to detect on",
    "WEIGHTIM": "image of weights",
    "PBEAMIM": "image of the primary beam",
}
ARROW = "->"
STEM = "{stem}"
# Two images are one but for the primary beam if their ratio goes smoothly: from pixel to pixel it
# changes by less than this, but for a small share of pixels where both are next to nothing.
SMOOTH, ROUGH_SHARE = 0.1, 0.02
# Beams are the same if they agree to this.
SAME_BEAM = 1e-3


class Beside(NamedTuple):
    """What the file beside an image says.

    Attributes
    ----------
    path, digest : str
        The file, with its plane, and SHA-256 of the pixels.
    response : ndarray of float32, shape (ny, nx)
        1 at the most; positive also where the image is blank.
    blank : ndarray of bool, shape (ny, nx)
        Where the file says nothing: the image is worth nothing there.
    """

    path: str
    digest: str
    response: NDArray[np.float32]
    blank: NDArray[np.bool_]


def read_beside(
    opened: Opened,
    plane: Plane,
    count: int,
    overrides: Mapping[str, object],
    metadata: Metadata,
    data: NDArray[np.float32],
) -> Beside | None:
    """Read what is beside a plane of an image, if the user or its header names a file.

    Parameters
    ----------
    opened, plane
        The image.
    count : int
        How many planes its file has.
    overrides : Mapping
        Keywords that the user supplies; a header may name a file of its own folder only.
    metadata : Metadata
        Of the plane.
    data : ndarray of float32
        Its pixels.

    Raises
    ------
    BesideError
        The file is not there, or its pixels, its place on the sky or its beam are not those of the
        image.
    ImageError
        It is not said which file it is.
    """
    named = _named(opened, plane.name, overrides)
    if named is None:
        return None
    key, path = named
    what = f"its {KINDS[key]}, {path}"
    try:
        with open_file(path) as there:
            planes = Planes(there, {}, path)
            if planes.count not in (1, count):
                raise ImageError(
                    f"{what}, has {planes.count} planes, and the file of the image {count}"
                )
            chosen = planes.chosen(plane.number if planes.count > 1 else 0)
            pixels = read_pixels(there, chosen, 1.0)
            _require_same(there, chosen, key, what, metadata, data.shape, pixels.shape)
        digest = hashlib.sha256(pixels.astype("<f4", copy=False).data).hexdigest()
        response, blank = _response(key, pixels, data, what)
    except ImageError as error:
        trouble = str(error)
        if not trouble.startswith(what):
            trouble = f"{what}: {trouble.removeprefix(f'{path}: ')}"
        raise BesideError(plane.name, trouble) from error
    return Beside(chosen.name, digest, response, blank)


def path_beside(path: str, rule: str) -> str | None:
    """Return the file beside another one by a rule; None if that does not fit the name.

    Parameters
    ----------
    path : str
        File of an image, without the number of a plane.
    rule : str
        ``-pb -> -flat``, what is to be replaced in the name; or a name with ``{stem}``, the name
        without its suffix; or the one file for all images. A relative path is one from the folder
        of the image.
    """
    folder, name = os.path.split(path)
    if ARROW in rule:
        old, new = (part.strip() for part in rule.split(ARROW, 1))
        if not old or old not in name:
            return None
        before, _, after = name.rpartition(old)
        return os.path.join(folder, before + new + after)
    stem = name
    for suffix in (".gz", ".fz", ".fits", ".fit", ".fts", ".image"):
        stem = stem.removesuffix(suffix)
    return os.path.join(folder, rule.replace(STEM, stem))


def _named(opened: Opened, name: str, overrides: Mapping[str, object]) -> tuple[str, str] | None:
    """Return the keyword that names a file beside an image, and the file."""
    path = name.rpartition("[")[0] if name.endswith("]") and not os.path.exists(name) else name
    for get, is_users in ((overrides.get, True), (opened.get, False)):
        stated = {key: value for key in KINDS if (value := text(get, key))}
        if len(stated) > 1:
            raise ImageError(f"{name}: {' and '.join(stated)} say the same: one is wanted")
        for key, rule in stated.items():
            if not is_users and (rule != os.path.basename(rule) or rule in ("", ".", "..")):
                raise ImageError(f"{name}: {key} is {rule!r}, which is no name of a file beside it")
            found = path_beside(path, rule)
            if found is None:
                old = rule.split(ARROW, 1)[0].strip()
                raise ImageError(
                    f"{name}: its name has no {old!r}, by which the {KINDS[key]} would be found"
                )
            if found == path:
                raise ImageError(f"{name}: it is its own {KINDS[key]}, by {rule!r}")
            return key, found
    return None


def _require_same(
    there: Opened,
    chosen: Plane,
    key: str,
    what: str,
    metadata: Metadata,
    shape: tuple[int, ...],
    other: tuple[int, ...],
) -> None:
    """Require that two files are of the same pixels, and for detection of the same beam."""
    if other != shape:
        raise ImageError(
            f"{what}, has {other[1]} x {other[0]} pixels, and the image {shape[1]} x {shape[0]}"
        )
    try:
        projection = projection_of(there.header, chosen.cards)
    except ValueError as error:
        raise ImageError(f"{what}, lacks {error}") from error
    if not same_places(metadata.projection.wcs, projection.wcs, shape):
        raise ImageError(f"{what}, has its pixels at other places on the sky")
    stated = [number(there.get, name) for name in ("BMAJ", "BMIN")]
    if key == "DETECTON" and None not in stated:
        beam = Beam(float(stated[0] or 0), float(stated[1] or 0), metadata.beam.pa)
        own = metadata.beam
        if not np.allclose((beam.major, beam.minor), (own.major, own.minor), rtol=SAME_BEAM):
            raise ImageError(
                f"{what}, has a beam of {beam.major * 3600:.4g} x {beam.minor * 3600:.4g} arcsec, "
                f"and the image {own.major * 3600:.4g} x {own.minor * 3600:.4g}"
            )


def _response(
    key: str, pixels: NDArray[np.float32], data: NDArray[np.float32], what: str
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the response, and where the image is worth nothing."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if key == "DETECTON":
            blank = np.isnan(pixels) | np.isnan(data)
            response = pixels / data  # 0 / 0 tells nothing, and is not blank
            step = np.abs(response[:, 1:] / response[:, :-1] - 1)
            rough = ~(step < SMOOTH) & ~blank[:, 1:] & ~blank[:, :-1]
            if np.count_nonzero(rough) > ROUGH_SHARE * max(int(np.count_nonzero(~blank)), 1):
                raise ImageError(f"{what}, is not the image times a primary beam")
            # where both are next to nothing, rounding decides
            response[:, 1:][rough] = response[:, :-1][rough] = np.nan
        else:
            response = np.sqrt(pixels) if key == "WEIGHTIM" else pixels
            blank = ~(pixels > 0)
    return usable(response, what), blank


def usable(response: NDArray[np.float32], what: str) -> NDArray[np.float32]:
    """Return a response that is 1 at the most, and positive everywhere.

    What is not known is filled with the nearest that is: the noise is asked for beside blanks.

    Raises
    ------
    ImageError
        Nothing of it is positive. The message begins with `what`.
    """
    with np.errstate(invalid="ignore"):
        known = np.isfinite(response) & (response > 0)
    if not known.any():
        raise ImageError(f"{what}, has no positive pixel")
    response = response / response.max(initial=0.0, where=known)
    # what is next to nothing beside the largest may have become 0
    known &= response > 0
    if known.all():
        return response
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(~known, return_distances=False, return_indices=True)
    return np.asarray(response[rows, columns])
