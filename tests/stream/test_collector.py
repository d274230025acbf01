"""Time steps of images that come one by one."""

from datetime import UTC, datetime, timedelta

from extractor import ImageKey
from trapdb.configuration.keys import Stream
from trapdb.ingest.outcome import Fate
from trapdb.stream.collector import REMEMBERED, Collector
from trapdb.stream.inbox import Inbox

START = datetime(2026, 1, 1, tzinfo=UTC)
ARRIVED = datetime(2026, 1, 2, tzinfo=UTC)


def image(step, band=0, stokes="I"):
    taken_at = START + timedelta(seconds=step)
    return ImageKey(f"{step}-{band}-{stokes}", taken_at, 1e8 + 1e6 * band, stokes)


def names(step):
    return None if step is None else [one.path for one in step.images]


def feed(collector, *images, now=0.0):
    for one in images:
        assert collector.add([one], now, ARRIVED) == []


def test_a_step_is_complete_with_as_many_images_as_the_settings_say():
    collector = Collector(Stream(images_per_step=2))
    feed(collector, image(0, 1))
    assert collector.pop(1.0) is None
    feed(collector, image(0, 0))
    step = collector.pop(1.0)
    assert names(step) == ["0-0-I", "0-1-I"]
    assert step.arrived == dict.fromkeys(["0-0-I", "0-1-I"], ARRIVED)


def test_the_first_step_waits_and_the_others_have_as_many_images():
    collector = Collector(Stream(wait_s=5))
    feed(collector, image(0, 0), image(0, 1), image(0, 1, "V"))
    assert collector.pop(4.9) is None
    assert collector.due(4.0) == 1.0
    assert names(collector.pop(5.0)) == ["0-0-I", "0-1-I", "0-1-V"]
    feed(collector, image(1, 0), image(1, 1), now=6.0)
    assert collector.pop(6.0) is None
    feed(collector, image(1, 1, "V"), now=6.0)
    assert names(collector.pop(6.0)) == ["1-0-I", "1-1-I", "1-1-V"]


def test_an_image_given_twice_does_not_stand_for_another():
    collector = Collector(Stream(images_per_step=2))
    feed(collector, image(0), image(0))
    assert collector.pop(1.0) is None


def test_a_band_that_fails_for_good_is_waited_for_a_few_times():
    collector = Collector(Stream(wait_s=5))
    feed(collector, image(0, 0), image(0, 1))
    collector.pop(5.0)
    for step in range(1, REMEMBERED + 1):
        feed(collector, image(step), now=0.0)
        assert collector.pop(0.0) is None
        assert names(collector.pop(5.0)) == [f"{step}-0-I"]
    feed(collector, image(99))
    assert names(collector.pop(0.0)) == ["99-0-I"]


def test_steps_come_in_the_order_of_time():
    collector = Collector(Stream(images_per_step=2, wait_s=5))
    feed(collector, image(1, 0), image(1, 1), now=1.0)
    feed(collector, image(0, 0), now=1.0)
    assert collector.pop(2.0) is None
    assert names(collector.pop(6.0)) == ["0-0-I"]
    assert names(collector.pop(6.0)) == ["1-0-I", "1-1-I"]
    assert collector.pop(6.0) is None


def test_a_late_image_is_given_out_at_once():
    collector = Collector(Stream(images_per_step=2, wait_s=0))
    feed(collector, image(5))
    assert names(collector.pop(0.0)) == ["5-0-I"]
    feed(collector, image(3), now=1.0)
    feed(collector, image(5, 1), now=1.0)
    assert names(collector.pop(1.0)) == ["3-0-I"]
    assert names(collector.pop(1.0)) == ["5-1-I"]


def test_the_oldest_of_too_many_steps_is_dropped():
    discarded = []
    settings = Stream(images_per_step=1, queue_steps=2)
    inbox = Inbox(Collector(settings, bounded=True), settings, discarded.append)
    for step in range(5):
        inbox.put([image(step)])
    news = []
    steps = inbox.steps(news.append)
    assert [names(next(steps)) for _ in range(2)] == [["3-0-I"], ["4-0-I"]]
    assert next(steps) is None
    (told,) = news
    assert discarded == [one.path for one in told.refused] == ["0-0-I", "1-0-I", "2-0-I"]
    assert {one.fate for one in told.refused} == {Fate.DROPPED}


def test_what_comes_for_a_dropped_step_is_dropped_too():
    discarded = []
    settings = Stream(images_per_step=2, wait_s=60, queue_steps=2)
    inbox = Inbox(Collector(settings, bounded=True), settings, discarded.append)
    for step in range(4):  # band 1 of the first one is delayed: it is closed, and then dropped
        inbox.put([image(step, 0)] if step == 0 else [image(step, 0), image(step, 1)])
    inbox.put([image(0, 1)])
    assert discarded == ["0-0-I", "1-0-I", "1-1-I", "0-1-I"]
    news = []
    steps = inbox.steps(news.append)
    assert [names(next(steps)) for _ in range(2)] == [["2-0-I", "2-1-I"], ["3-0-I", "3-1-I"]]
    assert next(steps) is None
    (told,) = news
    assert [one.path for one in told.refused] == discarded
    assert {one.fate for one in told.refused} == {Fate.DROPPED}


def test_an_image_of_the_future_is_refused_and_makes_no_other_late():
    discarded = []
    settings = Stream(images_per_step=1, ahead_s=3600)
    inbox = Inbox(Collector(settings), settings, discarded.append)
    inbox.put([image(step) for step in (4000, 3600)], arrived=START)
    inbox.put([image(0)], arrived=START)
    news = []
    steps = inbox.steps(news.append)
    assert [names(next(steps)) for _ in range(2)] == [["0-0-I"], ["3600-0-I"]]
    ((refused,),) = [told.refused for told in news]
    assert discarded == [refused.path] == ["4000-0-I"]
    assert refused.fate == Fate.UNREADABLE
    assert "taken at 2026-01-01 01:06:40, which is yet to come: check DATE-OBS" in refused.reason


def test_what_a_run_before_left_is_not_dropped():
    settings = Stream(images_per_step=1, queue_steps=1)
    collector = Collector(settings, bounded=True)
    left = [image(step) for step in range(3)]
    assert collector.add(left, 0.0, ARRIVED, droppable=False) == []
    feed(collector, image(3))
    (dropped,) = collector.add([image(4)], 0.0, ARRIVED)
    assert names(dropped) == ["3-0-I"]
    assert [names(collector.pop(0.0)) for _ in range(4)] == [
        ["0-0-I"],
        ["1-0-I"],
        ["2-0-I"],
        ["4-0-I"],
    ]


def test_a_step_that_others_wait_for_is_not_dropped_but_closed():
    settings = Stream(images_per_step=2, wait_s=60, queue_steps=2)
    collector = Collector(settings, bounded=True)
    feed(collector, image(0), image(1, 0), image(1, 1))
    assert collector.pop(1.0) is None
    feed(collector, image(2))
    assert names(collector.pop(1.0)) == ["0-0-I"]
    assert names(collector.pop(1.0)) == ["1-0-I", "1-1-I"]
