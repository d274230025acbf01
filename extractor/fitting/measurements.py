"""The table of measured sources."""

from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from astropy.table import Table

Array = NDArray[np.float64]

UNITS = {
    **dict.fromkeys(
        ["ra", "dec", "ra_err", "dec_err", "ra_fit_err", "dec_fit_err", "major", "minor", "pa",
         "major_err", "minor_err", "pa_err", "deconvolved_major", "deconvolved_minor",
         "deconvolved_pa", "deconvolved_major_err", "deconvolved_minor_err",
         "deconvolved_pa_err"], "deg"),
    **dict.fromkeys(
        ["peak_flux", "peak_flux_err", "peak_flux_raw", "local_rms", "background"], "Jy / beam"),
    **dict.fromkeys(["int_flux", "int_flux_err"], "Jy"),
    **dict.fromkeys(["x", "y"], "pix"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Measurements:
    """One row per source; all columns are arrays of the same length, float64 if not said otherwise.

    What is unknown is NaN. Iteration gives rows with the same names, and ``flux`` for
    ``int_flux``.

    Attributes
    ----------
    ra, dec
        Position, degrees.
    ra_err, dec_err
        Its errors along east and north, angles on the sky in degrees: fit and systematic error in
        quadrature. Of a given position the latter alone, NaN where that is 0.
    ra_fit_err, dec_fit_err
        The fit's errors alone; NaN where the position was given.
    peak_flux, peak_flux_err
        Jy per beam.
    peak_flux_raw
        Peak of the fitted Gaussian, Jy per beam. A fit follows the noise upwards: `peak_flux` and
        `int_flux` are less by what that makes on average; see `extractor.fitting.bias`.
    int_flux, int_flux_err
        Integrated flux density, Jy.
    snr
        Peak flux over local rms.
    local_rms, background
        Noise and level that was subtracted, at the position, Jy per beam.
    major, minor, pa, major_err, minor_err, pa_err
        FWHM of the Gaussian and its position angle, degrees; errors NaN where it was given.
    deconvolved_major, deconvolved_minor, deconvolved_pa
        The same without the beam: 0 for an axis that is not resolved.
    deconvolved_major_err, deconvolved_minor_err, deconvolved_pa_err
        Their errors: by how much an axis changes with its square, whose error is a normal one; so
        they bound the size of what is not resolved. NaN where the shape was given.
    chi2
        Reduced chi-squared of the fit. Noise is correlated over a beam, so it is well below 1.
    x, y
        Pixel coordinates, 0-based.
    island : ndarray of int
        Number of the island within the image; -1 for forced fits.
    flags : ndarray of int
        Bits of `extractor.flags.Flag`.
    usable : ndarray of bool
        Peak and integrated flux and their errors are finite, and the errors positive; of a source
        that was found its position and errors, too, and its peak is at least twice its error.
    """

    ra: Array
    dec: Array
    ra_err: Array
    dec_err: Array
    ra_fit_err: Array
    dec_fit_err: Array
    peak_flux: Array
    peak_flux_err: Array
    peak_flux_raw: Array
    int_flux: Array
    int_flux_err: Array
    snr: Array
    local_rms: Array
    background: Array
    major: Array
    minor: Array
    pa: Array
    major_err: Array
    minor_err: Array
    pa_err: Array
    deconvolved_major: Array
    deconvolved_minor: Array
    deconvolved_pa: Array
    deconvolved_major_err: Array
    deconvolved_minor_err: Array
    deconvolved_pa_err: Array
    chi2: Array
    x: Array
    y: Array
    island: NDArray[np.int64]
    flags: NDArray[np.int64]
    usable: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.ra)

    def __iter__(self) -> Iterator["Row"]:
        """Iterate over rows of plain Python numbers."""
        return map(Row._make, zip(*(column.tolist() for column in self._columns()), strict=True))

    def select(self, rows: NDArray[Any]) -> "Measurements":
        """Return some of the rows: by mask or by index, in that order."""
        return Measurements(*(column[rows] for column in self._columns()))

    def negated(self) -> "Measurements":
        """Return the same with the sign of all fluxes changed."""
        names = ("peak_flux", "peak_flux_raw", "int_flux", "snr", "background")
        return replace(self, **{name: -getattr(self, name) for name in names})

    def joined(self, others: "Measurements") -> "Measurements":
        """Return the same with the rows of others at the end."""
        return Measurements(
            *map(np.concatenate, zip(self._columns(), others._columns(), strict=True))
        )

    def to_table(self) -> "Table":
        """Return an astropy Table with units."""
        from astropy.table import Table

        columns = dict(zip(COLUMNS, self._columns(), strict=True))
        return Table(columns, units=UNITS, copy=True)

    def _columns(self) -> list[NDArray[Any]]:
        return [getattr(self, name) for name in COLUMNS]


COLUMNS = tuple(field.name for field in fields(Measurements))

_Row = namedtuple("_Row", COLUMNS)  # type: ignore[misc]


class Row(_Row):
    """One source; see `Measurements`."""

    __slots__ = ()

    @property
    def flux(self) -> float:
        """Integrated flux density, Jy."""
        return float(self[COLUMNS.index("int_flux")])
