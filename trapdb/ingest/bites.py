"""Bites of light curves that are packed, one after the other, past sources that are damaged.

A bite is a transaction, all or nothing: what is wrong with one source would keep all others of its
bite from being packed, each time.
"""

import logging
from collections.abc import Callable
from typing import Any

import psycopg

from trapdb.database import routines
from trapdb.database.connection import one_line

Connection = psycopg.Connection[Any]

log = logging.getLogger(__name__)


class Bites:
    """Takes bites of a data set, and remembers the sources that cannot be packed.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    dataset_id : int
    at_once : bool
        As for `trapdb.database.routines.pack_points`.

    Attributes
    ----------
    left_out : list of int
        Sources that could not be packed; each was told once, in the log.
    points : int
        How many were moved.
    """

    def __init__(self, dataset: str, dataset_id: int, *, at_once: bool) -> None:
        self._dataset = dataset
        self._dataset_id = dataset_id
        self._at_once = at_once
        self.left_out: list[int] = []
        self.points = 0

    def take(
        self,
        conn: Connection,
        after: int | None,
        sources: int,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> int | None:
        """Take a bite; in halves, and halves of these, if something is wrong with a source of it.

        Parameters
        ----------
        conn : psycopg.Connection
            In autocommit mode.
        after : int or None
            Sources with higher ids are taken, in their order; None: from one on that is drawn.
        sources : int
            How many.
        is_given_up : callable
            Asked before each try.

        Returns
        -------
        int or None
            The last source of it; None when there was none left.

        Raises
        ------
        psycopg.OperationalError
            What failed is no fault of a source.
        TrapdbError
            The database refused.
        """
        size = sources
        while sources > 0 and not is_given_up():
            try:
                bitten = routines.pack_points(
                    conn, self._dataset_id, after, size, self._at_once, self.left_out
                )
            except psycopg.OperationalError:
                raise
            except psycopg.Error as error:
                after = after or 0  # which one was drawn is not known
                if size == 1:
                    self._leave_out(conn, after, error)
                    size = sources
                else:
                    size //= 2
                continue
            self.points += bitten.points
            after = bitten.last_source_id
            if after is None:
                break
            sources -= size
            size = min(size, sources)
        return after

    def _leave_out(self, conn: Connection, after: int, error: psycopg.Error) -> None:
        source = routines.next_source(conn, self._dataset_id, after, self.left_out)
        if source is None:  # it was deleted meanwhile
            return
        self.left_out.append(source)
        log.warning(
            "the light curve of source %d cannot be packed, and is left as it is: %s; "
            "see what is wrong: trapdb dataset verify %s",
            source, one_line(error), self._dataset,
            extra={"event": "unpackable", "source_id": source},
        )  # fmt: skip
