"""The light curve that a responder is given."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from astropy.table import QTable
    from astropy.time import Time

UNITS = {
    "freq_eff": "Hz",
    **dict.fromkeys(("ra", "dec"), "deg"),
    **dict.fromkeys(("peak_flux", "peak_flux_err", "local_rms"), "Jy/beam"),
    **dict.fromkeys(("int_flux", "int_flux_err"), "Jy"),
}
_KINDS: dict[str, Any] = {
    **dict.fromkeys(("measurement_id", "image_id", "band_id"), np.int64),
    **dict.fromkeys(("stokes", "kind", "association"), np.str_),
    **dict.fromkeys((*UNITS, "snr"), np.float64),
    **dict.fromkeys(("flags", "siblings"), np.int64),
    **dict.fromkeys(("inherited", "backfilled", "usable"), np.bool_),
}


class LightCurve:
    """The light curve of a source, in time order: its columns by name, as in ``trap.lightcurve``.

    ``light_curve["int_flux"]`` is a quantity with its unit, ``light_curve.time`` are the times;
    what has no unit is a plain array. What is unknown is NaN. They are made when they are asked
    for.

    Attributes
    ----------
    stamps : mapping of str to bytes
        The stamps of the source by their occasions, as FITS files, if the responder needs them.
    """

    def __init__(
        self, columns: Mapping[str, Any] | None = None, stamps: Mapping[str, bytes] | None = None
    ) -> None:
        self._columns = columns_of([]) if columns is None else columns
        self.stamps = stamps or {}

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self._columns["taken_at"])

    def __getitem__(self, name: str) -> Any:
        """Return a column, with its unit if it has one."""
        if name not in UNITS:
            return self._columns[name]
        from astropy.units import Quantity

        return Quantity(self._columns[name], UNITS[name], copy=False)

    @cached_property
    def time(self) -> "Time":
        """The start of the observation of each point, UTC."""
        from astropy.time import Time

        return Time(self._columns["taken_at"], format="datetime64", scale="utc")

    def to_table(self) -> "QTable":
        """Return a table of all columns."""
        from astropy.table import QTable

        names = [name for name in self._columns if name != "taken_at"]
        return QTable({"time": self.time, **{name: self[name] for name in names}})


def columns_of(rows: Sequence[Any]) -> dict[str, Any]:
    """Return the columns of rows of ``trap.lightcurve``, in the units of the database."""
    return {
        "taken_at": np.array([row.taken_at.replace(tzinfo=None) for row in rows], "datetime64[us]"),
        **{
            name: np.array([getattr(row, name) for row in rows], kind)
            for name, kind in _KINDS.items()
        },
    }
