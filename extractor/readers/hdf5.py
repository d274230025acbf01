"""LOFAR images in HDF5, as casacore writes them, through h5py."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from extractor.errors import ImageError
from extractor.readers import lofar
from extractor.readers.casacore_record import beams_of, header_of
from extractor.readers.opened import Opened, refuse_unreasonable


@contextmanager
def open_hdf5(path: str) -> Iterator[Opened]:
    """Open an HDF5 image: pixels in ``map``, coordinates in ``coordinfo``.

    Raises
    ------
    ImageError
        The file is no image, or h5py is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImageError(
            f"{path}: to read HDF5 images, install h5py: pip install 'trapdb[hdf5]'"
        ) from error
    with h5py.File(path, "r") as file:
        pixels, coords = file.get("map"), file.get("coordinfo/coords")
        if not isinstance(pixels, h5py.Dataset) or coords is None:
            raise ImageError(
                f"{path}: an HDF5 file, but not an image (it lacks 'map' or 'coordinfo/coords')"
            )
        lengths = [int(length) for length in pixels.shape[::-1]]
        refuse_unreasonable(lengths, path)
        info = _record(file.get("imageinfo"))
        header = header_of(
            lengths,
            _record(coords),
            info,
            str(_record(file.get("unitinfo")).get("units", "")),
            _record(file.get("miscinfo")),
        )
        stated = lofar.attribute_cards(_values(file.attrs))
        if "DATE-OBS" in stated:  # LOFAR's own, which casacore's date need not agree with
            header.remove("MJD-OBS", ignore_missing=True)
            header.remove("TIMESYS", ignore_missing=True)
        header.update(stated)
        yield Opened(header, pixels.__getitem__, beams_of(info))


def _record(group: Any) -> dict[str, Any]:
    """Read a record of casacore: its values are attributes, the records in it groups."""
    if group is None:
        return {}
    return _values(group.attrs) | {name: _record(inner) for name, inner in group.items()}


def _values(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    """Make text of bytes; casacore writes an empty text as a word, since HDF5 has none."""
    if isinstance(value, np.ndarray):
        return np.array([_plain(one) for one in value.tolist()]) if value.ndim == 1 else value
    if isinstance(value, bytes):
        value = value.decode("latin-1").rstrip("\0")
    return "" if isinstance(value, str) and value == "__empty__" else value
