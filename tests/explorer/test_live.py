"""A data set that grows while it is looked at."""

import json

import httpx
import numpy as np
from playwright.sync_api import expect

from tests.explorer.test_first_pages import SETTLED
from tests.feeding import FedImage, Feeder, measurements

STEADY = 123 + 0.3 * (1 + np.arange(6))


def seen(feeder, flux=0.015):
    """A time step: six steady sources, and one beside them."""
    ra = [*STEADY, *([122.5] if flux else [])]
    feeder.step(FedImage(measurements(ra, 10.0, int_flux=[0.02] * 6 + [flux] * bool(flux))))


def test_what_comes_in_is_seen_without_reloading(page, look):
    feeder = Feeder(look, "growing")
    seen(feeder, 0.0)
    page.goto("/dataset/growing")
    page.wait_for_selector(SETTLED)
    expect(page.locator("#noise-note")).to_contain_text("1 image ")
    page.evaluate("window.same = true")
    with page.expect_request("**/data/images/growing?after=*"):
        seen(feeder, 0.05)
    expect(page.locator("#steps")).to_have_text("2")
    expect(page.locator("#noise-note")).to_contain_text("2 images")
    expect(page.locator("#transients tbody tr")).to_have_count(1)
    expect(page.locator("#state")).to_have_text("growing")
    assert page.evaluate("window.same")


HIDE = """(hidden) => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_a_page_that_is_not_looked_at_does_not_listen_and_catches_up(page, look):
    asked = []
    page.on("request", lambda request: asked.append(request.url.split("/")[-2]))
    feeder = Feeder(look, "aside")
    seen(feeder)
    page.goto("/dataset/aside")
    page.wait_for_selector(SETTLED)
    page.evaluate(HIDE, True)
    seen(feeder)
    assert asked.count("live") == 1
    page.evaluate(HIDE, False)
    expect(page.locator("#steps")).to_have_text("2")
    expect(page.locator("#noise-note")).to_contain_text("2 images")
    assert asked.count("live") == 2


def test_a_data_set_that_is_taken_back_is_drawn_anew(page, look):
    feeder = Feeder(look, "taken_back")
    for _ in range(3):
        seen(feeder)
    page.goto("/dataset/taken_back")
    expect(page.locator("#noise-note")).to_contain_text("3 images")
    page.wait_for_selector(SETTLED)
    look.execute("select trap.rewind_dataset('taken_back', '2012-01-01 12:00')")
    expect(page.locator("#noise-note")).to_contain_text("1 image ")


def events(http, path, number):
    with http.stream("GET", path) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        found = []
        for line in reply.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line.removeprefix("data: ")))
            if len(found) == number:
                return found
    return found


def test_who_listens_is_told_at_once_how_far_it_is(http):
    ((event),) = events(http, "/data/live/one", 1)
    assert event["time_steps"] == 1


def test_so_many_may_listen_and_no_more(here):
    limits = httpx.Limits(max_connections=200)
    with httpx.Client(base_url=here, limits=limits, timeout=30) as many:
        open_ones = []
        try:
            for _ in range(100):
                reply = many.send(many.build_request("GET", "/data/live/one"), stream=True)
                assert reply.status_code == 200
                open_ones.append(reply)
            refused = many.get("/data/live/one")
            assert refused.status_code == 503
            assert "watching" in refused.json()["error"]
            assert many.get("/dataset/one").status_code == 200
        finally:
            for reply in open_ones:
                reply.close()
