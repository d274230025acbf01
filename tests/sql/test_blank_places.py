"""That an image has no pixels at a place is kept: nobody asks it there again."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from extractor import Flag
from tests.feeding import FedImage, measurements, nothing_there
from trapdb.database import routines

HERE = (123.0, 10.0)


@pytest.fixture
def feeder(new_feeder):
    return new_feeder()


def blank(image, requests):
    """Find no pixels wherever asked."""
    fits = nothing_there(image, requests)
    return replace(fits, flags=np.full(len(requests), int(Flag.BLANK)), usable=fits.usable & False)


def images_lacking(feeder):
    everything = routines.backfill_sources(feeder.conn, feeder.dataset_id, new=False)
    rows = routines.backfill_images(feeder.conn, feeder.dataset_id, everything)
    return [row.image_id for row in rows]


def fill(feeder, image_id, force):
    everything = routines.backfill_sources(feeder.conn, feeder.dataset_id, new=False)
    with feeder.conn.transaction():
        routines.begin_backfill(feeder.conn, feeder.dataset_id)
        requests = routines.backfill_requests(feeder.conn, image_id, everything)
        if len(requests):
            first_row = routines.next_row(feeder.conn, image_id)
            fits = force(FedImage(), requests)
            routines.copy_forced(feeder.conn, image_id, first_row, requests, fits)
            routines.add_backfill(feeder.conn, image_id)
    return len(requests)


def points(feeder):
    return feeder.conn.execute("select count(*) from trap.lightcurve").fetchone()[0]


def test_a_null_detection_without_pixels_is_not_asked_for_again(feeder):
    feeder.blind(*HERE)
    feeder.step(FedImage(), force=blank)
    assert points(feeder) == 1
    assert images_lacking(feeder) == []


def test_what_a_back_fill_found_blank_it_does_not_ask_for_again(feeder):
    first = feeder.step(FedImage())[0]
    feeder.blind(*HERE)
    assert images_lacking(feeder) == [first]
    assert fill(feeder, first, blank) == 1
    assert images_lacking(feeder) == []
    assert fill(feeder, first, blank) == 0
    assert points(feeder) == 1


def test_other_sources_are_asked_for(feeder):
    first = feeder.step(FedImage())[0]
    feeder.blind(*HERE)
    fill(feeder, first, blank)
    feeder.blind([HERE[0], 124.0], [HERE[1], 11.0])
    assert first in images_lacking(feeder)
    assert fill(feeder, first, nothing_there) == 1


def test_a_rewind_forgets_what_became_known_later(feeder):
    first = feeder.step(FedImage())[0]
    feeder.blind(*HERE)
    stays = feeder.next_at - timedelta(days=1)
    feeder.step(FedImage(), force=nothing_there)
    fill(feeder, first, blank)
    routines.rewind_dataset(feeder.conn, feeder.name, stays)
    assert images_lacking(feeder) == [first]
    kept = feeder.conn.execute("select count(*) from trap_data.blank_place").fetchone()[0]
    assert kept == 0


def test_a_monitored_position_that_was_moved_is_asked_for(feeder):
    from trapdb.monitoring.position_list import Position

    routines.set_monitor_positions(feeder.conn, feeder.name, [Position("p", *HERE)])
    image = feeder.step(FedImage(), force=blank)[0]
    assert images_lacking(feeder) == []
    routines.set_monitor_positions(feeder.conn, feeder.name, [Position("p", 124.0, 10.0)])
    assert images_lacking(feeder) == [image]
    routines.delete_monitor_position(feeder.conn, feeder.name, "p")
    assert not feeder.conn.execute("select from trap_data.blank_place").fetchall()


def test_a_copy_needs_no_pixels_to_know_that_there_are_none(feeder, new_feeder):
    feeder.blind(*HERE)
    feeder.step(FedImage(measurements(124.0, 11.0)), force=blank)
    copied = new_feeder(name="copied")
    for origin in routines.replayable_images(feeder.conn, feeder.dataset_id, "accepted"):
        with feeder.conn.transaction():
            routines.begin_time_step(feeder.conn, copied.dataset_id, origin.taken_at)
            image = routines.copy_image(feeder.conn, copied.run_id, origin.image_id)
            routines.associate_image(feeder.conn, image)
            assert not len(routines.reuse_forced(feeder.conn, image))
            routines.close_time_step(feeder.conn)
    copies = feeder.conn.execute(
        "select ra, dec from trap_data.blank_place where image_id = %s", [image]
    ).fetchall()
    assert [tuple(row) for row in copies] == [pytest.approx(HERE)]
