"""What a transaction costs: time, buffers, rows, write-ahead log; and the time of each routine."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, LiteralString, cast

import psycopg

SQL = Path(__file__).with_name("sql")


@dataclass
class Cost:
    """The cost of some part of a transaction.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    buffers : int
        Pages of 8 kB that were looked at, in memory or not, some of them many times.
    rows : int
        Rows read and written.
    wal : int
        Bytes of write-ahead log; what other processes wrote meanwhile is in it.
    routines : Counter
        Milliseconds in each routine of the database, without what it called.
    """

    seconds: float = 0.0
    buffers: int = 0
    rows: int = 0
    wal: int = 0
    routines: Counter[str] = field(default_factory=Counter)


def run(conn: psycopg.Connection, name: LiteralString, **arguments: Any) -> list[Any]:
    """Run the statement of a file of sql/; return its rows, if it has any."""
    text = cast(LiteralString, (SQL / f"{name}.sql").read_text())
    cursor = conn.execute(text, arguments or None)
    return cursor.fetchall() if cursor.description else []


@contextmanager
def watch(conn: psycopg.Connection) -> Iterator[Cost]:
    """Measure the cost of a block within a transaction; it is known after the block."""
    cost = Cost()
    (before,), routines = run(conn, "work"), _routines(conn)
    start = perf_counter()
    yield cost
    cost.seconds = perf_counter() - start
    (after,) = run(conn, "work")
    cost.buffers = after.buffers - before.buffers
    cost.rows = after.rows - before.rows
    cost.wal = lsn(after.wal) - lsn(before.wal)
    cost.routines = _routines(conn) - routines


def lsn(position: str) -> int:
    """Turn a position in the write-ahead log into bytes."""
    high, low = position.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def _routines(conn: psycopg.Connection) -> Counter[str]:
    return Counter({row.routine: row.self_ms for row in run(conn, "routine_times")})
