"""The page of a source, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.explorer.watched import Watched, inaccessible


@pytest.fixture(scope="module")
def transient(look):
    """The source that was seen once and measured by force afterwards."""
    return look.execute(
        "select source_id, name from trap.transient_by_definition('single_epoch', 'field')"
    ).fetchone()


@pytest.fixture(scope="module")
def forked(look):
    """A source that inherits points."""
    return look.execute(
        "select source_id, ancestor_id from trap.source_ancestry where dataset = 'forked' limit 1"
    ).fetchone()


def drawn(page, source_id):
    page.goto(f"/source/{source_id}")
    expect(page.locator("#bands li")).not_to_have_count(0)


def test_a_click_shows_a_measurement_and_its_image(page, look, transient):
    drawn(page, transient.source_id)
    expect(page.get_by_role("heading", level=1)).to_have_text(transient.name)
    canvas = page.locator("#curve canvas")
    canvas.focus()
    page.keyboard.press("n")
    expect(page.locator("#curve .tip")).to_contain_text("mJy/beam")
    page.keyboard.press("Enter")
    rows = page.locator("#point tbody tr")
    expect(rows.filter(has_text="MJD")).to_have_count(1)
    image = rows.filter(has_text="Image").get_by_role("link")
    expect(image).to_have_attribute("href", re.compile(r"/image/\d+$"))
    # what was chosen is in the address
    expect(page).to_have_url(re.compile("point="))
    address, taken = page.url, rows.first.text_content()
    page.goto(address)
    expect(rows.first).to_have_text(taken)


def test_what_is_drawn_is_in_the_address(page, transient):
    drawn(page, transient.source_id)
    page.get_by_label("integrated").check()
    page.get_by_label("logarithmic").check()
    page.get_by_label("MJD").check()
    page.get_by_label("limits").check()
    wanted = "flux=int&scale=log&time=mjd&limits=1"
    expect(page).to_have_url(re.compile(f"{wanted}$"))
    page.goto(page.url)
    for label in ("integrated", "logarithmic", "MJD", "limits"):
        expect(page.get_by_label(label)).to_be_checked()


def test_all_measurements_are_listed_with_how_they_came(page, look, transient):
    drawn(page, transient.source_id)
    page.get_by_text("All measurements").click()
    count = look.execute(
        "select count(*) from trap.lightcurve_of(%s)", [transient.source_id]
    ).fetchone()[0]
    rows = page.locator("#points tbody tr")
    expect(rows).to_have_count(count)
    expect(rows.filter(has_text="blind")).to_have_count(1)
    expect(rows.filter(has_text="null detection")).not_to_have_count(0)


def test_a_fork_leads_to_its_ancestor_and_back(page, forked):
    drawn(page, forked.source_id)
    page.get_by_text("All measurements").click()
    expect(page.locator("#points tbody tr", has_text="inherited")).not_to_have_count(0)
    page.get_by_role("listitem").filter(has_text="forked from").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(f"/source/{forked.ancestor_id}$"))
    expect(page.get_by_role("listitem").filter(has_text="from it forked").first).to_be_visible()


def test_the_light_curve_can_be_taken_away(page, http, transient):
    drawn(page, transient.source_id)
    for name, begins in (
        ("CSV", b"dataset,"),
        ("VOTable", b"<"),
        ("FITS", b"SIMPLE"),
        ("Parquet", b"PAR1"),
    ):
        link = page.get_by_role("link", name=name, exact=True).get_attribute("href")
        reply = http.get(link)
        assert reply.status_code == 200
        assert reply.content.lstrip().startswith(begins), name


@pytest.mark.parametrize("number", ["1", "99999999999999999999999", "x", "-1", "1%00"])
def test_a_source_that_there_is_not_is_told(http, number):
    reply = http.get(f"/source/{number}", headers={"Accept": "text/html"})
    assert reply.status_code == 404
    assert "there is no source" in reply.text
    assert http.get(f"/data/light-curve/{number}").json()["error"].startswith("there is no source")


def test_ids_arrive_as_they_are(http, look):
    """Also those that double precision would round."""
    (source_id,) = look.execute(
        "select source_id from trap.running_catalogue order by source_id desc limit 1"
    ).fetchone()
    points = http.get(f"/data/light-curve/{source_id}").json()["points"]
    assert str(source_id) in map(str, points["measurement_id"])


def test_what_people_say_is_text(page, look, transient):
    look.execute(
        "select trap.add_label(%s, p_rating => 'real', p_note => %s)",
        [transient.source_id, "<script>alert('note')</script>"],
    )
    try:
        drawn(page, transient.source_id)
        expect(page.get_by_text("<script>alert('note')</script>")).to_be_visible()
    finally:
        look.execute("truncate trap_data.label")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_a_source_is_accessible(chromium, here, transient, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        drawn(watched.page, transient.source_id)
        watched.page.get_by_text("All measurements").click()
        assert inaccessible(watched.page) == []


def test_a_phone_scrolls_no_source_sideways(chromium, here, transient):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        drawn(watched.page, transient.source_id)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 360
