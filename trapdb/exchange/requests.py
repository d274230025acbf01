"""Where to measure an image by force."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ForcedRequests:
    """Where to measure an image by force; arrays of equal length.

    Attributes
    ----------
    source_id : ndarray of int
        Source to which the fit belongs.
    kind : ndarray of str
        ``null_detection`` or ``monitored``.
    blended_row : ndarray of int
        Row of the blind measurement that blends this source with others, and that the fits at all
        of them replace; -1 for none.
    ra, dec : ndarray
        Position, deg.
    deconvolved_major, deconvolved_minor, deconvolved_pa : ndarray
        The source's own shape, FWHM and angle, deg; NaN for a point.
    """

    source_id: NDArray[np.int64]
    kind: NDArray[np.str_]
    blended_row: NDArray[np.int64]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    deconvolved_major: NDArray[np.float64]
    deconvolved_minor: NDArray[np.float64]
    deconvolved_pa: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.source_id)


NOWHERE = ForcedRequests(
    np.array([], np.int64),
    np.array([], np.str_),
    np.array([], np.int64),
    *(np.array([], np.float64) for _ in range(5)),
)
