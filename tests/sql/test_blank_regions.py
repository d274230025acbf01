"""Where images are blank they cover nothing and limit nothing."""

import numpy as np
import pytest

from extractor.noise.background import NoiseGrid
from tests.feeding import FedImage, measurements
from trapdb.database import routines

CENTRE = (123.0, 10.0)
SIZE = 2.0**-10  # 0.056 deg
NOISE = NoiseGrid(-0.1, -0.1, 0.05, 0.05, np.full((5, 5), 1e-3))


@pytest.fixture
def feeder(new_feeder):
    return new_feeder()


def position(row, column):
    """Position of the middle of a cell, counted from that whose corner is the centre."""
    l, m = (column + 0.5) * SIZE, (row + 0.5) * SIZE  # noqa: E741
    n = np.sqrt(1 - l**2 - m**2)
    ra0, dec0 = np.radians(CENTRE)
    ra = ra0 + np.arctan2(l, n * np.cos(dec0) - m * np.sin(dec0))
    return float(np.degrees(ra)), float(np.degrees(np.arcsin(m * np.cos(dec0) + n * np.sin(dec0))))


def blanks(*rectangles, shift=0):
    """Facts of an image with blank cells: first row, rows, first column, columns of each."""

    def ranges(wider):
        return "{" + ",".join(
            f"[{(r + 16384) * 32768 + column - wider + shift + 16384},"
            f"{(r + 16384) * 32768 + column + columns + wider + shift + 16384})"
            for row, rows, column, columns in rectangles
            for r in range(row - wider, row + rows + wider)
        ) + "}"  # fmt: skip

    return {"blank_size": SIZE, "blank": ranges(0), "near_blank": ranges(1)}


def look(feeder, *places, **facts):
    """Store an image that shows sources in the middle of these cells."""
    ra, dec = np.array([position(*place) for place in places]).reshape(-1, 2).T
    return feeder.step(FedImage(measurements(ra, dec), radius=5.0, **facts), force=None)[0]


def limits(feeder):
    return feeder.conn.execute(
        "select limiting_image_id, covering_images, local_limit from trap_data.new_source"
        " order by source_id"
    ).fetchall()


def count_regions(feeder):
    return feeder.conn.execute("select count(*) from trap.sky_region").fetchone()[0]


@pytest.mark.parametrize("row", [-3, 0, 5])
@pytest.mark.parametrize("column", [-40, 0, 7])
def test_a_cell_is_counted_from_the_middle_row_by_row(conn, row, column):
    (cell,) = conn.execute(
        "select trap.grid_cell(%s, %s, %s, %s, %s)", [*CENTRE, SIZE, *position(row, column)]
    ).fetchone()
    assert cell == (row + 2**14) * 2**15 + column + 2**14


def test_blank_cells_and_those_beside_them_limit_nothing(feeder):
    look(feeder, **blanks((0, 3, 0, 2)))
    look(feeder, (1, 0), (-1, 1), (2, 2), (3, -1), (1, 3), (-2, 0), (10, 10))
    assert len(limits(feeder)) == 3


def test_images_that_are_blank_elsewhere_are_apart(feeder):
    """The deepest image of all does not limit what it did not show; others do."""
    deep = look(feeder, rms_min=1e-5, rms_max=2e-5, **blanks((0, 9, 0, 9)))
    shallow = look(feeder)
    look(feeder, **blanks((20, 9, 0, 9)))
    look(feeder, (4, 4), (24, 4), (40, 4))
    assert count_regions(feeder) == 3
    assert [(row.limiting_image_id, row.covering_images) for row in limits(feeder)] == [
        (shallow, 2), (deep, 2), (deep, 3)
    ]  # fmt: skip


@pytest.mark.parametrize(("shift", "regions"), [(0, 1), (1, 1), (2, 2)])
def test_blanks_that_move_by_a_cell_are_the_same(feeder, shift, regions):
    look(feeder, **blanks((0, 9, 0, 9)))
    look(feeder, **blanks((0, 9, 0, 9), shift=shift))
    assert count_regions(feeder) == regions
    # what a shift of one cell blanks is beside the first image's blank cells
    look(feeder, (4, 9), (4, 12))
    assert [row.covering_images for row in limits(feeder)] == [2]


def test_a_hole_makes_another_region_of_an_image_without_blanks(feeder):
    look(feeder)
    look(feeder, **blanks((0, 1, 0, 1)))
    look(feeder)
    assert count_regions(feeder) == 2


def test_products_of_one_observation_are_known_whatever_they_blank(feeder):
    """An image within its primary beam and its residuals, say, are of one outline."""
    with feeder.conn.transaction(force_rollback=True):
        routines.begin_time_step(feeder.conn, feeder.dataset_id, feeder.next_at)
        ids = [
            feeder._register(FedImage(radius=radius, **facts), feeder.next_at)
            for radius, facts in ((5.0, {}), (5.0, blanks((0, 9, 0, 9))), (4.0, {}))
        ]
        assert routines.side_by_side(feeder.conn) == [ids[:2]]


def test_there_is_no_noise_where_an_image_is_blank(feeder):
    image = look(feeder, noise=NOISE, **blanks((0, 3, 0, 3)))
    rms = [
        feeder.conn.execute("select trap.local_rms(%s, %s, %s)", [image, *position(*cell)])
        .fetchone()[0]
        for cell in ((1, 1), (1, 3), (-1, -1))
    ]  # fmt: skip
    assert rms == [None, pytest.approx(1e-3), pytest.approx(1e-3)]


def test_a_copy_is_blank_where_its_origin_is(feeder, new_feeder):
    look(feeder, noise=NOISE, **blanks((0, 9, 0, 9)))
    copied = new_feeder(name="copied")
    (origin,) = routines.replayable_images(feeder.conn, feeder.dataset_id, "accepted")
    with feeder.conn.transaction():
        routines.begin_time_step(feeder.conn, copied.dataset_id, origin.taken_at)
        image = routines.copy_image(feeder.conn, copied.run_id, origin.image_id)
        routines.associate_image(feeder.conn, image)
        routines.close_time_step(feeder.conn)
    copied.next_at = feeder.next_at
    look(copied, (4, 4), (20, 4))
    assert [row.limiting_image_id for row in limits(copied)] == [image]
