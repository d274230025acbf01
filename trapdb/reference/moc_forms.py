"""Multi-order coverage maps (MOC) as programs take them.

Source: IVOA Recommendation MOC 2.0, sections 4.2 and 4.3.
"""

import io
import json
from itertools import groupby

import numpy as np

from trapdb.reference.healpix import COUNT, Cells, cells_of


def as_fits(first: Cells, last: Cells) -> bytes:
    """Return a MOC as a FITS file of UNIQ numbers, which all programs read.

    Parameters
    ----------
    first, last : ndarray of int64
        Ranges of cells of order 29 that neither overlap nor touch.
    """
    from astropy.io import fits

    order, number = cells_of(first, last)
    column = fits.Column("UNIQ", "K", array=np.sort(COUNT[order] // 3 + number))
    table = fits.BinTableHDU.from_columns([column])
    finest = int(order.max(initial=0))
    table.header.update(
        {
            "PIXTYPE": "HEALPIX", "ORDERING": "NUNIQ", "COORDSYS": "C", "MOCVERS": "2.0",
            "MOCDIM": "SPACE", "MOCORD_S": finest, "MOCORDER": finest, "MOCTOOL": "trapdb",
        }
    )  # fmt: skip
    buffer = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(buffer)
    return buffer.getvalue()


def as_json(first: Cells, last: Cells) -> str:
    """Return a MOC as JSON: lists of cells by order."""
    return json.dumps({str(order): cells for order, cells in _by_order(first, last)})


def as_text(first: Cells, last: Cells) -> str:
    """Return a MOC as text: orders with their cells, ranges of which are written as such."""
    return " ".join(f"{order}/{' '.join(_runs(cells))}" for order, cells in _by_order(first, last))


def _by_order(first: Cells, last: Cells) -> list[tuple[int, list[int]]]:
    """Return the cells of each order that has some; without any, an order without cells."""
    order, number = cells_of(first, last)
    found = [(int(one), number[order == one].tolist()) for one in np.unique(order)]
    return found or [(0, [])]


def _runs(cells: list[int]) -> list[str]:
    """Return what is in a row as a range."""
    runs = []
    for _, group in groupby(enumerate(cells), lambda pair: pair[1] - pair[0]):
        run = [cell for _, cell in group]
        runs.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return runs
