"""The smallest noise at each place of a sky region, and what it says about a new source there."""

from dataclasses import replace

import numpy as np
import pytest

from extractor.noise.background import NoiseGrid
from tests.feeding import START, FedImage, measurements
from tests.sql.catalogue import close
from trapdb.database import routines

STEP = 0.02
GRID = NoiseGrid(-0.06, -0.04, STEP, STEP, np.full((5, 7), 1e-3))
HERE = (123.0, 10.0)


@pytest.fixture
def feeder(new_feeder):
    return new_feeder()


def look(feeder, rms, *new, grid=GRID, **facts):
    """Store an image with this noise map, which shows these positions and nothing else."""
    if rms is not None:
        grid = replace(grid, rms=np.broadcast_to(np.asarray(rms, float), grid.rms.shape))
    blind = measurements([ra for ra, _ in new], [dec for _, dec in new], int_flux_err=3e-4)
    noise = None if rms is None else grid
    return feeder.step(FedImage(blind, radius=5.0, noise=noise, **facts), force=None)[0]


def kept(feeder):
    return feeder.conn.execute(
        "select grid_image_id, image_count, rms_min from trap_data.sky_region_noise"
        " order by sky_region_id, grid_image_id"
    ).fetchall()


def limits(feeder):
    """Return what is known of the new sources, in the order in which they appeared."""
    return feeder.conn.execute("select * from trap_data.new_source order by source_id").fetchall()


def test_each_place_keeps_its_smallest_noise(feeder):
    rng = np.random.default_rng(4)
    maps = rng.uniform(1e-3, 2e-3, (5, *GRID.rms.shape))
    maps[rng.random(maps.shape) < 0.3] = np.nan
    maps[:, 2, 3] = np.nan
    first, *_ = [look(feeder, rms) for rms in maps]
    (row,) = kept(feeder)
    assert (row.grid_image_id, row.image_count) == (first, 5)
    least = np.fmin.reduce(maps)
    assert np.isnan(least).sum() == 1
    np.testing.assert_allclose(np.array(row.rms_min, float), least, rtol=1e-7)


@pytest.mark.parametrize(
    ("change", "shared"),
    [
        ({}, True),
        ({"l0": GRID.l0 + 0.04 * STEP}, True),
        ({"l0": GRID.l0 + 0.06 * STEP}, False),
        ({"m0": GRID.m0 - 0.06 * STEP}, False),
        ({"dl": STEP * (1 + 0.04 / 6)}, True),
        ({"dm": STEP * (1 + 0.06 / 4)}, False),
        ({"rms": np.full((7, 5), 1e-3)}, False),
    ],
)
def test_grids_that_differ_by_less_than_a_twentieth_of_a_cell_are_one(feeder, change, shared):
    look(feeder, 1e-3)
    look(feeder, 1e-3, grid=replace(GRID, **change))
    assert [row.image_count for row in kept(feeder)] == ([2] if shared else [1, 1])


def test_a_grid_that_is_turned_is_another_one(feeder):
    """Beside the pole a small step in right ascension turns the whole map."""
    for ra, count in [(0.0, 1), (0.1, 1), (10.0, 2)]:
        look(feeder, 1e-3, ra=ra, dec=89.999)
        assert len(kept(feeder)) == count
    assert feeder.conn.execute("select from trap_data.sky_region").rowcount == 1


def test_bands_stokes_parameters_and_thresholds_are_kept_apart(feeder):
    look(feeder, 1e-3)
    look(feeder, 1e-3, freq_eff=300e6)
    look(feeder, 1e-3, stokes="V")
    look(feeder, 1e-3, detection_threshold=8.0)
    assert [row.image_count for row in kept(feeder)] == [1, 1, 1, 1]


def test_a_rejected_image_takes_no_part(feeder):
    look(feeder, 1e-3, checks=[{"name": "beam", "passed": False, "detail": "too elliptical"}])
    assert kept(feeder) == []


def test_the_limit_is_that_of_the_deepest_earlier_image_at_the_place(feeder):
    quiet = np.full(GRID.rms.shape, 2e-3)
    quiet[:, 4:] = 1e-3
    look(feeder, quiet)
    look(feeder, np.flip(quiet, axis=1))
    look(feeder, None)  # covers the place, with a noise that is not known
    west, here = (123 - 1.5, 10.0), HERE
    look(feeder, 1e-5, west, here)
    found = {row.source_id & 1: row for row in limits(feeder)}
    # on the centre line no image is at its quietest
    assert [found[0].local_limit, found[1].local_limit] == close([6e-3, 12e-3], rel=1e-6)
    assert {row.covering_images for row in found.values()} == {3}
    assert found[0].peak_flux_err == close(3e-4)


def test_images_of_the_same_time_step_are_no_limit(feeder):
    look(feeder, 1e-3)
    blind = measurements(*HERE)
    noise = replace(GRID, rms=np.full(GRID.rms.shape, 1e-4))
    feeder.step(
        FedImage(noise=noise, radius=5.0, freq_eff=139.9e6),
        FedImage(blind, noise=noise, radius=5.0, freq_eff=140.1e6),
        force=None,
    )
    (row,) = limits(feeder)
    assert (row.local_limit, row.covering_images) == (close(6e-3, rel=1e-6), 1)


def test_the_threshold_counts_with_the_noise(feeder):
    look(feeder, 1e-3, detection_threshold=20.0)
    look(feeder, 2e-3, detection_threshold=8.0)
    look(feeder, 1e-3, HERE)
    (row,) = limits(feeder)
    assert (row.local_limit, row.covering_images) == (close(16e-3, rel=1e-6), 2)


def test_where_no_noise_is_known_there_is_no_limit(feeder):
    look(feeder, 1e-3)
    look(feeder, 1e-3, (123.0, 14.0))  # in the footprint, beyond the map
    (row,) = limits(feeder)
    assert (row.local_limit, row.covering_images) == (None, 1)


@pytest.mark.parametrize("distance", [0.25, 4.5])
def test_the_distance_from_the_edge_is_that_of_the_image_itself(feeder, distance):
    look(feeder, 1e-3)
    look(feeder, 1e-3, (123.0, 15.0 - distance))
    (row,) = limits(feeder)
    assert row.edge_distance == close(distance)


def test_a_rewound_data_set_has_the_noise_that_it_had(feeder):
    rng = np.random.default_rng(5)
    maps = rng.uniform(1e-3, 2e-3, (4, *GRID.rms.shape))
    for rms in maps[:2]:
        look(feeder, rms)
    before = kept(feeder)
    for rms in maps[2:]:
        look(feeder, rms, grid=replace(GRID, l0=-0.07))
    assert len(kept(feeder)) == 2
    routines.rewind_dataset(feeder.conn, feeder.name, START + (feeder.next_at - START) / 4)
    assert kept(feeder) == before


def test_nothing_is_left_of_a_data_set_that_is_deleted(feeder):
    look(feeder, 1e-3)
    routines.delete_dataset(feeder.conn, feeder.name)
    assert kept(feeder) == []
