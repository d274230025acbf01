"""The corners of all-sky images, which are beyond the horizon."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def blank_beyond_horizon(
    data: NDArray[np.float32], wcs: Any, first_row: int = 0, first_column: int = 0
) -> None:
    """Blank the pixels of an image, or of a section of it, that are beyond the horizon, in place.

    Parameters
    ----------
    data : ndarray, shape (ny, nx)
        The pixels.
    wcs : astropy.wcs.WCS
        Coordinates of the whole image.
    first_row, first_column : int
        Where in the image the section begins.
    """
    if not wcs.wcs.ctype[0].endswith("-SIN") or any(value for _, _, value in wcs.wcs.get_pv()):
        return
    x, y = (
        np.arange(first, first + length) + 1 - reference
        for first, length, reference in zip(
            (first_column, first_row), data.shape[::-1], wcs.wcs.crpix, strict=True
        )
    )
    matrix = np.radians(wcs.pixel_scale_matrix)
    corner = np.hypot(np.abs(x).max(), np.abs(y).max()) * np.linalg.norm(matrix, 2)
    if corner <= 1:
        return
    l, m = (row[0] * x + row[1] * y[:, None] for row in matrix)  # noqa: E741
    data[l**2 + m**2 > 1] = np.nan
