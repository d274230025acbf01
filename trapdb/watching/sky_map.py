"""Sky maps: where on the sky an event may have been, as cells of HEALPix with probabilities.

Two forms: cells of several orders by their UNIQ, with the probability per solid angle, and all
cells of one order, nested or along rings. Source: IVOA Recommendation MOC 2.0, section 4.1 (UNIQ);
LIGO-Virgo-KAGRA Public Alerts User Guide, "Localization" (columns and keywords).
"""

import io
import math
import os.path
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.errors import InputError
from trapdb.reference.healpix import COUNT, WIDTH, Cells, of_uniq
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.unpacked import unpacked
from trapdb.watching.ring import nested_of_ring

Array = NDArray[np.float64]

# Bounds for files that are not what they should be: bytes, unpacked, and rows: NSIDE = 1024.
LARGEST = 1024**3
MOST = int(COUNT[10])
# Cells with less are left out: there are no numbers for shares of it.
LEAST = 1e-200
FRAMES = ("C", "CELESTIAL", "EQUATORIAL", "ICRS")
FLAT = ("PROB", "PROBABILITY")


@dataclass(frozen=True)
class SkyMap:
    """A sky map.

    Attributes
    ----------
    order : ndarray of int
        HEALPix order of each cell.
    first : ndarray of int
        First of the cells of order 29 in it, nested.
    probability : ndarray
        That the event was in it.
    event : str or None
        Name of the event; None: not told.
    event_at : datetime or None
        When it was, aware, UTC; None: not told, or not to be read.
    distance_mean, distance_std : float or None
        Mpc; None: not told.
    origin, creator : str or None
        Who made the map, and by which program; None: not told.
    """

    order: Cells
    first: Cells
    probability: Array
    event: str | None
    event_at: datetime | None
    distance_mean: float | None
    distance_std: float | None
    origin: str | None
    creator: str | None


