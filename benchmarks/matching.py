"""The match that everybody writes: a KD-tree in memory, and the de Ruiter cut."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from extractor import Measurements
from extractor.geometry.sky import unit_vector


def match(
    ra: NDArray,
    dec: NDArray,
    error: NDArray,
    found: Measurements,
    limit: float,
    de_ruiter: float,
    *,
    quick: bool,
) -> NDArray[np.int64]:
    """Match measurements with a catalogue.

    Parameters
    ----------
    ra, dec, error : ndarray
        The catalogue, deg; one error for both axes.
    found : Measurements
        The measurements of an image.
    limit : float
        Largest separation, deg.
    de_ruiter : float
        Largest de Ruiter radius.
    quick : bool
        Build a tree that is quicker to build than SciPy's default and slower to search.

    Returns
    -------
    ndarray, shape (n, 2)
        Pairs of rows: of the measurements, of the catalogue.
    """
    how = {"balanced_tree": not quick, "compact_nodes": not quick}
    tree = cKDTree(unit_vector(ra, dec), **how)
    chord = 2 * np.sin(np.radians(limit) / 2)
    near = cKDTree(unit_vector(found.ra, found.dec), **how).sparse_distance_matrix(
        tree, chord, output_type="ndarray"
    )
    i, j = near["i"], near["j"]
    east = (found.ra[i] - ra[j] + 180) % 360 - 180
    east *= np.cos(np.radians((found.dec[i] + dec[j]) / 2))
    north = found.dec[i] - dec[j]
    radius = np.sqrt(
        east**2 / (found.ra_err[i] ** 2 + error[j] ** 2)
        + north**2 / (found.dec_err[i] ** 2 + error[j] ** 2)
    )
    return np.stack([i, j], axis=1)[radius < de_ruiter]
