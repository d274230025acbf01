"""An archive of three data sets, that the tests of this folder read and never change."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from tests.conftest import READER
from tests.feeding import FedImage, Feeder, measurements, nothing_there
from tests.sql.test_reference import load
from trapdb.adql.tables import Table
from trapdb.adql.translation import Translation, translate
from trapdb.adql.views import tables_of

SOURCES = 250


@pytest.fixture(scope="package")
def archive_url(cluster: Any, template: Any) -> Iterator[str]:
    """A reader's connection string to the archive."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        name = sql.Identifier(template.template_dbname)
        conn.execute(sql.SQL("create database archive template {}").format(name))
        with psycopg.connect(
            cluster.url("archive"), autocommit=True, row_factory=namedtuple_row
        ) as filled:
            fill(filled)
        yield cluster.url("archive", READER)
        conn.execute("drop database archive with (force)")


def fill(conn: psycopg.Connection) -> None:
    """Feed a field at the meridian, the same somewhat off, and the pole: two bands, three times."""
    rng = np.random.default_rng(42)
    across, along = rng.uniform(-2, 2, (2, SOURCES))
    fields = {
        "meridian": (across % 360, along),
        "off": ((across + rng.normal(0, 2 / 3600, SOURCES)) % 360, along),
        "pole": (rng.uniform(0, 360, SOURCES), 90 - np.sqrt(rng.uniform(0, 9, SOURCES))),
    }
    for name, (ra, dec) in fields.items():
        feeder = Feeder(conn, name)
        flux = rng.lognormal(-4, 1, SOURCES)
        for epoch in range(3):
            seen = rng.uniform(size=SOURCES) < (0.8 if epoch else 1.0)
            now = flux * rng.lognormal(0, 0.1, SOURCES)
            for freq in (140e6, 150e6):
                feeder.step(
                    FedImage(
                        measurements(
                            ra[seen], dec[seen], ra_err=1 / 3600, dec_err=1 / 3600,
                            int_flux=now[seen], int_flux_err=5e-4,
                        ),
                        ra=0.0, dec=90.0 if name == "pole" else 0.0, radius=5.0,
                        beam_major=6 / 3600, freq_eff=freq,
                    ),
                    force=nothing_there,
                )  # fmt: skip
    ra, dec = fields["meridian"]
    rows = [(n, f"R{n}", *place) for n, place in enumerate(zip(ra, dec, strict=True), 1)]
    load(conn, rows[:100], ("reference_id", "designation", "ra", "dec"), name="known")
    conn.execute("analyze")


@pytest.fixture(scope="package")
def archive(archive_url: str) -> Iterator[psycopg.Connection]:
    """A reader's connection to the archive."""
    with psycopg.connect(archive_url, autocommit=True) as conn:
        conn.read_only = True
        yield conn


@pytest.fixture(scope="package")
def tables(archive: psycopg.Connection) -> Mapping[str, Table]:
    """The views of the archive."""
    numbers = dict(archive.execute("select dataset, dataset_id from trap.dataset").fetchall())
    with archive.cursor(row_factory=namedtuple_row) as cursor:
        return tables_of(cursor.execute("select * from trap.column_description"), numbers.get)


@pytest.fixture(scope="package")
def to_sql(tables: Mapping[str, Table]) -> Any:
    """Translate a query on the views of the archive."""

    def to_sql(text: str) -> Translation:
        return translate(text, tables)

    return to_sql


@pytest.fixture(scope="package")
def ask(archive: psycopg.Connection, to_sql: Any) -> Any:
    """Ask the archive in ADQL."""

    def ask(text: str) -> list[tuple[Any, ...]]:
        return archive.execute(to_sql(text).sql).fetchall()

    return ask
