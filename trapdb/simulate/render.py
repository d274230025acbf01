"""Draw sources onto pixels."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from trapdb.simulate.ellipse import gaussian

# Beyond six sigma a Gaussian is below 2e-8 of its peak.
_REACH_SIGMA = 6.0


def response(
    x: NDArray, y: NDArray, covariance: NDArray, size: int | tuple[int, int]
) -> sparse.csc_matrix:
    """Return what each source of peak 1 puts into each pixel.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Positions, px, counted from 0 at the centre of the first pixel.
    covariance : ndarray, shape (n, 2, 2)
        Shapes over (x, y), px^2, convolved with the beam.
    size : int or (int, int)
        Pixels along each axis of the image; or rows and columns.

    Returns
    -------
    scipy.sparse.csc_matrix, shape (rows * columns, n)
        Times the peak fluxes it is the image. Brightness is taken at the centres of the pixels,
        as restored images have it: not averaged over their area.
    """
    ny, nx = (size, size) if isinstance(size, int) else size
    half = np.ceil(_REACH_SIGMA * np.sqrt(covariance[:, [0, 1], [0, 1]].max(axis=1))).astype(int)
    values, pixels, owners = [np.empty(0)], [np.empty(0, int)], [np.empty(0, int)]
    for reach in np.unique(half):
        these = np.flatnonzero(half == reach)
        step = np.arange(-reach, reach + 1)
        columns = np.rint(x[these]).astype(int)[:, None, None] + step
        rows = np.rint(y[these]).astype(int)[:, None, None] + step[:, None]
        stamps = gaussian(
            columns - x[these, None, None],
            rows - y[these, None, None],
            covariance[these, None, None],
        )
        inside = (columns >= 0) & (columns < nx) & (rows >= 0) & (rows < ny)
        values.append(stamps[inside])
        pixels.append((rows * nx + columns)[inside])
        owners.append(np.broadcast_to(these[:, None, None], inside.shape)[inside])
    entries = np.concatenate(values), (np.concatenate(pixels), np.concatenate(owners))
    return sparse.csc_matrix(entries, shape=(ny * nx, len(x)))
