"""Radio light curves of sources whose class is known, of the collection of Pietka et al. 2017.

It is https://github.com/4pisky/variability-timescale-analysis-paper, the supplement of
arXiv:1707.04265, from which Sooknunan et al. 2021 (MNRAS 502, 206) took their light curves. It has
no licence: it is read where its users have put it, and no part of it is here.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The files of its folder data at revision 292abfb.
DIGEST = "8f3f03c1a109c02ff9e655d38d470ebffafbf4bad7e17a55f8ecbb1ca9b9e397"


@dataclass(frozen=True)
class RealCurve:
    """A light curve: name and class of its source, times (d), flux densities and errors (Jy)."""

    name: str
    object_class: str
    days: NDArray[np.float64]
    flux: NDArray[np.float64]
    flux_err: NDArray[np.float64]


def digest(folder: Path) -> str:
    """Return the SHA-256 of the names and contents of all files, in the order of names."""
    found = hashlib.sha256()
    for path in _files(folder):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def read(folder: Path) -> list[RealCurve]:
    """Read the collection; the class of a source is the folder that it is in.

    Those of the Green Bank interferometer have two frequencies, of which the higher one is taken,
    as the others are at 5 to 8 GHz.
    """
    curves = []
    for path in _files(folder):
        rows = []
        for line in path.read_text().replace(",", " ").splitlines():
            try:
                values = [float(word) for word in line.split()]
            except ValueError:
                continue
            if len(values) == 7:
                values = [values[0], values[3], values[6]]
            if len(values) == 3 and np.isfinite(values).all() and values[2] > 0:
                rows.append(values)
        if rows:
            days, flux, error = np.array(sorted(rows)).T
            name = path.name.removesuffix(".txt")
            object_class = path.relative_to(folder).parts[0]
            curves.append(RealCurve(name, object_class, days, flux, error))
    return curves


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
