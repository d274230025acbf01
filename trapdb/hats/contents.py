"""What goes into a collection: the sources of a data set with their light curves, as read.

All is read in one transaction, which sees the data set as it was at its beginning.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from psycopg import sql
from psycopg.rows import tuple_row

from trapdb.columnar.binary_rows import arrow_type, decode
from trapdb.columnar.description import field
from trapdb.columnar.parquet import groups
from trapdb.hats.statements import statement

# The column of a source that has its light curve, with a list for each of what is known of a point.
LIGHT_CURVE = "lightcurve"


@dataclass(frozen=True)
class State:
    """The sources of a data set, in the order of their cells.

    Attributes
    ----------
    cell : ndarray of int64
        HEALPix cell of order 29, nested, ascending.
    source_id, points : ndarray of int64
        Identifier, and number of points.
    mark : ndarray of int64
        What differs if any value of the source does, or if others are its points.
    """

    cell: NDArray[np.int64]
    source_id: NDArray[np.int64]
    points: NDArray[np.int64]
    mark: NDArray[np.int64]


@contextmanager
def snapshot(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Read within the block what the database holds now, whatever is ingested meanwhile."""
    conn.read_only = True
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with conn.transaction():
        conn.execute(statement("settings"))
        yield


def state_of(conn: psycopg.Connection[Any], dataset_id: int) -> State:
    """Return the sources of a data set."""
    cell, source_id, mark = _numbers(conn, "sources", 3, dataset_id)
    order = np.lexsort([source_id, cell])
    cell, source_id, mark = cell[order], source_id[order], mark[order]
    points = np.zeros_like(mark)
    curve_of, number, curve_mark = _numbers(conn, "curves", 3, dataset_id)
    by_id = np.argsort(source_id)
    place = by_id[np.searchsorted(source_id, curve_of, sorter=by_id)]
    np.add.at(points, place, number)
    np.bitwise_xor.at(mark, place, curve_mark)
    return State(cell, source_id, points, mark)


def _numbers(
    conn: psycopg.Connection[Any], name: LiteralString, columns: int, dataset_id: int
) -> list[NDArray[np.int64]]:
    """Return the numbers in arrays, one after the other, of each column."""
    schema = pa.schema([(str(number), pa.list_(pa.int64())) for number in range(columns)])
    batches = _copied(conn, name, schema, ["int8"] * columns, dataset_id=dataset_id)
    lists = pa.Table.from_batches(batches, schema).columns
    return [pc.list_flatten(one).to_numpy() for one in lists]


class Contents:
    """The sources of a data set with their light curves.

    Attributes
    ----------
    schema : pyarrow.Schema
        The columns: the cell, those of ``trap.running_catalogue``, and a struct of lists with those
        of ``trap.lightcurve``; with their units, UCDs and meanings.
    """

    def __init__(self, conn: psycopg.Connection[Any], dataset_id: int) -> None:
        self._conn, self._dataset_id = conn, dataset_id
        said = {
            (row.view_name, row.column_name): row
            for row in conn.execute(statement("columns")).fetchall()
        }
        shape = (
            conn.cursor(row_factory=tuple_row)
            .execute(
                sql.SQL("select * from ({}) as q limit 0").format(sql.SQL(statement("rows"))),
                {"dataset_id": dataset_id, "sources": None},
            )
            .description
        )
        assert shape is not None
        single: list[pa.Field] = []
        listed: list[pa.Field] = []
        self._wire_types: list[str] = []
        for column in shape:
            info = psycopg.adapters.types[column.type_code]
            array = info.oid != column.type_code
            known = said.get((LIGHT_CURVE if array else "running_catalogue", column.name))
            told = (known.unit, known.ucd, known.utype, known.description) if known else ()
            one = field(column.name, arrow_type(info.name, array=array), *told)
            (listed if array else single).append(one)
            self._wire_types.append(info.name)
        self._flat = pa.schema([*single, *listed])
        # the elements of lists are named as they are when they are read from a file
        members = [
            one.with_type(pa.list_(pa.field("element", one.type.value_type))) for one in listed
        ]
        self.schema = pa.schema([*single, pa.field(LIGHT_CURVE, pa.struct(members))])

    def rows(self, sources: NDArray[np.int64] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield sources with their light curves, in the order of their cells.

        Parameters
        ----------
        sources : ndarray of int64, optional
            Identifiers of those that are wanted, by default all.
        """
        single = len(self.schema) - 1
        members = list(self.schema.field(LIGHT_CURVE).type)
        arguments = {
            "dataset_id": self._dataset_id,
            "sources": None if sources is None else sources.tolist(),
        }
        for batch in _copied(self._conn, "rows", self._flat, self._wire_types, **arguments):
            lists = [
                _lists(one, member.type)
                for one, member in zip(batch.columns[single:], members, strict=True)
            ]
            curve = pa.StructArray.from_arrays(lists, fields=members)
            yield pa.record_batch([*batch.columns[:single], curve], schema=self.schema)


def _copied(
    conn: psycopg.Connection[Any],
    name: LiteralString,
    schema: pa.Schema,
    wire_types: Sequence[str],
    **arguments: Any,
) -> Iterator[pa.RecordBatch]:
    query = sql.SQL("copy ({}) to stdout (format binary)").format(sql.SQL(statement(name)))
    with conn.cursor().copy(query, arguments) as messages:
        for rows in groups(messages):
            yield decode(rows, schema, wire_types)


def _lists(lists: pa.ListArray, type_: pa.DataType) -> pa.ListArray:
    """Return the lists, empty for a source without points."""
    return pa.ListArray.from_arrays(lists.offsets, lists.values, type=type_)
