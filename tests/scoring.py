"""Catalogues against the truth of a simulation: for tests and benchmarks."""

from dataclasses import dataclass

import numpy as np
from astropy.table import Table
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from extractor.geometry.sky import unit_vector
from trapdb.simulate import Truth


def expected(truth: Truth, epoch: int | None = None, band: int | None = None) -> Table:
    """Return the sources that were on, with their flux, peak_flux and snr in the chosen images.

    Of several images (None: all of them) the one with the highest snr counts.
    """
    chosen = np.ones(len(truth.images), bool)
    for column, value in (("epoch", epoch), ("band", band)):
        if value is not None:
            chosen &= truth.images[column] == value
    table = truth.sources.copy()
    snr = flux_grid(truth, "snr")[chosen]
    brightest = snr.argmax(axis=0), np.arange(len(table))
    for column in ("flux", "peak_flux"):
        table[column][:] = flux_grid(truth, column)[chosen][brightest]
    table["snr"] = snr[brightest]
    return table[table["snr"] > 0]


def flux_grid(truth: Truth, column: str = "flux") -> NDArray[np.float64]:
    """Return a column of the truth's fluxes as an array of shape (images, sources)."""
    return np.asarray(truth.fluxes[column]).reshape(len(truth.images), len(truth.sources))


def match(
    ra1: ArrayLike, dec1: ArrayLike, ra2: ArrayLike, dec2: ArrayLike, radius: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of those that are each other's nearest, within a radius (all deg)."""
    there = nearest(ra1, dec1, ra2, dec2, radius)
    back = nearest(ra2, dec2, ra1, dec1, radius)
    first = np.flatnonzero(there >= 0)
    first = first[back[there[first]] == first]
    return first, there[first]


def nearest(
    ra: ArrayLike, dec: ArrayLike, of_ra: ArrayLike, of_dec: ArrayLike, radius: float
) -> NDArray[np.intp]:
    """Return the index of the nearest of others for each position, -1 if none is within (deg)."""
    here, others = unit_vector(ra, dec), unit_vector(of_ra, of_dec)
    if not len(here) or not len(others):
        return np.full(len(here), -1)
    chord, index = cKDTree(others).query(here)
    return np.where(chord <= 2 * np.sin(np.deg2rad(radius) / 2), index, -1)


@dataclass(frozen=True)
class Score:
    """What a catalogue got right and wrong.

    Attributes
    ----------
    expected : Table
        The sources that were on, as `expected` gives them.
    found, rows : ndarray of int
        Matches: a row of `expected`, a row of the catalogue.
    missed : ndarray of int
        Rows of `expected` at or above the asked snr without a match.
    false : ndarray of int
        Rows of the catalogue that lie within the radius of no source.
    doubles : ndarray of int
        Rows of the catalogue near a source that is matched by another row.
    """

    expected: Table
    found: NDArray[np.intp]
    rows: NDArray[np.intp]
    missed: NDArray[np.intp]
    false: NDArray[np.intp]
    doubles: NDArray[np.intp]


def score(
    truth: Truth,
    ra: ArrayLike,
    dec: ArrayLike,
    *,
    epoch: int | None = None,
    band: int | None = None,
    snr: float = 0.0,
    radius: float | None = None,
) -> Score:
    """Score a catalogue's positions (deg) against the sources that were on.

    Parameters
    ----------
    truth : Truth
        What was simulated.
    ra, dec : array_like
        The catalogue, deg.
    epoch, band : int, optional
        The image that was catalogued; None: any.
    snr : float, default 0
        Fainter sources count as neither missed nor false.
    radius : float, optional
        deg; default half the beam's minor axis, which keeps the members of pairs apart.
    """
    if radius is None:
        radius = truth.images.meta["beam"][1] / 2
    sources = expected(truth, epoch, band)
    found, rows = match(sources["ra"], sources["dec"], ra, dec, radius)
    others = np.setdiff1d(np.arange(np.size(ra)), rows)
    near = (
        nearest(
            np.asarray(ra)[others], np.asarray(dec)[others], sources["ra"], sources["dec"], radius
        )
        >= 0
    )
    unmatched = np.setdiff1d(np.arange(len(sources)), found)
    missed = unmatched[np.asarray(sources["snr"])[unmatched] >= snr]
    return Score(sources, found, rows, missed, others[~near], others[near])