def read_sky_map(path: str) -> SkyMap:
    """Read a sky map from FITS, packed by gzip or not.

    Raises
    ------
    InputError
        It is none, or one that makes no sense. Whether cells overlap, and whether the
        probabilities add up to 1, is for the database to see.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path}: there is no such file")
    try:
        return sky_map_of(unpacked(path, LARGEST))
    except NotATable as error:
        raise InputError(f"{path}: {error}") from error


def sky_map_of(content: bytes) -> SkyMap:
    """Read a sky map from the bytes of FITS, not packed.

    Raises
    ------
    NotATable
        It is none, or one that makes no sense.
    """
    from astropy.io import fits

    if not content.startswith(b"SIMPLE  ="):
        raise NotATable("it is no sky map: expected FITS, packed by gzip or not")
    with (
        as_damaged(),
        warnings.catch_warnings(action="ignore"),  # what cannot be read is refused
        fits.open(io.BytesIO(content), memmap=False) as file,
    ):
        table = next((hdu for hdu in file if isinstance(hdu, fits.BinTableHDU)), None)
        if table is None:
            raise NotATable("it is no sky map: it holds no table")
        header = table.header
        if header["NAXIS1"] * header["NAXIS2"] > len(content):
            raise NotATable("it is damaged (it ends before its table does)")
        if (frame := str(header.get("COORDSYS", "C")).strip().upper()) not in FRAMES:
            raise NotATable(f"COORDSYS is {frame}: expected C, equatorial coordinates")
        order, number, probability = _cells(table)
        kept = probability >= LEAST
        return SkyMap(
            order[kept],
            number[kept] * WIDTH[order[kept]],
            probability[kept],
            **_told([header, file[0].header]),
        )


def _cells(table: Any) -> tuple[Cells, Cells, Array]:
    """Return order, nested number and probability of each cell."""
    names = {name.upper(): name for name in table.columns.names}
    flat = next((name for name in FLAT if name in names), None)
    if {"UNIQ", "PROBDENSITY"} <= names.keys():
        return _of_several_orders(*(_column(table, names[n]) for n in ("UNIQ", "PROBDENSITY")))
    if flat is None:
        raise NotATable(
            "it is no sky map: expected columns UNIQ and PROBDENSITY, or a column PROB, and it has "
            f"{', '.join(list(names.values())[:6])}"
        )
    if str(table.header.get("INDXSCHM", "IMPLICIT")).strip().upper() != "IMPLICIT":
        raise NotATable(f"INDXSCHM is {table.header['INDXSCHM']}: expected IMPLICIT, all cells")
    return _of_one_order(_column(table, names[flat]), table.header)


def _column(table: Any, name: str) -> Any:
    values = np.array(table.data[name]).ravel()  # a row may hold many cells
    if values.dtype.kind not in "iuf":
        raise NotATable(f"its column {name} holds no numbers")
    if len(values) > MOST:
        raise NotATable(f"it has {len(values)} cells, more than {MOST}; degrade it to fewer cells")
    return values


def _of_several_orders(uniq: Any, density: Any) -> tuple[Cells, Cells, Array]:
    if uniq.dtype.kind == "f" or uniq.shape != density.shape:
        raise NotATable("its column UNIQ does not hold a whole number for each PROBDENSITY")
    try:
        order, number = of_uniq(uniq)
    except ValueError as error:
        raise NotATable(str(error)) from error
    return order, number, _checked(density.astype(np.float64) * (4 * np.pi / COUNT[order]))


def _of_one_order(values: Any, header: Mapping[str, Any]) -> tuple[Cells, Cells, Array]:
    order = int(np.searchsorted(COUNT, len(values)))
    if len(values) != COUNT[order]:
        raise NotATable(f"it has {len(values)} cells: expected 12, or 4, 16, ... times that")
    if header.get("NSIDE", 2**order) != 2**order:
        raise NotATable(f"it has {len(values)} cells, but NSIDE is {header['NSIDE']}")
    probability = _checked(values.astype(np.float64))
    ordering = str(header.get("ORDERING", "")).strip().upper()
    if ordering == "RING":
        nested = np.empty_like(probability)
        nested[nested_of_ring(order)] = probability
        probability = nested
    elif ordering not in ("NESTED", "NEST"):
        raise NotATable(f"ORDERING is {ordering or 'missing'}: expected NESTED or RING")
    return _joined(order, probability)


def _joined(order: int, probability: Array) -> tuple[Cells, Cells, Array]:
    """Join cells of one order, each four that are equal: maps are made of cells of all sizes."""
    found = []
    whole = np.ones(len(probability), bool)
    while order:
        four = probability.reshape(-1, 4)
        equal = (four == four[:, :1]).all(axis=1) & whole.reshape(-1, 4).all(axis=1)
        found.append((order, np.flatnonzero(whole & ~np.repeat(equal, 4)), probability))
        probability, whole, order = 4 * four[:, 0], equal, order - 1
    found.append((0, np.flatnonzero(whole), probability))
    return (
        np.concatenate([np.full(len(number), order) for order, number, _ in found]),
        np.concatenate([number for _, number, _ in found]),
        np.concatenate([values[number] for _, number, values in found]),
    )


def _checked(probability: Array) -> Array:
    """Refuse the first row that is no probability."""
    good = (probability >= 0) & (probability < 2)  # what is above 1 shows in the sum
    if not good.all():
        row = int(np.argmin(good))
        raise NotATable(f"row {row + 1}: a probability of {probability[row]:.6g}")
    return probability


def _told(headers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what headers tell of the event and the map, the first that does."""

    def value(key: str) -> str:
        texts = (str(header.get(key, "")).strip() for header in headers)
        return next((text for text in texts if text), "")

    mean, deviation = (_number(value(key)) for key in ("DISTMEAN", "DISTSTD"))
    return {
        "event": value("OBJECT") or None,
        "event_at": _event_at(value("DATE-OBS"), value("MJD-OBS"), value("TIMESYS")),
        "distance_mean": mean,
        "distance_std": None if deviation is None or deviation < 0 else deviation,
        "origin": value("ORIGIN") or None,
        "creator": value("CREATOR") or None,
    }


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _event_at(date: str, mjd: str, timesys: str) -> datetime | None:
    """Return the time of the event by its date, or else by its modified Julian date."""
    from extractor.readers.header_times import from_mjd, parse_time

    for text, read in ((date, parse_time), (mjd, lambda text, sys: from_mjd(float(text), sys))):
        try:
            return read(text, timesys)
        except (ValueError, OverflowError):
            continue
    return None
