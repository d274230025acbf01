"""Whatever is kept of the past is recomputed by verify, and what differs is found."""

import numpy as np
import psycopg
import pytest
from psycopg.rows import namedtuple_row

from extractor.noise.background import NoiseGrid
from tests.feeding import FedImage, Feeder, measurements
from trapdb.database import routines

GRID = NoiseGrid(-0.06, -0.04, 0.02, 0.02, np.full((5, 7), 1e-3))


def problems(feeder):
    return {row.problem for row in routines.verify_dataset(feeder.conn, feeder.name)}


@pytest.fixture(scope="module")
def feeder(module_url):
    """Six time steps of two bands with noise maps, a source in all and new ones in the later.

    What a test does to it is rolled back.
    """
    with psycopg.connect(module_url, autocommit=True, row_factory=namedtuple_row) as conn:
        conn.prepare_threshold = None
        yield filled(Feeder(conn))


def filled(feeder):
    rng = np.random.default_rng(7)
    for step in range(6):
        images = []
        for freq_eff in (50e6, 150e6):
            rms = rng.uniform(1e-3, 2e-3, GRID.rms.shape)
            rms[0, step] = np.nan
            # of the third on another grid as well
            shift = 0.01 * (step % 3 == 2)
            noise = NoiseGrid(GRID.l0 + shift, GRID.m0, GRID.dl, GRID.dm, rms)
            ra = 123 + np.linspace(0.02, 0.1, 5)[: step + 1]
            blind = measurements(ra, [10.0] * len(ra), int_flux=rng.uniform(0.5, 1, len(ra)))
            images.append(FedImage(blind, radius=5.0, freq_eff=freq_eff, noise=noise))
        feeder.step(*images, force=None)
    assert problems(feeder) == set()
    return feeder


def columns(conn, table):
    rows = conn.execute(
        "select attname::text as name, atttypid::regtype::text as type from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [f"trap_data.{table}"],
    ).fetchall()
    return {row.name: row.type for row in rows}


def damage(feeder, table, column, value):
    """Return what verify says of it; nothing of it stays."""
    with feeder.conn.transaction(force_rollback=True):
        changed = feeder.conn.execute(f"update trap_data.{table} set {column} = {value}")
        assert changed.rowcount
        return problems(feeder)


def test_each_running_sum_is_verified(feeder):
    """One that is added to the table has to be added there, too."""
    sums = columns(feeder.conn, "source_flux")
    for key in ("dataset_id", "source_id", "band_id", "stokes"):
        del sums[key]
    assert len(sums) >= 21
    found = {"fluxes of the source"}
    for name, kind in sums.items():
        other = f"not {name}" if kind == "boolean" else f"coalesce({name}, 0) * 2 + 1"
        assert damage(feeder, "source_flux", name, other) == found, name


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("image_id", "image_id + 1"),
        ("rms_min", "0.999 * rms_min"),
        ("rms_max", "1.001 * rms_max"),
        ("image_count", "image_count + 1"),
        ("detection_threshold", "detection_threshold + 1"),
    ],
)
def test_limits_of_sky_regions_are_verified(feeder, column, value):
    assert damage(feeder, "sky_region_limit", column, value) == {"limits of the sky region"}


@pytest.mark.parametrize("column", ["rms_min[3][4]", "rms_min[1][1]"])
@pytest.mark.parametrize("value", ["1e-4", "'nan'", "null"])
def test_each_place_of_the_noise_of_sky_regions_is_verified(feeder, column, value):
    assert damage(feeder, "sky_region_noise", column, value) == {"noise of the sky region"}


def test_the_number_of_noise_maps_is_verified(feeder):
    found = damage(feeder, "sky_region_noise", "image_count", "image_count - 1")
    assert found == {"noise of the sky region"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("limiting_image_id", "limiting_image_id + 1"),
        ("limiting_rms_min", "0.999 * limiting_rms_min"),
        ("limiting_rms_max", "1.001 * limiting_rms_max"),
        ("detection_threshold", "detection_threshold + 1"),
        ("covering_images", "covering_images - 1"),
        ("local_limit", "1.000001 * local_limit"),
        ("local_limit", "null"),
    ],
)
def test_limits_of_new_sources_are_verified(feeder, column, value):
    assert damage(feeder, "new_source", column, value) == {"limits of the new source"}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("sky_region_limit", "limits of the sky region"),
        ("sky_region_noise", "noise of the sky region"),
        ("new_source", "limits of the new source"),
    ],
)
def test_limits_that_are_missing_are_found(feeder, table, problem):
    with feeder.conn.transaction(force_rollback=True):
        feeder.conn.execute(f"delete from trap_data.{table}")
        assert problem in problems(feeder)
