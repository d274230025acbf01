"""Images in HDF5, through h5py: LOFAR's, as casacore writes them, and CARTA's.

CARTA's (the HDF5 Image Schema of IDIA) have the header of FITS as attributes of a group, ``0``.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from extractor.errors import ImageError
from extractor.readers import lofar
from extractor.readers.casacore_record import beams_of, frequencies_of, header_of, times_of
from extractor.readers.opened import Opened, refuse_unreasonable


@contextmanager
def open_hdf5(path: str) -> Iterator[Opened]:
    """Open an HDF5 image: pixels in ``map``, coordinates in ``coordinfo``; or CARTA's.

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
        if isinstance(file.get("0/DATA"), h5py.Dataset):
            yield _of_carta(file["0"], path)
            return
        pixels, coords = file.get("map"), file.get("coordinfo/coords")
        if not isinstance(pixels, h5py.Dataset) or coords is None:
            raise ImageError(
                f"{path}: an HDF5 file, but not an image (it lacks 'map' or 'coordinfo/coords', "
                "and '0/DATA', too)"
            )
        lengths = [int(length) for length in pixels.shape[::-1]]
        refuse_unreasonable(lengths, os.path.getsize(path), path)
        info, coords = _record(file.get("imageinfo")), _record(coords)
        header = header_of(
            lengths,
            coords,
            info,
            str(_record(file.get("unitinfo")).get("units", "")),
            _record(file.get("miscinfo")),
        )
        stated = lofar.attribute_cards(_values(file.attrs))
        if "DATE-OBS" in stated:  # LOFAR's own, which casacore's date need not agree with
            header.remove("MJD-OBS", ignore_missing=True)
            header.remove("TIMESYS", ignore_missing=True)
        header.update(stated)
        yield Opened(
            header,
            pixels.__getitem__,
            beams_of(info),
            frequencies_of(lengths, coords),
            times_of(lengths, coords),
        )


def _of_carta(group: Any, path: str) -> Opened:
    from astropy.io.fits import Header

    pixels = group["DATA"]
    lengths = [int(length) for length in pixels.shape[::-1]]
    refuse_unreasonable(lengths, os.path.getsize(path), path)
    cards = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in _values(group.attrs).items()
        if len(name) <= 8 and np.ndim(value) == 0
    }
    cards |= {f"NAXIS{axis}": length for axis, length in enumerate(lengths, start=1)}
    return Opened(Header((cards | {"NAXIS": len(lengths)}).items()), pixels.__getitem__)


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
