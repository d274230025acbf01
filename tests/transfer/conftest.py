"""A data set with something in every table, the folder it was dumped into, and another database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import sql

from tests.conftest import Cluster
from tests.feeding import FedImage, Feeder, measurements
from tests.sql.catalogue import monitor
from tests.sql.test_blends import EAST, WEST, seen, true
from tests.sql.test_reference_matching import known, match
from trapdb.database import routines
from trapdb.database.connection import call, open_url
from trapdb.transfer.dumping import dump

CORNERS = ((122.0, -11.0), (124.0, -11.0), (124.0, -9.0), (122.0, -9.0))
SAID = {"title": None, "creator": None, "licence": "CC-BY-4.0", "doi": None}


def silent(table: str, rows: int, whole: bool) -> None:
    """Show no progress."""


@contextmanager
def clone(cluster: Cluster, template: Any, name: str) -> Iterator[str]:
    """A database of this name with the schema; its connection string."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        names = (sql.Identifier(one) for one in (name, template.template_dbname))
        conn.execute(sql.SQL("create database {} template {}").format(*names))
        yield cluster.url(name)
        conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="package")
def there_url(cluster: Cluster, template: Any) -> Iterator[str]:
    with clone(cluster, template, "there") as url:
        yield url


@pytest.fixture(scope="package")
def there(there_url: str) -> Iterator[psycopg.Connection]:
    """A connection to the database of which a data set is dumped; no test changes that."""
    with open_url(there_url) as conn:
        Feeder(conn, name="first")
        leakage = {"leakage": 0.02, "leakage_degree": 2, "leakage_snr_min": 20.0}
        fill(Feeder(conn, name="field", polarisation=leakage))
        routines.publish_dataset(conn, "field", "1", **SAID)
        yield conn


@pytest.fixture(scope="package")
def folder(there: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it was dumped into; no test changes that either."""
    folder = tmp_path_factory.mktemp("dumped") / "field"
    with open_url(there.info.dsn) as conn:
        dump(conn, "field", folder, silent)
    return folder


@pytest.fixture(scope="module")
def here_url(cluster: Cluster, template: Any) -> Iterator[str]:
    with clone(cluster, template, "here") as url:
        yield url


@pytest.fixture
def here(here_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a database that holds the schema alone, as the next test finds it again."""
    with open_url(here_url) as conn:
        yield conn
    with open_url(here_url) as conn:
        conn.execute("truncate trap_data.publication")
        for row in conn.execute("select dataset from trap.dataset").fetchall():
            routines.delete_dataset(conn, row.dataset)
        conn.execute(
            "select trap.remove_reference_catalogue(c.catalogue, c.version)"
            " from trap.reference_catalogue as c"
        )
        assert conn.execute("select trap.drop_empty_partitions() as done").fetchone().done
        conn.execute("alter table trap_data.dataset alter dataset_id restart")
        conn.execute("alter table trap_data.reference_catalogue alter catalogue_id restart")


def listed(conn: psycopg.Connection, digest: str = "deep") -> int:
    """Load a reference catalogue, which is the same wherever the digest of its file is."""
    return known(conn, [(1, 123.0, -10.0, 1e-3, 1e-3, 0.05, 0.001)], digest=digest, version=digest)


def fill(feeder: Feeder) -> None:
    """Feed it forks, blends, blank places, noise maps, polygons: something for every table."""
    conn, rng = feeder.conn, np.random.default_rng(9)
    rejected = {"name": "flat", "passed": False, "detail": "flat"}
    at = "2000-01-01T00:00:00Z"
    places = [
        {"taken_at": at, "ra": 1.0, "dec": 2.0},
        {"taken_at": at[:3] + "1" + at[4:], "ra": 1.5, "dec": 2.0},
    ]
    monitor(feeder, "mine", 123.1, -10)
    monitor(feeder, "comet", ephemeris=psycopg.types.json.Jsonb(places))
    for number in range(6):
        footprint = {"radius": 1.5, "vertices": CORNERS} if number % 2 else {"radius": 2.0}
        feeder.step(crowded(rng, 5 if number else 0, **footprint))
    feeder.step(seen(WEST, EAST))
    feeder.step(seen(3.0, 0.6), force=true)
    feeder.step(FedImage(), FedImage(stokes="V"))
    (image_id,) = feeder.step(FedImage(checks=[rejected]))
    catalogue_id = listed(conn)
    match(conn, catalogue_id, "field")
    routines.log_refused_file(conn, feeder.run_id, "a.fits", "metadata", "no beam")
    routines.log_warning(conn, feeder.run_id, "Größer")
    latency = {"image_ids": [image_id], "arrived_at": [feeder.next_at], "latency": [1.5]}
    call(conn, "log_latency", **latency)
    conn.execute(
        "insert into trap_data.image_correction select %s, %s, 3, null, 1, 2, 1.1",
        [image_id, catalogue_id],
    )
    burst = {
        **{"freq_eff": 1e9, "stokes": "I", "images": 5, "threshold": 6, "expected_false": 1},
        **{"begins_at": at, "ends_at": at, "width": 1, "snr": 7, "peak_at": at, "peak_snr": 7},
        **{"chi2": 9, "dof": 4, "centre_distance": 0.5, "beam_major": 0.01},
    }
    (position,) = conn.execute(
        "select source_id from trap_data.monitor_position where name = 'mine'"
    ).fetchone()
    routines.add_burst(conn, position, burst)
    conn.execute(
        "insert into trap_data.injection select d.dataset_id, 1, 'step', 123.1, -10, 0.01, 9.5, %s,"
        " 60, %s, 5, 0.1, 0.01, '{\"peak_flux\": 0.012}' from trap_data.dataset as d"
        " where d.dataset_id = %s",
        [at, at, feeder.dataset_id],
    )
    conn.execute(
        "insert into trap_data.stamp"
        " select max(n.source_id), %s, n.dataset_id, %s, 1, 2, 0.1, 3, 'abc'"
        " from trap_data.new_source as n group by n.dataset_id",
        [image_id, image_id],
    )
    conn.execute(
        "insert into trap_data.classification"
        " select max(dataset_id), max(source_id), %s, sha256('a'), '{0.25}', 0.5, '{2}', '{0.1}'"
        " from trap_data.source where dataset_id = trap.dataset_of(%s)",
        [image_id, image_id],
    )
    conn.execute(
        "insert into trap_data.blank_place (image_id, source_id, ra, dec, known_image_id)"
        " select %s, max(source_id), 1, 2, %s from trap_data.source",
        [image_id, image_id],
    )


def crowded(rng: np.random.Generator, new: int, **footprint: Any) -> FedImage:
    """Find most of a crowded field, and now and then something new."""
    from extractor.noise.background import NoiseGrid

    places = np.random.default_rng(8)
    ra = 123 + np.append(places.uniform(-0.2, 0.2, 40), rng.uniform(-0.8, 0.8, new))
    dec = -10 + np.append(places.uniform(-0.2, 0.2, 40), rng.uniform(-0.8, 0.8, new))
    on = rng.random(len(ra)) < 0.8
    shift = rng.normal(0, 8 / 3600, (2, int(on.sum())))
    flux = 0.05 + rng.normal(0, 0.001, int(on.sum()))
    noise = NoiseGrid(-0.04, -0.04, 0.08 / 6, 0.02, rng.uniform(1e-4, 2e-4, (5, 7)))
    found = measurements(ra[on] + shift[0], dec[on] + shift[1], int_flux=flux)
    return FedImage(found, dec=-10.0, noise=noise, **footprint)
