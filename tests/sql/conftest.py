"""Data sets to feed, and what came of them."""

from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.feeding import Feeder
from tests.sql.catalogue import Original


@pytest.fixture
def conn(db: psycopg.Connection) -> psycopg.Connection:
    """A connection as trapdb makes it: rows are named tuples, nothing is prepared."""
    db.row_factory = namedtuple_row
    db.prepare_threshold = None
    return db


@pytest.fixture
def new_feeder(conn: psycopg.Connection) -> Callable[..., Feeder]:
    """Make a data set with the defaults of trapdb."""
    return partial(Feeder, conn)


@pytest.fixture
def original(conn: psycopg.Connection) -> Callable[..., Original]:
    """Make a data set with the settings of the original's test suite."""
    return partial(Original, conn)
