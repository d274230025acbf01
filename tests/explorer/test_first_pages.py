"""The pages of the archive and of a data set, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.explorer.test_explorer_pages import path_of
from tests.explorer.watched import Watched, inaccessible

SETTLED = "#transients-note:not(:has-text('Looking'))"


def test_the_archive_lists_its_data_sets(page):
    page.goto("/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="field", exact=True))
    expect(row.locator(".images")).to_have_text("18")
    expect(row.locator(".candidates")).to_contain_text("appearing 1")
    expect(page.get_by_role("img", name="Map of the whole sky")).to_be_visible()
    row.get_by_role("link", name="field", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("field")


def test_the_flare_and_the_transient_are_on_the_first_screen(page, look):
    page.goto("/dataset/field")
    names = [name for (name,) in look.execute("select name from trap.transient('field')")]
    assert len(names) >= 2
    rows = page.locator("#transients tbody tr")
    expect(rows).to_have_count(len(names))
    for name in names[:2]:
        link = page.get_by_role("link", name=name)
        expect(link).to_be_in_viewport()
    expect(page.locator("#field canvas")).to_be_in_viewport()


def test_rejected_images_and_refused_files_are_told_with_their_reasons(page):
    page.goto("/dataset/field")
    expect(page.locator("#noise-legend")).to_contain_text("Stokes V")
    expect(page.locator("#rejected tbody tr")).to_have_count(1)
    expect(page.locator("#rejected tbody")).to_contain_text("rms")
    expect(page.get_by_text("<img src=x onerror=alert(1)>.fits")).to_be_visible()
    page.get_by_text("Configuration", exact=True).click()
    row = page.get_by_role("row", name="extraction.detection_threshold")
    expect(row).to_be_visible()


def test_offsets_are_compared_when_they_are_asked_for(page):
    page.goto("/dataset/field")
    page.get_by_text("Offsets and flux scale of the images").click()
    expect(page.locator("#offsets-plot canvas")).to_be_visible()
    expect(page.locator("#offsets-note")).to_contain_text("Medians")


@pytest.mark.parametrize("name", ["one", "empty", "forked"])
def test_data_sets_of_little_are_shown_too(page, name):
    page.goto(f"/dataset/{name}")
    page.wait_for_selector(SETTLED)
    expect(page.locator("#steps")).to_have_text({"one": "1", "empty": "0", "forked": "4"}[name])
    expect(page.locator("#noise-note")).to_contain_text(
        {"one": "1 image from", "empty": "Nothing was taken yet", "forked": "4 images from"}[name]
    )


def test_what_is_published_tells_how_it_is_cited(page):
    page.goto("/")
    page.get_by_role("row", name="published").get_by_role("link", name="published").click()
    said = page.get_by_text("Published as")
    expect(said).to_contain_text("published@1")
    expect(said).to_contain_text("<i>A title</i>” by <i>A. Author</i>")
    expect(said).to_contain_text("CC-BY-4.0")
    expect(said.get_by_role("link")).to_have_attribute("href", "https://doi.org/10.5281/zenodo.1")


def test_hostile_names_are_shown_as_text(page, look, hostile):
    page.goto(f"/dataset/{path_of(look, hostile)}")
    page.wait_for_selector(SETTLED)
    shown = page.get_by_role("heading", level=1).locator("bdi").text_content()
    assert shown.split() == hostile.split()
    expect(page.locator("#rejected tbody tr")).to_have_count(1)
    assert page.locator("main script, main img, main b:not(bdi), main u, main s").count() == 0


def test_the_archive_shows_hostile_names_as_text(page):
    page.set_viewport_size({"width": 1280, "height": 2000})  # what is not seen is not counted
    page.goto("/")
    expect(page.locator("tbody tr .candidates:empty")).to_have_count(0)
    assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/dataset/field", "/nothing"])
def test_pages_are_accessible(chromium, here, path, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        page = watched.page
        page.goto(path)
        page.wait_for_load_state("networkidle") if path == "/" else None
        if path == "/dataset/field":
            page.wait_for_selector(SETTLED)
            for summary in page.locator("summary").all():
                summary.click()
        assert inaccessible(page) == []
        if path == "/nothing":
            watched.faults.clear()  # the browser's own word for a status of 404


def test_a_phone_scrolls_no_page_sideways(chromium, here):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        for path in ("/", "/dataset/field"):
            watched.page.goto(path)
            watched.page.wait_for_timeout(300)
            wide = watched.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, path


def test_without_scripts_there_are_tables_and_links(chromium, here):
    with Watched(chromium, here, java_script_enabled=False) as watched:
        page = watched.page
        page.goto("/")
        page.get_by_role("link", name="field", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("field")
        expect(page.get_by_role("main").get_by_role("link", name="Candidates")).to_be_visible()
        expect(page.get_by_role("region", name="Runs")).to_contain_text("completed")


def test_the_keyboard_reaches_the_content(page):
    page.goto("/dataset/field")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))
    page.wait_for_selector(SETTLED)
    canvas = page.locator("#field canvas")
    canvas.focus()
    page.keyboard.press("n")
    expect(page.locator("#field .tip")).to_contain_text(re.compile(r"J\d{6}"))
