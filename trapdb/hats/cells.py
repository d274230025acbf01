"""Which pixel of HEALPix a source belongs to, and of which others it lies in the margin.

Cells are numbered in the nested scheme: those of an order are the four parts of one of the order
before, so that the number of the larger one is that of the smaller without its last two bits.

Source: Gorski et al. 2005, ApJ 622, 759, section 4; IVOA Note "HATS" 1.0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# The order of the cells by which sources are sorted, as the note asks: 0.4 mas.
FINEST = 29
# A pixel that has more rows than these, sources and points, is divided: some 30 MB in memory.
ROWS_OF_A_PIXEL = 1 << 18
# The margin is what may lie so close to a pixel [arcsec] ...
MARGIN_ARCSEC = 10.0
# ... and consists of cells of an order at which the narrowest are wider: on the average they are
# 58.6 deg / 2^order wide, 26 arcsec here, and the narrowest more than half of that.
MARGIN_ORDER = 13

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Pixel:
    """A pixel of a catalogue.

    Attributes
    ----------
    order, number : int
        Order, and number in the nested scheme.
    members : ndarray of int64
        Which of the sources are in it, ascending.
    """

    order: int
    number: int
    members: Numbers


def divided(cells: Numbers, rows: Numbers) -> list[Pixel]:
    """Divide the sky so that no pixel has too many rows, but for those of `MARGIN_ORDER`.

    Parameters
    ----------
    cells : ndarray of int64
        The cell of each source, of order `FINEST`, ascending.
    rows : ndarray of int64
        The rows that each source counts for.

    Returns
    -------
    list of Pixel
        Those that have sources, in the order of the sky. They do not depend on anything else than
        the arguments, so that what is divided once more is divided alike.
    """
    pixels = []
    undivided = np.arange(len(cells))
    for order in range(MARGIN_ORDER + 1):
        number = _coarser(cells[undivided], order)
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        few = np.add.reduceat(rows[undivided], starts) <= ROWS_OF_A_PIXEL
        if order == MARGIN_ORDER:
            few[:] = True
        ends = np.append(starts[1:], len(undivided))
        for start, end in zip(starts[few], ends[few], strict=True):
            pixels.append(Pixel(order, int(number[start]), undivided[start:end]))
        undivided = undivided[np.repeat(~few, ends - starts)]
        if not len(undivided):
            break
    return sorted(pixels, key=lambda pixel: pixel.members[0])


def margins(cells: Numbers, pixels: list[Pixel]) -> list[Pixel]:
    """Return for each pixel what lies in other ones, within `MARGIN_ARCSEC` of it or little more.

    Parameters
    ----------
    cells : ndarray of int64
        The cell of each source, of order `FINEST`, ascending.
    pixels : list of Pixel
        The pixels, as `divided` returns them.

    Returns
    -------
    list of Pixel
        The same pixels, with the sources around them as members; without those that have none.
    """
    from astropy_healpix import neighbours

    orders = np.array([pixel.order for pixel in pixels])
    shift = 2 * (MARGIN_ORDER - orders)
    first = np.array([pixel.number for pixel in pixels]) << shift
    end = first + (1 << shift)
    # The cells that have sources, whose they are, and the sources in each.
    cell, start, count = np.unique(
        _coarser(cells, MARGIN_ORDER), return_index=True, return_counts=True
    )
    home = np.searchsorted(first, cell, "right") - 1
    edge = _at_the_edge(cell, shift[home])
    cell, start, count, home = cell[edge], start[edge], count[edge], home[edge]
    with np.errstate(invalid="ignore"):  # at the corners of the twelve largest there is one less
        beside = neighbours(cell, 1 << MARGIN_ORDER, order="nested").astype(np.int64)
    other = np.searchsorted(first, beside, "right") - 1
    near = (beside < end[other]) & (other >= 0) & (other != home) & (beside >= 0)
    # of each pixel, the cells around it
    pair = np.unique(
        np.stack([other[near], np.broadcast_to(np.arange(len(cell)), near.shape)[near]]), axis=1
    )
    around = np.split(pair[1], np.searchsorted(pair[0], np.arange(1, len(pixels))))
    return [
        Pixel(pixel.order, pixel.number, _ranges(start[these], count[these]))
        for pixel, these in zip(pixels, around, strict=True)
        if len(these)
    ]


def _coarser(cells: Numbers, order: int) -> Numbers:
    return cells >> 2 * (FINEST - order)


def _at_the_edge(cell: Numbers, shift: Numbers) -> NDArray[np.bool_]:
    """Tell which cells lie at an edge of their pixel: both coordinates are in every second bit."""
    within = (1 << shift) - 1
    edge = np.zeros(len(cell), bool)
    for bits in (0x5555555555555555, 0x2AAAAAAAAAAAAAAA):
        coordinate = cell & within & bits
        edge |= (coordinate == 0) | (coordinate == within & bits)
    return edge


def _ranges(start: Numbers, count: Numbers) -> Numbers:
    """Return the numbers of several ranges, one after the other."""
    ends = np.cumsum(count)
    return np.repeat(start - (ends - count), count) + np.arange(ends[-1])
