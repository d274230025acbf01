"""Data sets to feed, and what came of them."""

from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.feeding import Feeder
from tests.sql.catalogue import Original, fit
from trapdb.database import routines
from trapdb.database.connection import open_url


@pytest.fixture(scope="module")
def module_url(cluster: Any, template: Any) -> Iterator[str]:
    """A clone of the database with the schema, for all tests of a module."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute(
            sql.SQL("create database module template {}").format(
                sql.Identifier(template.template_dbname)
            )
        )
        yield cluster.url("module")
        conn.execute("drop database module with (force)")


@pytest.fixture
def db(module_url: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection, in autocommit mode, to a database that holds the schema alone.

    What these tests make is deleted, data set by data set, list by list: that is quicker than
    a database for each.
    """
    with psycopg.connect(module_url, autocommit=True) as conn:
        yield conn
    with psycopg.connect(module_url, autocommit=True, row_factory=namedtuple_row) as conn:
        conn.execute("truncate trap_data.publication")
        for row in conn.execute("select dataset from trap.dataset").fetchall():
            routines.delete_dataset(conn, row.dataset)
        conn.execute(
            "select trap.remove_reference_catalogue(c.catalogue, c.version)"
            " from trap.reference_catalogue as c"
        )
        conn.execute(
            "truncate trap_data.watch, trap_data.event, trap_data.standing_event"
            " restart identity cascade"
        )
        conn.execute("truncate trap_data.job")
        conn.execute("select trap.remove_watch_list(w.watch) from trap.watch_list as w")
        conn.execute("select trap.remove_skymap(m.skymap) from trap.skymap as m")
        conn.execute("truncate trap_data.label")
        conn.execute("truncate trap_data.classifier cascade")
        conn.execute("truncate trap_data.alert, trap_data.alert_rule cascade")
        conn.execute("select trap.drop_empty_partitions()")
        conn.execute("alter table trap_data.dataset alter dataset_id restart")
        conn.execute("alter table trap_data.reference_catalogue alter catalogue_id restart")


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


@pytest.fixture(scope="module")
def feed_once(cluster: Any, template: Any) -> Iterator[Callable[..., Any]]:
    """Feed data sets by a function of a connection, for a module whose tests have copies of them.

    For what takes seconds.
    """
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database fed_once template {}").format(name))

        def feed(fill: Callable[[psycopg.Connection], Any]) -> Any:
            with open_url(cluster.url("fed_once")) as filled:
                return fill(filled)

        yield feed
        conn.execute("drop database fed_once with (force)")


@pytest.fixture
def fed_again(cluster: Any, clones: Any) -> Iterator[Callable[[Feeder], Feeder]]:
    """Return data sets as `feed_once` left them, in a database of the test's own."""
    with open_url(cluster.url(clones.of("fed_once"))) as conn:

        def again(feeder: Feeder) -> Feeder:
            own = copy(feeder)
            own.conn = conn
            return own

        yield again


@pytest.fixture
def crowd(original: Any) -> list[Original]:
    """Three data sets of 20,000 sources each over a field of 20 x 20 deg."""
    feeders = [original(name=name) for name in ("one", "two", "three")]
    conn = feeders[0].conn
    for feeder in feeders:
        feeder.see(fit(123, 10))
        conn.execute(
            "insert into trap_data.source (dataset_id, source_id, name, ra, dec, ra_err, dec_err,"
            " pos, reference_ra, reference_dec, weight_l, weighted_l, weight_m, weighted_m,"
            " n_blind, n_forced, forced_steps, first_seen, last_seen, last_blind_image_id,"
            " monitored)"
            " select s.dataset_id, s.source_id + n, s.name || n, place.ra, place.dec, s.ra_err,"
            " s.dec_err, spoint(radians(place.ra), radians(place.dec)), place.ra, place.dec,"
            " 0, 0, 0, 0, 1, 0, 0, s.first_seen, s.last_seen, s.last_blind_image_id, false"
            " from trap_data.source as s, generate_series(1, 20000) as n,"
            " lateral (select 113 + 20 * random() + 0 * n as ra, 20 * random() + 0 * n as dec"
            " offset 0) as place where s.dataset_id = %s",
            [feeder.dataset_id],
        )
    conn.execute("analyze")
    return feeders
