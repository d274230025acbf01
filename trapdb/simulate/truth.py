"""The truth about simulated images: three tables beside them."""

from dataclasses import dataclass
from pathlib import Path

from astropy.table import Table

from trapdb.simulate.errors import require

# The first is enough to know a simulation that was stopped half-way.
_TABLES = ("images", "sources", "fluxes")


@dataclass(frozen=True)
class Truth:
    """A simulation's truth tables, with units.

    Attributes
    ----------
    folder : pathlib.Path
        Where images and tables are.
    sources : astropy.table.Table
        One row a source: id (counted from 0), name, kind (steady, variable, flaring, one_epoch,
        resolved, pair, flaring_pair, flare_neighbour, crowd), ra, dec, x, y (px, counted from 0),
        flux and peak_flux in the first band (of those that change the mean, quiescent or only one),
        spectral_index, major, minor, pa (before the beam; of points 0, 0 and NaN).
    fluxes : astropy.table.Table
        One row for each image and source, in the order of the images, then of the sources:
        id, epoch, band (counted from 0), stokes, flux and peak_flux that the image holds, without
        noise but with leakage, and snr (the peak over the rms). A source that is off has flux 0.
    images : astropy.table.Table
        One row an image: file, epoch, band, stokes, taken_at (UTC, ISO 8601), frequency, rms; seed,
        kind of noise, beam (deg) and size of a pixel (deg) are in `meta`.
    """

    folder: Path
    sources: Table
    fluxes: Table
    images: Table

    @property
    def paths(self) -> list[Path]:
        """The images, in order of time, then of frequency."""
        return [self.folder / str(file) for file in self.images["file"]]

    def write(self) -> None:
        """Write the tables as ECSV into the folder."""
        for name in _TABLES:
            getattr(self, name).write(_path(self.folder, name), format="ascii.ecsv", overwrite=True)


def read_truth(folder: Path | str) -> Truth:
    """Read the truth tables of a simulation.

    Raises
    ------
    SimulationError
        If one of the tables is missing.
    """
    folder = Path(folder)
    for name in _TABLES:
        require(
            _path(folder, name).exists(),
            f"{_path(folder, name)} is missing: name the folder of a simulation",
        )
    return Truth(folder, **{name: _read(folder, name) for name in _TABLES})


def read_images(folder: Path) -> Table | None:
    """Read the table of the images alone; None if the folder holds no simulation."""
    return _read(folder, "images") if _path(folder, "images").exists() else None


def _read(folder: Path, table: str) -> Table:
    return Table.read(_path(folder, table), format="ascii.ecsv")


def _path(folder: Path, table: str) -> Path:
    return folder / f"truth_{table}.ecsv"
