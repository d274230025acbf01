"""The columns of finders' tables that hold the columns of a measurement.

Units are those that the finder documents, for tables that state none (CSV). Major and minor axes
are FWHM; an error of a position is an angle on the sky.

* Selavy: the component catalogue, "Selavy output", ASKAPsoft's documentation (analysis/selavy), and
  CasdaComponent.cc of its analysis package: the noise is scaled as the peak is, to mJy/beam.
* PyBDSF: "Definition of output columns" of task write_catalog, PyBDSF's documentation; list of
  sources (srl) or of Gaussians (gaul), output.py of 1.14.1.
* Aegean: "Output formats", Aegean's wiki, and its module models.py; component table. What was not
  fitted has an error of -1. ``a`` and ``b`` are FWHM, but their errors those of the Gaussian's
  sigma: ``errors`` in fitting.py, from version 1.9.7 to 2.3.5.
* PySE: ``--csv`` of radio-pyse 0.7.1 (sourceparams.py), and of the script pyse.py before it. It
  writes halves of the axes, and the error of the right ascension as a difference of right
  ascensions.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

from trapdb.errors import ConfigurationError


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, its unit if it states none, and what it is multiplied by.

    What is `of_image` is in Jy only if the pixels are: the finder does not read BUNIT.
    """

    name: str
    unit: str
    factor: float = 1.0
    is_ra_difference: bool = False
    of_image: bool = False


def _of_image(name: str) -> Column:
    return Column(name, "Jy", of_image=True)


# A measurement's columns, with the units in which they are kept.
UNITS = {
    "ra": "deg",
    "dec": "deg",
    "ra_err": "deg",
    "dec_err": "deg",
    "peak_flux": "Jy",
    "peak_flux_err": "Jy",
    "int_flux": "Jy",
    "int_flux_err": "Jy",
    "major": "deg",
    "minor": "deg",
    "pa": "deg",
    "major_err": "deg",
    "minor_err": "deg",
    "pa_err": "deg",
    "local_rms": "Jy",
    "background": "Jy",
    "chi2": "",
    "island": "",
}
NEEDED = ("ra", "dec", "peak_flux", "int_flux")

SIGMA_TO_FWHM = math.sqrt(8 * math.log(2))

