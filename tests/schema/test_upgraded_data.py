"""A data set that an older revision has kept is what it would have become without the upgrade."""

import numpy as np
import pytest
from psycopg.rows import dict_row

from extractor.geometry.ellipses import axes, shape_matrix
from extractor.noise.background import NoiseGrid
from tests.feeding import FedImage, Feeder, measurements, pack
from trapdb import schema
from trapdb.database import routines
from trapdb.database.connection import open_url

SQUARE = ((122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0))


def crowd(rng, new):
    """Find most of a crowded field, with shapes, and now and then something new."""
    places = np.random.default_rng(8)
    ra = 123 + np.append(places.uniform(-0.2, 0.2, 40), rng.uniform(-0.8, 0.8, new))
    dec = 10 + np.append(places.uniform(-0.2, 0.2, 40), rng.uniform(-0.8, 0.8, new))
    on = rng.random(len(ra)) < 0.8
    n = int(on.sum())
    shift = rng.normal(0, 8 / 3600, (2, n))
    flux = 0.05 + rng.normal(0, 0.001, n)
    fits = measurements(ra[on] + shift[0], dec[on] + shift[1], int_flux=flux)
    major, minor, pa = axes(shape_matrix(*rng.uniform(0.05, 0.07, (2, n)), rng.uniform(0, 180, n)))
    fits.snr[:], fits.major[:], fits.minor[:], fits.pa[:] = flux / 5e-4, major, minor, pa
    fits.snr[:3] = np.nan
    return fits


@pytest.fixture
def feeder(db_url):
    """A data set with forks, forced fits, new sources, noise maps, circles and polygons."""
    rng = np.random.default_rng(9)
    with open_url(db_url) as conn:
        feeder = Feeder(conn, name="old")
        for number in range(8):
            footprint = {"radius": 1.5, "vertices": SQUARE} if number % 2 else {"radius": 2.0}
            feeder.step(FedImage(crowd(rng, new=5 if number else 0), noise=noise(rng), **footprint))
        yield feeder


def noise(rng):
    rms = rng.uniform(1e-4, 2e-4, (5, 7))
    rms[rng.random((5, 7)) < 0.05] = np.nan
    return NoiseGrid(-0.04, -0.04, 0.08 / 6, 0.02, rms)


def contents(conn, query):
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()


FILLED = {
    "source_flux": "select * from trap_data.source_flux order by source_id, band_id, stokes",
    "source": "select source_id, established_image_id, shape_weight, shape_ll, shape_lm, shape_mm"
    " from trap_data.source order by source_id",
    "sky_region_noise": "select * from trap_data.sky_region_noise order by sky_region_id",
    "new_source": "select * from trap_data.new_source order by source_id",
}


def test_an_upgrade_fills_what_the_older_revision_did_not_keep(feeder, db_url):
    conn = feeder.conn
    before = {table: contents(conn, query) for table, query in FILLED.items()}
    assert any(row["ancestor_id"] for row in contents(conn, "table trap_data.source_ancestry"))
    assert {row["sky_region_id"] & 3 for row in before["sky_region_noise"]} == {1, 2}
    assert sum(row["local_limit"] is not None for row in before["new_source"]) > 0
    conn.commit()
    schema.downgrade(db_url, "0001")
    schema.upgrade(db_url)
    assert routines.verify_dataset(conn, "old") == []
    for table, query in FILLED.items():
        for old, new in zip(before[table], contents(conn, query), strict=True):
            for column in old:
                if column == "local_limit":
                    # of each image on its own, not of the smallest at each grid point
                    assert (new[column] is None) <= (old[column] is None)
                    assert new[column] is None or new[column] >= old[column] * (1 - 1e-9)
                elif isinstance(old[column], float):
                    assert new[column] == pytest.approx(old[column], rel=1e-9, abs=1e-12), column
                else:
                    assert new[column] == old[column], column
    # it keeps the configuration with which it began: there were no stamps
    (held,) = contents(conn, "select configuration #> '{stamps,of}' as of from trap_data.dataset")
    assert held["of"] == []
    # and it goes on
    feeder.step(FedImage(crowd(np.random.default_rng(10), 5), noise=None, radius=2.0))
    assert routines.verify_dataset(conn, "old") == []


NOTHING_SAID = dict.fromkeys(("title", "creator", "licence", "doi"))
ROUNDED = (
    *("ra_err", "dec_err", "ra_fit_err", "dec_fit_err", "peak_flux_err", "int_flux_err"),
    *("local_rms", "background"),
)


def test_numbers_are_rounded_with_all_that_was_summed_of_them(feeder, db_url):
    conn = feeder.conn
    routines.publish_dataset(conn, "old", "1", **NOTHING_SAID)
    said = contents(conn, "select checksum, former_checksum from trap.publication")
    assert said[0]["former_checksum"] is None
    conn.commit()
    schema.downgrade(db_url, "0028")
    longer = ", ".join(f"{name} = {name} * (1 + 1e-6 * random())" for name in ROUNDED)
    conn.execute(f"update trap_data.measurement set {longer}")
    conn.commit()
    schema.upgrade(db_url)
    assert routines.verify_dataset(conn, "old") == []
    (row,) = contents(conn, "select checksum, former_checksum from trap.publication")
    assert row["former_checksum"] == said[0]["checksum"] != row["checksum"]


def test_what_needs_no_rounding_comes_through_to_the_last_bit(feeder, db_url):
    conn = feeder.conn
    pack(feeder)
    routines.publish_dataset(conn, "old", "1", **NOTHING_SAID)
    queries = (
        "select * from trap.measurement order by measurement_id",
        "select * from trap.lightcurve order by source_id, measurement_id",
        "select checksum, former_checksum from trap.publication",
    )
    before = [contents(conn, query) for query in queries]
    conn.commit()
    schema.downgrade(db_url, "0028")
    schema.upgrade(db_url)
    assert [contents(conn, query) for query in queries] == before
    assert routines.verify_dataset(conn, "old") == []
