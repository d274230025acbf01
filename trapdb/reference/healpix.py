"""Cells of HEALPix in the nested scheme, as ranges of the cells of order 29 within them.

Source: Gorski et al. 2005, ApJ 622, 759; IVOA Recommendation MOC 2.0, section 4.1 (UNIQ).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.int64]

FINEST = 29
# Cells of each order on the sphere, and the number of cells of the finest order in one of each.
COUNT = 12 * 4 ** np.arange(FINEST + 1, dtype=np.int64)
WIDTH = 4 ** np.arange(FINEST, -1, -1, dtype=np.int64)


def of_uniq(uniq: Any) -> tuple[Cells, Cells]:
    """Return order and number of cells from their UNIQ, which is 4^(order + 1) + number.

    Raises
    ------
    ValueError
        One is no UNIQ; the text says which.
    """
    uniq = np.asarray(uniq).astype(np.int64)
    order = np.searchsorted(COUNT // 3, uniq, side="right") - 1
    number = uniq - COUNT[order] // 3
    wrong = (order < 0) | (number >= COUNT[order])
    if wrong.any():
        raise ValueError(f"{uniq[wrong][0]} is no UNIQ of a cell of order 0 to {FINEST}")
    return order, number


def merged(first: Cells, last: Cells) -> tuple[Cells, Cells]:
    """Return ranges in their order, joined where they overlap or touch."""
    order = np.argsort(first, kind="stable")
    first, last = first[order], np.maximum.accumulate(last[order])
    begins = np.append(True, first[1:] > last[:-1] + 1)[: len(first)]
    return first[begins], last[np.append(begins[1:], True)[: len(last)]]


def cells_of(first: Cells, last: Cells) -> tuple[Cells, Cells]:
    """Return order and number of the fewest cells that make up ranges of cells of order 29.

    Parameters
    ----------
    first, last : ndarray of int64
        The ranges, which neither overlap nor touch.
    """
    orders, numbers = [], []
    begin, end = np.asarray(first, np.int64), np.asarray(last, np.int64) + 1
    for order, width in enumerate(WIDTH):
        # of each range the whole cells; what is left before and behind them is of finer orders
        low, high = -(-begin // width), end // width
        count = np.maximum(high - low, 0)
        start = np.repeat(low - np.append(0, np.cumsum(count)[:-1])[: len(low)], count)
        numbers.append(start + np.arange(count.sum()))
        orders.append(np.full(count.sum(), order))
        some = count > 0
        begin, end = (
            np.concatenate([begin[~some], begin[some], high[some] * width]),
            np.concatenate([end[~some], low[some] * width, end[some]]),
        )
        left = end > begin
        begin, end = begin[left], end[left]
    each, number = np.concatenate(orders), np.concatenate(numbers)
    place = np.lexsort((number, each))  # by order, then by number
    return each[place], number[place]