_SELAVY = {
    "ra": Column("ra_deg_cont", "deg"),
    "dec": Column("dec_deg_cont", "deg"),
    "ra_err": Column("ra_err", "arcsec"),
    "dec_err": Column("dec_err", "arcsec"),
    "peak_flux": Column("flux_peak", "mJy"),
    "peak_flux_err": Column("flux_peak_err", "mJy"),
    "int_flux": Column("flux_int", "mJy"),
    "int_flux_err": Column("flux_int_err", "mJy"),
    "major": Column("maj_axis", "arcsec"),
    "minor": Column("min_axis", "arcsec"),
    "pa": Column("pos_ang", "deg"),
    "major_err": Column("maj_axis_err", "arcsec"),
    "minor_err": Column("min_axis_err", "arcsec"),
    "pa_err": Column("pos_ang_err", "deg"),
    "local_rms": Column("rms_image", "mJy"),
    "island": Column("island_id", ""),
}
_PYBDSF = {
    "ra": Column("RA", "deg"),
    "dec": Column("DEC", "deg"),
    "ra_err": Column("E_RA", "deg"),
    "dec_err": Column("E_DEC", "deg"),
    "peak_flux": _of_image("Peak_flux"),
    "peak_flux_err": _of_image("E_Peak_flux"),
    "int_flux": _of_image("Total_flux"),
    "int_flux_err": _of_image("E_Total_flux"),
    "major": Column("Maj", "deg"),
    "minor": Column("Min", "deg"),
    "pa": Column("PA", "deg"),
    "major_err": Column("E_Maj", "deg"),
    "minor_err": Column("E_Min", "deg"),
    "pa_err": Column("E_PA", "deg"),
    "local_rms": _of_image("Isl_rms"),
    "background": _of_image("Isl_mean"),
    "island": Column("Isl_id", ""),
}
_AEGEAN = {
    "ra": Column("ra", "deg"),
    "dec": Column("dec", "deg"),
    "ra_err": Column("err_ra", "deg"),
    "dec_err": Column("err_dec", "deg"),
    "peak_flux": _of_image("peak_flux"),
    "peak_flux_err": _of_image("err_peak_flux"),
    "int_flux": _of_image("int_flux"),
    "int_flux_err": _of_image("err_int_flux"),
    "major": Column("a", "arcsec"),
    "minor": Column("b", "arcsec"),
    "pa": Column("pa", "deg"),
    "major_err": Column("err_a", "arcsec", SIGMA_TO_FWHM),
    "minor_err": Column("err_b", "arcsec", SIGMA_TO_FWHM),
    "pa_err": Column("err_pa", "deg"),
    "local_rms": _of_image("local_rms"),
    "background": _of_image("background"),
    "island": Column("island", ""),
}
_PYSE = {
    "ra": Column("ra", "deg"),
    "dec": Column("dec", "deg"),
    "ra_err": Column("ra_err", "deg", is_ra_difference=True),
    "dec_err": Column("dec_err", "deg"),
    "peak_flux": _of_image("peak"),
    "peak_flux_err": _of_image("peak_err"),
    "int_flux": _of_image("flux"),
    "int_flux_err": _of_image("flux_err"),
    "major": Column("smaj_asec", "arcsec", 2.0),
    "minor": Column("smin_asec", "arcsec", 2.0),
    "pa": Column("theta_celes", "deg"),
    "major_err": Column("smaj_asec_err", "arcsec", 2.0),
    "minor_err": Column("smin_asec_err", "arcsec", 2.0),
    "pa_err": Column("theta_celes_err", "deg"),
    "chi2": Column("reduced_chisq", ""),
}
_PYSE_SCRIPT = _PYSE | {
    "peak_flux": _of_image("pk_flux"),
    "peak_flux_err": _of_image("pk_flux_err"),
    "int_flux": _of_image("int_flux"),
    "int_flux_err": _of_image("int_flux_err"),
    "major": Column("smaj", "arcsec", 2.0),
    "minor": Column("smin", "arcsec", 2.0),
    "pa": Column("pa", "deg"),
    "major_err": Column("smaj_err", "arcsec", 2.0),
    "minor_err": Column("smin_err", "arcsec", 2.0),
    "pa_err": Column("pa_err", "deg"),
}
# The columns of each finder; of several versions the latest comes first.
FINDERS = {
    "selavy": (_SELAVY,),
    "pybdsf": (_PYBDSF,),
    "aegean": (_AEGEAN,),
    "pyse": (_PYSE, _PYSE_SCRIPT),
}


def mapping(finder: str | None, own: dict[str, str], names: Collection[str]) -> dict[str, Column]:
    """Return the columns of a finder's table, those of the user before all others.

    Parameters
    ----------
    finder : str or None
        Of `FINDERS`.
    own : dict of str to str
        By names of `UNITS`: a column's name, and its unit behind a blank in brackets if the table
        does not state it, as in ``S_int [mJy]``; else it is in the unit of `UNITS`.
    names : collection of str
        Columns that the table has: they tell which version of the finder wrote it.

    Raises
    ------
    ConfigurationError
        A name is unknown.
    """
    users: dict[str, Column] = {}
    for name, text in own.items():
        if name not in UNITS:
            raise ConfigurationError(
                f"source_list.columns: {name} is not a column of a measurement; those are "
                f"{', '.join(UNITS)}"
            )
        column, _, unit = text.strip().removesuffix("]").partition(" [")
        users[name] = Column(column.strip(), unit.strip() or UNITS[name])
    versions = [columns | users for columns in FINDERS[finder]] if finder else [users]
    return min(versions, key=lambda columns: len(lacking(columns, names)))


def lacking(columns: dict[str, Column], names: Collection[str]) -> list[str]:
    """Return which columns a table would need besides those that it has."""
    return [columns[name].name if name in columns else name for name in NEEDED
            if name not in columns or columns[name].name not in names]  # fmt: skip
