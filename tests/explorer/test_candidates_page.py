"""Candidates, in a browser and without one: what is asked for, in which order, a page at a time."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.explorer.watched import Watched, inaccessible
from trapdb.web.explorer import candidates

ALL = {"where": "n >= 1"}


@pytest.fixture(scope="module")
def expected(look):
    """What fulfils the conditions that are asked for at first."""
    return look.execute("""
        select t.source_id, t.name from trap.transient_by_definition(
            null, 'field', p_conditions =>
            '[{"column": "monitored", "comparison": "=", "value": 0},
              {"column": "max_significance", "comparison": ">=", "value": 5}]'
        ) as t order by t.max_significance desc, t.source_id, t.band_id, t.stokes
    """).fetchall()


def listed(http, **asked):
    reply = http.get("/data/candidates/field", params=asked)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_what_stands_out_is_asked_for_at_first(http, expected):
    assert expected
    found = listed(http)
    assert found["candidates"]["source_id"] == [row.source_id for row in expected]
    assert found["next"] is None


def test_a_definition_and_conditions_beside_it(http, look):
    for name in ("appearing", "single_epoch", "variable"):
        rows = look.execute(
            "select source_id from trap.transient_by_definition(%s, 'field')", [name]
        )
        of = sorted(row.source_id for row in rows)
        assert sorted(listed(http, definition=name)["candidates"].get("source_id", [])) == of
    whole = listed(http, definition="appearing")["candidates"]["snr_max"]
    asked = {"definition": "appearing", "where": ["snr_max < 0", "n > 1"]}
    assert listed(http, **asked)["candidates"] == {}
    asked["where"][0] = f"snr_max >= {max(whole) * 0.9999}"
    assert len(listed(http, **asked)["candidates"]["snr_max"]) == 1


@pytest.mark.parametrize("order", candidates.ORDERS)
def test_pages_follow_each_other_without_gaps(http, order):
    """Of each order, from a place in the middle on: what the whole list has there."""
    for sort in (order, f"-{order}"):
        whole = listed(http, **ALL, sort=sort)["candidates"]
        keys = list(zip(whole["source_id"], whole["band_id"], whole["stokes"], strict=True))
        assert len(keys) == len(set(keys)) > 20
        figures = [value for value in whole.get(order, []) if value is not None]
        assert figures == sorted(figures, reverse=sort.startswith("-"))
        middle = len(keys) // 2
        place = whole["place"][middle]
        after = ",".join(map(str, ("-inf" if place is None else repr(place), *keys[middle])))
        rest = listed(http, **ALL, sort=sort, after=after)["candidates"]
        found = list(zip(rest["source_id"], rest["band_id"], rest["stokes"], strict=True))
        assert found == keys[middle + 1 :]
        rest = listed(http, **ALL, sort=sort, before=after)["candidates"]
        found = list(zip(rest["source_id"], rest["band_id"], rest["stokes"], strict=True))
        assert found == keys[:middle]


def test_pages_lead_on_and_back(http):
    whole = listed(http, **ALL)
    assert whole["next"] is whole["previous"] is None
    c = whole["candidates"]
    key = ",".join(str(c[name][10]) for name in ("place", "source_id", "band_id", "stokes"))
    rest = listed(http, **ALL, after=key)
    assert rest["previous"].split(",")[1] == str(c["source_id"][11])
    back = listed(http, **ALL, before=rest["previous"])
    assert back["candidates"]["source_id"] == c["source_id"][:11]
    assert back["next"].split(",")[1] == str(c["source_id"][10])
    assert back["previous"] is None


def test_curves_and_labels_come_with_them(http, look, expected):
    row = look.execute(
        "select source_id, band_id, stokes, n, dataset_id from trap.variability "
        "where source_id = %s and stokes = 'I' order by band_id limit 1",
        [expected[0].source_id],
    ).fetchone()
    look.execute("select trap.add_label(%s, p_rating => 'real')", [row.source_id])
    try:
        of = f"{row.source_id},{row.band_id},{row.stokes}"
        found = http.get(f"/data/candidate-details/field?of={of}").json()
    finally:
        look.execute("truncate trap_data.label")
    assert len(found["points"]["flux"]) == row.n
    assert found["points"]["taken_at"] == sorted(found["points"]["taken_at"])
    assert found["labels"] == [{"source_id": row.source_id, "rating": "real", "object_class": None}]
    # a source is of its own data set alone
    found = http.get(f"/data/candidate-details/one?of={of}").json()
    assert found == {"points": {}, "labels": [], "classes": []}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("definition=nothing", "no definition of transients named"),
        ("where=flux > 1", "no column"),
        ("where=n", "is no condition"),
        ("where=n > nan", "no number"),
        ("where=n = 1) or (1 = 1", "expected a number"),
        ("sort=name", "expected one of"),
        ("after=1", "expected"),
        ("after=x,1,1,I", "expected"),
        ("after=1,1,1,Z", "expected"),
        ("before=1,1,1,Z", "expected"),
        ("before=1,1,1,I&after=1,1,1,I", "not both"),
        ("&".join(["where=n > 1"] * 31), "more than 30"),
    ],
)
def test_what_makes_no_sense_is_told(http, asked, said):
    reply = http.get(f"/data/candidates/field?{asked}")
    assert reply.status_code == 400
    assert said in reply.json()["error"]


def drawn(page, asked=""):
    page.goto(f"/dataset/field/candidates{asked}")
    expect(page.locator("#candidates tbody tr")).not_to_have_count(0)


def test_candidates_are_gone_through_by_keys(page, expected):
    drawn(page)
    rows = page.locator("#candidates tbody tr")
    expect(rows).to_have_count(len(expected))
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile("at="))
    page.goto(page.url)
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("body")).to_be_focused()
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(expected[0].name)
    others = [row.name for row in expected if row.name != expected[0].name]
    expect(page.locator("#list-place")).to_contain_text(f"1 of {1 + len(set(others))}")
    page.keyboard.press("j")
    expect(heading).to_have_text(others[0])
    expect(page.locator("#list-before")).to_be_visible()
    page.keyboard.press("k")
    expect(heading).to_have_text(expected[0].name)
    expect(page.locator("#list-all")).to_be_visible()
    page.keyboard.press("l")
    expect(rows).to_have_count(len(expected))


def test_the_candidate_before_the_first_of_a_list_is_found(page, http, expected):
    """Who has come from the end of one page to the begin of the next goes back."""
    c = listed(http)["candidates"]
    key = ",".join(str(c[name][0]) for name in ("place", "source_id", "band_id", "stokes"))
    others = [row for row in expected if row.source_id != expected[0].source_id]
    query = quote(f"after={key}")
    page.goto(f"/source/{others[0].source_id}?list={query}")
    page.keyboard.press("k")  # waits for the list
    expect(page.get_by_role("heading", level=1)).to_have_text(expected[0].name)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text(others[0].name)


def test_what_is_asked_for_is_chosen_in_the_page(page, look):
    drawn(page)
    page.get_by_label("Definition").select_option("appearing")
    expect(page.get_by_role("heading", level=2).first).to_have_text("appearing")
    page.get_by_label("Column", exact=True).select_option("snr_max")
    page.get_by_label("Value").fill("1e6")
    page.keyboard.press("Enter")
    expect(page.get_by_text("snr_max >= 1e6")).to_be_visible()
    expect(page.locator("#note")).to_have_text("Nothing fulfils it.")
    page.get_by_label("snr_max >= 1e6").click()
    expect(page.get_by_text("snr_max >= 1e6")).to_be_hidden()
    page.get_by_label("First the").select_option("first_seen")
    page.wait_for_url("**sort=first_seen**")
    expect(page).to_have_url(re.compile("definition=appearing"))


def test_stamps_and_curves_are_shown(page):
    drawn(page)
    first = page.locator("#candidates tbody tr").first
    expect(first.locator("img")).not_to_have_js_property("naturalWidth", 0)
    ink = """canvas => new Set(canvas.getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height).data).size"""
    expect(first.locator("canvas")).to_be_visible()
    for _ in range(50):
        if first.locator("canvas").evaluate(ink) > 3:
            return
        page.wait_for_timeout(100)
    pytest.fail("no light curve was drawn")


def test_what_a_classifier_holds_a_candidate_to_be_is_shown(page, expected):
    one = {"source_id": expected[0].source_id, "object_class": "flare_star"}
    one |= {"class_probability": 0.834, "probability_artefact": 0.02, "class_novelty": 0.7}

    def answer(route):
        reply = route.fetch()
        route.fulfill(response=reply, json=reply.json() | {"classes": [one]})

    page.route("**/data/candidate-details/**", answer)
    drawn(page)
    shown = page.locator("#candidates tbody tr").first.locator(".held")
    expect(shown).to_have_text("flare star 0.83")
    expect(shown).to_have_attribute("title", "an artefact 0.02, novelty 0.7")


def test_conditions_are_text(chromium, here):
    hostile = "?where=%3Cimg src=x onerror=alert(1)%3E > 1&definition=<b>"
    with Watched(chromium, here) as watched:
        watched.page.goto(f"/dataset/field/candidates{hostile}")
        expect(watched.page.locator("#note")).to_contain_text("is no condition")
        assert watched.page.locator("main img, main b").count() == 0
        watched.faults = [one for one in watched.faults if "400 (Bad Request)" not in one]


@pytest.mark.parametrize("name", ["one", "empty", "forked"])
def test_data_sets_of_little_have_candidates_too(page, name):
    page.goto(f"/dataset/{name}/candidates?definition=appearing")
    expect(page.locator("#note")).to_have_text("Nothing fulfils it.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_candidates_are_accessible(chromium, here, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        drawn(watched.page)
        assert inaccessible(watched.page) == []


def test_a_phone_scrolls_no_candidates_sideways(chromium, here):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        drawn(watched.page)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 360
